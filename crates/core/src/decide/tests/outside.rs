//! Engines outside: asked about what policy permits, with an answer to one question that is none to another.

use super::prelude::*;
use super::world::*;

const ENGINE: &str = r#"{"kind":"policy","name":"corporate","opa":{"url":"https://opa.example.com","path":"authz"}}"#;

/// A tenant with an engine, and what it is asked about a payment.
fn asked(world: &mut World) -> (Attempt, Facts, Consult) {
    world.documents(&[ENGINE]);
    let (attempt, facts) = (world.attempt_command(world.payment("10")), world.facts_of('a'));
    let decided = world.ask(&Command::Attempt(Box::new(attempt.clone())), &facts);
    assert!(decided.events.is_empty() && decided.reasons.is_empty(), "{decided:?}");
    let Verdict::Consult(mut wanted) = decided.verdict else { panic!("{decided:?}") };
    assert_eq!(wanted.len(), 1);
    (attempt, facts, wanted.remove(0))
}

/// An answer to that question.
pub(crate) fn said(of: &Consult, verdict: EngineVerdict) -> Engine {
    Engine {
        asks: Vec::new(),
        at: Some(of.at),
        decision: Some("d-1".to_owned()),
        document: Some(of.document),
        input: Some(sha256(of.input.as_bytes())),
        name: of.name.clone(),
        revision: "r1".to_owned(),
        verdict,
        why: None,
    }
}

/// What a payment comes to once the engine has said this, and `change` has come about.
fn after(change: fn(&mut World, &mut Facts), say: fn(&Consult) -> Engine) -> Decided {
    let mut world = World::ready();
    let (attempt, mut facts, wanted) = asked(&mut world);
    facts.engines = vec![say(&wanted)];
    change(&mut world, &mut facts);
    world.ask(&Command::Attempt(Box::new(attempt)), &facts)
}

/// What it comes to.
pub(crate) fn comes_to(verdict: EngineVerdict) -> Decided {
    let mut world = World::ready();
    let (attempt, mut facts, wanted) = asked(&mut world);
    facts.engines = vec![said(&wanted, verdict)];
    world.ask(&Command::Attempt(Box::new(attempt)), &facts)
}

fn nothing(of: &Consult) -> Engine {
    said(of, EngineVerdict::Nothing)
}

#[test]
fn what_policy_permits_waits_for_the_engine_and_stands_with_its_answer() {
    let decided = after(|_, _| {}, nothing);
    let Some(Data::ActionBegun(begun)) = decided.events.first().map(|event| &event.data) else { panic!("{decided:?}") };
    assert_eq!(begun.facts.engines.first().map(|engine| engine.revision.as_str()), Some("r1"));
}

#[test]
fn an_engine_forbids_and_fails_closed() {
    let code = |say| after(|_, _| {}, say).reasons.first().map(|reason| reason.code);
    assert_eq!(code(|of| said(of, EngineVerdict::Forbid)), Some(Code::PolicyForbidden));
    assert_eq!(code(|of| said(of, EngineVerdict::Failed)), Some(Code::EngineFailed));
}

#[test]
fn an_engine_asks_people_beside_those_that_policy_asks() {
    let say = |of: &Consult| {
        let who = Approvers::new(vec![Approver::parse("person:otto").unwrap()]).unwrap();
        let ask = Ask {
            count: 1,
            escalate: None,
            exclude: Vec::new(),
            over: Default::default(),
            tools: Vec::new(),
            valid: VALID,
            who,
        };
        Engine { asks: vec![ask], ..said(of, EngineVerdict::Ask) }
    };
    let decided = after(|_, _| {}, say);
    let waits = matches!(decided.verdict, Verdict::StepUp { .. });
    let nobody = decided.reasons.first().is_some_and(|reason| reason.code == Code::ApprovalUnavailable);
    assert!(waits || nobody, "{decided:?}");
}

#[test]
fn an_engine_makes_no_yes_of_a_no_and_is_not_told_of_it() {
    for answer in [Answer::Nothing, Answer::Forbid(vec!["all".to_owned()])] {
        let mut world = World::ready();
        let (attempt, mut facts, wanted) = asked(&mut world);
        world.policy = Says(answer.clone());
        for engines in [Vec::new(), vec![nothing(&wanted)]] {
            facts.engines = engines;
            let decided = world.ask(&Command::Attempt(Box::new(attempt.clone())), &facts);
            assert_eq!(decided.verdict, Verdict::Deny, "{answer:?}: {decided:?}");
        }
    }
}

#[test]
fn an_answer_to_another_question_is_none() {
    type Change = fn(&mut World, &mut Facts);
    let cases: [(&str, Change); 6] = [
        ("the task went on", |world, _| drop(world.call("bank/list"))),
        ("the document is another", |world, _| drop(world.documents(&[&ENGINE.replace("authz", "other")]))),
        ("it is old", |_, facts| facts.now = facts.now.after(Span::seconds(16))),
        ("it is of a moment to come", |_, facts| facts.engines[0].at = Some(facts.now.after(Span::seconds(1)))),
        ("it was told something else", |_, facts| facts.engines[0].input = Some(digest("else"))),
        ("it is another's", |_, facts| facts.engines[0].name = "other".to_owned()),
    ];
    for (case, change) in cases {
        let decided = after(change, nothing);
        assert!(matches!(decided.verdict, Verdict::Consult(_)), "{case}: {decided:?}");
    }
    let decided = after(|_, facts| facts.now = facts.now.after(Span::seconds(2)), nothing);
    assert!(matches!(decided.verdict, Verdict::Allow { .. }), "a little later it is still one: {decided:?}");
}

#[test]
fn what_lasts_is_asked_about_again() {
    let mut world = World::ready();
    let action = world.payment("10");
    let act = world.attempt(action.clone());
    let Verdict::Allow { act, .. } = act.verdict else { panic!("{act:?}") };
    world.documents(&[ENGINE]);
    let (leaf, attempt) = (world.task.acts.get(&act).unwrap().leaf, world.attempt_command(action));
    let mut facts = world.facts_of('a');
    facts.caller = facts.caller.map(|caller| Caller { proof: None, ..caller });
    let stands = |facts: &Facts| stands(world.view(), &world.policy, Some((act, leaf)), &attempt, facts);
    let Stands::Consult(wanted) = stands(&facts) else { panic!("nobody is asked") };
    let with = |verdict| Facts { engines: vec![said(&wanted[0], verdict)], ..facts.clone() };
    assert_eq!(stands(&with(EngineVerdict::Nothing)), Stands::Yes);
    for verdict in [EngineVerdict::Forbid, EngineVerdict::Failed] {
        assert!(matches!(stands(&with(verdict)), Stands::No(_)), "{verdict:?}");
    }
}
