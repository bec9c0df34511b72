//! An act that lasts is looked at again: what ends it is what would have refused it, but for what its beginning used up.

use super::prelude::*;
use super::world::*;

/// Why a payment that has begun may not go on, once `change` has come about.
fn after(change: fn(&mut World)) -> Option<Code> {
    asked_after(change, true)
}

/// The same of a payment that is open, or over.
fn asked_after(change: fn(&mut World), open: bool) -> Option<Code> {
    let mut world = World::ready();
    let action = world.payment("10");
    let act = allowed(&world.attempt(action.clone()));
    let attempt = world.attempt_command(action);
    let leaf = world.task.acts.get(&act).map_or(0, |act| act.leaf);
    if !open {
        let _settled = world.done(act, &[]);
    }
    change(&mut world);
    let mut facts = world.facts_of('a');
    facts.caller = facts.caller.map(|caller| Caller { proof: None, ..caller });
    match stands(world.view(), &world.policy, open.then_some((act, leaf)), &attempt, &facts) {
        Stands::No(reason) => Some(reason.code),
        other => {
            assert_eq!(other, Stands::Yes);
            None
        }
    }
}

#[test]
fn an_act_that_lasts_goes_on_while_nothing_changes_though_its_meter_is_empty() {
    assert_eq!(after(|_| {}), None);
    let spent = |world: &mut World| while world.pay("10").verdict != Verdict::Deny {};
    assert_eq!(after(spent), None);
}

#[test]
fn an_act_that_lasts_is_stopped_by_what_would_refuse_it() {
    type Change = fn(&mut World);
    let cases: [(Change, Code); 6] = [
        (|world| drop(world.revoke()), Code::TaskEnded),
        (|world| world.suspend(false), Code::GrantEnded),
        (|world| world.stop(false), Code::GrantEnded),
        (|world| world.policy = Says(Answer::Forbid(vec!["no".to_owned()])), Code::PolicyForbidden),
        (|world| world.policy = Says(Answer::Nothing), Code::PolicyNotPermitted),
        (|world| world.pass(Span::hours(48)), Code::WindowClosed),
    ];
    for (change, expected) in cases {
        assert_eq!(after(change), Some(expected));
        assert_eq!(asked_after(change, false), Some(expected), "what came of one that is over is given out no longer");
    }
    assert_eq!(asked_after(|_| {}, false), None);
}

#[test]
fn nobody_but_its_own_process_keeps_an_act_going() {
    let mut world = World::ready();
    let action = world.payment("10");
    let act = allowed(&world.attempt(action.clone()));
    let leaf = world.task.acts.get(&act).unwrap().leaf;
    let attempt = world.attempt_command(action);
    for facts in [world.facts_of('b'), world.facts_of_other('a'), world.facts()] {
        assert!(
            matches!(stands(world.view(), &world.policy, Some((act, leaf)), &attempt, &facts), Stands::No(_)),
            "{facts:?}"
        );
    }
    let facts = world.facts_of('a');
    for other in [(act + 1, leaf), (act, leaf + 1)] {
        assert!(
            matches!(stands(world.view(), &world.policy, Some(other), &attempt, &facts), Stands::No(_)),
            "{other:?}"
        );
    }
}

#[test]
fn an_act_whose_outcome_is_known_or_in_doubt_does_not_go_on() {
    for doubtful in [false, true] {
        let mut world = World::ready();
        let action = world.payment("10");
        let act = allowed(&world.attempt(action.clone()));
        let leaf = world.task.acts.get(&act).unwrap().leaf;
        let attempt = world.attempt_command(action);
        let _settled = if doubtful { world.doubt(act) } else { world.done(act, &[]) };
        let facts = world.facts_of('a');
        assert!(
            matches!(stands(world.view(), &world.policy, Some((act, leaf)), &attempt, &facts), Stands::No(_)),
            "{doubtful}"
        );
    }
}
