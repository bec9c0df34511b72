use super::*;
use crate::{Checkpoint, Secret};

fn key(name: &str, byte: u8) -> NoteKey {
    NoteKey::new(name, SignatureKind::Ed25519, &Secret::take(&mut [byte; 32])).unwrap()
}

#[test]
fn a_statement_holds_for_its_bytes_its_kind_and_its_log_alone() {
    let (log, other) = (key("log.example", 1), key("log.example", 2));
    let note = Note::parse(&sign_statement(&log, "a/1", b"body").unwrap().to_string()).unwrap();
    assert_eq!(check_statement(&note, log.verifier(), "a/1", b"body"), Ok(()));
    for (verifier, kind, body) in
        [(other.verifier(), "a/1", b"body"), (log.verifier(), "a/2", b"body"), (log.verifier(), "a/1", b"bodY")]
    {
        assert!(check_statement(&note, verifier, kind, body).is_err(), "{kind} {body:?}");
    }
}

#[test]
fn a_statement_is_no_checkpoint_and_a_checkpoint_no_statement() {
    let log = key("log.example", 1);
    let statement = sign_statement(&log, "log.example", b"body").unwrap();
    assert!(Checkpoint::open(&statement, log.verifier()).is_err());
    let root = crate::sha256(b"root");
    let checkpoint = Checkpoint::sign(&log, 1, root).unwrap();
    assert!(check_statement(&checkpoint, log.verifier(), "log.example", b"body").is_err());
    for kind in ["", "two words", "two\nlines"] {
        assert!(sign_statement(&log, kind, b"body").is_err(), "{kind:?}");
    }
}
