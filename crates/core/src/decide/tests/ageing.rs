//! A consent that has aged: what is at stake waits for a fresh act of the person.

use super::prelude::*;
use super::world::*;

pub(super) const AGED: &str = r#"{"kind":"template","name":"aged","purpose":"accounts-payable","intent":"pay what is due",
    "start":{"who":["anyone"],"agents":["payer"]},"window":"4h","consent":{"renew_after":"1h"},
    "grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"50.00"}}},
             {"tools":["bank/note"],"effect":"write"}],"delegate":{"agents":["other"],"depth":1}}"#;

/// A task whose consent is good for an hour, of four.
pub(super) fn aged() -> World {
    let mut world = World::new();
    world.documents(&[AGED]);
    world.start("aged");
    world.consent();
    world.bind('a');
    world
}

pub(super) fn later(world: &mut World, minutes: u64) {
    world.now = world.now.after(Span::minutes(minutes));
}

fn amend(world: &mut World, change: AmendChange) -> Decided {
    let facts = world.facts();
    let grant = world.grant();
    world.run(&Command::Amend(Box::new(Amend { by: by("anna"), grant, change, wish: None })), &facts)
}

#[test]
fn an_old_consent_still_does_for_what_is_not_at_stake_and_a_renewed_one_for_all() {
    let mut world = aged();
    later(&mut world, 59);
    allowed(&world.pay("10"));
    later(&mut world, 1);
    allowed(&world.call("bank/note"));
    let refused = world.pay("10");
    let codes: Vec<Code> = refused.reasons.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [Code::ApprovalUnavailable, Code::ConsentAged], "anna has no passkey to say yes with");
    assert_eq!(amend(&mut world, AmendChange::Renew { waits: true }).verdict, Verdict::Done);
    world.consent();
    allowed(&world.pay("10"));
    later(&mut world, 60);
    assert_eq!(code(&world.pay("10")), Code::ApprovalUnavailable, "it ages again");
    world.replay();
}

#[test]
fn with_an_old_consent_the_person_says_yes_to_each_act() {
    let mut world = aged();
    world.enrol("anna");
    later(&mut world, 60);
    let waiting = world.pay("10");
    let approval = waits(&waiting);
    assert_eq!(waiting.reasons[1].code, Code::ConsentAged);
    assert_eq!(world.task.approvals[&approval].needs[0].why, Why::Aged);
    world.approve(approval, "requester", "anna");
    allowed(&world.pay("10"));
    assert_ne!(waits(&world.pay("10")), approval, "a yes to one act renews nothing");
    world.replay();
}

#[test]
fn what_asked_for_an_old_consent_alone_needs_no_answer_once_it_is_renewed() {
    let mut world = aged();
    world.enrol("anna");
    later(&mut world, 60);
    let asked = waits(&world.pay("10"));
    let renewed = |world: &World| world.task.renewed_since(&world.task.approvals[&asked]);
    assert!(!renewed(&world));
    later(&mut world, 1);
    assert_eq!(amend(&mut world, AmendChange::Renew { waits: false }).verdict, Verdict::Done);
    assert!(renewed(&world), "nobody has to look at it any more");
    allowed(&world.pay("10"));
}

#[test]
fn what_is_handed_on_rests_on_the_same_consent_whatever_it_says_itself() {
    let mut world = aged();
    let root = world.grant();
    let request = r#"{"delegate":"other","purpose":"p","grant":[{"tools":["bank/pay"],"effect":"transfer"}]}"#;
    let handed = world.hand_on(root, request);
    let child = handed.grant.expect("it is handed on");
    let age = |world: &World, grant| {
        let envelope = world.task.grants[&grant].envelope.clone().unwrap();
        envelope.consent_age.known().copied()
    };
    assert_eq!(age(&world, child), age(&world, root));
    world.fold_bound(child, 'o');
    let longer = world.mint_child("other", |envelope| envelope.consent_age = Axis::Is(ConsentAge::default()));
    world.fold_bound(longer, 'p');
    let pays = |world: &mut World, grant, letter| {
        let facts = world.facts_of_other(letter);
        let attempt = Attempt { grant, ..world.attempt_command(world.payment("1")) };
        world.ask(&Command::Attempt(Box::new(attempt)), &facts)
    };
    allowed(&pays(&mut world, child, 'o'));
    later(&mut world, 60);
    for (grant, letter) in [(child, 'o'), (longer, 'p')] {
        assert!(pays(&mut world, grant, letter).reasons.iter().any(|no| no.code == Code::ConsentAged), "{letter}");
    }
}

#[test]
fn rows_that_want_a_fresher_consent_are_not_added_to_an_older_one() {
    let mut world = World::ready();
    world.documents(&[AGED]);
    let template = || TemplateName::parse("aged").unwrap();
    let widen =
        AmendChange::Widen { template: template(), parameters: Default::default(), only: Vec::new(), seen: None };
    assert_eq!(code(&amend(&mut world, widen.clone())), Code::NotPossible);
    assert_eq!(amend(&mut aged(), widen).verdict, Verdict::Done);
}

#[test]
fn a_grant_of_before_the_age_was_asked_does_nothing_and_is_ended() {
    let mut world = aged();
    let old = world.mint_child("other", |envelope| envelope.consent_age = Axis::Not(NotYet::NotYet));
    world.fold_bound(old, 'o');
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant: old, ..world.attempt_command(world.action("bank/note", "{}")) };
    assert_eq!(code(&world.ask(&Command::Attempt(Box::new(attempt)), &facts)), Code::GrantEnded);
    assert_eq!(world.tick().events.len(), 1);
    assert!(!world.task.grants[&old].standing.live());
}

#[test]
fn what_all_have_signed_is_not_waited_for_by_people() {
    let mut world = World::with_passkeys();
    for euros in ["401", "402", "403"] {
        let approval = waits(&world.pay(euros));
        assert_eq!(world.approve(approval, "owner otto", "otto").verdict, Verdict::Done);
    }
    for euros in ["404", "405", "406"] {
        waits(&world.pay(euros));
    }
    assert_eq!(code(&world.pay("407")), Code::TooManyAsked, "these wait for people");
}
