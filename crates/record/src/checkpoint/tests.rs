use super::*;
use crate::hash::sha256;
use crate::note::tests::key;

#[test]
fn a_signed_head_is_opened_by_its_log_and_no_other() {
    let log = key("example.com/t/default/1", SignatureKind::Ed25519);
    let note = Checkpoint::sign(&log, 812, sha256(b"root")).unwrap();
    let again = Note::parse(&note.to_string()).unwrap();
    let head = Checkpoint::open(&again, log.verifier()).unwrap();
    assert_eq!((head.origin(), head.size(), *head.root()), ("example.com/t/default/1", 812, sha256(b"root")));
    let other = key("example.com/t/other/1", SignatureKind::Ed25519);
    assert_eq!(Checkpoint::open(&again, other.verifier()), Err(NoteError::NotSigned));
}

#[test]
fn the_text_is_that_of_the_standard() {
    // tlog-checkpoint, its example.
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let head = Checkpoint::parse(text).unwrap();
    assert_eq!(
        (head.origin(), head.size(), head.to_string().as_str()),
        ("example.com/behind-the-sofa", 20_852_163, text)
    );
}

#[test]
fn one_changed_byte_of_a_signed_head_is_refused() {
    let log = key("log", SignatureKind::Ed25519);
    let good = Checkpoint::sign(&log, 812, sha256(b"root")).unwrap().to_string();
    let mut refused = 0;
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let opened = Note::parse(&text).and_then(|note| Checkpoint::open(&note, log.verifier()));
        assert!(opened.is_err(), "byte {at}: {text}");
        refused += 1;
    }
    assert!(refused > 150);
}

#[test]
fn a_head_that_a_log_signed_under_another_origin_is_refused() {
    let log = key("log", SignatureKind::Ed25519);
    let text = Checkpoint::new("another", 1, sha256(b"")).unwrap().to_string();
    let note = Note::new(text.clone(), log.sign(&[], text.as_bytes()));
    assert_eq!(note.verify(log.verifier()), Ok(()));
    assert_eq!(Checkpoint::open(&note, log.verifier()), Err(NoteError::Form("it is of another log")));
}

#[test]
fn texts_that_are_not_a_head_are_refused() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    assert!(Checkpoint::parse(&format!("log\n0\n{root}\n")).is_ok());
    assert!(Checkpoint::parse(&format!("log\n{LEAVES_MAX}\n{root}\n")).is_ok());
    for text in [
        String::new(),
        format!("log\n1\n{root}"),
        format!("\n1\n{root}\n"),
        format!("log\n01\n{root}\n"),
        format!("log\n+1\n{root}\n"),
        format!("log\n-1\n{root}\n"),
        format!("log\n1.0\n{root}\n"),
        format!("log\n 1\n{root}\n"),
        format!("log\n\n{root}\n"),
        format!("log\n{}\n{root}\n", LEAVES_MAX + 1),
        format!("log\n18446744073709551616\n{root}\n"),
        format!("log\n1\n{root}\nextension\n"),
        format!("log\n1\n{root}\n\n"),
        "log\n1\n".to_owned(),
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n".to_owned(),
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n".to_owned(),
        "log\n1\nAAAA\n".to_owned(),
    ] {
        assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
    }
}

#[test]
fn a_witness_key_signs_no_head_and_no_head_is_larger_than_a_log() {
    let witness = key("witness", SignatureKind::Cosignature);
    assert!(Checkpoint::sign(&witness, 1, sha256(b"")).is_err());
    let log = key("log", SignatureKind::Ed25519);
    assert!(Checkpoint::sign(&log, LEAVES_MAX + 1, sha256(b"")).is_err());
}
