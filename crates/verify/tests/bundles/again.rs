//! A record that is whole and well signed, by a node that decided wrongly: only deciding again tells.

use crate::world::{IBAN, TASK, World, agent, by, tool};
use crate::writer::Bundle;
use bailiwick_core::*;
use bailiwick_verify::{Answer, Found, Report};

/// A world in which the last decision was changed before it was written.
fn tampered(command: impl FnOnce(&mut World) -> (Command, Facts), change: impl FnOnce(&mut Data)) -> Report {
    let mut world = ready();
    let (command, facts) = command(&mut world);
    let decided = world.decide(TASK, &command, &facts);
    let mut events = decided.events;
    change(&mut events[0].data);
    events.iter().for_each(|event| world.record(TASK, event));
    world.heads();
    Bundle::of_task(&world, TASK).verify()
}

fn ready() -> World {
    let mut world = World::new();
    world.start(TASK);
    let grant = world.grant(TASK);
    world.run(TASK, Command::Consent { grant, by: by("anna") });
    world.bind(TASK);
    world
}

fn pay(world: &mut World) -> (Command, Facts) {
    let command = world.command(TASK, "bank/pay", &format!(r#"{{"amount":"120.50","iban":"{IBAN}"}}"#));
    let facts = world.facts_of_agent();
    (command, facts)
}

fn differs(report: &Report) {
    assert_eq!(report.answer, Answer::Contradicted, "{report}");
    assert!(report.findings.iter().any(|finding| finding.found == Found::DecisionDiffers), "{report}");
}

#[test]
fn an_honest_act_comes_out_the_same() {
    let report = tampered(pay, |_| {});
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
}

/// A policy in Rego beside the one in Cedar.
fn in_rego(rules: &str) -> String {
    format!(r#"{{"kind":"policy","name":"guard","rego":"package guard\n{rules}"}}"#)
}

#[test]
fn what_rego_decided_is_decided_again_and_so_is_what_it_failed_at() {
    let loops: String = (0..12).map(|n| format!("some v{n} in n; ")).collect();
    let endless = format!("allow := true\\nn := [1, 2, 3, 4, 5, 6, 7, 8]\\ndeny if {{ {loops}v0 == 9 }}");
    for (rules, code) in [
        ("allow if input.context.amounts.EUR < 200 * 10000", None),
        ("allow := true\\ndeny contains \\\"small\\\" if input.context.amounts.EUR > 5", Some(Code::PolicyForbidden)),
        (endless.as_str(), Some(Code::PolicyBroken)),
    ] {
        let mut world = ready();
        world.documents(&[in_rego(rules).as_str()]);
        let (command, facts) = pay(&mut world);
        let decided = world.run_with(TASK, &command, &facts);
        assert_eq!(decided.reasons.first().map(|reason| reason.code), code, "{:?}", decided.reasons);
        world.heads();
        let report = Bundle::of_task(&world, TASK).verify();
        assert_eq!(report.answer, Answer::Confirmed, "{report}");
    }
}

#[test]
fn an_act_that_charged_less_than_it_should_is_told() {
    let report = tampered(pay, |data| {
        let Data::ActionBegun(begun) = data else { panic!("the act is allowed") };
        begun.reserved[0].amount = Amount::parse("1.00").unwrap();
    });
    differs(&report);
    assert!(report.to_string().contains("`reserved`"), "{report}");
}

#[test]
fn an_act_with_other_private_arguments_than_were_decided_is_told() {
    let report = tampered(pay, |data| {
        let Data::ActionBegun(begun) = data else { panic!("the act is allowed") };
        begun.private.as_mut().unwrap().sent = crate::world::digest("something else");
    });
    differs(&report);
}

#[test]
fn an_act_that_should_have_been_refused_is_told() {
    let mut world = ready();
    let (honest, facts) = pay(&mut world);
    let mut events = world.decide(TASK, &honest, &facts).events;
    let Data::ActionBegun(begun) = &mut events[0].data else { panic!("the act is allowed") };
    let over = world.command(TASK, "bank/pay", r#"{"amount":"120.50","iban":"GB33BUKB20201555555555"}"#);
    let Command::Attempt(attempt) = over else { panic!("it is an attempt") };
    begun.private = Some(ActionPrivate::of(&attempt.action));
    world.record(TASK, &events[0]);
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    differs(&report);
    assert!(report.to_string().contains("argument_not_granted"), "{report}");
}

#[test]
fn an_outcome_that_settles_for_less_is_told() {
    let report = tampered(
        |world| {
            let act = world.attempt(TASK, "bank/pay", &format!(r#"{{"amount":"120.50","iban":"{IBAN}"}}"#));
            let leaf = world.tasks[&TASK].acts[&act].leaf;
            let facts = Facts::of_nobody(world.now, Vec::new());
            (Command::Settle(Box::new(Settle { act, leaf, outcome: Outcome::Done(Observed::default()) })), facts)
        },
        |data| {
            let Data::ActionEnded(ended) = data else { panic!("the act ends") };
            ended.settled[0].amount = Amount::ZERO;
        },
    );
    differs(&report);
}

#[test]
fn an_act_decided_under_a_control_that_was_narrowed_is_told() {
    let mut world = ready();
    let (command, facts) = pay(&mut world);
    let before = world.decide(TASK, &command, &facts);
    world.govern(ControlCommand::Agent { by: by("otto"), agent: agent("payer"), active: false });
    before.events.iter().for_each(|event| world.record(TASK, event));
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.findings[0].found, Found::ControlStale, "{report}");
}

#[test]
fn an_act_decided_just_before_something_was_added_is_confirmed() {
    let mut world = ready();
    let (command, facts) = pay(&mut world);
    let before = world.decide(TASK, &command, &facts);
    world.documents(&[r#"{"kind":"person","name":"carla"}"#]);
    world.heads();
    before.events.iter().for_each(|event| world.record(TASK, event));
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
}

#[test]
fn an_ending_by_suspension_is_found_again_under_the_control_that_ended_it() {
    let mut world = ready();
    world.govern(ControlCommand::Agent { by: by("otto"), agent: agent("payer"), active: false });
    world.run(TASK, Command::Tick);
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    // The same ending, with nothing behind it.
    let mut world = ready();
    let grant = world.grant(TASK);
    let facts = Facts::of_nobody(world.now, Vec::new());
    let end = Command::EndGrant { grant, who: Ender::Node, why: Code::AgentInactive };
    world.run_with(TASK, &end, &facts);
    world.heads();
    differs(&Bundle::of_task(&world, TASK).verify());
}

#[test]
fn events_of_one_decision_cannot_be_torn_apart() {
    let mut world = ready();
    let grant = world.grant(TASK);
    let facts = Facts::of_nobody(world.now, Vec::new());
    let end = Command::EndGrant { grant, who: Ender::Person(by("anna")), why: Code::Revoked };
    let decided = world.decide(TASK, &end, &facts);
    assert_eq!(decided.events.len(), 2, "the task ends with its last grant");
    world.record(TASK, &decided.events[0]);
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Contradicted, "{report}");
    assert!(report.findings.iter().any(|finding| finding.found == Found::StreamTruncated), "{report}");
}

#[test]
fn a_start_with_more_than_the_template_gives_is_told() {
    let mut world = World::new();
    world.start(TASK);
    let honest = world.tasks[&TASK].clone();
    let mut world = World::new();
    let started = {
        let mut scratch = World::new();
        scratch.start(TASK);
        scratch.log.split_off(scratch.log.len() - 2)
    };
    for written in &started {
        let (mut event, _) = Event::read(written.clear.as_bytes()).unwrap();
        let fields: Vec<(String, Vec<u8>)> = written
            .opened
            .iter()
            .flatten()
            .map(|(name, value, _)| (name.clone(), value.clone().into_bytes()))
            .collect();
        event.open(&fields).unwrap();
        if let Data::GrantMinted(minted) = &mut event.data {
            minted.envelope.rows[1].uses = Some(500);
        }
        world.record(TASK, &event);
    }
    assert_ne!(world.tasks[&TASK].grants, honest.grants);
    world.heads();
    differs(&Bundle::of_task(&world, TASK).verify());
}

#[test]
fn a_refusal_by_the_catalogue_is_confirmed_and_told_to_rest_on_its_reading() {
    let mut world = ready();
    let (command, facts) = pay(&mut world);
    let Command::Attempt(mut attempt) = command else { panic!("it is an attempt") };
    attempt.refused = Some(Reason::new(Code::ArgumentNotGranted).asked("`/note`: not in the schema"));
    world.run_with(TASK, &Command::Attempt(attempt), &facts);
    world.heads();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    assert_eq!(report.basis.read_by_node, 1, "{report}");
    assert_eq!(tool("bank/pay").tool(), "pay");
}

/// A payment that its server answered with a question, and the round that answers it.
fn answered(world: &mut World) -> (Command, Facts) {
    let arguments = format!(r#"{{"amount":"120.50","iban":"{IBAN}"}}"#);
    let act = world.attempt_unkeyed(TASK, "bank/pay", &arguments);
    let leaf = world.tasks[&TASK].acts[&act].leaf;
    let asked = Outcome::Doubt { why: ASKED.to_owned() };
    world.run(TASK, Command::Settle(Box::new(Settle { act, leaf, outcome: asked })));
    let Command::Attempt(mut attempt) = world.command(TASK, "bank/pay", &arguments) else { panic!("it is an attempt") };
    attempt.action.idempotency = None;
    attempt.action.round = 1;
    attempt.continues = Some(Continues { act, leaf });
    let facts = world.facts_of_agent();
    (Command::Attempt(attempt), facts)
}

#[test]
fn a_round_that_takes_a_charge_over_comes_out_the_same() {
    let report = tampered(answered, |data| {
        let Data::ActionBegun(begun) = data else { panic!("the act is allowed") };
        assert!(begun.continues.is_some());
    });
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
}

#[test]
fn a_round_that_takes_over_the_charge_of_another_call_is_told() {
    let first = std::cell::Cell::new(0);
    let report = tampered(
        |world| {
            let (answer, facts) = answered(world);
            let Command::Attempt(attempt) = answer else { panic!("it is an attempt") };
            first.set(attempt.continues.unwrap().act);
            let cheaper = format!(r#"{{"amount":"1.00","iban":"{IBAN}"}}"#);
            (world.command(TASK, "bank/pay", &cheaper), facts)
        },
        |data| {
            let Data::ActionBegun(begun) = data else { panic!("the act is allowed") };
            begun.continues = Some(first.get());
        },
    );
    differs(&report);
    assert!(report.to_string().contains("`continues`"), "{report}");
}
