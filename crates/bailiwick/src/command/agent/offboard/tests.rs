use super::*;
use bailiwick_record::{NoteKey, Secret, SignatureKind, sha256, sign_statement};

fn key(byte: u8) -> NoteKey {
    NoteKey::new("log.example", SignatureKind::Ed25519, &Secret::take(&mut [byte; 32])).unwrap()
}

/// A certificate of `clerk` with one grant that ended at #7, its heads at #9, under a checkpoint of 10 leaves.
fn certificate(change: impl Fn(&mut bailiwick_core::json::Object)) -> Json {
    let checkpoint = Checkpoint::sign(&key(1), 10, sha256(b"root")).unwrap().to_string();
    let text = format!(
        r#"{{"agent":"clerk","checkpoint":{},"grants":[{{"event":7}}],"heads":9,"kind":"{CERTIFICATE_KIND}","left":0}}"#,
        Json::from(checkpoint).canonical()
    );
    let Json::Object(mut members) = Json::parse(text.as_bytes(), &Limits::default()).unwrap() else { panic!() };
    change(&mut members);
    Json::Object(members)
}

fn signed(certificate: &Json, by: &NoteKey) -> Json {
    let note = sign_statement(by, CERTIFICATE_KIND, certificate.canonical().as_bytes()).unwrap();
    Json::object([("certificate", certificate.clone()), ("signature", Json::from(note.to_string()))])
}

#[test]
fn a_certificate_holds_for_its_agent_and_under_its_logs_key_alone() {
    let (log, other) = (key(1), key(2));
    let good = signed(&certificate(|_| ()), &log);
    assert!(checked(&good, "clerk", log.verifier()).is_ok());
    assert!(checked(&good, "scout", log.verifier()).unwrap_err().contains("it is of agent `clerk`"));
    assert!(checked(&good, "clerk", other.verifier()).is_err());
    assert!(checked(&signed(&certificate(|_| ()), &other), "clerk", log.verifier()).is_err());
    let mut changed = good.clone();
    if let Json::Object(members) = &mut changed {
        members.insert("certificate", certificate(|members| drop(members.insert("left", Json::from(0_u64).clone()))));
        assert!(checked(&changed, "clerk", log.verifier()).is_ok(), "the same bytes are the same statement");
    }
}

#[test]
fn what_is_signed_and_says_too_little_is_no_certificate() {
    let log = key(1);
    let no = |change: &dyn Fn(&mut bailiwick_core::json::Object)| {
        checked(&signed(&certificate(change), &log), "clerk", log.verifier()).unwrap_err()
    };
    assert!(no(&|it| drop(it.insert("left", Json::from(1_u64)))).contains("left"));
    assert!(no(&|it| drop(it.remove("left"))).contains("left"));
    assert!(no(&|it| drop(it.insert("heads", Json::from(7_u64)))).contains("older"));
    assert!(no(&|it| drop(it.insert("heads", Json::from(10_u64)))).contains("older"));
    assert!(no(&|it| drop(it.remove("heads"))).contains("heads"));
    assert!(
        no(&|it| drop(it.insert("grants", Json::array([Json::object([("event", Json::Null)])])))).contains("no event")
    );
    assert!(no(&|it| drop(it.insert("checkpoint", Json::from("x")))).contains("checkpoint"));
    assert!(checked(&Json::Null, "clerk", log.verifier()).is_err());
}
