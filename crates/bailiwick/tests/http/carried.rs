//! What a process read in one task, it sends in no other: at the real doors, with real tokens.

use super::data::{process, staffed};
use super::node::{Node, key};
use super::people::{json, text};
use super::servers::{Holder, said};
use super::shared::verified;
use bailiwick_core::TaskId;
use std::sync::Arc;

/// Two kinds of work: one reads what people earn, one writes to them at a partner's.
const TEMPLATES: &str = r#"{kind: template, name: reads, purpose: staff, intent: "look at the staff", read: [internal, payroll], start: {who: [anyone], agents: [helper]}, grant: [{tools: [hr/people], resources: any}]}
---
{kind: template, name: writes, purpose: staff, intent: "tell {to} who is there", parameters: {to: {kind: email}}, start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/note], effect: write, uses: 9}]}"#;
const TO: &str = r#"{"to":"ada@hr.example"}"#;

fn started(node: &Node, of: &[&str]) -> TaskId {
    let told = node.cli(&[&["task", "start"], of, &["--agent", "helper", "--yes"]].concat());
    TaskId::parse(text(&json(&told), "task")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_read_in_one_task_it_sends_in_no_other_and_a_new_one_does() {
    let node = staffed(process(), TEMPLATES);
    let writes = ["writes", "to=ada@hr.example"];
    let (reading, writing, fresh) = (started(&node, &["reads"]), started(&node, &writes), started(&node, &writes));
    let one = Arc::new(key());
    let reader = Holder::with(Arc::clone(&one), &node, "hr", Some(reading)).await;
    let writer = Holder::with(Arc::clone(&one), &node, "far", Some(writing)).await;
    let sends = |holder: &Holder| holder.call_with(&node, "far", "note", TO);
    assert_eq!(said(&sends(&writer)), "noted", "it has read nothing yet");
    let read = reader.call(&node, "hr", "people");
    assert!(read.0.contains("50007351"), "{}", read.0);
    let refused = sends(&writer);
    assert!(refused.0.contains("flow_refused") && refused.0.contains("payroll"), "{}", refused.0);
    let other = Holder::with(Arc::new(key()), &node, "far", Some(fresh)).await;
    assert_eq!(said(&sends(&other)), "noted", "a new process carries nothing");
    for task in [reading, writing, fresh] {
        verified(&node, task);
    }
}
