use super::*;
use crate::{
    challenge::{Challenge, statement_challenge},
    testing::key,
};
use bailiwick_core::{Assertion, Passkey};
use proptest::prelude::*;

fn site() -> Site {
    Site::of("https://bailiwick.example").unwrap()
}

/// A good registration and a good yes, to what both were given.
fn good() -> (Registration, Assertion) {
    let (soft, challenge) = (SoftPasskey::of_key(key(9)), statement_challenge(b"statement"));
    (soft.register(&site(), &challenge), soft.sign(&site(), &challenge).unwrap())
}

fn enrolled(given: &Registration) -> Result<NewPasskey, PasskeyRefusal> {
    check_registration(&site(), &Challenge::Statement(b"statement"), given)
}

fn spoilt(text: &str, at: usize) -> String {
    let mut bytes = text.to_owned().into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn no_character_of_a_yes_can_be_another() {
    let (registration, yes) = good();
    let made = enrolled(&registration).unwrap();
    let passkey = Passkey {
        id: made.id,
        key: made.key.to_jwk(),
        model: bailiwick_core::Salt::new([0; 16]),
        site: "localhost".to_owned(),
        name: "test".to_owned(),
    };
    let check = |given: &Assertion| check_passkey(&site(), &Challenge::Statement(b"statement"), &passkey, given);
    assert!(check(&yes).is_ok());
    for (number, text) in [&yes.client_data, &yes.authenticator_data, &yes.signature, &yes.id].into_iter().enumerate() {
        for at in 0..text.len() {
            let (mut given, other) = (yes.clone(), spoilt(text, at));
            match number {
                0 => given.client_data = other,
                1 => given.authenticator_data = other,
                2 => given.signature = other,
                _ => given.id = other,
            }
            assert!(check(&given).is_err(), "part {number} at {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Nothing that an authenticator or a browser sends ends the process, and what is taken is the key that was sent.
    #[test]
    fn a_spoilt_registration_is_refused_or_names_the_key_in_it(
        at in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 0..8), cut in any::<bool>()
    ) {
        let (good, _) = good();
        let mut object = crate::bytes::from_base64url(good.attestation.as_bytes()).unwrap();
        let at = at.index(object.len());
        if cut {
            object.truncate(at);
        }
        object.splice(at..at, noise.iter().copied());
        let _read = (is_cbor(&object), is_auth_data(&object), is_client_data(&object));
        let given = Registration { attestation: crate::bytes::base64url(&object), ..good.clone() };
        if let Ok(made) = enrolled(&given) {
            prop_assert!(given == good || !noise.is_empty());
            prop_assert_eq!(&made.id, &good.id);
            prop_assert_eq!(made.key, enrolled(&good).unwrap().key);
        }
    }
}
