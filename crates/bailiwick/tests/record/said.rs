//! What a node says, and where: in its log for its owner only, once, and nothing of what agents and servers are told.

use crate::world::{World, succeeded};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn log(world: &World) -> String {
    std::fs::read_to_string(world.home.join("node.log")).unwrap()
}

#[test]
fn a_node_that_wrap_starts_has_a_home_and_a_log_for_its_owner_only() {
    let world = World::new("said-alone");
    let mut agent = world.wrap();
    agent.open().unwrap();
    agent.close();
    assert_eq!(mode(&world.home), 0o700);
    for entry in std::fs::read_dir(&world.home).unwrap().map(Result::unwrap) {
        assert_eq!(mode(&entry.path()) & 0o077, 0, "{}", entry.path().display());
    }
    assert!(log(&world).contains("Z node ready: "), "{}", log(&world));
    world.done(&["stop"]);
    assert!(log(&world).ends_with("Z stopped\n"), "{}", log(&world));
}

#[test]
fn why_a_node_did_not_start_is_told_by_the_wrapper_that_started_it() {
    let world = World::new("said-broken");
    std::fs::create_dir(&world.home).unwrap();
    std::fs::write(world.home.join("root.key"), "no key").unwrap();
    let (code, said) = world.wrap().last_words();
    assert_ne!(code, Some(0));
    assert!(said.contains("the node did not start: ") && said.contains("root.key"), "{said}");
}

#[test]
fn neither_arguments_nor_results_nor_secrets_are_in_the_log() {
    let mut world = World::furnished("said-nothing");
    world.stop();
    let secret = world.folder.0.join("secret");
    std::fs::write(&secret, "the-value-of-the-secret").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let named = format!("used={}", secret.display());
    world.start_as(&["serve", "--listen", "127.0.0.1:0", "--secret", &named]);
    let documents = world.folder.0.join("servers.yaml");
    let text = r#"
{kind: server, name: leaky, transport: {stdio: {command: sh, args: ["-c", "echo my key is $KEY >&2; exit 1"], env: {KEY: "secret:used"}}}}
---
{kind: server, name: lacking, transport: {stdio: {command: sh, env: {KEY: "secret:missing"}}}}
---
{kind: agent, name: keyless, owner: ann, contact: ann, run_by: own, autonomy: execute, role: personal, review: "2030-01-01"}
"#;
    std::fs::write(&documents, text).unwrap();
    world.done(&["apply", documents.to_str().unwrap()]);
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "REFERENCE-IN-THE-ARGUMENTS").unwrap()));
    agent.call("pay", json!({"amount": "ARGUMENT-THAT-IS-REFUSED"})).unwrap();
    agent.call("TOOL-THAT-IS-NONE", json!({})).unwrap();
    let mut waits = Vec::new();
    while !["leaky", "lacking"].iter().all(|name| waits.iter().any(|line: &String| line.contains(name))) {
        waits.push(world.says());
    }
    agent.close();
    let status = world.json(&["status"]);
    let lacking = status["servers"].as_array().unwrap().iter().find(|server| server["name"] == "lacking").unwrap();
    assert!(lacking["trouble"].as_str().unwrap().contains("the secret `missing`"), "{lacking}");
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains("WRONG  server lacking: ") && told.contains("note   agent keyless: has no key"), "{told}");
    world.stop();
    let said = log(&world);
    for held in ["the-value-of-the-secret", "REFERENCE-IN", "ARGUMENT-THAT", "TOOL-THAT", "DE02120300000000202051"] {
        assert!(!said.contains(held), "{held}: {said}");
    }
    // However many beats it was looked at for.
    for name in ["leaky", "lacking"] {
        assert_eq!(said.matches(&format!("the server `{name}` cannot be used")).count(), 1, "{said}");
    }
}
