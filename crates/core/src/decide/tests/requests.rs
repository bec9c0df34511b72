//! What time makes of requests to say yes is written down once, and decides nothing.

use super::approvals::asking;
use super::prelude::*;
use super::world::*;

const GOES_ON: &str = r#"{"who":"role:approver","escalate":{"after":"10m","to":"role:boss"}}"#;

fn written(decided: &Decided) -> Vec<&'static str> {
    decided.events.iter().map(|event| event.data.kind()).collect()
}

#[test]
fn a_request_that_ran_out_is_written_down_once_and_the_node_is_woken_for_it() {
    let mut world = World::with_passkeys();
    let approval = waits(&world.pay("400"));
    let ends = world.task.approvals[&approval].terms.not_after;
    assert_eq!(world.task.wake(), Some(ends));
    assert_eq!(written(&world.tick()), Vec::<&str>::new(), "not before its time");
    world.now = ends;
    assert_eq!(written(&world.tick()), ["approval.expired"]);
    assert_eq!(world.task.approvals[&approval].standing, ApprovalStanding::Expired);
    assert_eq!(written(&world.tick()), Vec::<&str>::new(), "once");
    assert!(world.task.wake() > Some(ends));
    assert_ne!(waits(&world.pay("400")), approval, "asking again is another request");
    world.replay();
}

#[test]
fn a_request_that_goes_on_to_others_is_written_down_once_and_runs_out_afterwards() {
    let mut world = asking(GOES_ON);
    let approval = waits(&world.call("bank/note"));
    let begins = world.task.approvals[&approval].asked;
    assert_eq!(world.task.wake(), Some(begins.after(Span::minutes(10))));
    world.pass(Span::minutes(10));
    let gone = world.tick();
    let [Event { data: Data::ApprovalEscalated(data), .. }] = gone.events.as_slice() else { panic!("{gone:?}") };
    assert_eq!((data.approval, data.roles.as_slice()), (approval, ["role:approver".to_owned()].as_slice()));
    assert_eq!(written(&world.tick()), Vec::<&str>::new(), "once");
    assert_eq!(world.task.wake(), Some(world.task.approvals[&approval].terms.not_after));
    assert_eq!(world.approve(approval, "role:approver", "bea").verdict, Verdict::Done);
    world.pass(Span::minutes(20));
    assert_eq!(written(&world.tick()), ["approval.expired"], "it was said yes to, and nothing was done by it");
    world.replay();
}

#[test]
fn nothing_is_decided_by_whether_it_was_written_down() {
    let mut told = asking(GOES_ON);
    let approval = waits(&told.call("bank/note"));
    let mut untold = told.clone();
    for span in [Span::minutes(10), Span::minutes(20)] {
        told.pass(span);
        untold.pass(span);
        assert_eq!(told.tick().events.len(), 1);
        for name in ["bea", "carl", "anna"] {
            let said = |world: &World| world.clone().approve(approval, "role:approver", name).reasons;
            assert_eq!(said(&told), said(&untold), "{name}");
        }
        let (mut one, mut other) = (told.clone(), untold.clone());
        assert_eq!(one.call("bank/note").reasons, other.call("bank/note").reasons);
    }
}

#[test]
fn of_a_grant_that_ended_used_or_refused_requests_nothing_is_written() {
    type Make = fn(&mut World, u64);
    let makes: [(&str, Make); 3] = [
        ("revoked", |world, _| drop(world.revoke())),
        ("refused", |world, approval| drop(world.refuse_approval(approval, "otto"))),
        ("used", |world, approval| {
            world.approve(approval, "owner otto", "otto");
            let act = allowed(&world.pay("400"));
            world.done(act, &[]);
        }),
    ];
    for (what, make) in makes {
        let mut world = World::with_passkeys();
        let approval = waits(&world.pay("400"));
        make(&mut world, approval);
        world.pass(Span::minutes(30));
        assert_eq!(written(&world.tick()), Vec::<&str>::new(), "{what}");
        world.replay();
    }
}

#[test]
fn what_ends_is_written_before_what_ran_out() {
    let mut world = World::with_passkeys();
    waits(&world.pay("400"));
    world.pass(Span::hours(2));
    assert_eq!(written(&world.tick()), ["task.ended"], "its end says of requests what there is to say");
    assert_eq!(written(&world.tick()), Vec::<&str>::new());
}
