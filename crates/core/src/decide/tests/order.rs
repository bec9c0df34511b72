//! The steps have one order, and the first no ends it.

use super::prelude::*;
use super::world::*;

type Fault = fn(&mut World, &mut Attempt, &mut Facts);

fn with_amount(attempt: &mut Attempt, euros: &str) {
    attempt.action.measures[0].amount = Reading::Known(amount(euros));
}

/// One fault for each step, in the order of the design, with the code that it brings.
const FAULTS: &[(Code, Fault)] = &[
    (Code::CallerUnknown, |_, _, facts| facts.caller.as_mut().unwrap().agent = agent("other")),
    (Code::KeyNotBound, |_, _, facts| facts.caller.as_mut().unwrap().attestation = Some(digest("another"))),
    (Code::ProofReplayed, |world, _, facts| {
        let proof = facts.caller.as_ref().unwrap().proof.unwrap();
        world.task.proofs.insert(proof, world.now);
    }),
    (Code::TaskEnded, |world, _, _| drop(world.revoke())),
    (Code::GrantEnded, |world, _, _| world.suspend(false)),
    (Code::ServerChanged, |world, _, _| {
        let server = ServerName::parse("bank").unwrap();
        world.govern(ControlCommand::Pin { server, identity: digest("another bank"), tools: Vec::new() });
    }),
    (Code::UnderReview, |_, attempt, _| attempt.action.pin = digest("other words")),
    (Code::NotPossible, |_, attempt, _| attempt.refused = Some(Reason::new(Code::NotPossible))),
    (Code::KeyReused, |_, attempt, _| attempt.action.idempotency = Some(IdempotencyKey::parse("used").unwrap())),
    (Code::TooManyOpen, |world, _, _| world.task.open = OPEN_PER_TASK_MAX),
    (Code::ArgumentNotGranted, |_, attempt, _| attempt.action.arguments = json(r#"{"iban":"GB82WEST12345698765432"}"#)),
    (Code::RoleNotGranted, |world, _, _| {
        world.documents(&[r#"{"kind":"role","name":"payer","allow":[]}"#]);
    }),
    (Code::RateSpent, |_, _, facts| facts.rates.push(Rate { scope: "tool".to_owned(), within: false })),
    (Code::PolicyForbidden, |world, _, _| world.policy = Says(Answer::Forbid(vec!["no".to_owned()]))),
    (Code::OverEach, |_, attempt, _| with_amount(attempt, "600")),
    (Code::ApprovalUnavailable, |_, attempt, _| with_amount(attempt, "400")),
];

fn outcome(faults: &[Fault]) -> Decided {
    let mut world = World::ready();
    let used = world.keyed_payment("1", "used");
    allowed(&world.attempt(used));
    let mut facts = world.facts_of('a');
    let mut attempt = world.attempt_command(world.keyed_payment("10", "fresh"));
    for fault in faults {
        fault(&mut world, &mut attempt, &mut facts);
    }
    world.ask(&Command::Attempt(Box::new(attempt)), &facts)
}

#[test]
fn without_a_fault_it_is_allowed() {
    allowed(&outcome(&[]));
}

#[test]
fn of_two_faults_the_earlier_step_speaks() {
    for (later, (late, second)) in FAULTS.iter().enumerate() {
        assert_eq!(code(&outcome(&[*second])), *late);
        for (early, first) in &FAULTS[..later] {
            // The later one first, so that the earlier one has the last word on what both touch.
            assert_eq!(code(&outcome(&[*second, *first])), *early, "{early} and {late}");
        }
    }
}

#[test]
fn a_refusal_changes_nothing_but_its_own_record() {
    for (code, fault) in FAULTS {
        let mut world = World::ready();
        let used = world.keyed_payment("1", "used");
        allowed(&world.attempt(used));
        let mut facts = world.facts_of('a');
        let mut attempt = world.attempt_command(world.keyed_payment("10", "fresh"));
        fault(&mut world, &mut attempt, &mut facts);
        let before = world.task.clone();
        let decided = world.run(&Command::Attempt(Box::new(attempt)), &facts);
        assert!(decided.events.iter().all(|event| matches!(event.data, Data::ActionRefused(_))), "{code}");
        let meters = |task: &TaskState| task.grants.values().map(|grant| grant.rows.clone()).collect::<Vec<_>>();
        assert_eq!(meters(&before), meters(&world.task), "{code}");
        assert_eq!(
            (before.acts, before.keys, before.open),
            (world.task.acts, world.task.keys, world.task.open),
            "{code}"
        );
    }
}

#[test]
fn who_assists_has_each_write_confirmed_by_its_requester() {
    let mut world = World::ready();
    world.control.agents.get_mut(&agent("payer")).unwrap().document.autonomy = Autonomy::Assist;
    let payment = world.keyed_payment("1", "one");
    let decided = world.attempt(payment);
    assert_eq!(code(&decided), Code::ApprovalUnavailable);
    assert!(decided.reasons.iter().any(|reason| reason.code == Code::ApprovalNeeded));
    assert_eq!(decided.reasons[0].asked.as_deref(), Some("requester"));
}
