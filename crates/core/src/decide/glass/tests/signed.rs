//! Who closes an override signs that they do.

use super::{broken, world};
use crate::decide::tests::world::*;
use crate::json::Json;
use crate::{
    Assertion, By, ConsentAct, ConsentStatement, ControlCommand, Data, Salt, Signed, SignedConsent, Span, TaskId,
    control_shown, shown_digest,
};

/// What was found.
pub(super) const FINDINGS: &str = "nothing else was touched";

/// What somebody signs who closes it.
pub(super) fn sign_close(world: &mut World, by: &By, glass: u64) -> (SignedConsent, Json) {
    let facts = world.facts();
    let close = ControlCommand::CloseGlass { by: by.clone(), glass, findings: FINDINGS.to_owned() };
    let shown =
        control_shown(&world.control, &close, Salt::new([5; 16]), &facts).map_or(Json::Null, |(shown, _)| shown);
    let part = || PART.to_owned();
    let id = passkey_of(by.person.as_str());
    let assertion = Assertion { authenticator_data: part(), client_data: part(), id, signature: part() };
    let statement = ConsentStatement {
        act: ConsentAct::Close,
        epoch: world.control.epoch,
        nonce: "nonce".to_owned(),
        not_after: world.now.after(Span::minutes(2)),
        origin: world.control.origin.clone(),
        person: by.person.clone(),
        shown: shown_digest(&shown),
        task: Some(world.task.id),
        of: ConsentStatement::TYPE.to_owned(),
    };
    (SignedConsent { assertion, statement }, shown)
}

#[test]
fn an_override_is_closed_by_a_signature_over_what_was_found_and_by_no_other() {
    let mut world = world();
    let glass = broken(&mut world);
    world.enrol("tom");
    let by = signer("tom");
    let (consent, shown) = sign_close(&mut world, &by, glass);
    let says = |findings: &str| ControlCommand::CloseGlass { by: signer("tom"), glass, findings: findings.to_owned() };
    let signed = |findings: &str, consent: &SignedConsent| {
        let (consent, shown) = (consent.clone(), shown.clone());
        ControlCommand::Signed(Box::new(Signed { command: says(findings), consent, shown }))
    };
    assert!(world.clone().govern(says(FINDINGS)).refused.is_some(), "it says that it is signed, and is not");
    assert!(world.clone().govern(signed("something else", &consent)).refused.is_some());
    let mut other = consent.clone();
    other.statement.task = Some(TaskId::new([7; 16]));
    assert!(world.clone().govern(signed(FINDINGS, &other)).refused.is_some());
    let (mut una, mut late) = (consent.clone(), consent.clone());
    una.assertion.id = passkey_of("una");
    late.statement.not_after = world.now;
    assert!(world.clone().govern(signed(FINDINGS, &una)).refused.is_some());
    assert!(world.clone().govern(signed(FINDINGS, &late)).refused.is_some());
    let closed = world.govern(signed(FINDINGS, &consent));
    assert_eq!(closed.refused, None);
    let Data::ControlGlassClosed(event) = &closed.events[0].data else { panic!("{:?}", closed.events) };
    assert_eq!(event.signed.as_deref(), Some(&consent));
    assert_eq!(event.shown.as_ref().map(shown_digest), Some(consent.statement.shown));
    assert!(world.govern(signed(FINDINGS, &consent)).refused.is_some(), "once");
}
