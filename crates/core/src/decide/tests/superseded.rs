//! An agent that asks for another amount of the same wants that one: the request of before is nobody's to answer any more.

use super::prelude::*;
use super::world::*;

fn keyed(world: &mut World, euros: &str, key: &str) -> Decided {
    let action = world.keyed_payment(euros, key);
    world.attempt(action)
}

/// A payment that names no key, as the catalogue binds it: where to, and how much.
fn bound(world: &mut World, euros: &str, iban: &str) -> Decided {
    let value = |pointer: &str, kind: &str, normal: &str| Bound {
        digest: digest(normal),
        group: None,
        kind: kind.to_owned(),
        normal: Reading::Known(normal.to_owned()),
        pointer: crate::json::Pointer::parse(pointer).unwrap(),
        role: crate::BoundAs::Value,
        unit: (kind == "amount").then(|| "EUR".to_owned()),
    };
    let bound = vec![value("/iban", "iban", iban), value("/amount", "amount", euros)];
    let action = Action { bound, ..world.payment(euros) };
    world.attempt(action)
}

fn over(world: &World, asked: u64) -> bool {
    let request = &world.task.approvals[&asked];
    let signs = crate::may_sign(world.view(), request, &person("otto"), world.now);
    assert_eq!(world.task.superseded(request).is_some(), signs.is_empty(), "{signs:?}");
    signs.is_empty()
}

#[test]
fn a_request_is_over_once_the_same_act_is_asked_for_with_another_amount() {
    let mut world = World::with_passkeys();
    let older = waits(&keyed(&mut world, "400", "k"));
    assert!(!over(&world, older));
    let newer = waits(&keyed(&mut world, "450", "k"));
    assert_ne!(older, newer);
    assert!(over(&world, older) && !over(&world, newer));
    assert_eq!(code(&world.approve(older, "owner otto", "otto")), Code::NotPossible);
    assert_eq!(world.approve(newer, "owner otto", "otto").verdict, Verdict::Done);
    allowed(&keyed(&mut world, "450", "k"));
    world.replay();
}

#[test]
fn what_was_signed_before_is_used_by_its_call_whatever_was_asked_for_since() {
    let mut world = World::with_passkeys();
    let older = waits(&keyed(&mut world, "400", "k"));
    assert_eq!(world.approve(older, "owner otto", "otto").verdict, Verdict::Done);
    waits(&keyed(&mut world, "450", "k"));
    allowed(&keyed(&mut world, "400", "k"));
    world.replay();
}

#[test]
fn who_comes_back_to_the_first_amount_asks_anew() {
    let mut world = World::with_passkeys();
    let first = waits(&keyed(&mut world, "400", "k"));
    let second = waits(&keyed(&mut world, "450", "k"));
    let third = waits(&keyed(&mut world, "400", "k"));
    assert!(third != first && over(&world, first) && over(&world, second) && !over(&world, third));
    assert_eq!(waits(&keyed(&mut world, "400", "k")), third, "the same again asks nobody again");
    world.approve(third, "owner otto", "otto");
    allowed(&keyed(&mut world, "400", "k"));
    world.replay();
}

#[test]
fn another_act_is_another_request() {
    let mut world = World::with_passkeys();
    let one = waits(&keyed(&mut world, "400", "k"));
    let other = waits(&keyed(&mut world, "450", "l"));
    assert!(!over(&world, one) && !over(&world, other), "two keys are two acts");
    let mut world = World::with_passkeys();
    let one = waits(&bound(&mut world, "400", "DE1"));
    let elsewhere = waits(&bound(&mut world, "450", "DE2"));
    assert!(!over(&world, one) && !over(&world, elsewhere));
    let same = waits(&bound(&mut world, "410", "DE1"));
    assert!(over(&world, one) && !over(&world, elsewhere) && !over(&world, same));
}

#[test]
fn a_no_to_an_amount_is_one_to_a_cent_less() {
    let mut world = World::with_passkeys();
    let asked = waits(&bound(&mut world, "400", "DE1"));
    world.refuse_approval(asked, "otto");
    assert_eq!(code(&bound(&mut world, "400", "DE1")), Code::ApprovalRefused);
    let again = waits(&bound(&mut world, "399.99", "DE1"));
    world.refuse_approval(again, "otto");
    assert_eq!(code(&bound(&mut world, "399.99", "DE1")), Code::ApprovalRefused);
    assert_eq!(code(&bound(&mut world, "1", "DE1")), Code::GoalRefused, "below the threshold as well");
}
