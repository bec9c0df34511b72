//! What an argument points to: seen before anybody is asked, part of what they sign, and seen again when it is used.

use super::prelude::*;
use super::world::*;
use crate::json::Pointer;

fn pointing(world: &World, euros: &str, version: Option<&str>) -> Action {
    let shown = version
        .map(|version| Resolved { at: Pointer::parse("/subject").unwrap(), value: format!("the text of {version}") });
    let referent = Referent {
        pointer: Pointer::parse("/draft").unwrap(),
        shown: shown.into_iter().collect(),
        version: version.map(str::to_owned),
    };
    Action { referents: vec![referent], ..world.payment(euros) }
}

pub(super) fn act(world: &mut World, euros: &str, version: Option<&str>) -> Decided {
    let action = pointing(world, euros, version);
    world.attempt(action)
}

#[test]
fn nobody_is_asked_and_nothing_privileged_begins_before_somebody_has_looked() {
    let mut world = World::with_passkeys();
    for euros in ["400", "10"] {
        let unread = act(&mut world, euros, None);
        assert_eq!((&unread.verdict, unread.events.len()), (&Verdict::Look, 0), "{euros}");
    }
    assert_eq!(code(&act(&mut world, "501", None)), Code::OverEach, "a no needs no look");
    assert_eq!(world.charged(1, &eur()), Amount::ZERO);
    allowed(&act(&mut world, "10", Some("1")));
    waits(&act(&mut world, "400", Some("1")));
}

#[test]
fn what_nobody_is_asked_for_and_is_not_privileged_needs_no_look() {
    let mut world = World::ready();
    let referent = Referent { pointer: Pointer::parse("/draft").unwrap(), shown: Vec::new(), version: None };
    let action = Action { referents: vec![referent], ..world.action("bank/note", "{}") };
    assert_eq!(action.effect, Effect::Write);
    allowed(&world.attempt(action));
}

#[test]
fn a_yes_to_one_version_is_none_to_another() {
    let mut world = World::with_passkeys();
    let asked = act(&mut world, "400", Some("1"));
    let approval = waits(&asked);
    let Data::ApprovalAsked(data) = &asked.events[1].data else { panic!("{asked:?}") };
    let display = data.private.as_ref().unwrap().display.canonical();
    assert!(display.contains(r#""shown":[{"at":"/subject","value":"the text of 1"}],"version":"1""#), "{display}");
    assert_eq!(world.approve(approval, "owner otto", "otto").verdict, Verdict::Done);
    // written over meanwhile: whoever said yes has not seen this
    let other = waits(&act(&mut world, "400", Some("2")));
    assert_ne!(other, approval);
    assert_eq!(act(&mut world, "400", None).verdict, Verdict::Look, "nor is it used unseen");
    let begun = act(&mut world, "400", Some("1"));
    allowed(&begun);
    let Data::ActionBegun(data) = &begun.events[0].data else { panic!("{begun:?}") };
    assert_eq!(data.approvals, [world.task.approvals[&approval].given[0].signed]);
    world.replay();
}

#[test]
fn a_key_gives_its_act_again_whatever_became_of_what_it_pointed_to() {
    let mut world = World::ready();
    let keyed = |world: &World, version: Option<&str>| Action {
        referents: pointing(world, "10", version).referents,
        ..world.keyed_payment("10", "once")
    };
    let action = keyed(&world, Some("1"));
    let begun = allowed(&world.attempt(action));
    for version in [None, Some("1"), Some("2")] {
        let action = keyed(&world, version);
        assert_eq!(world.attempt(action).verdict, Verdict::Again { act: begun }, "{version:?}");
    }
    let other = Action { referents: keyed(&world, Some("1")).referents, ..world.keyed_payment("11", "once") };
    assert_eq!(code(&world.attempt(other)), Code::KeyReused);
    world.replay();
}

#[test]
fn a_no_to_a_version_is_told_before_anything_else_comes_of_it() {
    let mut world = World::with_passkeys();
    for version in ["1", "2"] {
        let approval = waits(&act(&mut world, "400", Some(version)));
        assert_eq!(world.refuse_approval(approval, "otto").verdict, Verdict::Done);
        assert_eq!(act(&mut world, "400", None).verdict, Verdict::Look, "which version it is now decides");
        assert_eq!(code(&act(&mut world, "400", Some(version))), Code::ApprovalRefused);
    }
    assert_eq!(code(&act(&mut world, "400", Some("3"))), Code::GoalRefused);
}

#[test]
fn who_comes_with_another_version_is_told_that_it_changed_and_so_is_whoever_saw_the_first() {
    let mut world = World::with_passkeys();
    let codes = |decided: &Decided| decided.reasons.iter().map(|reason| reason.code).collect::<Vec<_>>();
    let first = act(&mut world, "400", Some("1"));
    let (seen, plain) = (waits(&first), [Code::ApprovalNeeded]);
    assert_eq!(codes(&first), plain);
    assert_eq!(codes(&act(&mut world, "400", Some("1"))), plain, "the same again is no other version");
    let second = act(&mut world, "400", Some("2"));
    assert_eq!(codes(&second), [Code::ApprovalNeeded, Code::ChangedSinceSeen]);
    assert_eq!(codes(&act(&mut world, "400", Some("2"))), [Code::ApprovalNeeded, Code::ChangedSinceSeen]);
    // of another act nothing is said
    assert_eq!(codes(&act(&mut world, "401", Some("2"))), plain);
    let newer = |seq: u64| world.task.newer(&world.task.approvals[&seq]).map(|newer| newer.seq);
    assert_eq!((newer(seen), newer(waits(&second))), (Some(waits(&second)), None));
    world.replay();
}

#[test]
fn a_no_to_one_version_is_known_to_whoever_says_yes_to_another() {
    let mut world = World::with_passkeys();
    let first = waits(&act(&mut world, "400", Some("1")));
    let second = waits(&act(&mut world, "400", Some("2")));
    assert_eq!(world.approve(second, "owner otto", "otto").verdict, Verdict::Done);
    assert_eq!(world.refuse_approval(first, "otto").verdict, Verdict::Done);
    // what was said without knowing of the no is asked for again, with the no
    let asked = act(&mut world, "400", Some("2"));
    let Data::ApprovalAsked(data) = &asked.events[1].data else { panic!("{asked:?}") };
    assert!(data.needs.iter().any(|need| need.why == crate::Why::Refused), "{data:?}");
    assert!(asked.reasons.iter().any(|reason| reason.code == Code::ChangedSinceSeen));
    assert_eq!(world.approve(waits(&asked), "owner otto", "otto").verdict, Verdict::Done);
    allowed(&act(&mut world, "400", Some("2")));
    world.replay();
}
