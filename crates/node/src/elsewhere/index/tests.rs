use super::*;
use bailiwick_core::{InstanceId, KeyThumbprint};

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn label(class: &str) -> Label {
    Label { classes: vec![DataClass::parse(class).unwrap()], trusted: Some(true), zones: Vec::new() }
}

fn hands(name: &str, number: u64) -> Hands {
    let instance = InstanceId::parse(&format!("process-{number}")).unwrap();
    Hands::of(&agent(name), &instance, &KeyThumbprint::parse(&format!("{number:0>43}")).unwrap())
}

fn most(whence: Whence) -> Touched {
    Touched { untrusted: Some(whence), ..Touched::default() }
}

fn numbered(number: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    id
}

/// A first grant of a task, with the process that works under it.
fn holds(index: &mut Index, name: &str, number: u64) {
    let (task, grant) = (TaskId::new(numbered(number)), GrantId::new(numbered(number)));
    if index.grants.len() >= GRANTS_MAX {
        index.make_room(number);
    }
    let held = Held { of: agent(name), parent: None, by: Some(hands(name, number)), label: Label::default() };
    index.grants.insert((task, grant), held);
}

#[test]
fn an_agent_that_holds_grants_without_end_is_followed_no_more_and_all_others_are() {
    let mut index = Index::default();
    holds(&mut index, "honest", 0);
    let all = u64::try_from(GRANTS_MAX).unwrap();
    for number in 1..=all {
        holds(&mut index, "flood", number);
    }
    assert_eq!(index.grants.len(), 2, "an honest grant, and the one that came last");
    let task = TaskId::new(numbered(all + 1));
    let held = |index: &Index, name: &str, number: u64| index.held(Some(&hands(name, number)), task, most);
    assert!(held(&index, "honest", 0).is_empty() && !index.blind);
    assert!(held(&index, "flood", 1).untrusted.is_some(), "what it hands on is followed no more");
    index.up((TaskId::new(numbered(0)), GrantId::new(numbered(0))), &label("payroll"), all + 1);
    assert_eq!(held(&index, "honest", 0).classes.len(), 1);
}

#[test]
fn of_a_log_that_cannot_be_believed_nobody_is_known() {
    let index = Index { blind: true, ..Index::default() };
    let task = TaskId::new(numbered(1));
    assert!(index.held(Some(&hands("honest", 0)), task, most).untrusted.is_some());
    assert!(index.held(None, task, most).is_empty(), "where nobody calls");
    let server = ServerName::parse("files").unwrap();
    assert!(index.left(&(server, Spot::Anywhere), task, most).untrusted.is_some());
}
