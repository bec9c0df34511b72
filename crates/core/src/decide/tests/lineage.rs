//! Authority only shrinks: every envelope of a lineage is asked, every meter of it is charged.

use super::prelude::*;
use super::world::*;

fn ready() -> (World, GrantId) {
    let mut world = World::ready();
    let child = world.mint_child("other", |_| ());
    world.take(child, 'o');
    (world, child)
}

fn attempt_by(world: &mut World, grant: GrantId, action: Action) -> Decided {
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant, ..world.attempt_command(action) };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

fn pay_by(world: &mut World, grant: GrantId, euros: &str) -> Decided {
    let action = world.payment(euros);
    attempt_by(world, grant, action)
}

#[test]
fn an_act_of_a_child_is_charged_to_every_ancestor() {
    let (mut world, child) = ready();
    let act = allowed(&pay_by(&mut world, child, "200"));
    let charged = |world: &World, grant: &GrantId| world.task.grants[grant].rows[1].meters[&eur()].charged();
    assert_eq!((charged(&world, &child), charged(&world, &world.grant())), (amount("200"), amount("200")));
    assert_eq!(code(&world.pay("300.01")), Code::OverTotal);
    world.done(act, &[(eur(), "50")]);
    assert_eq!((charged(&world, &child), charged(&world, &world.grant())), (amount("50"), amount("50")));
    world.replay();
}

#[test]
fn siblings_do_not_slip_under_a_threshold_together() {
    let (mut world, child) = ready();
    allowed(&world.pay("200"));
    assert_eq!(code(&pay_by(&mut world, child, "100.01")), Code::ApprovalUnavailable);
    allowed(&pay_by(&mut world, child, "100"));
}

#[test]
fn small_payments_hours_apart_and_by_siblings_ask_as_one_of_their_sum_would() {
    let (mut world, child) = ready();
    let root = world.grant();
    for grant in [root, child, root] {
        let action = world.payment("100");
        let paid = if grant == root { world.attempt(action) } else { attempt_by(&mut world, grant, action) };
        let act = allowed(&paid);
        world.done(act, &[]);
        world.pass(Span::minutes(15));
    }
    assert_eq!(code(&world.pay("0.01")), Code::ApprovalUnavailable, "300 go without a yes, however slowly");
    assert_eq!(code(&pay_by(&mut world, child, "0.01")), Code::ApprovalUnavailable, "and whoever pays");
}

#[test]
fn siblings_do_not_export_at_once_what_only_results_measure() {
    let (mut world, child) = ready();
    let action = world.action("bank/export", "{}");
    allowed(&attempt_by(&mut world, child, action.clone()));
    assert_eq!(code(&world.attempt(action)), Code::OneAtATime);
}

#[test]
fn a_sibling_does_not_repeat_what_is_in_doubt() {
    let (mut world, child) = ready();
    let act = allowed(&world.pay("10"));
    world.doubt(act);
    assert_eq!(code(&pay_by(&mut world, child, "10")), Code::ApprovalUnavailable);
}

#[test]
fn an_ended_parent_ends_its_children_and_a_child_alone_ends_alone() {
    let (world, child) = ready();
    let facts = world.clone().facts();
    let who = Ender::Person(by("anna"));
    let mut parent = world.clone();
    let root = world.grant();
    parent.run(&Command::EndGrant { grant: root, who: who.clone(), why: Code::Revoked }, &facts);
    assert_eq!(code(&pay_by(&mut parent, child, "1")), Code::TaskEnded);
    let mut alone = world;
    let decided = alone.run(&Command::EndGrant { grant: child, who, why: Code::Revoked }, &facts);
    assert_eq!(decided.events.len(), 1);
    assert_eq!(code(&pay_by(&mut alone, child, "1")), Code::GrantEnded);
    allowed(&alone.pay("1"));
    alone.replay();
}

#[test]
fn a_parent_ends_what_is_below_it_and_a_child_nothing_above() {
    let (mut world, child) = ready();
    let root = world.grant();
    let (parent, below) = (world.facts_of('a'), world.facts_of_other('o'));
    let end = |grant| Command::EndGrant { grant, who: Ender::Holder, why: Code::Revoked };
    assert_eq!(world.ask(&end(child), &parent).verdict, Verdict::Done);
    assert_eq!(world.ask(&end(child), &below).verdict, Verdict::Done);
    assert_eq!(code(&world.ask(&end(root), &below)), Code::NotAvailable);
}

#[test]
fn a_suspended_ancestor_ends_the_lineage_and_the_task_with_its_last_grant() {
    let (mut world, child) = ready();
    world.suspend(false);
    assert_eq!(code(&pay_by(&mut world, child, "1")), Code::GrantEnded);
    let kinds: Vec<_> = world.tick().events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["task.ended"]);
    assert_eq!(world.task.wake(), None);
}

#[test]
fn a_child_that_expires_ends_alone() {
    let mut world = World::ready();
    let child = world.mint_child("other", |envelope| envelope.window.expires = DAWN.after(Span::minutes(1)));
    world.take(child, 'o');
    world.pass(Span::minutes(1));
    assert_eq!(code(&pay_by(&mut world, child, "1")), Code::WindowClosed);
    let kinds: Vec<_> = world.tick().events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["grant.ended"]);
    allowed(&world.pay("1"));
    assert_eq!(world.task.wake(), Some(world.now.after(FORWARD_WITHIN).after(Span::minutes(1))));
}

#[test]
fn a_condition_of_an_ancestor_binds_its_children() {
    let mut world = World::ready();
    let child = world.mint_child("other", |envelope| envelope.rows[1].when.clear());
    world.take(child, 'o');
    let action = world.action("bank/pay", r#"{"amount":"1","iban":"GB82WEST12345698765432"}"#);
    assert_eq!(code(&attempt_by(&mut world, child, action)), Code::ArgumentNotGranted);
    allowed(&pay_by(&mut world, child, "1"));
}

#[test]
fn a_refusal_tells_nothing_of_what_a_grant_above_has_left_nor_who_could_say_yes() {
    let (mut world, child) = ready();
    let act = allowed(&world.pay("290"));
    world.done(act, &[(eur(), "290")]);
    // the sibling's use of what is above is seen by its number alone, were it told
    let refused = pay_by(&mut world, child, "250");
    assert_eq!(code(&refused), Code::OverTotal);
    let told = refused.reasons[0].clone().told();
    assert_eq!((told.most.as_deref(), told.rule), (Some("a limit of a grant above yours"), None));
    assert!(refused.reasons[0].rule.as_ref().unwrap().contains("210"), "people may read it: {refused:?}");
    let own = World::ready().pay("501");
    assert!(own.reasons[0].clone().told().most.is_some(), "its own bounds are its own to know");
    let who = World::ready().pay("300.01").reasons[0].clone();
    assert_eq!((who.code, who.asked.as_deref()), (Code::ApprovalUnavailable, Some("owner otto")));
    assert_eq!(who.told().asked, None);
}
