use super::*;
use crate::control::BadFold;
use crate::event::{ActionDoubtful, Event, GrantMinted, GrantPrivate, RULES, TaskEnded};
use crate::facts::Facts;
use crate::{Axis, ConsentAge, NotYet, Window};

fn empty() -> TaskState {
    TaskState::empty(TenantId::new([1; 16]), TaskId::new([2; 16]))
}

fn facts() -> Facts {
    Facts::of_nobody(Micros(5), Vec::new())
}

fn minted(grant: u8, parent: Option<u8>) -> Event {
    let not_yet = NotYet::NotYet;
    let window = Window { expires: Micros(90), not_before: Micros(1) };
    let envelope = Envelope {
        consent_age: Axis::Is(ConsentAge::default()),
        delegation: crate::Axis::Not(not_yet),
        passable: crate::Axis::Is(Default::default()),
        readable: crate::Axis::Is(Default::default()),
        rows: Vec::new(),
        window,
    };
    let data = GrantMinted {
        act: None,
        control: 3,
        envelope,
        grant: GrantId::new([grant; 16]),
        holder: AgentId::parse("payer").unwrap(),
        parent: parent.map(|id| GrantId::new([id; 16])),
        private: Some(GrantPrivate { when: Vec::new() }),
    };
    Event { at: Micros(5), data: data.into() }
}

#[test]
fn an_event_that_does_not_fit_the_state_is_not_folded() {
    let doubtful = ActionDoubtful { act: 9, facts: facts(), rules: RULES, why: "time-out".to_owned() };
    let doubtful = Event { at: Micros(5), data: doubtful.into() };
    assert_eq!(empty().apply(&doubtful, 1), Err(BadFold::Unfit("no such act")));
    let mut state = empty();
    state.apply(&minted(1, None), 1).unwrap();
    assert_eq!(state.clone().apply(&minted(1, Some(1)), 2), Err(BadFold::Unfit("the grant is there already")));
    assert_eq!(state.clone().apply(&minted(2, None), 2), Err(BadFold::Unfit("a second root")));
    assert_eq!(state.clone().apply(&minted(2, Some(3)), 2), Err(BadFold::Unfit("no such parent")));
    assert_eq!(state.apply(&minted(2, Some(1)), 2), Ok(()));
}

#[test]
fn a_subtree_is_a_grant_and_all_below_it() {
    let mut state = empty();
    for (grant, parent) in [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(1))] {
        state.apply(&minted(grant, parent), 1).unwrap();
    }
    let id = |grant: u8| GrantId::new([grant; 16]);
    assert_eq!(state.subtree(id(2)), [id(2), id(3)]);
    assert_eq!(state.subtree(id(1)).len(), 4);
    let lineage: Vec<_> = state.lineage(id(3)).unwrap().iter().map(|grant| grant.id).collect();
    assert_eq!(lineage, [id(1), id(2), id(3)]);
    assert_eq!(state.lineage(id(9)), None);
}

#[test]
fn time_and_control_are_taken_from_the_events_and_time_never_falls() {
    let mut state = empty();
    state.apply(&minted(1, None), 7).unwrap();
    let earlier = TaskEnded { by: None, facts: facts(), open: Vec::new(), rules: RULES, why: Code::WindowClosed };
    state.apply(&Event { at: Micros(4), data: earlier.into() }, 8).unwrap();
    assert_eq!((state.at, state.seq, state.grants[&GrantId::new([1; 16])].control), (Micros(5), 2, 3));
    assert!(!state.grants[&GrantId::new([1; 16])].standing.live() && state.wake().is_none());
}

#[test]
fn likeness_leaves_out_the_key_and_nothing_else() {
    let (salt, tool) = (Salt::new([3; 16]), ToolId::parse("bank/pay").unwrap());
    let key = |text: &str| crate::IdempotencyKey::parse(text).unwrap();
    let like = |arguments: &str, key: Option<crate::IdempotencyKey>| {
        let arguments = Json::parse(arguments.as_bytes(), &crate::json::Limits::default()).unwrap();
        likeness(&salt, &tool, &arguments, key.as_ref())
    };
    let first = like(r#"{"to":"a","meta":{"key":"k1"}}"#, Some(key("k1")));
    assert_eq!(first, like(r#"{"meta":{"key":"k2"},"to":"a"}"#, Some(key("k2"))));
    assert_ne!(first, like(r#"{"to":"b","meta":{"key":"k1"}}"#, Some(key("k1"))));
    assert_ne!(first, like(r#"{"to":"a","meta":{"key":"k1"}}"#, None));
}
