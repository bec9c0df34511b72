//! What an act points to may change while people look at it: a draft of the demo's mailbox, through a real agent process.

use super::Plain;
use super::approved::{asked, signed};
use super::node::{BINARY, META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
    )
}

fn write(id: u32, body: &str) -> String {
    call(id, "mail__write_draft", &format!(r#"{{"id":"d-1","to":"a@b.example","subject":"Rent","body":"{body}"}}"#))
}

fn send(id: u32) -> String {
    call(id, "mail__send_draft", r#"{"id":"d-1"}"#)
}

/// A node with the mailbox, on which a boss says yes to each draft that is sent. `grant` is what the agent may use.
fn node(grant: &str) -> (Node, TaskId) {
    let transport = format!(r#"{{"stdio":{{"command":"{BINARY}","args":["demo-server","mail"]}}}}"#);
    let node = furnished(Node::start(), &[("one", process()), ("mail", transport)]);
    node.documents(&format!(
        r#"
kind: tool
tool: mail/send_draft
effect: write
egress: open
reversibility: irreversible
bind:
  arguments: {{/id: {{kind: "id:draft"}}, /version: {{role: harmless}}}}
  referents:
    - at: /id
      read: {{tool: read_draft, arguments: {{/id: /id}}, version: /version, show: [/to, /subject, /body]}}
      send: /version
---
kind: tool
tool: mail/write_draft
effect: write
reversibility: reversible
bind: {{arguments: {{/id: {{role: harmless}}, /to: {{role: harmless}}, /subject: {{role: harmless}}, /body: {{role: harmless}}}}}}
---
{{kind: policy, name: eyes, cedar: "@id(\"sent\") @step_up(\"role:boss\") forbid(principal, action == Action::\"mail/send_draft\", resource);"}}
---
{{kind: template, name: letters, purpose: letters, intent: "write letters", start: {{who: [anyone], agents: [helper]}}, grant: [{grant}]}}
"#
    ));
    let told = json(&node.cli(&["task", "start", "letters", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    (node, task)
}

#[test]
fn what_was_approved_and_then_changed_is_not_what_is_done() {
    let (node, task) =
        node(r#"{tools: ["mail/*"], resources: any}, {tools: ["mail/write_draft", "mail/send_draft"], effect: write}"#);
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    helper.ask(&write(1, "Please pay 10 EUR."));
    let id = asked(&helper.ask(&send(2)));
    assert_eq!(asked(&helper.ask(&send(3))), id, "the same version asks nobody again");

    // who is asked sees what the draft says, as the server's words
    let (shown, yes) = signed(&bert, &key, id, "role:boss");
    let referents = shown.get("display").and_then(|display| display.get("referents")).unwrap();
    assert_eq!(
        referents.canonical(),
        r#"[{"pointer":"/id","shown":[{"at":"/to","value":"a@b.example"},{"at":"/subject","value":"Rent"},{"at":"/body","value":"Please pay 10 EUR."}],"version":"1"}]"#
    );
    let told = node.cli_text(&["approval", "show", &id.to_string()]);
    assert!(told.contains("Please pay 10 EUR."), "{told}");
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes).status(), 200);

    // the agent has its yes, and writes something else
    helper.ask(&write(4, "Please pay 9,900 EUR."));
    let other = asked(&helper.ask(&send(5)));
    assert_ne!(other, id, "a yes to what stood there is none to what stands there now");
    let (shown, yes) = signed(&bert, &key, other, "role:boss");
    assert!(shown.canonical().contains("Please pay 9,900 EUR."));
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{other}/sign"), &yes).status(), 200);
    let done = helper.ask(&send(6));
    assert!(done.contains(r#""status":"sent""#), "{done}");
    let gone = helper.ask(&send(7));
    assert!(gone.contains("referent_unread"), "what is not there any more is not decided on: {gone}");
    helper.close();

    // each look is an act of its own, and the version went along
    let acts = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    let of = |tool: &str| acts.lines().filter(|line| line.contains(tool)).count();
    assert_eq!((of("mail/read_draft"), of("mail/send_draft")), (5, 1), "{acts}");
    verified(&node, task);
}

#[test]
fn what_the_grant_may_not_read_nobody_is_asked_about() {
    let (node, task) = node(r#"{tools: ["mail/write_draft", "mail/send_draft"], effect: write}"#);
    let (_bert, _) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    helper.ask(&write(1, "Please pay 10 EUR."));
    let refused = helper.ask(&send(2));
    assert!(refused.contains("referent_unread") && refused.contains("read_draft"), "{refused}");
    let listed: Vec<Json> = node.cli(&["approval", "list", "--all"]).lines().map(json).collect();
    assert_eq!(listed, []);
    helper.close();
    verified(&node, task);
}
