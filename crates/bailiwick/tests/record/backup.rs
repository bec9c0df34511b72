//! Backups: taken under load, served elsewhere, and noticed where more was seen already.

use crate::world::{World, succeeded, verify};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Puts a backup in the place of a home's store.
fn put_back(backup: &Path, home: &Path) {
    for entry in std::fs::read_dir(home).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with("bailiwick.db") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    std::fs::copy(backup, home.join("bailiwick.db")).unwrap();
}

fn backed_up(world: &World, name: &str) -> (PathBuf, serde_json::Value) {
    let out = world.folder.0.join(name);
    let told = world.json(&["backup", out.to_str().unwrap()]);
    (out, told)
}

#[test]
fn a_backup_under_load_opens_folds_and_verifies_and_is_noticed_where_more_was_seen() {
    let mut world = World::furnished("backup");
    let key = world.key();
    let stop = AtomicBool::new(false);
    let ((out, told), paid) = std::thread::scope(|scope| {
        let (mut agent, stopped) = (world.wrap(), &stop);
        agent.open().unwrap();
        assert!(succeeded(&agent.pay(1, "first").unwrap()));
        let paying = scope.spawn(move || {
            let mut calls = 0;
            while !stopped.load(Ordering::Relaxed) {
                assert!(agent.call("balance", serde_json::json!({})).is_some());
                calls += 1;
            }
            agent.close();
            calls
        });
        let backed_up = backed_up(&world, "monday.db");
        stop.store(true, Ordering::Relaxed);
        (backed_up, paying.join().unwrap())
    });
    assert!(paid > 0);
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let (log, bytes) = (&told["logs"][0], std::fs::metadata(&out).unwrap().len());
    assert_eq!((log["name"].as_str(), told["bytes"].as_u64()), (Some("default"), Some(bytes)));
    let size = log["size"].as_u64().unwrap();
    let later = world.json(&["status"])["leaves"].as_u64().unwrap();
    assert!(size > 3 && size <= later, "{size} of {later}");

    let again = world.run(&["backup", out.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(2), "{said}");
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(std::fs::metadata(&out).unwrap().len(), bytes, "nor was it changed");

    // Elsewhere, with the root key that was kept apart, it is the same log.
    let mut other = World::new("backup-elsewhere");
    std::fs::create_dir(&other.home).unwrap();
    std::fs::copy(world.home.join("root.key"), other.home.join("root.key")).unwrap();
    put_back(&out, &other.home);
    other.start();
    assert_eq!(other.key(), key);
    let bundle = other.folder.0.join("whole.bwb");
    other.done(&["log", "export", "--whole", "--output", bundle.to_str().unwrap()]);
    assert_eq!(verify(&bundle, &key, &[])["answer"], "confirmed");
    assert!(other.json(&["status"])["leaves"].as_u64().unwrap() >= size);
    other.stop();

    // In the old place, where its end was seen, it allows nothing.
    world.stop();
    put_back(&out, &world.home);
    world.start();
    let said = world.says();
    assert!(said.contains("the store went back") && said.contains("nothing is allowed"), "{said}");
    let (code, said) = world.wrap().last_words();
    assert!(code == Some(3) && said.contains("the store went back"), "{code:?}: {said}");
    let out = world.folder.0.join("tuesday.db");
    let refused = world.run(&["backup", out.to_str().unwrap()]);
    assert!(!refused.status.success() && !out.exists(), "what went back is no backup");
    world.stop();
    let looked = world.run(&["--json", "doctor"]);
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.code() == Some(1) && said.contains("the store went back"), "{said}");
}

#[test]
fn a_store_that_nobody_serves_is_copied_as_well() {
    let mut world = World::furnished("backup-asleep");
    let leaves = world.json(&["status"])["leaves"].as_u64().unwrap();
    world.stop();
    let (out, told) = backed_up(&world, "asleep.db");
    assert!(told["logs"][0]["size"].as_u64().unwrap() >= leaves, "{told}");
    put_back(&out, &world.home);
    world.start();
    assert!(world.json(&["status"])["behind"].is_null(), "nothing came after it");
}

#[test]
fn where_there_is_no_store_or_no_place_nothing_is_written() {
    let mut world = World::new("backup-nothing");
    let out = world.folder.0.join("nothing.db");
    let refused = world.run(&["backup", out.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    world.start();
    let nowhere = world.folder.0.join("no/such/folder/out.db");
    let refused = world.run(&["backup", nowhere.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let database = world.run(&["backup", out.to_str().unwrap(), "--store", "postgres://ann:secret@h/bw"]);
    assert_eq!(database.status.code(), Some(2), "a node answers: it says which store");
    world.stop();
    let database = world.run(&["backup", out.to_str().unwrap(), "--store", "postgres://ann:secret@h/bw"]);
    let said = String::from_utf8_lossy(&database.stderr).into_owned();
    assert!(said.contains("pg_dump --format=custom") && !said.contains("secret"), "{said}");
    assert!(!out.exists());
}
