//! Many commands of people at once: joined, and nobody's work is refused for them.

use crate::world::*;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Answer, Failure, OVERTAKEN_WITHIN, Ticket};
use bailiwick_store::{Ledger as _, StoreError};

/// One more policy: what narrows, and differs from each other one.
fn policy(n: usize) -> ControlCommand {
    let text = format!(r#"{{"kind":"policy","name":"p{n}","cedar":"permit(principal, action, resource);"}}"#);
    let document = Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
    ControlCommand::Apply { by: by(), documents: vec![document], removed: vec![] }
}

fn agent(active: bool) -> ControlCommand {
    ControlCommand::Agent { by: by(), agent: AgentId::parse("helper").unwrap(), active }
}

#[test]
fn what_waits_stands_in_one_append_and_each_is_told_its_own_event() {
    for lost in [false, true] {
        let (mut world, _) = World::new();
        let asked: Vec<Ticket> = (0..100).map(|n| world.command(policy(n), vec![])).collect();
        let sizes: Vec<usize> =
            std::iter::from_fn(|| (!world.held.is_empty()).then(|| world.land(lost).group.streams[0].events.len()))
                .collect();
        assert_eq!(sizes, [1, 64, 35], "lost: {lost}");
        let told: Vec<u64> = asked.iter().map(|ticket| world.governed(*ticket).flatten().unwrap()).collect();
        let first = told[0];
        assert!(told.iter().zip(first..).all(|(leaf, due)| *leaf == due), "lost: {lost}, {told:?}");
        let live = world.engine.control_at_rest(TENANT).unwrap();
        assert_eq!((live.state.policies.len(), live.state.leaf), (101, told.last().copied()));
        assert_eq!(world.store.log(TENANT).unwrap().control_floor, live.state.leaf);
    }
}

#[test]
fn a_command_beside_another_is_decided_on_what_that_one_did_and_told_once_it_stands() {
    let (mut world, grant) = World::new();
    world.command(policy(0), vec![]);
    let [first, again] = [world.command(agent(false), vec![]), world.command(agent(false), vec![])];
    world.land(false);
    assert!(world.governed(again).is_none(), "that nothing is to be done rests on what is on its way");
    let batch = world.land(false);
    assert_eq!(batch.group.streams[0].events.len(), 1);
    assert!(world.governed(first).unwrap().is_some());
    assert_eq!(world.governed(again), Some(None));
    while !world.held.is_empty() {
        world.land(false);
    }
    let call = world.call(grant);
    while !world.held.is_empty() {
        world.land(false);
    }
    assert!(!world.allowed(call));
}

#[test]
fn what_did_not_stand_is_decided_again_and_stands_once() {
    let (mut world, _) = World::new();
    let asked: Vec<Ticket> = (0..5).map(|n| world.command(policy(n), vec![])).collect();
    world.land(false);
    world.fail(StoreError::Unknown);
    world.land(false);
    assert!(asked.iter().all(|ticket| world.governed(*ticket).is_some_and(|leaf| leaf.is_some())));
    let live = world.engine.control_at_rest(TENANT).unwrap();
    assert_eq!(live.state.policies.len(), 6);
    assert!(world.held.is_empty());
}

#[test]
fn a_command_that_the_store_refuses_takes_no_other_with_it() {
    let (mut world, _) = World::new();
    world.command(policy(0), vec![]);
    // Its bytes are not those that it names.
    let bad = world.command(policy(1), vec![(sha256(b"these"), b"those".to_vec())]);
    let good: Vec<Ticket> = (2..5).map(|n| world.command(policy(n), vec![])).collect();
    while !world.held.is_empty() {
        world.land(false);
    }
    assert!(matches!(world.answers.get(&bad), Some(Answer::Failed(Failure::Unavailable(_)))));
    assert!(good.iter().all(|ticket| world.governed(*ticket).is_some_and(|leaf| leaf.is_some())));
    assert_eq!(world.engine.control_at_rest(TENANT).unwrap().state.policies.len(), 5);
}

#[test]
fn commands_whose_bytes_do_not_fit_into_one_append_stand_in_several() {
    let (mut world, _) = World::new();
    let blob = |n: u8| {
        let bytes = vec![n; 3 << 20];
        vec![(sha256(&bytes), bytes)]
    };
    let asked: Vec<Ticket> = (0..6_u8).map(|n| world.command(policy(n.into()), blob(n))).collect();
    let mut sizes = Vec::new();
    while !world.held.is_empty() {
        sizes.push(world.land(false).group.blobs.len());
    }
    // Each brings its document's bytes as well.
    assert_eq!(sizes, [2, 4, 4, 2]);
    assert!(asked.iter().all(|ticket| world.governed(*ticket).is_some()));
}

#[test]
fn a_call_waits_for_control_that_is_on_its_way_and_is_decided_once() {
    let (mut world, grant) = World::new();
    let asked: Vec<Ticket> = (0..3).map(|n| world.command(policy(n), vec![])).collect();
    let call = world.call(grant);
    assert_eq!(world.held.len(), 1, "the store would refuse what is decided now");
    world.land(false);
    // Both go on in turn: the call does not wait for the rest.
    assert_eq!(world.held.len(), 2);
    world.land(false);
    assert!(world.allowed(call));
    world.land(false);
    assert!(asked.iter().all(|ticket| world.governed(*ticket).is_some()));
}

#[test]
fn a_call_that_control_overtakes_is_decided_again_for_as_long_as_it_may_wait_and_no_longer() {
    let (mut world, grant) = World::new();
    let call = world.call(grant);
    (0..50).for_each(|_| world.fail(StoreError::Stale));
    world.land(false);
    assert!(world.allowed(call));

    let call = world.call(grant);
    world.fail(StoreError::Stale);
    world.now = world.now.after(OVERTAKEN_WITHIN);
    world.fail(StoreError::Stale);
    assert!(!world.answers.contains_key(&call));
    world.now = world.now.after(Span(1));
    world.fail(StoreError::Stale);
    assert_eq!(world.answers.get(&call), Some(&Answer::Failed(Failure::Overtaken)));
    assert!(world.held.is_empty());
}

#[test]
fn a_stop_does_not_wait_for_what_the_store_refused_in_company() {
    let (mut world, _) = World::new();
    world.command(policy(0), vec![]);
    // One of those that are joined is refused: its blob is not what its digest says.
    world.command(policy(1), vec![(sha256(b"these"), b"those".to_vec())]);
    for n in 2..40 {
        world.command(policy(n), vec![]);
    }
    world.land(false);
    assert_eq!(world.held.len(), 1, "the rest is on its way as one");
    let stop = world.command(ControlCommand::Tenant { by: by(), running: false }, vec![]);
    world.land(false);
    let next = Event::read(&world.held[0].group.streams[0].events[0].clear).unwrap().0;
    assert_eq!(next.data.kind(), "control.tenant");
    world.land(false);
    assert!(world.answers.contains_key(&stop));
}
