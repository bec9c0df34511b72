//! What goes to one destination is bounded over the whole task, whoever sends it and in whatever parts.

use super::prelude::*;
use super::world::*;
use crate::action::{Bound, Destination, Reading};
use crate::json::Pointer;
use crate::{Action, Amount};

impl World {
    /// A task whose euros are limited for each destination.
    pub(crate) fn spread() -> Self {
        let mut world = Self::new();
        world.documents(&[r#"{"kind":"template","name":"spread","purpose":"p","intent":"Spread",
            "start":{"who":["anna"],"agents":["payer"]},"window":"1h","grant":[{"tools":["bank/pay"],"effect":"transfer",
            "when":{"/iban":{"one_of":["a","b"]}},"meters":{"EUR":{"each":"100","per_destination":"100","total":"1000"}}}]}"#]);
        world.start("spread");
        world.consent();
        world.bind('a');
        world
    }

    /// The process `a` wants to pay there; `None` is a destination that could not be read.
    pub(crate) fn pay_to(&mut self, euros: &str, to: Option<&str>) -> Decided {
        let action = self.action_to(euros, to);
        self.attempt(action)
    }

    pub(crate) fn action_to(&self, euros: &str, to: Option<&str>) -> Action {
        let named = |name: &str| Destination { kind: "iban".to_owned(), normal: name.to_owned(), zone: None };
        let arguments = format!(r#"{{"amount":"{euros}","iban":"{}"}}"#, to.unwrap_or("a"));
        let normal = to.map_or(Reading::Unknown, |name| Reading::Known(name.to_owned()));
        let pointer = Pointer::parse("/iban").unwrap();
        let bound = Bound {
            digest: digest("iban"),
            group: None,
            kind: "iban".to_owned(),
            normal,
            pointer,
            unit: None,
            role: crate::BoundAs::Value,
        };
        let destination = Some(to.map_or(Reading::Unknown, |name| Reading::Known(named(name))));
        Action { bound: vec![bound], destination, ..self.action("bank/pay", &arguments) }
    }
}

fn limit(envelope: &mut crate::Envelope, most: Option<&str>) {
    for row in &mut envelope.rows {
        row.meters.values_mut().for_each(|limit| limit.per_destination = most.map(|most| Amount::parse(most).unwrap()));
    }
}

#[test]
fn each_destination_has_its_own_and_all_parts_count() {
    let mut world = World::spread();
    for _ in 0..4 {
        allowed(&world.pay_to("25", Some("a")));
    }
    assert_eq!(code(&world.pay_to("0.01", Some("a"))), Code::OverDestination);
    allowed(&world.pay_to("100", Some("b")));
    world.replay();
}

#[test]
fn the_refusal_says_what_may_still_go_there() {
    let mut world = World::spread();
    allowed(&world.pay_to("60", Some("a")));
    let refused = world.pay_to("50", Some("a"));
    let reason = refused.reasons.first().unwrap();
    assert_eq!((reason.asked.as_deref(), reason.most.as_deref()), (Some("50 EUR"), Some("40 EUR")));
}

#[test]
fn siblings_share_what_may_go_there() {
    let mut world = World::spread();
    let child = world.mint_child("other", |_| ());
    world.take(child, 'o');
    allowed(&world.pay_to("60", Some("a")));
    let action = world.action_to("40.01", Some("a"));
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant: child, ..world.attempt_command(action) };
    assert_eq!(code(&world.run(&Command::Attempt(Box::new(attempt)), &facts)), Code::OverDestination);
}

#[test]
fn a_child_is_held_to_less_also_where_nothing_above_limits_destinations() {
    let mut world = World::spread();
    let root = world.grant();
    let held = world.task.grants.get_mut(&root).unwrap();
    limit(held.envelope.as_mut().unwrap(), None);
    let child = world.mint_child("other", |envelope| limit(envelope, Some("30")));
    world.take(child, 'o');
    let pays = |world: &mut World, euros: &str, to: &str| {
        let action = world.action_to(euros, Some(to));
        let facts = world.facts_of_other('o');
        let attempt = Attempt { grant: child, ..world.attempt_command(action) };
        world.run(&Command::Attempt(Box::new(attempt)), &facts)
    };
    allowed(&pays(&mut world, "30", "a"));
    assert_eq!(code(&pays(&mut world, "1", "a")), Code::OverDestination);
    allowed(&pays(&mut world, "30", "b"));
    allowed(&world.pay_to("50", Some("a")));
}

#[test]
fn where_it_goes_that_nobody_can_read_is_no_destination_of_its_own() {
    let mut world = World::spread();
    assert_eq!(code(&world.pay_to("1", None)), Code::OverDestination);
    allowed(&world.pay_to("1", Some("a")));
}

#[test]
fn a_transfer_that_names_no_destination_has_no_share_of_its_own() {
    let mut world = World::spread();
    let nowhere = Action { destination: None, ..world.action_to("1", Some("a")) };
    assert_eq!(code(&world.attempt(nowhere)), Code::OverDestination);
}

#[test]
fn a_result_past_what_may_go_there_ends_the_grant() {
    let mut world = World::spread();
    allowed(&world.pay_to("60", Some("a")));
    let act = allowed(&world.pay_to("40", Some("a")));
    assert_eq!(world.clone().done(act, &[(eur(), "40")]).events.len(), 1);
    let kinds: Vec<_> =
        world.done(act, &[(eur(), "40.01")]).events.iter().map(|event| event.data.kind().to_string()).collect();
    assert_eq!(kinds, ["action.ended", "grant.ended", "task.ended"]);
}

#[test]
fn what_was_never_sent_may_go_there_again() {
    let mut world = World::spread();
    let act = allowed(&world.pay_to("100", Some("a")));
    world.settle(act, crate::Outcome::NeverSent);
    allowed(&world.pay_to("100", Some("a")));
}
