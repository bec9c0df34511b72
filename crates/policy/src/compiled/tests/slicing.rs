//! Slicing never changes an answer: what the slice says is what Cedar says of all rules with the whole context.

use super::*;
use crate::attribute::ATTRIBUTES;
use crate::slice::SliceRules;
use bailiwick_core::{Impact, ToolId};
use proptest::prelude::*;
use std::sync::Arc;

const AGENTS: [&str; 2] = ["payer", "clerk"];
const TOOLS: [&str; 3] = ["bank/pay", "bank/balance", "mail/send"];
const RESOURCES: [Option<&str>; 4] = [None, Some("acct-1"), Some("acct-2"), Some("acct-3")];

fn principal() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "principal",
        r#"principal == Agent::"payer""#,
        r#"principal == Agent::"clerk""#,
        r#"principal in Agent::"clerk""#,
        r#"principal in Role::"payers""#,
        r#"principal in Zone::"partner""#,
        "principal is Agent",
        r#"principal is Agent in Role::"clerks""#,
        "principal is Server",
        r#"principal is Role in Role::"payers""#,
    ])
}

fn action() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "action",
        r#"action == Action::"bank/pay""#,
        r#"action == Action::"mail/send""#,
        r#"action in Action::"bank/balance""#,
        r#"action in Effect::Action::"read""#,
        r#"action in [Effect::Action::"share", Effect::Action::"transfer"]"#,
        r#"action in Server::Action::"bank""#,
        r#"action in Impact::Action::"high""#,
        r#"action in Impact::Action::"critical""#,
        "action in []",
    ])
}

fn resource() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "resource",
        r#"resource == Server::"bank""#,
        r#"resource in Server::"mail""#,
        r#"resource == Resource::"acct-1""#,
        r#"resource in Resource::"acct-2""#,
        r#"resource in Zone::"own""#,
        "resource is Server",
        "resource is Resource",
        r#"resource is Resource in Resource::"acct-1""#,
        r#"resource is Server in Zone::"own""#,
    ])
}

fn condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "true",
        "false",
        "context.missing",
        "context has missing && context.missing",
        "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"100.0\"))",
        "context.sums.USD.lessThan(decimal(\"1.0\"))",
        "context.purpose == \"accounts-payable\"",
        "context.uses + 9223372036854775807 > 0",
        "context == {}",
        "context.destination.zone == \"partner\"",
        "context has resource && context.resource == \"acct-1\"",
        r#"principal in Role::"payers""#,
        r#"resource in Zone::"own""#,
        r#"action in Impact::Action::"high""#,
        "principal.anything",
        "context.unknown.contains(\"amounts\")",
        r#"Agent::"payer" == principal"#,
    ])
}

fn rule() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["permit", "permit", "forbid", "@step_up(\"owner\") forbid"]);
    (effect, principal(), action(), resource(), condition()).prop_map(
        |(effect, principal, action, resource, condition)| {
            format!("{effect} ({principal}, {action}, {resource}) when {{ {condition} }};")
        },
    )
}

#[derive(Debug, Clone)]
struct Ask {
    agent: &'static str,
    tool: &'static str,
    resource: Option<&'static str>,
    critical: bool,
    measured: bool,
}

fn ask_strategy() -> impl Strategy<Value = Ask> {
    let choices = (prop::sample::select(AGENTS.to_vec()), prop::sample::select(TOOLS.to_vec()));
    (choices, prop::sample::select(RESOURCES.to_vec()), any::<bool>(), any::<bool>())
        .prop_map(|((agent, tool), resource, critical, measured)| Ask { agent, tool, resource, critical, measured })
}

fn world(base: &World, ask: &Ask) -> World {
    let mut world = base.clone().by(ask.agent).calling(ask.tool);
    world.action.resource = ask.resource.map(str::to_owned);
    if ask.critical {
        world.action.impact = Impact::Critical;
    }
    if !ask.measured {
        world.action.measures[0].amount = Reading::Unknown;
    }
    world
}

/// All rules, every attribute, and a resource that is always named.
fn whole(compiled: &Compiled, world: &World) -> Answer {
    let question = world.question();
    let asked = Asked::new(&question).unwrap();
    let rules = compiled.rules.as_ref().unwrap();
    let mut all = SliceRules::new(rules.iter()).unwrap();
    all.reads = ATTRIBUTES.iter().collect();
    let mut seen = compiled.seen(&asked);
    if let Some(resource) = &world.action.resource {
        seen.resource = Resource::Named(resource.clone());
    }
    let placed = crate::scope::Placed::new(&seen);
    let slice = Slice {
        rules: Arc::new(all),
        entities: placed.entities().unwrap(),
        principal: placed.principal().clone(),
        action: placed.action().clone(),
        blind: None,
    };
    compiled.decide(&asked, &slice).unwrap_or_else(|Broken { rule, why }| Answer::Broken { rule, why })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_slice_answers_as_the_whole_set_does(
        rules in prop::collection::vec(rule(), 0..14),
        asks in prop::collection::vec(ask_strategy(), 1..12),
    ) {
        let base = World::new().with_policy("p", &rules.join("\n"));
        let compiled = Compiled::compile(&base.control).unwrap();
        for ask in &asks {
            let world = world(&base, ask);
            let sliced = compiled.ask(&world.question());
            prop_assert_eq!(&sliced, &whole(&compiled, &world), "{:?}", ask);
            // What was asked before changes nothing.
            let fresh = Compiled::compile(&base.control).unwrap();
            prop_assert_eq!(&sliced, &fresh.ask(&world.question()));
        }
    }
}

#[test]
fn a_thousand_rules_for_others_are_not_in_the_slice() {
    let rules: Vec<String> =
        (0..1_000).map(|index| format!("permit (principal, action == Action::\"bank/t{index}\", resource);")).collect();
    let world = World::new().with_policy("p", &rules.join("\n")).with_policy("q", ALL);
    let compiled = Compiled::compile(&world.control).unwrap();
    let question = world.question();
    let asked = Asked::new(&question).unwrap();
    let slice = compiled.slices.get(compiled.seen(&asked), compiled.rules.as_ref().unwrap()).unwrap();
    assert_eq!(slice.rules.hard.num_of_policies(), 1);
    assert!(slice.rules.reads.is_empty());
    assert_eq!(world.action.tool, ToolId::parse("bank/pay").unwrap());
}

#[test]
fn more_questions_than_are_remembered_are_answered_all_the_same() {
    let mut world = World::new().with_policy("p", "@id(\"all\") permit (principal, action, resource);");
    let compiled = Compiled::compile(&world.control).unwrap();
    let entry = world.control.agents.values().next().unwrap().clone();
    for index in 0..9_000 {
        let name = bailiwick_core::AgentId::parse(&format!("agent-{index}")).unwrap();
        let mut entry = entry.clone();
        entry.document.name = name.clone();
        world.control.agents = [(name.clone(), entry)].into();
        world.task.grants.values_mut().for_each(|grant| grant.holder = name.clone());
        world.facts.caller.as_mut().unwrap().agent = name;
        assert_eq!(compiled.ask(&world.question()), permit());
    }
}
