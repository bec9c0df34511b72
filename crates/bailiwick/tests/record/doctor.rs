//! What `doctor` finds, and the exit codes of `doctor` and `migrate`.

use crate::world::{World, succeeded};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Each check by its name, with the exit code.
fn looked(world: &World) -> (Option<i32>, BTreeMap<String, Value>) {
    let out = world.run(&["--json", "doctor"]);
    let text = String::from_utf8(out.stdout).unwrap();
    let checks = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (out.status.code(), checks.map(|check| (check["check"].as_str().unwrap().to_owned(), check)).collect())
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn all_is_well_where_a_node_runs_and_where_it_does_not() {
    let mut world = World::new("doctor");
    let (code, checks) = looked(&world);
    assert_eq!(code, Some(0), "before anything is there: {checks:?}");
    assert!(!world.home.exists(), "looking made nothing");
    drop(world);
    world = World::furnished("doctor");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    let (code, checks) = looked(&world);
    assert_eq!(code, Some(0), "{checks:?}");
    for name in
        ["home", "files", "root key", "disk", "node", "store", "durability", "store pages", "log", "clock", "tasks"]
    {
        assert_eq!(checks[name]["well"], true, "{name}: {checks:?}");
    }
    let bank = &checks["server bank"];
    assert!(bank["words"].as_str().unwrap().contains("cooperative"), "{bank}");
    assert!(checks["administration"]["words"].as_str().unwrap().contains("the accounts of this machine"));
    agent.close();
    world.stop();
    let (code, checks) = looked(&world);
    assert_eq!(code, Some(0), "{checks:?}");
    assert_eq!(checks["log"]["well"], true, "{checks:?}");
    assert!(checks["node"]["well"].is_null(), "that none runs is no fault");
    let words = world.done(&["doctor"]);
    assert!(words.contains("well   log: ") && words.contains("note   node: "), "{words}");
}

#[test]
fn what_is_wrong_is_named_with_what_helps_and_the_exit_says_so() {
    let mut world = World::new("doctor-wrong");
    world.start();
    world.stop();
    chmod(&world.home, 0o755);
    let (code, checks) = looked(&world);
    assert_eq!((code, &checks["home"]["well"]), (Some(1), &Value::Bool(false)));
    let fix = checks["home"]["fix"].as_str().unwrap();
    assert_eq!(fix, format!("chmod 700 {}", world.home.display()));
    chmod(&world.home, 0o700);
    let (key, aside) = (world.home.join("root.key"), world.folder.0.join("aside.key"));
    std::fs::rename(&key, &aside).unwrap();
    let (code, checks) = looked(&world);
    assert_eq!((code, &checks["root key"]["well"]), (Some(1), &Value::Bool(false)), "{checks:?}");
    std::fs::rename(&aside, &key).unwrap();
    std::fs::remove_file(world.home.join("bailiwick.db")).unwrap();
    let (code, checks) = looked(&world);
    assert_eq!((code, &checks["log"]["well"]), (Some(1), &Value::Bool(false)), "{checks:?}");
}

#[test]
fn tables_are_made_once_and_a_store_that_is_none_is_the_users_to_change() {
    let mut world = World::new("migrate");
    let made = world.json(&["migrate"]);
    assert!(made["from"].is_null() && made["to"] == 1, "{made}");
    assert_eq!(world.json(&["migrate"])["from"], 1);
    assert!(world.done(&["migrate"]).contains("nothing was changed"));
    world.start();
    let held = world.run(&["migrate"]);
    let said = String::from_utf8_lossy(&held.stderr).into_owned();
    assert!(!held.status.success() && said.contains("another process has"), "{said}");
    let holder = format!("open: process {}; ", world.process());
    assert!(said.contains(&holder) && said.contains(" stop` ends it"), "{said}");
    let none = world.run(&["migrate", "--store", "mysql://ann:secret@h/bw"]);
    let said = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(none.status.code() == Some(2) && !said.contains("secret"), "{said}");
}
