//! Acts that a person signs: whoever writes the log can neither leave a signature out nor let one count twice, and both
//! verifiers say so.

use crate::python;
use crate::world::{ORIGIN, TASK, World, by};
use crate::writer::{Bundle, trust};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_verify::{Answer, Found, Report};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};

const SITE: &str = "bailiwick.example";
const ID: &str = "cGFzc2tleQ";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

/// What an authenticator answers (WebAuthn Level 3, 7.2).
fn assertion(statement: &str) -> Assertion {
    let challenge = URL_SAFE_NO_PAD.encode(sha256(statement.as_bytes()).bytes());
    let client =
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"https://{SITE}","crossOrigin":false}}"#);
    // somebody was there and was verified; no counter
    let data = [sha256(SITE.as_bytes()).bytes().as_slice(), &[0x05, 0, 0, 0, 0]].concat();
    let signature = key().sign(&[data.as_slice(), sha256(client.as_bytes()).bytes()].concat()).to_bytes();
    let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Assertion {
        authenticator_data: base64(&data),
        client_data: base64(client.as_bytes()),
        id: ID.to_owned(),
        signature: base64(&signature),
    }
}

/// A world in which anna has a passkey, and a task that she started at the socket.
fn world() -> World {
    let mut world = World::new();
    world.start(TASK);
    let (anna, code) = (PersonId::parse("anna").unwrap(), sha256(b"code"));
    let expires = world.now.after(Span::hours(1));
    world.govern(ControlCommand::Invite { by: by("otto"), person: anna.clone(), code, expires, signed: None });
    let x = URL_SAFE_NO_PAD.encode(key().verifying_key().as_bytes());
    let jwk = format!(r#"{{"alg":"EdDSA","crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    let passkey = Passkey {
        id: ID.to_owned(),
        key: Json::parse(jwk.as_bytes(), &Limits::stored()).unwrap(),
        model: Salt::new([0; 16]),
        name: "a key".to_owned(),
        site: SITE.to_owned(),
    };
    world.govern(ControlCommand::Enroll { by: signed_by(), code, passkey });
    world
}

fn signed_by() -> By {
    By { assurance: Assurance::Passkey, ..by("anna") }
}

/// A renewal as anna signed it.
fn renewal(world: &mut World) -> (Command, Facts) {
    let change = AmendChange::Renew { waits: true };
    let asked = Amend { by: signed_by(), grant: world.grant(TASK), change, wish: None };
    let command = Command::Amend(Box::new(asked));
    let facts = Facts::of_nobody(world.now.after(Span::seconds(1)), Vec::new());
    let policy = bailiwick_core::NoPolicy;
    let view = View::of(&world.tasks[&TASK], &world.control);
    let shown = consent_shown(view, &policy, &command, Salt::new([5; 16]), &facts).unwrap();
    let statement = ConsentStatement {
        act: ConsentAct::Renew,
        epoch: 1,
        nonce: "nonce".to_owned(),
        not_after: facts.now.after(Span::minutes(2)),
        origin: ORIGIN.to_owned(),
        person: signed_by().person,
        shown: shown_digest(&shown),
        task: Some(TaskId::new(*TASK.bytes())),
        of: ConsentStatement::TYPE.to_owned(),
    };
    let consent = SignedConsent { assertion: assertion(&statement.text()), statement };
    (Command::Signed(Box::new(Signed { command, consent, shown })), facts)
}

fn confirmed_by_both(world: &mut World) -> Report {
    world.heads();
    let bundle = Bundle::of_task(world, TASK);
    let report = bundle.verify();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    python::confirms(&bundle, &trust());
    report
}

fn refused_by_both(world: &mut World) -> Report {
    world.heads();
    let bundle = Bundle::of_task(world, TASK);
    let report = bundle.verify();
    assert_eq!(report.answer, Answer::Contradicted, "{report}");
    python::refuses(&bundle.text(), &trust(), Found::ApprovalForged);
    report
}

#[test]
fn an_act_that_was_signed_is_confirmed_and_a_second_one_by_the_same_statement_is_not() {
    for twice in [false, true] {
        let mut world = world();
        let (command, facts) = renewal(&mut world);
        let decided = world.run_with(TASK, &command, &facts);
        if twice {
            world.record(TASK, &decided.events[0]);
            refused_by_both(&mut world);
            // also where what could be decided again was erased
            let mut erased = Bundle::of_task(&world, TASK);
            for seq in 1..=4 {
                drop(erased.event(TASK, seq).as_object_mut().unwrap().remove("opened"));
            }
            let report = erased.verify();
            assert!(report.findings.iter().any(|finding| finding.found == Found::ApprovalForged), "{report}");
        } else {
            assert_eq!(confirmed_by_both(&mut world).basis.consented, 1);
        }
    }
}

#[test]
fn a_signature_that_was_left_out_is_missed_by_both_whatever_stands_in_its_place() {
    for assurance in [Assurance::Session, Assurance::Oidc, Assurance::KeyOnly, Assurance::Passkey] {
        let mut world = world();
        let (command, facts) = renewal(&mut world);
        let mut event = world.decide(TASK, &command, &facts).events.remove(0);
        let Data::TaskAmended(amended) = &mut event.data else { panic!("{event:?}") };
        (amended.signed, amended.by.assurance) = (None, assurance);
        amended.private.iter_mut().for_each(|private| private.shown = None);
        world.record(TASK, &event);
        refused_by_both(&mut world);
    }
}

#[test]
fn a_breaker_is_closed_at_the_socket_and_by_no_session() {
    for assurance in [Assurance::Local, Assurance::Session] {
        let mut world = world();
        world.documents(&[
            r#"{"kind":"rule","name":"calm","breaker":{"per":"agent","on":"failures","most":3,"over":"1m"}}"#,
        ]);
        let (rule, whose) = (RoleName::parse("calm").unwrap(), Whose::Agent(AgentId::parse("payer").unwrap()));
        world.govern(ControlCommand::OpenBreaker { rule, whose, counted: 3 });
        let (breaker, by) = (world.control.seq, Some(By { assurance, ..by("otto") }));
        let facts = Facts::of_nobody(world.now, Vec::new());
        let closed = ControlBreakerClosed { breaker, by, facts, rules: RULES, shown: None, signed: None };
        world.record_control(&Event { at: world.now, data: closed.into() });
        match assurance {
            Assurance::Local => confirmed_by_both(&mut world),
            _ => refused_by_both(&mut world),
        };
    }
}
