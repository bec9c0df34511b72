//! One act under one key, and the same act under two.

use super::prelude::*;
use super::world::*;

fn keyed(world: &mut World, euros: &str, key: &str) -> Decided {
    let action = world.keyed_payment(euros, key);
    world.attempt(action)
}

#[test]
fn the_same_key_and_contents_are_the_same_act_and_charge_nothing() {
    let mut world = World::ready();
    let act = allowed(&keyed(&mut world, "200", "k"));
    let again = keyed(&mut world, "200", "k");
    assert_eq!((again.verdict, again.events.len()), (Verdict::Again { act }, 0));
    assert_eq!(world.charged(1, &eur()), amount("200"));
}

#[test]
fn the_same_act_is_given_again_however_it_stands() {
    let mut world = World::ready();
    let act = allowed(&keyed(&mut world, "20", "k"));
    world.doubt(act);
    assert_eq!(keyed(&mut world, "20", "k").verdict, Verdict::Again { act });
    world.done(act, &[]);
    assert_eq!(keyed(&mut world, "20", "k").verdict, Verdict::Again { act });
    let standing = &world.task.acts[&act].standing;
    assert!(matches!(standing, ActStanding::Ended { status: Status::Done, .. }), "{standing:?}");
}

#[test]
fn an_act_is_given_again_before_envelope_policy_and_meters_are_asked() {
    let mut world = World::ready();
    let act = allowed(&keyed(&mut world, "300", "k"));
    world.policy = Says(Answer::Nothing);
    world.documents(&[r#"{"kind":"role","name":"payer","allow":[]}"#]);
    // Without the key the same call is past the total, the role and the policy.
    assert_eq!(code(&world.pay("300")), Code::RoleNotGranted);
    assert_eq!(keyed(&mut world, "300", "k").verdict, Verdict::Again { act });
}

#[test]
fn an_act_is_not_given_again_to_a_stranger_after_an_ending_or_without_the_tool() {
    let mut world = World::ready();
    allowed(&keyed(&mut world, "20", "k"));
    let attempt = world.attempt_command(world.keyed_payment("20", "k"));
    let facts = world.facts_of('b');
    assert_eq!(code(&world.ask(&Command::Attempt(Box::new(attempt)), &facts)), Code::KeyNotBound);
    let mut suspended = world.clone();
    suspended.suspend(false);
    assert_eq!(code(&keyed(&mut suspended, "20", "k")), Code::GrantEnded);
    let mut changed = world.clone();
    changed.govern(ControlCommand::Pin {
        server: ServerName::parse("bank").unwrap(),
        identity: digest("another bank"),
        tools: Vec::new(),
    });
    assert_eq!(code(&keyed(&mut changed, "20", "k")), Code::ServerChanged);
    world.revoke();
    assert_eq!(code(&keyed(&mut world, "20", "k")), Code::TaskEnded);
}

#[test]
fn a_refusal_is_never_remembered_by_its_key() {
    let mut world = World::ready();
    world.policy = Says(Answer::Nothing);
    assert_eq!(code(&keyed(&mut world, "20", "k")), Code::PolicyNotPermitted);
    assert!(world.task.keys.is_empty());
    world.policy = Says(Answer::Permit(Vec::new()));
    allowed(&keyed(&mut world, "20", "k"));
}

#[test]
fn keys_are_remembered_as_salted_hashes() {
    let mut world = World::ready();
    let decided = keyed(&mut world, "20", "order-4711");
    let clear = decided.events[0].clear(None).unwrap();
    assert!(!String::from_utf8(clear).unwrap().contains("order-4711"));
    let mut other = World::ready();
    other.task.salt = Some(Salt::new([77; 16]));
    let hash = |world: &World| world.task.keys.keys().next().unwrap().1;
    keyed(&mut other, "20", "order-4711");
    assert_ne!(hash(&world), hash(&other));
}

#[test]
fn the_same_payment_under_a_fresh_key_waits_while_the_first_is_in_doubt() {
    let mut world = World::ready();
    let act = allowed(&keyed(&mut world, "50", "first"));
    world.doubt(act);
    assert_eq!(code(&keyed(&mut world, "50", "second")), Code::ApprovalUnavailable);
    // Another payment is another act.
    allowed(&keyed(&mut world, "51", "third"));
    // Once it is known what became of the first, the second is an act of its own.
    world.done(act, &[]);
    allowed(&keyed(&mut world, "50", "second"));
}

#[test]
fn an_act_past_its_time_is_in_doubt_though_nobody_ticked() {
    let mut world = World::ready();
    let first = world.pay("100");
    let Verdict::Allow { act, settle_by, .. } = first.verdict else { panic!("{first:?}") };
    world.now = Micros(settle_by.0 - 1);
    allowed(&world.clone().pay("100"));
    assert_eq!(world.clone().settle(act, Outcome::NeverSent).verdict, Verdict::Done);
    world.now = settle_by;
    assert_eq!(code(&world.clone().pay("100")), Code::ApprovalUnavailable);
    assert_eq!(code(&world.settle(act, Outcome::NeverSent)), Code::NotPossible);
    assert_eq!(code(&world.settle(act, Outcome::NotDone(Observed::default()))), Code::NotPossible);
    world.done(act, &[(eur(), "1")]);
    assert_eq!(
        world.charged(1, &eur()),
        amount("100"),
        "an outcome that comes after the doubt never lowers the charge"
    );
}

#[test]
fn a_read_in_doubt_blocks_no_retry() {
    let mut world = World::ready();
    let act = allowed(&world.call("mail/search"));
    world.doubt(act);
    allowed(&world.call("mail/search"));
    assert!(world.task.unsettled(&[world.grant()]).iter().all(|open| *open != act));
}

#[test]
fn a_plain_act_in_doubt_may_be_tried_again_behind_a_wrapper() {
    let mut world = World::broad();
    let mut note = |mode, road| {
        let attempt = world.attempt_command(world.action("bank/note", "{}"));
        let facts = world.facts_of('a');
        let caller = facts.caller.clone().map(|caller| Caller { road, ..caller });
        let facts = Facts { caller, mode, ..facts };
        let decided = world.run(&Command::Attempt(Box::new(attempt)), &facts);
        if let Verdict::Allow { act, .. } = decided.verdict {
            world.doubt(act);
        }
        decided
    };
    allowed(&note(Mode::Cooperative, Road::Socket));
    allowed(&note(Mode::Cooperative, Road::Socket));
    // a server of the node's is strict, whether the agent could go around it or not
    assert_eq!(code(&note(Mode::Cooperative, Road::Http)), Code::ApprovalUnavailable);
    assert_eq!(code(&note(Mode::Enforced, Road::Http)), Code::ApprovalUnavailable);
}

#[test]
fn a_request_whose_key_another_act_used_is_past_doing_and_signed_by_nobody() {
    let mut world = World::with_passkeys();
    let asked = waits(&keyed(&mut world, "400", "k"));
    assert!(!world.task.past_doing(&world.task.approvals[&asked]));
    allowed(&keyed(&mut world, "20", "k"));
    let request = &world.task.approvals[&asked];
    assert!(world.task.past_doing(request));
    assert!(crate::may_sign(world.view(), request, &person("otto"), world.now).is_empty());
    assert_eq!(code(&world.approve(asked, "owner otto", "otto")), Code::NotPossible);
    world.replay();
}
