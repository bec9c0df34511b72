use super::*;

use crate::decide::tests::world::*;
use crate::{Action, Answer, Approver, Approvers, Ask, Outcome, RoleName, VALID};

fn to(name: &str) -> Reading<Destination> {
    Reading::Known(Destination { kind: "iban".to_owned(), normal: name.to_owned(), zone: None })
}

/// A payment. Where it goes was not named at consent, so the requester confirms it.
fn pay_to(world: &mut World, euros: &str, destination: Option<Reading<Destination>>) -> u64 {
    let confirmed = destination.is_some();
    let action = Action { destination, ..world.payment(euros) };
    if confirmed {
        let approval = waits(&world.attempt(action.clone()));
        world.approve(approval, "requester", "anna");
    }
    allowed(&world.attempt(action))
}

#[track_caller]
fn charged_to(world: &World, destination: Option<&Reading<Destination>>) -> Option<String> {
    let sums = world.task.charged_to(destination)?;
    Some(sums.get(&eur()).map_or("none".to_owned(), ToString::to_string))
}

fn since(world: &World) -> String {
    world.task.charged_since_approval().get(&eur()).map_or("none".to_owned(), ToString::to_string)
}

fn says(world: &mut World, asks: bool) {
    let who = Approvers::one(Approver::Role(RoleName::parse("boss").unwrap()));
    let ask = Ask {
        count: 1,
        escalate: None,
        exclude: Vec::new(),
        over: BTreeMap::new(),
        tools: Vec::new(),
        valid: VALID,
        who,
    };
    let rules = vec!["all".to_owned()];
    world.policy = Says(if asks { Answer::StepUp { rules, asks: vec![ask] } } else { Answer::Permit(rules) });
}

#[test]
fn each_destination_has_sums_of_its_own_and_acts_that_name_none_have_them_together() {
    let mut world = World::with_passkeys();
    pay_to(&mut world, "10", Some(to("a")));
    pay_to(&mut world, "20", Some(to("b")));
    pay_to(&mut world, "30", Some(to("a")));
    pay_to(&mut world, "5", None);
    assert_eq!(charged_to(&world, Some(&to("a"))).unwrap(), "40");
    assert_eq!(charged_to(&world, Some(&to("b"))).unwrap(), "20");
    assert_eq!(charged_to(&world, Some(&to("c"))).unwrap(), "none");
    assert_eq!(charged_to(&world, None).unwrap(), "5");
    let Reading::Known(other) = to("a") else { unreachable!() };
    let other = Reading::Known(Destination { kind: "file".to_owned(), ..other });
    assert_eq!(charged_to(&world, Some(&other)).unwrap(), "none", "iban a is not file a");
    assert_eq!(since(&world), "65");
    world.replay();
}

#[test]
fn sums_follow_what_acts_came_to() {
    let mut world = World::with_passkeys();
    let first = pay_to(&mut world, "10", Some(to("a")));
    let second = pay_to(&mut world, "20", Some(to("a")));
    world.done(first, &[(eur(), "7.50")]);
    assert_eq!((charged_to(&world, Some(&to("a"))).unwrap(), since(&world)), ("27.5".to_owned(), "27.5".to_owned()));
    world.settle(second, Outcome::NeverSent);
    assert_eq!((charged_to(&world, Some(&to("a"))).unwrap(), since(&world)), ("7.5".to_owned(), "7.5".to_owned()));
    world.replay();
}

#[test]
fn a_charge_that_went_nobody_knows_where_leaves_no_destination_known() {
    let mut world = World::with_passkeys();
    pay_to(&mut world, "10", Some(to("a")));
    assert_eq!(charged_to(&world, Some(&Reading::Unknown)), None);
    pay_to(&mut world, "1", Some(Reading::Unknown));
    assert_eq!((charged_to(&world, Some(&to("a"))), charged_to(&world, None)), (None, None));
    let mut erased = World::ready();
    erased.task.salt = None;
    assert_eq!(charged_to(&erased, Some(&to("a"))), None);
}

#[test]
fn past_the_most_destinations_those_remembered_are_exact_and_others_unknown() {
    let mut world = World::ready();
    let grant = world.grant();
    let charge = |task: &mut TaskState, name: &str| {
        let to = SentTo::of(task.salt.as_ref(), Some(&to(name)));
        task.sums.charged(to, 9, &Reserved { amount: amount("1"), grant, row: 1, unit: eur() }, false, DAWN);
    };
    for index in 0..=DESTINATIONS_MAX {
        charge(&mut world.task, &index.to_string());
    }
    charge(&mut world.task, "0");
    assert_eq!(charged_to(&world, Some(&to("0"))).unwrap(), "2");
    assert_eq!(charged_to(&world, Some(&to(&DESTINATIONS_MAX.to_string()))), None, "its charge is not remembered");
    assert_eq!(charged_to(&world, Some(&to("another"))), None);
    assert_eq!(world.task.sums.remembered(), (DESTINATIONS_MAX, DESTINATIONS_MAX));
}

#[test]
fn an_approval_that_a_policy_asked_for_begins_the_sum_anew() {
    let mut world = World::with_passkeys();
    let before = pay_to(&mut world, "100", None);
    assert_eq!(since(&world), "100");
    says(&mut world, true);
    let approval = waits(&world.pay("50"));
    assert_eq!(since(&world), "100", "what waits is no charge");
    world.approve(approval, "role:boss", "bea");
    let approved = allowed(&world.pay("50"));
    assert_eq!(since(&world), "0", "people approved that act, and saw what came before it");
    says(&mut world, false);
    pay_to(&mut world, "30", None);
    world.done(before, &[(eur(), "1")]);
    world.done(approved, &[(eur(), "40")]);
    assert_eq!(since(&world), "30", "what was charged before does not lower what was charged since");
    world.replay();
}

#[test]
fn an_approval_that_no_policy_asked_for_leaves_the_sum() {
    let mut world = World::with_passkeys();
    let approval = waits(&world.pay("400"));
    world.approve(approval, "owner otto", "otto");
    allowed(&world.pay("400"));
    assert_eq!(since(&world), "400");
    world.replay();
}
