//! A person gives a running agent more, takes it back, and the record holds.

use super::Plain;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;

fn call(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},{META}}}}}"#
    )
}

#[test]
fn a_running_agent_may_more_after_a_turn_of_its_person_and_less_after_another() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: little, purpose: look, intent: "look who runs", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid"], resources: any}]}
---
{kind: template, name: also, purpose: look, intent: "hear it twice", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/twice"], resources: any}]}
"#,
    );
    let told = json(&node.cli(&["task", "start", "little", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    let id = task.to_string();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#));
    assert!(helper.ask(&call(2, "one__twice")).contains("not_available"));
    let widened = node.cli(&["task", "widen", &id, "also", "--yes"]);
    assert!(widened.contains("look who runs; hear it twice"), "{widened}");
    assert!(helper.ask(&call(3, "one__twice")).contains("first"));
    node.cli(&["task", "narrow", &id, "--without", "one/pid"]);
    assert!(helper.ask(&call(4, "one__pid")).contains("effect_not_granted"));
    assert!(helper.ask(&call(5, "one__twice")).contains("first"));
    node.cli(&["task", "renew", &id]);
    node.cli(&["task", "narrow", &id, "--within", "10m"]);
    helper.close();
    verified(&node, task);
}

#[test]
fn a_turn_names_few_tools_and_shows_no_template_of_somebody_else() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: quiet, purpose: look, intent: "what bosses plan", start: {who: ["role:boss"], agents: [helper]}, grant: [{tools: ["one/pid"], resources: any}]}
"#,
    );
    let (carl, _) = Browser::of(&node, "carl", "clerk");
    let started = carl.ask("POST", "/v1/tasks", r#"{"template":"look","agent":"helper"}"#).json();
    let amend = format!("/v1/tasks/{}/amend", text(&started, "task"));
    let peek = carl.ask("POST", &amend, r#"{"widen":{"template":"quiet","preview":true}}"#);
    assert_eq!(peek.code(), "404 not_found");
    let many = vec![r#""one/pid""#; 65].join(",");
    let narrow = carl.ask("POST", &amend, &format!(r#"{{"narrow":{{"tools":[{many}]}}}}"#));
    assert!(narrow.status() == 400 && narrow.0.contains("at most 64"), "{}", narrow.0);
}
