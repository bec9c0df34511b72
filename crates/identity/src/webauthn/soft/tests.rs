use super::*;
use crate::{
    PasskeyKey,
    challenge::{Challenge, statement_challenge},
    testing::{filler, key},
    webauthn::{check_passkey, check_registration},
};
use bailiwick_core::Passkey;

fn site() -> Site {
    Site::of("http://localhost:8400").unwrap()
}

#[test]
fn it_registers_and_signs_as_a_real_one_does() {
    for seed in 0..32 {
        let soft = SoftPasskey::generate(&mut filler(seed)).unwrap();
        let given = soft.register(&site(), &statement_challenge(b"enrol"));
        let made = check_registration(&site(), &Challenge::Statement(b"enrol"), &given).unwrap();
        assert_eq!((&made.id, made.model), (&soft.id(), SoftPasskey::MODEL));
        let passkey = Passkey {
            id: made.id,
            key: made.key.to_jwk(),
            model: bailiwick_core::Salt::new([0; 16]),
            site: "localhost".to_owned(),
            name: "soft".to_owned(),
        };
        let yes = soft.sign(&site(), &statement_challenge(b"pay")).unwrap();
        assert!(check_passkey(&site(), &Challenge::Statement(b"pay"), &passkey, &yes).is_ok());
        assert!(yes.formed() && passkey.formed());
    }
}

#[test]
fn one_of_a_key_is_the_same_passkey_each_time() {
    let (one, again) = (SoftPasskey::of_key(key(9)), SoftPasskey::of_key(key(9)));
    assert_eq!(one.id(), again.id());
    assert_ne!(one.id(), SoftPasskey::of_key(key(8)).id());
    let challenge = statement_challenge(b"enrol");
    assert_eq!(one.register(&site(), &challenge), again.register(&site(), &challenge));
}

#[test]
fn its_key_never_shows_in_debug() {
    let scalar = "09".repeat(32);
    let shown = format!("{:?}", SoftPasskey::of_key(key(9)));
    assert!(shown.contains("SigningKey(") && !shown.contains(&scalar) && !shown.contains("[9, 9, 9"), "{shown}");
}

#[test]
fn numbers_are_written_in_the_fewest_bytes_and_never_negative() {
    let number = |first: &[u8]| {
        let mut number = [0x11; 32];
        number[..first.len()].copy_from_slice(first);
        number
    };
    let zero = [0; 32];
    for (r, want) in [
        (number(&[0x7f]), [&[2, 32, 0x7f][..], &[0x11; 31]].concat()),
        (number(&[0x80]), [&[2, 33, 0, 0x80][..], &[0x11; 31]].concat()),
        (number(&[0, 0x7f]), [&[2, 31, 0x7f][..], &[0x11; 30]].concat()),
        (number(&[0, 0x80]), [&[2, 32, 0, 0x80][..], &[0x11; 30]].concat()),
        (zero, vec![2, 1, 0]),
    ] {
        let both: [u8; 64] = [r, zero].concat().try_into().unwrap();
        let body = [&want[..], &[2, 1, 0]].concat();
        assert_eq!(der(&both), [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat());
    }
}

#[test]
fn its_key_is_read_as_es256() {
    let soft = SoftPasskey::of_key(key(9));
    let read = super::super::cbor::Cbor::read(&soft.cose()).map(|cose| PasskeyKey::from_cose(&cose).unwrap());
    let jwk = read.unwrap().to_jwk();
    assert_eq!(jwk.canonical(), key(9).public().to_jwk());
}
