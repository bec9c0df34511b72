//! What becomes of a wrapper's task, and what a client is told when its server cannot be started.

use crate::world::{World, succeeded};
use serde_json::{Value, json};
use std::time::Duration;

/// How the newest task stands, once it no longer lives.
pub(crate) fn ended(world: &World) -> Value {
    for _ in 0..200 {
        let tasks = world.listed();
        let standing = tasks[0]["standing"].clone();
        if standing["live"] == false {
            return standing;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the task still lives")
}

#[test]
fn a_wrappers_task_ends_with_it_however_it_ends() {
    let world = World::furnished("wrap-ends");
    for killed in [false, true] {
        let mut agent = world.wrap();
        agent.open().unwrap();
        assert!(succeeded(&agent.pay(1, &format!("killed-{killed}")).unwrap()));
        let tasks = world.listed();
        assert_eq!(tasks[0]["standing"]["live"], true, "{tasks:?}");
        if killed {
            agent.kill()
        } else {
            agent.close()
        }
        assert_eq!(ended(&world)["why"], "completed", "killed: {killed}");
    }
    let status = world.json(&["status"]);
    assert_eq!(status["sessions"], 0, "{status}");
    assert_eq!(world.tasks().len(), 2);
}

#[test]
fn a_client_whose_server_is_not_there_is_told_and_the_exit_says_so() {
    let world = World::furnished("wrap-nothing");
    let plain = world.folder.0.join("plain");
    std::fs::write(&plain, "no program").unwrap();
    let cases = [
        ("/no/such/cmd", "is not there"),
        ("no-such-program-anywhere", "in PATH"),
        (plain.to_str().unwrap(), "not executable"),
    ];
    for (command, why) in cases {
        let mut agent = world.wrap_of("nothing", &[command]);
        let answer = agent.ask("initialize", json!({"protocolVersion": "2025-11-25"})).unwrap();
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(command) && message.contains(why), "{answer}");
        let (code, said) = agent.last_words();
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(command) && said.contains(why), "{said}");
    }
    assert_eq!(world.tasks().len(), 0, "nothing was started for them");
}

#[test]
fn a_client_whose_server_ends_at_once_is_told_its_last_words() {
    let world = World::furnished("wrap-ends-at-once");
    let mut agent = world.wrap_of("short", &["sh", "-c", "echo the key is missing >&2; exit 3"]);
    let answer = agent.ask("initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}})).unwrap();
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("it ended while it started") && message.contains("the key is missing"), "{answer}");
    let (code, said) = agent.ended_by_its_client();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the key is missing") && said.contains("the server `short`"), "{said}");
    assert_eq!(ended(&world)["why"], "completed");
}
