//! A rehearsal of a tenant that has a record: its servers answer as they did, and what a rule keeps from a zone is carried there.

use super::Plain;
use super::data::process;
use super::node::{BINARY, META, Node};
use super::people::{json, text};
use super::servers::furnished;
use bailiwick_core::json::Json;
use std::process::Command;

/// A server of people, and one of a partner; what may be read there, and whom a note goes to.
fn documents(kept: u64) -> String {
    format!(
        r#"
{{kind: server, name: far, zone: partner, transport: {far}}}
---
kind: tool
tool: hr/people
effect: read
egress: none
reversibility: read-only
bind:
  classes: [internal]
  result:
    fields: [{{at: /people/*/salary, class: payroll}}]
    values: [{{at: /people/*/email, kind: email, trusted: true}}]
---
{{kind: tool, tool: far/note, effect: write, egress: none, reversibility: reversible, bind: {{arguments: {{/to: {{kind: email, role: destination}}}}}}}}
---
{{kind: rule, name: payroll-stays, flow: {{classes: [payroll]}}}}
---
{{kind: template, name: staff, purpose: staff, intent: "tell {{to}} who is there", parameters: {{to: {{kind: email}}}}, read: [internal, payroll], keep_results: {kept}, start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: [hr/people], resources: any}}, {{tools: [far/note], effect: write, uses: 9}}]}}
"#,
        far = process(),
    )
}

/// A node whose record has one call of `hr/people`; the event that says what came of it.
fn node(kept: u64) -> (Node, u64) {
    let one = super::servers::process();
    let node = furnished(Node::start(), &[("one", one), ("hr", process()), ("far", process())]);
    node.documents(&documents(kept));
    node.cli(&["server", "review", "far", "--yes", "--accept-finding", "*:alike", "--accept-finding", "*:unbound"]);
    let told = json(&node.cli(&["task", "start", "staff", "to=ada@hr.example", "--agent", "helper", "--yes"]));
    let mut helper = Plain::start(&node);
    let called = helper.ask(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"hr__people","arguments":{{}},{META}}}}}"#
    ));
    assert!(called.contains("ada@hr.example"), "{called}");
    helper.close();
    let ended = node.once_listed(&["event", "list", "--task", text(&told, "task"), "--kind", "action.ended"]);
    let ended = json(ended.lines().next().unwrap());
    (node, ended.get("leaf").and_then(Json::as_u64).unwrap())
}

/// The member of a list of a report that this name has.
fn of<'a>(report: &'a Json, list: &str, (by, name): (&str, &str)) -> &'a Json {
    let all = report.get(list).and_then(Json::as_array).unwrap();
    all.iter().find(|one| text(one, by) == name).unwrap_or_else(|| panic!("no {name}: {}", report.canonical()))
}

/// What a rehearsal came to; nothing may get through.
fn rehearsed(node: &Node, more: &[&str]) -> Json {
    let args = [&["--json", "rehearse", "--template", "staff"], more].concat();
    let output = Command::new(BINARY).arg("--home").arg(&node.home).args(&args).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{args:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    json(&said)
}

#[test]
fn a_server_answers_as_on_record_and_what_a_rule_keeps_goes_nowhere_in_one_task_or_the_next() {
    let (mut node, event) = node(8192);
    let report = rehearsed(&node, &[]);
    for name in ["class-to-another-zone", "class-by-another-task"] {
        let row = of(&report, "attacks", ("attack", name));
        assert_eq!((text(row, "came"), text(row, "code")), ("stopped", "flow_refused"), "{}", row.canonical());
    }
    let answers = of(&report, "answers", ("tool", "hr/people"));
    assert_eq!((text(answers, "from"), answers.get("event").and_then(Json::as_u64)), ("recorded", Some(event)));
    let made = of(&report, "answers", ("tool", "far/note"));
    assert_eq!((text(made, "from"), made.get("event")), ("schema", Some(&Json::Null)));
    let shown = node.cli_text(&["rehearse", "--template", "staff", "--only", "T28"]);
    assert!(shown.contains(&format!("as on record, event {event}: hr/people")), "{shown}");
    // a rule that lets the class go there leaves nothing to try
    let lets = node.home.join("lets.yaml");
    std::fs::write(&lets, "{kind: rule, name: payroll-stays, flow: {classes: [payroll], zones: [partner]}}").unwrap();
    let report = rehearsed(&node, &["--candidate", lets.to_str().unwrap()]);
    for name in ["class-to-another-zone", "class-by-another-task"] {
        assert_eq!(text(of(&report, "attacks", ("attack", name)), "came"), "not_applicable");
    }
    // of a node that does not run the copy of its store is read
    node.kill();
    let report = rehearsed(&node, &["--only", "T28"]);
    assert_eq!(text(of(&report, "answers", ("tool", "hr/people")), "from"), "recorded");
}

#[test]
fn where_no_result_is_kept_a_server_answers_in_the_shape_of_one() {
    let (node, event) = node(0);
    let report = rehearsed(&node, &["--only", "class-to-another-zone"]);
    let answers = of(&report, "answers", ("tool", "hr/people"));
    assert_eq!((text(answers, "from"), answers.get("event").and_then(Json::as_u64)), ("shape", Some(event)));
    let row = of(&report, "attacks", ("attack", "class-to-another-zone"));
    assert_eq!(text(row, "code"), "flow_refused", "{}", row.canonical());
}
