//! Rules made by chance: whatever is proven of one, no case of the search contradicts.

use super::cvc5::{Cvc5, solver};
use super::*;

/// Conditions to draw from; `#` is a number.
const ATOMS: &[&str] = &[
    "context.hour > #",
    "context.hour <= #",
    "context.uses < #",
    "context.uses == context.depth",
    "context.depth > #",
    "context.risk >= #",
    "context.attested",
    "context.purpose == \"t#\"",
    "context.purpose like \"t#*\"",
    "context.requester == context.owner",
    "context.owner == \"ada\"",
    "context.zone == \"own\"",
    "context.server == \"bank\"",
    "context.tool == \"bank/pay\"",
    "context.effect == Effect::\"transfer\"",
    "context.impact == Impact::\"high\"",
    "context.mode == Mode::\"enforced\"",
    "context.run_by == RunBy::\"own\"",
    "context.touched.contains(\"t#\")",
    "context.lineage.contains(\"payer\")",
    "context.values.contains(\"t#\")",
    "context.sources.contains(\"own\")",
    "context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"].contains(\"own\")",
    "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"#.0\"))",
    "context.sums has EUR && context.sums.EUR.lessThan(decimal(\"#.5\"))",
    "context.sums has EUR && context.amounts has EUR && context.amounts.EUR.lessThan(context.sums.EUR)",
    "context has resource && context.resource == \"t#\"",
    "resource == Resource::\"t#\"",
    "resource == Server::\"bank\"",
    "principal == Agent::\"payer\"",
    "principal in Role::\"clerks\"",
    "principal in Zone::\"own\"",
    "context.destination has value && context.destination.value like \"t#*\"",
];
const HEADS: &[&str] = &[
    "action",
    "action == Action::\"bank/pay\"",
    "action == Action::\"mail/send\"",
    "action in Effect::Action::\"transfer\"",
    "action in Server::Action::\"bank\"",
    "action in [Action::\"bank/pay\", Action::\"bank/balance\"]",
];

struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn atom(&mut self) -> String {
        let number = ["0", "1", "2", "7", "23"][self.below(5)];
        let atom = ATOMS[self.below(ATOMS.len())].replace('#', number);
        if self.below(3) == 0 { format!("!({atom})") } else { format!("({atom})") }
    }

    fn rule(&mut self, id: &str) -> String {
        let head = HEADS[self.below(HEADS.len())];
        let mut text = format!("@id(\"{id}\") forbid (principal, {head}, resource)");
        for _ in 0..1 + self.below(4) {
            let joined = ["&&", "||"][self.below(2)];
            let condition = format!("{} {joined} {}", self.atom(), self.atom());
            let when = ["when", "when", "unless"][self.below(3)];
            text.push_str(&format!(" {when} {{ {condition} }}"));
        }
        text + ";\n"
    }
}

/// What a solver proves of a rule, without that search was asked.
fn proven(solver: &mut Cvc5, control: &ControlState, above: bool) -> Option<bool> {
    let rules = read(control);
    let mut prover = Prover::new(control, &shapes(), &rules, solver);
    let above = above.then(|| &rules[1]);
    prover.holds(&rules[0], above, None)
}

/// Whether a case of the search shows the contrary.
fn contradicted(control: &ControlState, above: bool) -> bool {
    let (rules, world) = (read(control), World::of(control, &shapes()));
    let policies: Vec<&Policy> = rules.iter().map(|rule| &rule.policy).collect();
    let (agents, tools) = world.to_come(&policies[..1]);
    let mut budget = crate::search::Budget(4_000);
    let (one, other) = (crate::search::Probe::new(&rules[0]).unwrap(), crate::search::Probe::new(&rules[1]).unwrap());
    let (mut eye, mut found) = (crate::search::Eye::default(), false);
    let domain = crate::search::domain(&policies, &world);
    crate::search::walk((&agents, &tools), (&domain, false), &mut budget, &mut |case: &Case<'_>| {
        let matches = eye.ask(&one, case) == crate::search::Said::Matches;
        found = matches && !(above && eye.ask(&other, case) == crate::search::Said::Matches);
        if found { crate::search::Go::Stop } else { crate::search::Go::On }
    });
    found
}

#[test]
fn whatever_is_proven_no_case_contradicts() {
    let Some(mut solver) = solver() else { return };
    let rounds =
        std::env::var_os("BAILIWICK_PROOF_ROUNDS").and_then(|n| n.into_string().ok()?.parse().ok()).unwrap_or(60);
    let mut chance = Chance(20_261_123);
    let (mut asked, mut so, mut not, mut refuted) = (0, 0, 0, 0);
    while asked < rounds {
        let text = chance.rule("a") + &chance.rule("b");
        let control = control(&text);
        if !crate::validate(&control, &[]).is_empty() {
            continue;
        }
        asked += 1;
        for above in [false, true] {
            let (proven, contradicted) = (proven(&mut solver, &control, above), contradicted(&control, above));
            assert!(proven != Some(true) || !contradicted, "proven, and a case says otherwise: {text}");
            so += u32::from(proven == Some(true));
            not += u32::from(proven == Some(false));
            refuted += u32::from(proven == Some(false) && contradicted);
        }
    }
    eprintln!("{asked} pairs: {so} proven, {not} not, of which cases show {refuted}");
    assert!(so > 0 && refuted > 0, "{so} {refuted}");
}
