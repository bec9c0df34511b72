//! With a real solver, where `BAILIWICK_CVC5` names one (`suites/proof` does): what is proven, and what is not.

use super::*;
use std::io::Write;
use std::process::{Command, Stdio};

/// One process a question.
pub(super) struct Cvc5(std::ffi::OsString);

pub(super) fn solver() -> Option<Cvc5> {
    let path = std::env::var_os("BAILIWICK_CVC5").filter(|path| !path.is_empty());
    if path.is_none() {
        eprintln!("skipped: `BAILIWICK_CVC5` names no solver");
    }
    path.map(Cvc5)
}

impl Solver for Cvc5 {
    fn name(&self) -> String {
        "cvc5".to_owned()
    }
    fn ask(&mut self, question: &str) -> Answer {
        let mut command = Command::new(&self.0);
        let command = command.args(["--lang=smt2", "--tlimit=5000"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        match String::from_utf8_lossy(&out.stdout).trim() {
            "unsat" => Answer::None,
            "sat" => Answer::Some,
            other => {
                assert!(other.contains("unknown") || other.contains("interrupted"), "{other}\n{question}");
                Answer::Unknown
            }
        }
    }
}

/// What is noted, a line each.
fn noted(solver: &mut Cvc5, cedar: &str) -> Vec<String> {
    let control = control(cedar);
    assert_eq!(crate::validate(&control, &[]), Vec::new(), "{cedar}");
    let mut found = look(&control, &shapes(), CASES_MAX);
    prove(&control, &shapes(), &mut found, solver);
    found.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn conditions_that_cannot_hold_together_are_proven_never_to_match() {
    let Some(mut solver) = solver() else { return };
    for condition in [
        "context.hour > 20 && context.hour < 6",
        "context.hour > 23",
        "context.risk > 100 || context.depth < 1 || context.uses < 0",
        "context.mode == Mode::\"enforced\" && context.mode == Mode::\"observed\"",
        "context.effect == Effect::\"read\"",
        "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\")) && context.amounts.EUR.lessThan(decimal(\"5.0001\"))",
        "context.sums has EUR && context.amounts has EUR && context.sums.EUR.lessThan(context.amounts.EUR)",
        "context.purpose like \"a*\" && context.purpose like \"b*\"",
        "principal == Agent::\"payer\" && context.run_by == RunBy::\"vendor\"",
        "principal in Role::\"payers\" && principal in Role::\"clerks\"",
        "context.server_zone == \"own\" && !(resource in Zone::\"own\") && resource is Server",
        "context.uses + 1 < 1",
        "context.touched.contains(\"a\") && context.touched.isEmpty()",
    ] {
        let told = noted(
            &mut solver,
            &format!(
                "@id(\"no\") forbid (principal, action == Action::\"bank/pay\", resource) when {{ {condition} }};"
            ),
        );
        assert!(told.len() == 1 && told[0].ends_with("(proven: never matches)"), "{condition}: {told:?}");
    }
}

#[test]
fn rules_over_all_tools_are_proven_for_those_that_may_come() {
    let Some(mut solver) = solver() else { return };
    let told = noted(&mut solver, NIGHT);
    assert!(told.len() == 1 && told[0].ends_with("(proven: never matches)"), "{told:?}");
    // all transfers that are known are at the bank; the next one need not be
    let told = noted(
        &mut solver,
        "@id(\"a\") forbid (principal, action in Effect::Action::\"transfer\", resource);
         @id(\"b\") forbid (principal, action in Server::Action::\"bank\", resource);",
    );
    assert!(told.len() == 1 && told[0].contains("(by search: "), "{told:?}");
}

#[test]
fn a_rule_in_the_shadow_of_another_is_proven_to_be() {
    let Some(mut solver) = solver() else { return };
    for (cedar, end) in [
        (
            "@id(\"a\") permit (principal, action == Action::\"bank/pay\", resource) when { context.hour > 8 && context.hour < 12 };
             @id(\"b\") forbid (principal, action in Effect::Action::\"transfer\", resource) when { context.hour > 7 };",
            "rule `p.a` permits nothing: `p.b` forbids all that it would permit (proven: shadowed by `p.b`)",
        ),
        (
            "@id(\"a\") permit (principal, action == Action::\"bank/pay\", resource);
             @id(\"b\") permit (principal, action in Effect::Action::\"transfer\", resource);",
            "rule `p.a` adds nothing to `p.b`, which matches wherever it does (proven: shadowed by `p.b`)",
        ),
        (
            "@id(\"a\") @step_up(\"owner\") forbid (principal, action == Action::\"bank/pay\", resource) when { context.uses > 3 };
             @id(\"b\") forbid (principal, action == Action::\"bank/pay\", resource) when { context.uses > 2 };",
            "rule `p.a` asks nobody: `p.b` forbids all that it would ask about (proven: shadowed by `p.b`)",
        ),
    ] {
        assert_eq!(noted(&mut solver, cedar), [end], "{cedar}");
    }
}

#[test]
fn a_rule_is_proven_to_say_nothing_about_a_tool_that_it_names() {
    let Some(mut solver) = solver() else { return };
    let over = "when { context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\")) };";
    let rule = format!("@id(\"a\") forbid (principal, action in Effect::Action::\"transfer\", resource) {over}");
    assert_eq!(
        noted(&mut solver, &rule),
        [
            "rule `p.a` says nothing about `bank/wire`: no binding there reads an amount in EUR (proven: says nothing about `bank/wire`)"
        ]
    );
}

#[test]
fn nothing_of_the_starting_set_is_proven_to_do_nothing() {
    let Some(mut solver) = solver() else { return };
    let told = noted(&mut solver, crate::STARTER);
    assert!(!told.iter().any(|line| line.contains("proven: never")), "{told:?}");
}
