//! A no to one act is a no to what else waits and comes to the same: those requests are void, and say so.

use super::prelude::*;
use super::world::*;

/// A payment to one account, by a key of its own: two of them are two acts, and one goal.
fn to(world: &mut World, euros: &str, key: &str) -> Decided {
    let bound = super::sources::bound("/iban", "iban", IBAN, crate::BoundAs::Destination);
    let action = Action { bound: vec![bound], ..world.keyed_payment(euros, key) };
    world.attempt(action)
}

fn standing(world: &World, approval: u64) -> &ApprovalStanding {
    &world.task.approvals[&approval].standing
}

fn void(world: &World, refused: u64) -> ApprovalStanding {
    ApprovalStanding::Void { by: person("otto"), refused: world.task.approvals[&refused].leaf }
}

#[test]
fn what_waits_and_comes_to_what_was_refused_is_void_takes_no_yes_and_is_asked_anew() {
    let mut world = World::with_passkeys();
    let (one, two) = (waits(&to(&mut world, "400", "a")), waits(&to(&mut world, "350", "b")));
    let other = waits(&world.attempt(world.keyed_payment("320", "c")));
    assert_eq!(world.refuse_approval(one, "otto").verdict, Verdict::Done);
    assert_eq!(*standing(&world, two), void(&world, one));
    assert_eq!(*standing(&world, other), ApprovalStanding::Open, "which comes to something else");
    let state = &world.task.approvals[&two];
    assert_eq!(crate::may_sign(world.view(), state, &person("otto"), world.now), Vec::<String>::new());
    let refused = world.approve(two, "owner otto", "otto");
    assert_eq!(code(&refused), Code::NotPossible);
    let told = refused.reasons[0].to_string();
    assert!(told.contains("otto has said no to request") && told.ends_with("so this one is void"), "{told}");
    assert_eq!(world.task.asked_anew(&world.task.approvals[&two]).map(|of| of.seq), None);

    let anew = waits(&to(&mut world, "350", "b"));
    assert_ne!(anew, two);
    assert_eq!(world.task.asked_anew(&world.task.approvals[&two]).map(|of| of.seq), Some(anew));
    assert_eq!(world.approve(anew, "owner otto", "otto").verdict, Verdict::Done);
    allowed(&to(&mut world, "350", "b"));
    world.replay();
}

#[test]
fn a_yes_that_was_said_before_that_no_counts_no_more_and_says_why() {
    let mut world = World::with_passkeys();
    let (one, two) = (waits(&to(&mut world, "400", "a")), waits(&to(&mut world, "350", "b")));
    assert_eq!(world.approve(two, "owner otto", "otto").verdict, Verdict::Done);
    world.refuse_approval(one, "otto");
    let state = &world.task.approvals[&two];
    let why = why_void(world.view(), state, &state.given[0], world.now);
    assert_eq!(why, Some(Void::Overruled));
    assert_ne!(waits(&to(&mut world, "350", "b")), two);
    world.pass(Span::hours(1));
    assert!(world.tick().events.iter().all(|event| event.data.kind() != "approval.expired" || event_of(event) != two));
    world.replay();
}

fn event_of(event: &Event) -> u64 {
    match &event.data {
        Data::ApprovalExpired(expired) => expired.approval,
        _ => 0,
    }
}

#[test]
fn a_no_of_before_makes_nothing_void() {
    let mut world = World::with_passkeys();
    let (one, two) = (waits(&to(&mut world, "400", "a")), waits(&to(&mut world, "350", "b")));
    let facts = world.facts();
    let (reason, instead) = ("no".to_owned(), Some(json(r#"{"amount":"10"}"#)));
    let said = RefuseApproval { approval: one, by: by("otto"), reason, instead, voids: false };
    let decided = world.run(&Command::RefuseApproval(Box::new(said)), &facts);
    let [Event { data: Data::ApprovalRefused(refused), .. }] = decided.events.as_slice() else { panic!("{decided:?}") };
    assert_eq!(refused.voids, None);
    assert_eq!(*standing(&world, two), ApprovalStanding::Open);
    assert!(world.task.goals.values().all(|goal| goal.offer.is_none()));
    let clear = String::from_utf8(decided.events[0].clear(None).unwrap()).unwrap();
    assert!(!clear.contains("voids"), "records of before are read as they were: {clear}");
    world.replay();
}
