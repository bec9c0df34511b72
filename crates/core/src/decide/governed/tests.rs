use crate::decide::tests::world::*;
use crate::json::Json;
use crate::*;

const CALM: &str = r#"{"kind":"rule","name":"calm","breaker":{"per":"agent","on":"failures","most":3,"over":"1m"}}"#;

/// A breaker over an agent that is open, and an administrator who closes it.
fn cut_off() -> (World, u64) {
    let mut world = World::ready();
    world.documents(&[CALM, r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
    world.enrol("otto");
    let (rule, whose) = (RoleName::parse("calm").unwrap(), Whose::Agent(AgentId::parse("payer").unwrap()));
    assert_eq!(world.govern(ControlCommand::OpenBreaker { rule, whose, counted: 3 }).refused, None);
    let breaker = world.control.seq;
    assert_eq!(code(&world.pay("1")), Code::BreakerOpen);
    (world, breaker)
}

fn close(by: By, breaker: u64) -> ControlCommand {
    ControlCommand::CloseBreaker { by: Some(by), breaker }
}

fn sign(world: &mut World, breaker: u64) -> Signed<ControlCommand> {
    let (command, facts) = (close(signer("otto"), breaker), world.facts());
    let (shown, task) = control_shown(&world.control, &command, Salt::new([5; 16]), &facts).unwrap();
    let part = || PART.to_owned();
    let id = passkey_of("otto");
    let assertion = Assertion { authenticator_data: part(), client_data: part(), id, signature: part() };
    let statement = ConsentStatement {
        act: control_consent_act(&command).unwrap().0,
        epoch: world.control.epoch,
        nonce: "nonce".to_owned(),
        not_after: world.now.after(Span::minutes(2)),
        origin: world.control.origin.clone(),
        person: PersonId::parse("otto").unwrap(),
        shown: shown_digest(&shown),
        task,
        of: ConsentStatement::TYPE.to_owned(),
    };
    Signed { command, consent: SignedConsent { assertion, statement }, shown }
}

fn says(world: &mut World, said: &Signed<ControlCommand>) -> ControlDecided {
    world.govern(ControlCommand::Signed(Box::new(said.clone())))
}

#[test]
fn a_breaker_is_closed_over_http_by_a_signature_over_it_and_by_no_session() {
    let (mut world, breaker) = cut_off();
    for assurance in [Assurance::Session, Assurance::Passkey, Assurance::Oidc, Assurance::KeyOnly] {
        let by = By { assurance, ..signer("otto") };
        assert!(world.govern(close(by, breaker)).refused.is_some(), "{assurance:?}");
    }
    assert_eq!(code(&world.pay("1")), Code::BreakerOpen);
    let said = sign(&mut world, breaker);
    let closed = says(&mut world, &said);
    assert_eq!(closed.refused, None);
    let Data::ControlBreakerClosed(event) = &closed.events[0].data else { panic!("{:?}", closed.events) };
    assert_eq!(event.signed.as_deref(), Some(&said.consent));
    assert_eq!(event.shown.as_ref().map(shown_digest), Some(said.consent.statement.shown));
    allowed(&world.pay("1"));
    assert!(says(&mut world, &said).refused.is_some(), "once");
    world.replay();
}

#[test]
fn at_the_nodes_own_socket_the_account_of_the_machine_closes_it_and_probes_do_without_anybody() {
    let (mut world, breaker) = cut_off();
    assert_eq!(world.govern(close(by("otto"), breaker)).refused, None);
    let (mut world, breaker) = cut_off();
    world.pass(Span::minutes(2));
    assert_eq!(world.govern(ControlCommand::CloseBreaker { by: None, breaker }).refused, None);
}

#[test]
fn what_was_signed_of_one_breaker_closes_no_other_and_not_in_another_way() {
    type Spoil = fn(&mut Signed<ControlCommand>);
    let spoils: [(&str, Spoil); 7] = [
        ("another breaker", |said| said.command = close(signer("otto"), 1)),
        ("a task", |said| said.consent.statement.task = Some(TaskId::new([3; 16]))),
        ("another act", |said| said.consent.statement.act = ConsentAct::Close),
        ("another person's", |said| said.consent.statement.person = PersonId::parse("anna").unwrap()),
        ("another passkey", |said| said.consent.assertion.id = passkey_of("anna")),
        ("something else shown", |said| said.shown = Json::object([("blind", Json::from("05".repeat(16)))])),
        ("a signature of a signature", |said| {
            said.command = ControlCommand::Signed(Box::new(said.clone()));
        }),
    ];
    let (mut world, breaker) = cut_off();
    let good = sign(&mut world, breaker);
    for (what, spoil) in spoils {
        let mut said = good.clone();
        spoil(&mut said);
        assert!(says(&mut world, &said).refused.is_some(), "{what}");
    }
    assert_eq!(says(&mut world, &good).refused, None);
}

#[test]
fn what_became_of_it_since_it_was_shown_is_not_what_was_signed() {
    let (mut world, breaker) = cut_off();
    let said = sign(&mut world, breaker);
    world.pass(Span::seconds(90));
    let (rule, whose) = (RoleName::parse("calm").unwrap(), Whose::Agent(AgentId::parse("payer").unwrap()));
    assert_eq!(world.govern(ControlCommand::OpenBreaker { rule, whose, counted: 9 }).refused, None);
    assert!(says(&mut world, &said).refused.is_some(), "it failed again meanwhile");
}
