//! Observation at the real node, and what it comes to as documents on a tenant that is new.

use super::Plain;
use super::changes::number;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::json::Json;

/// What carries nothing away, and a rule that forbids one of it.
const WORLD: &str = r#"
{kind: tool, tool: one/pid, effect: read, egress: none, reversibility: read-only}
---
{kind: tool, tool: one/twice, effect: read, egress: none, reversibility: read-only}
---
{kind: policy, name: house, cedar: "@id(\"quiet\") forbid (principal, action == Action::\"one/pid\", resource);"}
"#;

fn call(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},{META}}}}}"#
    )
}

fn list<'a>(of: &'a Json, name: &str) -> &'a [Json] {
    of.get(name).and_then(Json::as_array).unwrap_or_default()
}

fn node() -> Node {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(WORLD);
    node
}

const BEGIN: [&str; 9] =
    ["observe", "begin", "--agent", "helper", "--server", "one", "--reason", "to see what it needs", "--hours=2"];

#[test]
fn what_is_observed_is_said_everywhere_and_proposed_as_documents_that_allow_it_and_no_more() {
    let node = node();
    let task = node.start_task();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains("policy_forbidden"));
    let begun = json(&node.cli(&BEGIN));
    assert!(begun.get("event").is_some(), "{}", begun.canonical());
    assert!(helper.ask(&call(2, "one__pid")).contains(r#""resultType":"complete""#), "it is let through");
    let told = node.cli(&["event", "list", "--kind", "action.begun", "--last", "1"]);
    assert!(told.contains("NOT enforced"), "{told}");
    let outcome = |args: &[&str]| {
        let output =
            std::process::Command::new(super::node::BINARY).arg("--home").arg(&node.home).args(args).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    assert!(
        outcome(&["enforcement"]).contains("rules are NOT enforced, observed until"),
        "{}",
        outcome(&["enforcement"])
    );
    assert!(node.cli_text(&["status"]).contains("NOT ENFORCED: helper at one"));
    assert!(outcome(&["doctor"]).contains("rules of policy are NOT enforced of helper at one"));
    let listed = node.cli(&["observe", "list"]);
    let number_of = number(&json(listed.lines().next().unwrap()), "id");

    let proposed = json(&node.cli(&["propose", "--agent", "helper", "--since", "1d"]));
    assert_eq!(number(&proposed, "acts"), 1);
    let notes: Vec<&str> = list(&proposed, "notes").iter().filter_map(Json::as_str).collect();
    assert!(notes[0].contains("house.quiet"), "{notes:?}");
    let left: Vec<String> =
        list(&proposed, "left_out").iter().map(|one| format!("{} {}", text(one, "tool"), text(one, "why"))).collect();
    assert_eq!(left, ["one/pid refused: policy_forbidden"]);
    let short: String = task.to_string().chars().take(8).collect();
    let yaml = node.cli_text(&["propose", "--agent", "helper", "--since", "1d", "--task", &short]);

    node.cli(&["observe", "end", &number_of.to_string()]);
    assert!(helper.ask(&call(3, "one__pid")).contains("policy_forbidden"), "it is over at once");
    assert!(
        node.fails(&["observe", "begin", "--agent", "helper", "--server", "one", "--reason", "again"])
            .contains("somebody else")
    );
    helper.close();
    verified(&node, task);

    // on a tenant that is new, with what was proposed and none of the policies that it began with
    let fresh = furnished(Node::start(), &[("one", process())]);
    fresh.documents(WORLD);
    fresh.cli(&["apply", "--remove", "policy/house", "--remove", "policy/night-watch", "--remove", "policy/starter"]);
    fresh.documents(&yaml);
    fresh.cli(&["task", "start", "helper-least", "--agent", "helper", "--yes"]);
    let mut helper = Plain::start(&fresh);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#), "what was seen is allowed");
    assert!(helper.ask(&call(2, "one__twice")).contains(r#""isError":true"#), "another tool is not");
    helper.close();
    fresh.start_task();
    let mut wide = Plain::start(&fresh);
    assert!(wide.ask(&call(1, "one__twice")).contains(r#""isError":true"#), "nor does the policy permit it");
    wide.close();
}

#[test]
fn observation_waits_for_a_second_person_once_there_are_passkeys() {
    let node = node();
    let people =
        "{kind: person, name: ann, roles: [administrator]}\n---\n{kind: person, name: bert, roles: [administrator]}\n";
    node.documents(people);
    let (ann, _) = Browser::of(&node, "ann", "administrator");
    let (_bert, _) = Browser::of(&node, "bert", "administrator");
    let asked = r#"{"agent":"helper","server":"one","hours":24,"reason":"to see what it needs"}"#;
    let asked = ann.ask("POST", "/v1/observe", asked).json();
    let id = number(asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical())), "id");
    let shown = ann.ask("GET", &format!("/v1/changes/{id}"), "").json();
    assert_eq!(text(&shown, "kind"), "observe");
    assert!(shown.canonical().contains("rules of policy are recorded and not enforced"), "{}", shown.canonical());
    assert!(list(&ann.ask("GET", "/v1/observe", "").json(), "observations").is_empty(), "nothing is observed yet");
    let long = ann.ask("POST", "/v1/observe", r#"{"agent":"helper","server":"one","hours":337,"reason":"x"}"#);
    assert!(long.json().canonical().contains("337"));
}
