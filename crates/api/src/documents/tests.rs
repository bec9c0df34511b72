use super::*;
use bailiwick_core::{PolicyText, sha256};
use std::sync::Arc;

fn read(text: &str) -> Document {
    Document::read(&Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap()).unwrap()
}

#[test]
fn a_policy_that_names_a_tool_nobody_knows_is_told_of_when_it_is_applied() {
    let mut after = ControlState::default();
    let policy = PolicyText::in_cedar("desk", r#"forbid (principal, action == Action::"tickets/refnd", resource);"#);
    let documents = [read(r#"{"kind":"person","name":"anna"}"#), Document::Policy(policy.clone())];
    after.policies.insert(policy.name.clone(), (Arc::new(policy), sha256(b"policy")));
    let notes = unknown_tools(&after, &documents);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].document == 1 && !notes[0].refused);
    assert_eq!(notes[0].why, "rule `desk.policy0`: `tickets/refnd` names no tool that is known yet");
    assert_eq!(unknown_tools(&after, &documents[..1]), Vec::new(), "it is a note on what is applied");
}
