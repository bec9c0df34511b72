//! A store that went back is noticed and allows nothing.

use crate::world::{World, succeeded};
use std::path::Path;

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The database as it lies in the home: the file itself and what SQLite keeps beside it.
fn database_files(home: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("bailiwick.db")).collect()
}

#[test]
fn a_store_that_went_back_is_told_of_and_every_call_is_refused() {
    let mut world = World::furnished("behind");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    agent.close();
    world.stop();
    let old = world.folder.0.join("old");
    copy_folder(&world.home, &old);

    world.start();
    let before = world.json(&["status"]);
    assert!(before["behind"].is_null(), "{before}");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(2, "two").unwrap()));
    agent.close();
    world.stop();

    let newer = database_files(&world.home);
    let kept: Vec<_> = newer.iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    newer.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    for path in database_files(&old) {
        std::fs::copy(&path, world.home.join(path.file_name().unwrap())).unwrap();
    }
    world.start();
    let status = world.json(&["status"]);
    assert!(status["behind"].as_str().unwrap().contains("the store went back"), "{status}");
    let words = world.done(&["status"]);
    assert!(words.contains("THE STORE IS NOT AS IT WAS: nothing is allowed"), "{words}");
    assert!(words.contains("put the newest copy of the store back"), "{words}");
    let (code, said) = world.wrap().last_words();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("the store went back"), "{said}");
    for args in [&["log", "checkpoint"][..], &["log", "heads"], &["tenant", "resume"]] {
        let out = world.run(args);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains("the store went back"), "{args:?}: {said}");
    }
    let leaves = status["leaves"].as_u64();
    assert_eq!(world.json(&["status"])["leaves"].as_u64(), leaves, "nothing was appended");
    world.stop();

    // The newest copy put back, work goes on.
    database_files(&world.home).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    kept.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    world.start();
    assert!(world.json(&["status"])["behind"].is_null());
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(3, "three").unwrap()));
}

#[test]
fn an_empty_store_in_a_home_that_has_seen_one_does_not_start() {
    let mut world = World::furnished("emptied");
    world.stop();
    database_files(&world.home).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let said = world.fails_to_start(3);
    assert!(said.contains("is empty, but this node has seen a log of it"), "{said}");
    assert!(said.contains("put the newest copy of the store back"), "{said}");
}
