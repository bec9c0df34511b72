//! An ending under full load: decided next, whatever waits and however much.

use crate::world::*;
use bailiwick_core::*;
use bailiwick_node::{Answer, ENDINGS_MAX, Failure, QUEUE_MAX, Ticket};

#[test]
fn an_ending_under_full_load_is_decided_next_and_everything_that_waited_is_refused() {
    for lost in [false, true] {
        let (mut world, grant) = World::new();
        // one is on its way to the store, and as many wait as may
        let first = world.call(grant);
        let waiting: Vec<Ticket> = (0..QUEUE_MAX).map(|_| world.call(grant)).collect();
        assert!(!world.answers.contains_key(&first) && world.held.len() == 1);
        let over = world.call(grant);
        assert_eq!(world.answers.get(&over), Some(&Answer::Failed(Failure::Busy)));
        // a full queue refuses calls, never an ending
        let ending = world.revoke(grant);
        assert!(!world.answers.contains_key(&ending), "it waits for what is in flight alone");
        world.land(lost);
        assert!(world.allowed(first), "what was durable before it stands");
        let batch = world.land(false);
        let kinds: Vec<_> = batch.group.streams[0]
            .events
            .iter()
            .map(|event| Event::read(&event.clear).unwrap().0.data.kind())
            .collect();
        assert!(matches!(kinds.first(), Some(&("grant.ended" | "task.ended"))), "{kinds:?}");
        assert!(!kinds.contains(&"action.begun"), "{kinds:?}");
        while !world.held.is_empty() {
            world.land(false);
        }
        assert_eq!(waiting.iter().filter(|ticket| world.allowed(**ticket)).count(), 0);
        assert!(waiting.iter().all(|ticket| world.code(*ticket) == Some(Code::TaskEnded)));
        let place = |ticket: Ticket| world.order.iter().position(|other| *other == ticket).unwrap();
        assert!(waiting.iter().all(|ticket| place(ending) < place(*ticket)), "nobody who waited is answered before it");
    }
}

#[test]
fn even_endings_are_bounded() {
    let (mut world, grant) = World::new();
    world.call(grant);
    (0..QUEUE_MAX).for_each(|_| {
        world.call(grant);
    });
    (0..ENDINGS_MAX).for_each(|_| {
        world.revoke(grant);
    });
    let over = world.revoke(grant);
    assert_eq!(world.answers.get(&over), Some(&Answer::Failed(Failure::Busy)));
}

#[test]
fn a_stop_goes_ahead_of_all_other_control_that_waits() {
    let (mut world, _) = World::new();
    let heads = |n: u64| ControlCommand::Heads { root: sha256(&n.to_be_bytes()), count: n, size: n };
    let waiting: Vec<Ticket> = (0..QUEUE_MAX as u64 + 1).map(|n| world.command(heads(n), vec![])).collect();
    let over = world.command(heads(1), vec![]);
    assert_eq!(world.answers.get(&over), Some(&Answer::Failed(Failure::Busy)));
    let stop = world.command(ControlCommand::Tenant { by: by(), running: false }, vec![]);
    world.land(false);
    let batch = world.land(false);
    let kind = Event::read(&batch.group.streams[0].events[0].clear).unwrap().0.data.kind();
    assert_eq!(kind, "control.tenant");
    assert!(world.answers.contains_key(&stop) && !world.answers.contains_key(&waiting[1]));
}

#[test]
fn a_stop_cuts_what_is_open_at_once_however_long_the_log_is() {
    let helper = || AgentId::parse("helper").unwrap();
    let stops = [
        ControlCommand::Tenant { by: by(), running: false },
        ControlCommand::Agent { by: by(), agent: helper(), active: false },
        ControlCommand::Apply { by: by(), documents: vec![], removed: vec![("agent".to_owned(), "helper".to_owned())] },
    ];
    for stop in stops {
        let (mut world, grant) = World::new();
        let open = world.call(grant);
        world.land(false);
        assert!(world.allowed(open));
        // The last event of control is far on in the log by now, and few of the log's events are of control.
        world.govern(ControlCommand::Heads { root: sha256(b"heads"), count: 2, size: 9 }, vec![]);
        assert!(world.held.is_empty() && world.ended.is_empty());
        let ticket = world.command(stop.clone(), vec![]);
        world.land(false);
        assert!(world.governed(ticket).is_some(), "{stop:?}: {:?}", world.answers.get(&ticket));
        world.land(false);
        assert_eq!(world.ended, [grant], "{stop:?}: nobody asked, and no second passed");
    }
}
