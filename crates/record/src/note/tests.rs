use super::*;
use crate::keys::keyed_hash;

/// The example of Go's `golang.org/x/mod/sumdb/note`, signed by a program that is not ours.
const FOREIGN_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const FOREIGN: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

pub(crate) fn key(name: &str, kind: SignatureKind) -> NoteKey {
    let mut seed = *keyed_hash(&Secret::take(&mut [7; 32]), "test", name.as_bytes()).bytes();
    NoteKey::new(name, kind, &Secret::take(&mut seed)).unwrap()
}

fn signed(text: &str, key: &NoteKey) -> Note {
    Note::new(text.to_owned(), key.sign(&[], text.as_bytes()))
}

#[test]
fn a_note_signed_by_another_program_is_read_verified_and_printed_as_it_was() {
    let key = VerifierKey::parse(FOREIGN_KEY).unwrap();
    assert_eq!((key.name(), key.id(), key.to_string()), ("PeterNeumann", 0xc74f_20a3, FOREIGN_KEY.to_owned()));
    let note = Note::parse(FOREIGN).unwrap();
    assert_eq!(note.verify(&key), Ok(()));
    assert_eq!(note.to_string(), FOREIGN);
    let other = Note::parse(&FOREIGN.replace("answer", "anwser")).unwrap();
    assert_eq!(other.verify(&key), Err(NoteError::BadSignature));
}

#[test]
fn a_seed_makes_the_key_of_rfc_8032() {
    // RFC 8032, 7.1, test 1.
    let mut seed: [u8; 32] =
        crate::vectors::hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").try_into().unwrap();
    let key = NoteKey::new("rfc8032", SignatureKind::Ed25519, &Secret::take(&mut seed)).unwrap();
    let public = crate::vectors::hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_eq!(key.verifier().public().as_slice(), public);
    let signature = key.sign(&[], b"");
    let due = crate::vectors::hex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    assert_eq!(signature.bytes(), due);
}

#[test]
fn texts_with_empty_lines_and_many_signatures_come_back_as_they_were() {
    let (one, two) = (key("one", SignatureKind::Ed25519), key("two", SignatureKind::Ed25519));
    let text = "first\n\nsecond\n\n\u{2014} looks like a signature\n";
    let mut note = signed(text, &one);
    note.add(two.sign(&[], text.as_bytes())).unwrap();
    let again = Note::parse(&note.to_string()).unwrap();
    assert_eq!(again, note);
    assert_eq!((again.verify(one.verifier()), again.verify(two.verifier())), (Ok(()), Ok(())));
}

#[test]
fn a_line_of_an_unknown_key_is_passed_over_and_a_bad_one_of_a_known_key_is_not() {
    let (known, unknown) = (key("known", SignatureKind::Ed25519), key("unknown", SignatureKind::Ed25519));
    let mut note = signed("text\n", &unknown);
    assert_eq!(note.verify(known.verifier()), Err(NoteError::NotSigned));
    note.add(known.sign(&[], b"text\n")).unwrap();
    assert_eq!(note.verify(known.verifier()), Ok(()));
    note.add(known.sign(&[], b"another text\n")).unwrap();
    assert_eq!(note.verify(known.verifier()), Err(NoteError::BadSignature));
}

#[test]
fn the_same_key_under_another_name_is_another_key() {
    let key_ = key("one", SignatureKind::Ed25519);
    let renamed = VerifierKey::new("other", SignatureKind::Ed25519, *key_.verifier().public()).unwrap();
    assert_ne!(renamed.id(), key_.verifier().id());
    assert_eq!(signed("text\n", &key_).verify(&renamed), Err(NoteError::NotSigned));
}

#[test]
fn notes_that_are_not_of_the_form_are_refused() {
    let good = signed("text\n", &key("one", SignatureKind::Ed25519)).to_string();
    assert!(Note::parse(&good).is_ok());
    let line = good.lines().last().unwrap();
    let long = format!("text\n\n{}", format!("{line}\n").repeat(SIGNATURES_MAX + 1));
    assert_eq!(Note::parse(&long), Err(NoteError::TooLong));
    assert!(Note::parse(&format!("text\n\n{}", format!("{line}\n").repeat(SIGNATURES_MAX))).is_ok());
    assert_eq!(Note::parse(&"x".repeat(NOTE_BYTES_MAX + 1)), Err(NoteError::TooLong));
    let bad = [
        String::new(),
        "text\n".to_owned(),
        "text\n\n".to_owned(),
        good.trim_end().to_owned(),
        good.replace("text", "te\txt"),
        good.replace("text", "te\rxt"),
        good.replace("\n\n", "\n"),
        good.replace("\u{2014} ", "- "),
        good.replace("\u{2014} ", "\u{2014}"),
        good.replace("\u{2014} one ", "\u{2014} one  "),
        good.replace("\u{2014} one ", "\u{2014}  "),
        good.replace("\u{2014} one ", "\u{2014} o+e "),
        good.replace("\u{2014} one ", "\u{2014} o\u{a0}e "),
        good.replace("\u{2014} one ", &format!("\u{2014} {} ", "n".repeat(KEY_NAME_BYTES_MAX + 1))),
        good.replace("=\n", "\n"),
        good.replace("=\n", "=\n\n"),
        format!("{good}text after\n"),
        "text\n\n\u{2014} one AAAAAA==\n".to_owned(),
        "text\n\n\u{2014} one AAA=\n".to_owned(),
        // Bits behind the last byte: two spellings of one signature.
        "text\n\n\u{2014} one AAAAAAB=\n".to_owned(),
        format!("text\n\n\u{2014} one {}\n", "AAAA".repeat(SIGNATURE_BYTES_MAX / 4 + 1)),
    ];
    for note in bad {
        assert!(Note::parse(&note).is_err(), "{note:?}");
    }
}

#[test]
fn verifier_keys_that_are_not_of_the_form_are_refused() {
    let bad = [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "PeterNeumann+c74f20a3+AhPc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy",
        "PeterNeumann+c74f20a3+",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
    ];
    for text in bad {
        assert!(VerifierKey::parse(text).is_err(), "{text:?}");
    }
    assert_eq!(VerifierKey::parse(&"n".repeat(1000)), Err(NoteError::TooLong));
}

#[test]
fn what_a_key_prints_is_read_as_the_key() {
    for kind in [SignatureKind::Ed25519, SignatureKind::Cosignature] {
        for number in 0..64 {
            let key = key(&format!("log.example/{number}"), kind);
            assert_eq!(VerifierKey::parse(&key.verifier().to_string()).as_ref(), Ok(key.verifier()));
        }
    }
}

#[test]
fn a_cosignature_key_verifies_no_text_and_a_key_shows_no_seed() {
    let witness = key("witness", SignatureKind::Cosignature);
    assert!(matches!(signed("text\n", &witness).verify(witness.verifier()), Err(NoteError::Key(_))));
    assert_eq!(format!("{witness:?}"), "NoteKey(\"witness\")");
}

#[test]
fn a_note_takes_no_more_lines_than_it_may_be_read_with() {
    let key = key("one", SignatureKind::Ed25519);
    let mut note = signed("text\n", &key);
    for _ in 1..SIGNATURES_MAX {
        note.add(key.sign(&[], b"text\n")).unwrap();
    }
    assert_eq!(note.add(key.sign(&[], b"text\n")), Err(NoteError::TooLong));
    assert_eq!(Note::parse(&note.to_string()).as_ref(), Ok(&note));
}
