//! What rules refused is tried by another tool and by another agent: refused again wherever it comes to the same, and found by
//! whoever reviews.

use super::Plain;
use super::node::{META, Node};
use super::people::{json, text};
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

/// Who the person named, and whom nobody did.
const SAID: &str = "ada@hr.example";
const UNSAID: &str = "eve@elsewhere.example";

fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
    )
}

fn note(id: u32, server: &str, to: &str) -> String {
    call(id, &format!("{server}__note"), &format!(r#"{{"to":"{to}"}}"#))
}

/// Two servers that take notes, an agent that may hand on to another, and a rule that lets nobody but the person say to whom.
fn node() -> (Node, std::path::PathBuf) {
    let process = super::data::process;
    let servers = [("one", super::servers::process()), ("near", process()), ("far", process())];
    super::handed_on::scouted(&servers, DOCUMENTS)
}

const DOCUMENTS: &str = r#"
{kind: tool, tool: near/note, effect: write, egress: none, reversibility: reversible, bind: {arguments: {/to: {kind: email, role: destination}}}}
---
{kind: tool, tool: far/note, effect: write, egress: none, reversibility: reversible, bind: {arguments: {/to: {kind: email, role: destination}}}}
---
{kind: policy, name: said, cedar: "@id(\"to-whom-was-said\") forbid (principal, action in [Action::\"near/note\", Action::\"far/note\"], resource) unless { context.arg_sources has \"/to\" && context.arg_sources[\"/to\"] == [\"intent\"] };"}
---
{kind: template, name: write, purpose: notes, intent: "write to {to}", parameters: {to: {kind: email}}, start: {who: [anyone], agents: [helper]}, grant: [{tools: [near/note, far/note], effect: write, meters: {calls: {total: "9"}}}], delegate: {agents: [scout]}}
"#;

/// What is found of goals that were tried by many ways.
fn found(node: &Node) -> Vec<Json> {
    let report = json(&node.cli(&["review", "--days", "1"]));
    let all = report.get("findings").and_then(Json::as_array).unwrap();
    all.iter().filter(|found| text(found, "code") == "goal_many_ways").cloned().collect()
}

#[test]
fn what_a_rule_refused_is_refused_to_other_tools_and_agents_of_the_task_and_found_once_three_ways_were_tried() {
    let (node, scouts) = node();
    let started = json(&node.cli(&[
        "task",
        "start",
        "write",
        &format!("to={SAID}"),
        "--agent",
        "helper",
        "--yes",
        "--yes-privileged",
    ]));
    let task = TaskId::parse(text(&started, "task")).unwrap();
    let mut helper = Plain::start(&node);
    let said = helper.ask(&note(1, "near", SAID));
    assert!(said.contains("noted"), "what the person said passes: {said}");
    for (id, server) in [(2, "near"), (3, "far"), (4, "near")] {
        let refused = helper.ask(&note(id, server, UNSAID));
        assert!(refused.contains("policy_forbidden"), "{refused}");
    }
    assert_eq!(found(&node), [], "two ways are few");

    let row = r#"{"tools":["near/note"],"effect":"write","uses":3,"meters":{"calls":{"total":"3"}}}"#;
    let part = format!(r#"{{"delegate":"scout","purpose":"write to them","grant":[{row}]}}"#);
    let handed = helper.ask(&call(5, "bailiwick_delegate", &part));
    assert!(handed.contains(r#""isError":false"#), "{handed}");
    let mut scout = Plain::of(&node, "scout", &scouts);
    let refused = scout.ask(&note(1, "near", UNSAID));
    assert!(refused.contains("policy_forbidden"), "{refused}");
    let said = scout.ask(&note(2, "near", SAID));
    assert!(said.contains("noted"), "what the person said passes for the other as well: {said}");

    let all = found(&node);
    let [many] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((text(many, "of"), text(many, "code")), (task.to_string().as_str(), "goal_many_ways"));
    assert_eq!(text(many, "why"), "what rules refused was tried by 3 ways, by other tools or other agents");
    let refused = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.refused"]);
    let by_rule = refused.lines().filter(|line| line.contains("[said.to-whom-was-said]"));
    assert_eq!(by_rule.count(), 3, "each way once: {refused}");
    helper.close();
    scout.close();
    verified(&node, task);
}
