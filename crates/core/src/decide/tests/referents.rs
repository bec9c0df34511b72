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

fn act(world: &mut World, euros: &str, version: Option<&str>) -> Decided {
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
