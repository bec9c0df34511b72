//! What a person offers in the place of what they refuse goes through as they meant it: it is no refused goal.

use super::prelude::*;
use super::world::*;

fn to(world: &World, euros: &str) -> Action {
    let bound = super::sources::bound("/iban", "iban", IBAN, crate::BoundAs::Destination);
    let amount = super::sources::bound("/amount", "amount", euros, crate::BoundAs::Value);
    Action { bound: vec![amount, bound], ..world.payment(euros) }
}

fn tries(world: &mut World, euros: &str) -> Decided {
    let action = to(world, euros);
    world.attempt(action)
}

/// A request of 400 that was refused with this in its place, which its agent was told.
fn offered(world: &mut World, asked: &str, instead: &str) -> u64 {
    let approval = waits(&tries(world, asked));
    assert_eq!(world.offer(approval, "otto", instead).verdict, Verdict::Done);
    assert_eq!(code(&tries(world, asked)), Code::ApprovalRefused);
    approval
}

fn whys(world: &World, approval: u64) -> Vec<Why> {
    world.task.approvals[&approval].needs.iter().map(|need| need.why).collect()
}

#[test]
fn what_is_offered_or_less_goes_through_where_nobody_else_is_asked_of_it() {
    for taken in ["200", "150"] {
        let mut world = World::with_passkeys();
        offered(&mut world, "400", r#"{"amount":"200"}"#);
        allowed(&tries(&mut world, taken));
        world.replay();
    }
    let mut world = World::with_passkeys();
    offered(&mut world, "400", r#"{"amount":"200"}"#);
    let more = waits(&tries(&mut world, "201"));
    assert_eq!(whys(&world, more), [Why::Refused], "more than was offered is what was refused");
}

#[test]
fn an_offer_lifts_no_no_to_another_goal() {
    // the same arguments, sent to somebody else by what a binding read: another goal, which people said no to for good
    let elsewhere = |world: &World, euros: &str| {
        let mut action = to(world, euros);
        action.bound[1] = super::sources::bound("/iban", "iban", "DE02120300000000202051", crate::BoundAs::Destination);
        action
    };
    let mut world = World::with_passkeys();
    for euros in ["400", "390"] {
        let action = elsewhere(&world, euros);
        let refused = waits(&world.attempt(action.clone()));
        world.refuse_approval(refused, "otto");
        assert_eq!(code(&world.attempt(action)), Code::ApprovalRefused);
    }
    offered(&mut world, "380", r#"{"amount":"200"}"#);
    let action = elsewhere(&world, "200");
    assert_eq!(code(&world.clone().attempt(action)), Code::GoalRefused);
    allowed(&tries(&mut world, "200"));
}

#[test]
fn an_offer_is_taken_once() {
    let mut world = World::with_passkeys();
    offered(&mut world, "400", r#"{"amount":"100"}"#);
    let act = allowed(&tries(&mut world, "100"));
    world.done(act, &[(eur(), "100")]);
    let again = waits(&tries(&mut world, "100"));
    assert_eq!(whys(&world, again), [Why::Refused]);
    world.replay();
}

#[test]
fn what_would_be_asked_about_anyhow_is_signed_and_says_that_it_was_offered() {
    let mut world = World::with_passkeys();
    let first = offered(&mut world, "400", r#"{"amount":"350"}"#);
    let asked = tries(&mut world, "350");
    let approval = waits(&asked);
    assert_eq!(whys(&world, approval), [Why::Template], "an offer is no signature, and no refused goal");
    assert!(world.task.asks_about_offer(&world.task.approvals[&approval]));
    assert!(!world.task.asks_about_offer(&world.task.approvals[&first]));
    let leaf = world.task.approvals[&first].leaf;
    let Data::ApprovalAsked(data) = &asked.events[1].data else { panic!("{asked:?}") };
    let shown = data.private.as_ref().unwrap().display.get("offered").unwrap().canonical();
    assert_eq!(shown, format!(r#"{{"by":"otto","in_place_of":{leaf}}}"#));
    assert_eq!(world.approve(approval, "owner otto", "otto").verdict, Verdict::Done);
    allowed(&tries(&mut world, "350"));
    world.replay();
}

#[test]
fn after_two_noes_the_offer_of_the_second_is_asked_about_and_nothing_else_is() {
    let mut world = World::with_passkeys();
    let first = waits(&tries(&mut world, "400"));
    world.refuse_approval(first, "otto");
    assert_eq!(code(&tries(&mut world, "400")), Code::ApprovalRefused);
    offered(&mut world, "390", r#"{"amount":"100"}"#);
    assert_eq!(code(&world.clone().attempt(to(&world, "390"))), Code::GoalRefused);
    let asked = waits(&tries(&mut world, "100"));
    assert_eq!(whys(&world, asked), [Why::Offered]);
    assert_eq!(world.approve(asked, "owner otto", "otto").verdict, Verdict::Done);
    allowed(&tries(&mut world, "100"));
    world.replay();
}

#[test]
fn an_offer_is_for_the_grant_and_the_tool_that_asked_and_a_later_no_takes_it_back() {
    let mut world = World::with_passkeys();
    offered(&mut world, "400", r#"{"amount":"200"}"#);
    let grant = world.grant();
    let of = |world: &World, grant: GrantId, name: &str| {
        world.task.offered((grant, &tool(name)), &to(world, "200").arguments).is_some()
    };
    assert!(of(&world, grant, "bank/pay"));
    assert!(!of(&world, grant, "bank/note") && !of(&world, GrantId::new([9; 16]), "bank/pay"));
    let more = waits(&tries(&mut world, "201"));
    world.refuse_approval(more, "otto");
    assert!(!of(&world, grant, "bank/pay"), "whoever says no once more offers nothing");
    assert_eq!(code(&tries(&mut world, "200")), Code::GoalRefused);
    world.replay();
}

#[test]
fn the_act_that_takes_an_offer_names_it_and_it_stands_no_more() {
    let mut world = World::with_passkeys();
    let first = offered(&mut world, "400", r#"{"amount":"200"}"#);
    let leaf = world.task.approvals[&first].leaf;
    assert!(world.task.offer_stands(leaf));
    let before = world.task.clone();
    let done = tries(&mut world, "150");
    let Data::ActionBegun(begun) = &done.events[0].data else { panic!("{done:?}") };
    assert_eq!(before.offer_of(begun).map(|offer| (offer.by.as_str(), offer.request)), Some(("otto", leaf)));
    assert!(world.task.offer_of(begun).is_none() && !world.task.offer_stands(leaf));
}
