//! What the policy step costs beside bare Cedar, and beside bare regorus, on the whole set: `cargo run --release -p bailiwick-policy --example slice`.
//!
//! Bare engines are given their request or input ready; ours makes them anew for every question. With `--json` each
//! figure is an object a line, as the bench takes them with `--with`.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement: it reads a clock, and stops where anything is amiss"
)]

use bailiwick_core::{Answer, Effect, Policy};
use bailiwick_policy::Compiled;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};
use regorus::{Engine, Value};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::time::{Duration, Instant};
use world::World;

#[path = "../fixture/world.rs"]
#[expect(dead_code, reason = "shared with the tests, which use the rest of it")]
mod world;

/// How often each is asked in one round, and how many rounds; the fastest round counts.
const ROUND: u32 = 500;
const ROUNDS: u32 = 20;

/// How many rules stand in one document: their text has a bound.
const DOCUMENT: usize = 500;

/// As tenants write them: one rule for every agent, the rest each for one tool.
fn policies(count: usize) -> Vec<String> {
    let general = "permit (principal, action in Effect::Action::\"transfer\", resource)
        when { context.purpose == \"accounts-payable\" };\n";
    let each = |index: usize| {
        let tool = if index == 1 { "bank/pay".to_owned() } else { format!("bank/tool-{index}") };
        format!(
            "forbid (principal in Role::\"payers\", action == Action::\"{tool}\", resource)
             when {{ context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"500.0\")) }};\n"
        )
    };
    std::iter::once(general.to_owned()).chain((1..count).map(each)).collect()
}

/// The same in Rego.
fn in_rego(count: usize) -> String {
    let general = "package guard\nallow if {
        input.context.effect == \"transfer\"
        input.context.purpose == \"accounts-payable\"
    }\n";
    let each = |index: usize| {
        let tool = if index == 1 { "bank/pay".to_owned() } else { format!("bank/tool-{index}") };
        format!(
            "deny if {{\ninput.action == \"{tool}\"\ninput.principal.role == \"payers\"\ninput.context.amounts.EUR > 5000000\n}}\n"
        )
    };
    general.to_owned() + &(1..count).map(each).collect::<String>()
}

fn bare_rego(text: &str) -> Engine {
    let mut engine = Engine::new();
    engine.add_policy("guard.rego".to_owned(), text.to_owned()).unwrap();
    let input = json!({
        "action": "bank/pay",
        "context": {"amounts": {"EUR": 1_205_000}, "effect": "transfer", "purpose": "accounts-payable"},
        "principal": {"agent": "payer", "role": "payers", "zone": "own"},
    });
    engine.set_input(Value::from(input));
    assert_eq!(engine.eval_rule("data.guard.allow".to_owned()).unwrap(), Value::from(true));
    engine
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let mut round = || {
        let start = Instant::now();
        (0..ROUND).for_each(|_| work());
        start.elapsed() / ROUND
    };
    (0..ROUNDS).map(|_| round()).min().unwrap()
}

fn uid(text: &str) -> EntityUid {
    text.parse().unwrap()
}

fn entities() -> Entities {
    let place = |id: &str, above: &[&str]| {
        let above: HashSet<EntityUid> = above.iter().map(|id| uid(id)).collect();
        Entity::new(uid(id), HashMap::new(), above).unwrap()
    };
    let groups = ["Effect::Action::\"transfer\"", "Server::Action::\"bank\"", "Impact::Action::\"high\""];
    let all =
        [place("Agent::\"payer\"", &["Role::\"payers\"", "Zone::\"own\""]), place("Action::\"bank/pay\"", &groups)];
    Entities::from_entities(all, None).unwrap()
}

fn request() -> Request {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let amount = RestrictedExpression::new_decimal("120.5");
    let amounts = RestrictedExpression::new_record([("EUR".to_owned(), amount)]).unwrap();
    let pairs = [("purpose".to_owned(), text("accounts-payable")), ("amounts".to_owned(), amounts)];
    let context = Context::from_pairs(pairs).unwrap();
    Request::new(uid("Agent::\"payer\""), uid("Action::\"bank/pay\""), uid("Server::\"bank\""), context, None).unwrap()
}

/// Says what is measured now, beside the figures.
fn begins(count: usize, language: &str) {
    eprintln!("now: the policy step, {count} policies in {language}");
}

/// One line, as a person reads it or as the bench does.
fn tell(json: bool, (count, engine): (usize, &str), (ours, bare): (Duration, Duration), goal: Option<f64>) {
    let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    if json {
        let line = json!({
            "name": format!("decide, the policy step, {count} policies{}", if engine == "Cedar" { "" } else { " in Rego" }),
            "ours": micros(ours),
            "ratio": ratio,
            "reference": micros(bare),
            "reference_name": format!("bare {engine}, the whole set"),
            "unit": "us",
        });
        println!("{line}");
    } else {
        let goal = goal.map_or_else(|| "-".to_owned(), |goal| goal.to_string());
        println!("{engine:7}  {count:5}  {ours:<8.2?}  {bare:<8.2?}  {ratio:.3}  {goal}");
    }
}

fn main() {
    let (authorizer, entities, request) = (Authorizer::new(), entities(), request());
    let json = std::env::args().skip(1).any(|word| word == "--json");
    if !json {
        println!("engine   rules  ours      bare      ratio  goal");
    }
    for (count, goal) in [(5, Some(1.2)), (10, None), (50, Some(0.3)), (100, None), (500, Some(0.05)), (1_000, None)] {
        begins(count, "Cedar");
        let rules = policies(count);
        let documents = rules.chunks(DOCUMENT).map(<[String]>::concat).enumerate();
        let mut world = documents.fold(World::new(), |world, (n, text)| world.with_policy(&format!("p{n}"), &text));
        world.add_tool("bank/other", Effect::Read, "{}");
        let compiled = Compiled::compile(&world.control).unwrap();
        let question = world.question();
        assert!(matches!(compiled.ask(&question), Answer::Permit(_)));
        let set: PolicySet = rules.concat().parse().unwrap();
        assert_eq!(authorizer.is_authorized(&request, &set, &entities).decision(), Decision::Allow);
        let ours = fastest(|| drop(black_box(compiled.ask(black_box(&question)))));
        let bare = fastest(|| drop(black_box(authorizer.is_authorized(black_box(&request), &set, &entities))));
        tell(json, (count, "Cedar"), (ours, bare), goal);
    }
    for count in [10, 100, 1_000] {
        begins(count, "Rego");
        let text = in_rego(count);
        let world = World::new().with_rego("p", &text);
        let compiled = Compiled::compile(&world.control).unwrap();
        let question = world.question();
        assert!(matches!(compiled.ask(&question), Answer::Permit(_)), "{:?}", compiled.ask(&question));
        let engine = bare_rego(&text);
        let asked = || {
            let mut engine = engine.clone();
            let denied = engine.eval_rule("data.guard.deny".to_owned());
            (denied.unwrap(), engine.eval_rule("data.guard.allow".to_owned()).unwrap())
        };
        let ours = fastest(|| drop(black_box(compiled.ask(black_box(&question)))));
        let bare = fastest(|| drop(black_box(asked())));
        tell(json, (count, "regorus"), (ours, bare), None);
    }
}
