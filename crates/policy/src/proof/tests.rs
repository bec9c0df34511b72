mod cvc5;
mod random;

use super::*;
use crate::search::Case;
use crate::world::{World as Tenant, tool};
use crate::{Compiled, look};
use bailiwick_core::{Answer as Said, Effect, Policy as _};

const CASES_MAX: u64 = 200_000;

fn shapes() -> BTreeMap<ToolId, Shape> {
    let pay = Shape {
        args: ["/iban".to_owned()].into(),
        destination: true,
        resource: true,
        units: ["EUR".to_owned()].into(),
        ..Shape::default()
    };
    let send = Shape { args: ["/to".to_owned()].into(), destination: true, ..Shape::default() };
    BTreeMap::from([(tool("bank/pay"), pay), (tool("mail/send"), send), (tool("bank/balance"), Shape::default())])
}

fn control(cedar: &str) -> ControlState {
    let mut tenant = Tenant::new();
    tenant.add_tool("bank/wire", Effect::Transfer, "{}");
    tenant.with_policy("p", cedar).control
}

/// Answers the same to everything, and counts.
struct Says(Answer, usize);

impl Solver for Says {
    fn name(&self) -> String {
        "says".to_owned()
    }
    fn ask(&mut self, question: &str) -> Answer {
        assert!(question.ends_with("(check-sat)\n"), "{question}");
        self.1 += 1;
        self.0
    }
}

const NIGHT: &str = "@id(\"a\") forbid (principal, action, resource) when { context.hour > 20 && context.hour < 6 };";

#[test]
fn what_a_solver_does_not_know_stays_as_search_found_it() {
    for (answer, found_by) in
        [(Answer::Unknown, FoundBy::Search), (Answer::Some, FoundBy::Search), (Answer::None, FoundBy::Proof)]
    {
        let control = control(NIGHT);
        let before = look(&control, &shapes(), CASES_MAX);
        let (mut after, mut solver) = (before.clone(), Says(answer, 0));
        prove(&control, &shapes(), &mut after, &mut solver);
        assert_eq!((after.notes[0].found_by, after.notes[0].kind), (found_by, NoteKind::NeverMatches), "{answer:?}");
        assert!((1..=8).contains(&solver.1), "what is the same of many tools is asked once: {}", solver.1);
        after.notes[0].found_by = FoundBy::Search;
        after.solver = None;
        assert_eq!(after, before, "nothing else changes");
    }
}

#[test]
fn where_search_found_a_match_no_proof_is_asked() {
    let control = control("@id(\"a\") forbid (principal, action, resource) when { context.hour > 20 };");
    let (mut found, mut solver) = (look(&control, &shapes(), CASES_MAX), Says(Answer::None, 0));
    prove(&control, &shapes(), &mut found, &mut solver);
    assert_eq!((found.notes.len(), solver.1), (0, 0));
}

#[test]
fn a_rule_that_can_tell_what_is_missing_is_not_asked_about() {
    for condition in
        ["!(context has amounts) && context.hour < 0", "context.amounts == context.sums && context.hour < 0"]
    {
        let control = control(&format!("@id(\"a\") forbid (principal, action, resource) when {{ {condition} }};"));
        let (mut found, mut solver) = (look(&control, &shapes(), CASES_MAX), Says(Answer::None, 0));
        prove(&control, &shapes(), &mut found, &mut solver);
        assert_eq!((found.notes[0].found_by, solver.1), (FoundBy::Search, 0), "{condition}");
    }
}

#[test]
fn a_rule_too_large_to_make_a_question_of_is_not_asked_about() {
    let reckons = |count: usize| vec!["context.hour + context.uses < 0 - context.depth"; count].join(" || ");
    let words = |count: usize| vec!["context.purpose like \"a*b\" && context.attested"; count].join(" || ");
    let deep = |count: usize| format!("{}context.hour < 0{}", "!(".repeat(count), ")".repeat(count));
    for (condition, asked) in
        [(reckons(4), 1), (words(6), 1), (deep(20), 1), (reckons(60), 0), (words(60), 0), (deep(60), 0)]
    {
        let head = "principal, action == Action::\"bank/balance\", resource";
        let control = control(&format!("@id(\"a\") forbid ({head}) when {{ {condition} }};"));
        assert_eq!(crate::validate(&control, &[]), Vec::new());
        let (mut solver, rules) = (Says(Answer::Unknown, 0), read(&control));
        with_stack(|| {
            let mut prover = Prover::new(&control, &BTreeMap::new(), &rules, &mut solver);
            assert_eq!(prover.holds(&rules[0], None, None), None);
        });
        assert_eq!(solver.1, asked, "{condition}");
    }
}

/// Reads all that facts are about.
const WIDE: &str = r#"@id("a") forbid (principal in Role::"payers", action, resource)
    when { context.depth > 0 || context.hour > 1 || context.now > 1 || context.risk > 1 || context.uses > 1 }
    when { context.amounts has EUR && context.sums has EUR && context.sums_since_approval has EUR }
    when { context.sums_to_destination has EUR && context.amounts has USD && context.sums has calls }
    when { context.effect == Effect::"read" || context.egress == Egress::"open" || context.impact == Impact::"low" }
    when { context.reversibility == Reversibility::"read-only" || context.tool == "bank/pay" || context.server == "bank" }
    when { context.zone == "own" || context.server_zone == "own" || context.destination has kind }
    when { context has resource && context.resource == "ledger" || resource == Resource::"ledger" || resource == Server::"bank" }
    when { principal == Agent::"payer" || principal in Role::"clerks" || principal in Zone::"own" || principal in Zone::"partner" }
    when { resource in Zone::"own" || context.autonomy == Autonomy::"execute" || context.memory == Memory::"kept" }
    when { context.sources.contains("own") || context.arg_sources has "/iban" && context.arg_sources["/iban"].contains("own") }
    when { context.run_by == RunBy::"own" || context.owner == "ada" || context.lineage.contains("payer") };"#;

fn read(control: &ControlState) -> Vec<Rule> {
    rules::read(control.policies.values().map(|(text, _)| text.as_ref())).unwrap()
}

/// A rule that matches where these facts hold.
fn where_hold(facts: Vec<Value>) -> Policy {
    let open: Policy = "permit (principal, action, resource);".parse().unwrap();
    under(&open.to_json().unwrap(), facts).unwrap()
}

#[test]
fn the_facts_are_true_of_every_case_of_the_search() {
    let mut control = control(WIDE);
    assert_eq!(crate::validate(&control, &[]), Vec::new());
    for document in control.agents.values_mut().map(|entry| &mut entry.document) {
        document.memory = bailiwick_core::Memory::Kept;
    }
    let (rules, world) = (read(&control), World::of(&control, &shapes()));
    let told = Told::of(&[&rules[0]]);
    let to_come = ToCome::of_each(&told.servers(), &told.args);
    let (agents, mut tools) = world.to_come(&[&"permit (principal, action, resource);".parse().unwrap()]);
    tools.extend(&world.tools);
    let mut budget = crate::search::Budget(4_000);
    let mut held = BTreeMap::new();
    let (mut asked, mut eye) = (0, crate::search::Eye::default());
    let domain = crate::search::domain(&[&rules[0].policy], &world);
    crate::search::walk((&agents, &tools), (&domain, false), &mut budget, &mut |case: &Case<'_>| {
        let server = told.servers().into_iter().find(|server| server == case.tool.id.server());
        let what = if case.tool.supposed {
            let fits = |tool: &&ToCome| {
                let own = (tool.effect, tool.impact) == (case.tool.nature.effect, case.tool.nature.impact);
                own && tool.servers.first() == server.as_ref()
            };
            place::What::ToCome(to_come.iter().find(fits).unwrap())
        } else {
            place::What::Known(case.tool)
        };
        let resource = *case.resource_entity().type_name() == crate::names::NAMES.resource;
        let facts = facts(&Place { what, resource }, &told, &control);
        let key = serde_json::to_string(&facts).unwrap();
        let rule = held.entry(key).or_insert_with(|| {
            let policy = where_hold(facts);
            Rule { reads: crate::reads::Reads::of(&policy).unwrap(), policy, ..rules[0].clone() }
        });
        let said = eye.ask(&crate::search::Probe::new(rule).unwrap(), case);
        assert_eq!(
            said,
            crate::search::Said::Matches,
            "{}\n{}",
            case.words(&domain.keys().cloned().collect()),
            rule.policy
        );
        asked += 1;
        crate::search::Go::On
    });
    assert!(asked > 3_000 && held.len() > 20, "{asked} {}", held.len());
}

#[test]
fn the_facts_are_true_of_what_a_node_asks() {
    let mut asked = 0;
    for name in ["bank/pay", "bank/balance", "mail/send"] {
        for resource in [None, Some("ledger")] {
            let mut tenant = Tenant::new().with_policy("wide", WIDE);
            if name != "bank/pay" {
                // as its binding reads it
                tenant = tenant.calling(name);
                (tenant.action.measures, tenant.action.bound) = (Vec::new(), Vec::new());
            }
            if name == "bank/balance" {
                tenant.action.destination = None;
            }
            tenant.action.resource = resource.map(str::to_owned);
            let rules = read(&tenant.control);
            let told = Told::of(&[&rules[0]]);
            let mut shapes = shapes();
            shapes.get_mut(&tool(name)).unwrap().resource = resource.is_some();
            let world = World::of(&tenant.control, &shapes);
            let tried = world.tools.iter().find(|tried| tried.id == tool(name)).unwrap();
            let place = Place { what: place::What::Known(tried), resource: resource.is_some() };
            let facts = facts(&place, &told, &tenant.control);
            assert!(facts.len() > 20, "{}", facts.len());
            tenant.control.policies.clear();
            let text = where_hold(facts).to_cedar().unwrap();
            let tenant = tenant.with_policy("facts", &text);
            let said = Compiled::compile(&tenant.control).unwrap().ask(&tenant.question());
            assert!(matches!(said, Said::Permit(_)), "{name} {resource:?}: {said:?}\n{text}");
            asked += 1;
        }
    }
    assert_eq!(asked, 6);
}
