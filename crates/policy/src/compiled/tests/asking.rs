//! The soft set: what asks people, and what it can never do.

use super::*;
use bailiwick_core::{Approver, Approvers, Ask, RoleName, VALID};
use proptest::prelude::*;

const BOSS: &str = "@step_up(\"role:boss\")";

fn boss(count: u64) -> Ask {
    let who = Approvers::one(Approver::Role(RoleName::parse("boss").unwrap()));
    Ask { count, escalate: None, exclude: Vec::new(), over: Default::default(), tools: Vec::new(), valid: VALID, who }
}

fn soft(id: &str, annotations: &str, condition: &str) -> String {
    format!("@id(\"{id}\") {annotations} forbid (principal, action, resource) when {{ {condition} }};\n")
}

#[test]
fn a_step_up_that_holds_asks_and_does_not_forbid() {
    let over = soft("big", BOSS, "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"100.0\"))");
    let rules = vec!["p.all".to_owned(), "p.big".to_owned()];
    assert_eq!(asked(&format!("{ALL}{over}")), Answer::StepUp { rules, asks: vec![boss(1)] });
    let silent = over.replace("100.0", "120.5");
    assert_eq!(asked(&format!("{ALL}{silent}")), permit());
}

#[test]
fn every_step_up_that_holds_asks_in_the_order_of_names() {
    let (two, one) = (soft("a", &format!("{BOSS} @count(\"2\")"), "true"), soft("b", BOSS, "true"));
    let rules = ["p.all", "p.a", "p.b"].map(str::to_owned).to_vec();
    assert_eq!(asked(&format!("{one}{ALL}{two}")), Answer::StepUp { rules, asks: vec![boss(2), boss(1)] });
}

#[test]
fn a_step_up_permits_nothing_by_itself() {
    assert_eq!(asked(&soft("a", BOSS, "true")), Answer::Nothing);
    assert_eq!(
        asked(&format!("{} permit (principal == Agent::\"clerk\", action, resource);", soft("a", BOSS, "true"))),
        Answer::Nothing
    );
}

#[test]
fn what_forbids_wins_over_what_asks() {
    assert_eq!(asked(&format!("{}{}", forbid_when("true"), soft("a", BOSS, "true"))), forbid());
}

#[test]
fn a_step_up_that_errs_refuses_and_is_named() {
    broken(&asked(&format!("{ALL}{}", soft("a", BOSS, "context.nothing"))), "p.a", "nothing");
    let mut world = World::new().with_policy("p", &format!("{ALL}{}", soft("a", BOSS, OVER)));
    world.action.measures[0].amount = Reading::Unknown;
    broken(&ask(&world), "p.a", "amounts");
}

fn summing(name: &str) -> World {
    let over = format!("context.{name} has EUR && context.{name}.EUR.greaterThan(decimal(\"500.0\"))");
    let mut world = World::new().with_policy("p", &format!("{ALL}{}", soft("sum", BOSS, &over)));
    world.task.grants.values_mut().for_each(|grant| grant.rows = vec![RowState::default()]);
    world
}

#[test]
fn what_is_paid_in_parts_asks_as_what_is_paid_at_once() {
    for name in ["sums", "sums_since_approval", "sums_to_destination"] {
        let mut world = summing(name);
        charge(&mut world, 0, "379.5");
        assert_eq!(ask(&world), permit(), "{name}: 120.5 and 379.5 are no more than 500");
        charge(&mut world, 0, "0.01");
        assert_eq!(reach(&ask(&world)), 1, "{name}");
    }
}

#[test]
fn a_sum_to_one_destination_is_none_to_another_and_missing_where_that_is_not_known() {
    let mut world = summing("sums_to_destination");
    charge(&mut world, 0, "400");
    assert_eq!(reach(&ask(&world)), 1);
    let here = world.action.destination.clone();
    let Some(Reading::Known(to)) = &mut world.action.destination else { unreachable!() };
    to.normal = "FR7630006000011234567890189".to_owned();
    assert_eq!(ask(&world), permit());
    world.action.destination = Some(Reading::Unknown);
    broken(&ask(&world), "p.sum", "sums_to_destination");
    charge(&mut world, 0, "1");
    world.action.destination = here;
    broken(&ask(&world), "p.sum", "sums_to_destination");
}

/// How far an answer lets an act go.
fn reach(answer: &Answer) -> u8 {
    match answer {
        Answer::Forbid(_) | Answer::Nothing | Answer::Broken { .. } => 0,
        Answer::StepUp { .. } => 1,
        Answer::Permit(_) => 2,
    }
}

fn condition() -> impl Strategy<Value = &'static str> {
    let over = "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"100.0\"))";
    prop::sample::select(vec!["true", "false", "context.nothing", "context.uses > 1", "context.depth > 1", over])
}

fn head() -> impl Strategy<Value = &'static str> {
    let one = "principal, action == Action::\"bank/pay\", resource";
    let other = "principal == Agent::\"clerk\", action, resource";
    prop::sample::select(vec!["principal, action, resource", one, other])
}

fn rules(prefixes: &'static [&'static str]) -> impl Strategy<Value = String> {
    let rule = (prop::sample::select(prefixes.to_vec()), head(), condition())
        .prop_map(|(prefix, head, condition)| format!("{prefix} ({head}) when {{ {condition} }};\n"));
    prop::collection::vec(rule, 0..5).prop_map(|rules| rules.concat())
}

const HARD: &[&str] = &["permit", "permit", "forbid"];
const SOFT: &[&str] = &["@step_up(\"role:boss\") forbid", "@step_up(\"requester\") @count(\"2\") forbid"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_asks_never_lets_more_happen_and_never_takes_an_ask_away(
        hard in rules(HARD), first in rules(SOFT), more in rules(SOFT), measured in any::<bool>(),
    ) {
        let answer = |documents: &[(&str, &str)]| {
            let mut world = documents.iter().fold(World::new(), |world, (name, text)| world.with_policy(name, text));
            if !measured {
                world.action.measures[0].amount = Reading::Unknown;
            }
            ask(&world)
        };
        let (alone, with) = (answer(&[("h", &hard)]), answer(&[("h", &hard), ("s", &first)]));
        let with_more = answer(&[("h", &hard), ("s", &first), ("t", &more)]);
        prop_assert!(reach(&with) <= reach(&alone), "{alone:?} then {with:?}");
        prop_assert!(reach(&with_more) <= reach(&with), "{with:?} then {with_more:?}");
        if let (Answer::StepUp { asks, .. }, Answer::StepUp { asks: more, .. }) = (&with, &with_more) {
            prop_assert!(more.starts_with(asks), "{asks:?} then {more:?}");
        }
        if reach(&alone) == 0 {
            prop_assert_eq!(alone, with_more, "the soft set is asked of what is permitted alone");
        }
    }
}
