//! What a node says of an agent that shares its account, as these tests do.

use super::node::Node;
use super::servers::{Holder, furnished, process, said};
use bailiwick_core::json::{Json, Limits};

fn json(text: &str) -> Json {
    Json::parse(text.trim().as_bytes(), &Limits::default()).unwrap()
}

/// The members of one pair of an agent and a server.
fn pair(told: &Json, server: &str) -> (String, Vec<String>) {
    let text = |of: &Json, name: &str| of.get(name).and_then(Json::as_str).unwrap().to_owned();
    let pairs = told.get("pairs").and_then(Json::as_array).unwrap();
    let of = |pair: &&Json| text(pair, "agent") == "helper" && text(pair, "server") == server;
    let pair = pairs.iter().find(of).unwrap_or_else(|| panic!("{}", told.canonical()));
    let ways = pair.get("ways").and_then(Json::as_array).unwrap();
    (text(pair, "state"), ways.iter().map(|way| text(way, "code")).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_nodes_own_account_nothing_is_enforced_and_each_act_says_so() {
    let far = r#"{"http":{"url":"https://bank.invalid/mcp","headers":{"x":"secret:own"}}}"#.to_owned();
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(&format!(r#"{{"kind": "server", "name": "far", "transport": {far}}}"#));
    let told = |node: &Node| {
        let output = std::process::Command::new(super::node::BINARY)
            .arg("--home")
            .arg(&node.home)
            .args(["enforcement", "--json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "not all is enforced");
        json(&String::from_utf8(output.stdout).unwrap())
    };
    let before = told(&node);
    let own = "server_has_the_nodes_account".to_owned();
    assert_eq!(pair(&before, "one"), ("cooperative".to_owned(), vec![own.clone()]));
    assert_eq!(pair(&before, "far"), ("not_seen".to_owned(), Vec::new()), "nobody knows where it will call from");
    assert!(before.canonical().contains("it was never seen: nothing of it may be called"), "{}", before.canonical());

    node.start_task();
    let holder = Holder::new(&node, "one").await;
    assert!(said(&holder.call(&node, "one", "pid")).parse::<u32>().is_ok());
    let ours = "agent_has_the_nodes_account".to_owned();
    let after = told(&node);
    assert_eq!(pair(&after, "one"), ("cooperative".to_owned(), vec![own, ours.clone()]));
    assert_eq!(pair(&after, "far"), ("cooperative".to_owned(), vec![ours]), "by where the agent is, whatever it calls");
    let begun = node.cli(&["event", "list", "--kind", "action.begun"]);
    let leaf = json(begun.lines().last().unwrap()).get("leaf").and_then(Json::as_u64).unwrap();
    let event = node.cli(&["event", "show", &leaf.to_string()]);
    assert!(event.contains(r#""mode":"cooperative""#) && !event.contains("enforced"), "{event}");
    let status = node.cli(&["status"]);
    assert!(status.contains(r#""mode":"cooperative","name":"one""#), "{status}");
    // the words of people name the way and what closes it
    let output = std::process::Command::new(super::node::BINARY)
        .arg("--home")
        .arg(&node.home)
        .arg("enforcement")
        .output()
        .unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(
        words.contains("it runs under the node's own account") && words.contains("`run_as` in its document"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_account_is_not_there_is_not_started_under_the_nodes() {
    let node = Node::start();
    let transport = r#"{"stdio": {"command": "/bin/sh", "args": ["-c", "exit 0"], "run_as": "nobody-here"}}"#;
    node.documents(&format!(r#"{{"kind": "server", "name": "lost", "transport": {transport}}}"#));
    let why = node.fails(&["server", "review", "lost", "--yes"]);
    assert!(why.contains("it is to run as `nobody-here`, and this machine has no such account"), "{why}");
    let root = node.refused(r#"{kind: server, name: top, transport: {stdio: {command: x, run_as: root}}}"#);
    assert!(root.contains("no server runs as root"), "{root}");
}
