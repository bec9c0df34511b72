//! A home that others could change, and names that are none.

use crate::world::World;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_folder_of_state_that_everybody_may_write_to_is_not_used() {
    let mut world = World::new("open-home");
    world.start();
    world.stop();
    std::fs::set_permissions(&world.home, std::fs::Permissions::from_mode(0o777)).unwrap();
    let said = world.fails_to_start(2);
    assert!(said.contains("mode is `777`") && said.contains("chmod 700"), "{said}");
    std::fs::set_permissions(&world.home, std::fs::Permissions::from_mode(0o700)).unwrap();
    world.start();
}

#[test]
fn what_is_no_name_of_a_tool_is_a_tool_that_is_not_there() {
    let world = World::furnished("no-name");
    let mut agent = world.wrap();
    agent.open().unwrap();
    for name in ["pay\u{0}", "\u{1b}]0;x\u{7}", &"x".repeat(300)] {
        let answer = agent.call(name, json!({})).unwrap();
        let refusal = &answer["result"]["_meta"]["bailiwick.dev/refusal"];
        assert_eq!(refusal["code"], "not_available", "{name:?}: {answer}");
        assert_ne!(refusal["disposition"], "try_later", "{answer}");
    }
    agent.close();
}

#[test]
fn a_root_key_that_is_lost_is_never_made_anew_beside_a_log() {
    let mut world = World::new("lost-key");
    world.start();
    world.stop();
    let (key, aside) = (world.home.join("root.key"), world.folder.0.join("aside.key"));
    std::fs::rename(&key, &aside).unwrap();
    let said = world.fails_to_start(2);
    assert!(said.contains("root key") && said.contains("is not there") && said.contains("put back the copy"), "{said}");
    assert!(!key.exists(), "none was made");
    let pipe = std::process::Command::new("mkfifo").arg("-m").arg("600").arg(&key).status().unwrap();
    assert!(pipe.success());
    assert!(world.fails_to_start(2).contains("is not a root key file"));
    std::fs::remove_file(&key).unwrap();
    std::fs::rename(&aside, &key).unwrap();
    world.start();
}
