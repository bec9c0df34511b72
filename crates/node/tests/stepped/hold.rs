//! An outcome that was told waits for the next call of its task, and for nothing else.

use super::world::{NOW, TASK, TENANT, World};
use bailiwick_core::*;
use bailiwick_node::{Answer, Batch, Input, SEEN_WITHIN, TOLD_HELD_FOR, Ticket};

impl World {
    /// A call that is durable, by its number in the stream.
    fn begun(&mut self, grant: GrantId) -> (u64, u64) {
        let ticket = self.call(grant);
        self.land(false);
        match self.answers.get(&ticket) {
            Some(Answer::Decided { decided, leaf: Some(leaf), .. }) => match decided.verdict {
                Verdict::Allow { act, .. } => (act, *leaf),
                _ => panic!("{decided:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// A success that moves no meter.
    fn succeeds(&mut self, (act, leaf): (u64, u64)) -> Ticket {
        let outcome = Outcome::Done(Observed { size: 2, digest: Some(sha256(b"{}")), ..Observed::default() });
        let settle = Command::Settle(Box::new(Settle { act, leaf, outcome }));
        self.ask(settle, Facts::of_nobody(NOW, vec![]))
    }

    fn look(&mut self, task: TaskId) -> Ticket {
        self.next += 1;
        self.step(Input::Look { ticket: self.next, tenant: TENANT, task, look: Box::new(|_, _| {}) });
        self.next
    }
}

fn kinds(batch: &Batch) -> Vec<&'static str> {
    let events = &batch.group.streams[0].events;
    events.iter().map(|event| Event::read(&event.clear).unwrap().0.data.kind()).collect()
}

#[test]
fn an_outcome_that_was_told_and_the_next_call_are_one_append() {
    for lost in [false, true] {
        let (mut world, grant) = World::new();
        let act = world.begun(grant);
        let told = world.succeeds(act);
        assert!(matches!(world.answers.get(&told), Some(Answer::Decided { leaf: None, .. })), "told at once");
        assert!(world.held.is_empty() && !world.engine.idle(), "not on its way, and not forgotten");
        let next = world.call(grant);
        assert!(!world.answers.contains_key(&next), "it is not durable yet");
        assert_eq!(kinds(&world.held[0]), ["action.ended", "action.begun"]);
        world.land(lost);
        assert!(world.allowed(next) && world.held.is_empty() && world.engine.idle());
        let state = world.engine.at_rest(TENANT, TASK).unwrap();
        assert_eq!((state.acts.contains_key(&act.0), state.open), (false, 1));
        // What has gone is not sent again when its time comes.
        world.now = NOW.after(TOLD_HELD_FOR);
        world.step(Input::Moment);
        assert!(world.held.is_empty() && world.engine.held_until().is_none());
    }
}

#[test]
fn an_outcome_that_was_told_waits_no_longer_than_its_time() {
    let (mut world, grant) = World::new();
    let acts = [world.begun(grant), world.begun(grant)];
    world.succeeds(acts[0]);
    world.now = NOW.after(Span(TOLD_HELD_FOR.0 / 2));
    // Another one does not prolong it.
    world.succeeds(acts[1]);
    assert_eq!(world.engine.held_until(), Some(NOW.after(TOLD_HELD_FOR)));
    world.now = NOW.after(Span(TOLD_HELD_FOR.0 - 1));
    world.step(Input::Moment);
    assert!(world.held.is_empty());
    world.now = NOW.after(TOLD_HELD_FOR);
    world.step(Input::Moment);
    assert_eq!(kinds(&world.held[0]), ["action.ended", "action.ended"]);
    world.land(false);
    assert!(world.engine.idle());
}

#[test]
fn whoever_looks_stops_or_goes_down_does_not_wait_for_what_is_held() {
    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    // So long after that a look alone would have the store read again.
    world.now = NOW.after(SEEN_WITHIN).after(SEEN_WITHIN);
    world.succeeds(act);
    let loads = world.loads;
    let look = world.look(TASK);
    assert_eq!(kinds(&world.held[0]), ["action.ended"]);
    assert_eq!(world.loads, loads, "nothing is read while something is held that the store has not");
    assert!(!world.answers.contains_key(&look), "what is not durable is shown to nobody");
    world.land(false);
    assert_eq!(world.answers.get(&look), Some(&Answer::Looked));

    let act = world.begun(grant);
    world.succeeds(act);
    world.step(Input::Drain);
    assert_eq!(kinds(&world.held[0]), ["action.ended"]);
    world.land(false);
    assert!(world.engine.idle());

    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    world.succeeds(act);
    world.revoke(grant);
    let first = kinds(&world.held[0]);
    assert!(first.starts_with(&["action.ended"]) && first.len() > 1, "{first:?}");
}

#[test]
fn what_is_held_does_not_stand_in_one_append_with_what_another_control_decides() {
    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    world.succeeds(act);
    world.govern(ControlCommand::Heads { root: sha256(b"heads"), count: 1, size: 1 }, vec![]);
    let next = world.call(grant);
    assert_eq!((kinds(&world.held[0]), world.held.len()), (vec!["action.ended"], 1));
    let before = world.land(false).decided_under;
    assert_eq!(kinds(&world.held[0]), ["action.begun"]);
    assert!(world.land(false).decided_under > before && world.allowed(next));
}

#[test]
fn what_is_held_does_not_go_to_a_store_that_is_another_and_holds_up_no_end() {
    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    world.succeeds(act);
    assert!(world.held.is_empty() && !world.engine.idle(), "it is held");
    world.step(Input::Behind { tenant: TENANT, why: "it went back".to_owned() });
    world.now = NOW.after(TOLD_HELD_FOR);
    world.step(Input::Moment);
    assert!(world.held.is_empty(), "nothing is appended to it");
    world.step(Input::Drain);
    assert!(world.engine.idle(), "and the node can go");
}
