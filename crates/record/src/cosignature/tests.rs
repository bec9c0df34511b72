use super::*;
use crate::checkpoint::Checkpoint;
use crate::hash::sha256;
use crate::note::tests::key;

fn head() -> Note {
    Checkpoint::sign(&key("log", SignatureKind::Ed25519), 7, sha256(b"root")).unwrap()
}

#[test]
fn each_known_witness_is_counted_once_at_its_latest_time() {
    let (one, two) = (key("w1", SignatureKind::Cosignature), key("w2", SignatureKind::Cosignature));
    let stranger = key("w3", SignatureKind::Cosignature);
    let mut note = head();
    for (key, at) in [(&one, 100), (&stranger, 500), (&one, 300), (&one, 200)] {
        note.add(cosign(key, &note, at).unwrap()).unwrap();
    }
    let note = Note::parse(&note.to_string()).unwrap();
    let known = [one.verifier().clone(), two.verifier().clone()];
    let seen = witnesses(&note, &known).unwrap();
    assert_eq!(seen, [Witnessed { witness: "w1".to_owned(), at_seconds: 300 }]);
}

#[test]
fn the_signed_message_is_that_of_the_standard() {
    // tlog-cosignature, Ed25519 signed message.
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    assert_eq!(message(1_679_315_147, text), format!("cosignature/v1\ntime 1679315147\n{text}"));
    let witness = key("w", SignatureKind::Cosignature);
    let line = cosign(&witness, &head(), 1_679_315_147).unwrap();
    assert_eq!((line.bytes().len(), &line.bytes()[..8]), (72, 1_679_315_147_u64.to_be_bytes().as_slice()));
}

#[test]
fn a_cosignature_for_another_head_or_time_fails_the_note() {
    let witness = key("w", SignatureKind::Cosignature);
    let other = Checkpoint::sign(&key("log", SignatureKind::Ed25519), 8, sha256(b"root")).unwrap();
    let mut note = head();
    note.add(cosign(&witness, &other, 100).unwrap()).unwrap();
    assert_eq!(witnesses(&note, &[witness.verifier().clone()]), Err(NoteError::BadSignature));

    let mut note = head();
    let good = cosign(&witness, &note, 100).unwrap();
    let mut later = good.bytes().to_vec();
    later[7] ^= 1;
    note.add(witness.sign(&later[..8], &[])).unwrap();
    assert_eq!(witnesses(&note, &[witness.verifier().clone()]), Err(NoteError::BadSignature));
}

#[test]
fn cut_lines_and_times_past_the_bound_fail_the_note() {
    let witness = key("w", SignatureKind::Cosignature);
    let known = [witness.verifier().clone()];
    let late = u64::MAX.to_be_bytes();
    let note = head();
    for line in [
        witness.sign(&[], b""),
        witness.sign(&[1], b""),
        witness.sign(&late, message(u64::MAX, note.text()).as_bytes()),
    ] {
        let mut note = note.clone();
        note.add(line).unwrap();
        assert_eq!(witnesses(&note, &known), Err(NoteError::BadSignature));
    }
    assert!(cosign(&witness, &note, u64::MAX).is_err());
}

#[test]
fn one_public_key_under_two_names_is_not_two_witnesses() {
    let witness = key("w", SignatureKind::Cosignature);
    let again = VerifierKey::new("w-again", SignatureKind::Cosignature, *witness.verifier().public()).unwrap();
    assert!(matches!(witnesses(&head(), &[witness.verifier().clone(), again]), Err(NoteError::Key(_))));
}

#[test]
fn a_logs_key_is_no_witness() {
    let log = key("log", SignatureKind::Ed25519);
    assert!(cosign(&log, &head(), 1).is_err());
    assert!(witnesses(&head(), &[log.verifier().clone()]).is_err());
}
