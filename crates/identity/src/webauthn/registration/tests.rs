use super::*;
use crate::{
    ChallengeKey, SoftPasskey,
    challenge::{Aim, ChallengeRefusal, statement_challenge},
    testing::{NOW, key},
    webauthn::testing::{case, cases, code},
};
use bailiwick_core::Digest;

const STATEMENT: &[u8] = b"enrol";

fn site() -> Site {
    Site::of("https://bailiwick.example").unwrap()
}

#[test]
fn what_chromium_registers_is_taken_and_every_change_to_it_is_refused_by_name() {
    let mut good = 0;
    for read in cases(include_str!("../../../../../vectors/passkey/registration.json")) {
        let (name, site, statement) = case(&read);
        let given: Registration = serde_json::from_value(read["given"].clone()).unwrap();
        let made = check_registration(&site, &Challenge::Statement(statement), &given);
        assert_eq!(code(made.as_ref().err()), read["expect"], "{name}: {made:?}");
        if let Ok(made) = made {
            good += 1;
            let jwk: serde_json::Value = serde_json::from_str(&made.key.to_jwk().canonical()).unwrap();
            assert_eq!((jwk, made.id), (read["key"].clone(), given.id), "{name}");
        }
    }
    assert_eq!(good, 3, "ES256, EdDSA and RS256");
}

#[test]
fn a_challenge_of_one_code_enrols_by_no_other() {
    let (drawn, code) = (ChallengeKey::new(&[5; 32]), Digest::new([1; 32]));
    let given = SoftPasskey::of_key(key(9)).register(&site(), &drawn.draw(Aim::Enroll(code), [7; 16], NOW));
    let check = |aim| check_registration(&site(), &Challenge::Drawn { key: &drawn, aim, now: NOW }, &given);
    assert!(check(Aim::Enroll(code)).is_ok());
    for aim in [Aim::SignIn, Aim::Enroll(Digest::new([2; 32]))] {
        assert_eq!(check(aim), Err(PasskeyRefusal::Challenge(ChallengeRefusal::Unknown)), "{aim:?}");
    }
}

#[test]
fn any_format_of_attestation_is_taken_and_none_believed() {
    let mut given = SoftPasskey::of_key(key(9)).register(&site(), &statement_challenge(STATEMENT));
    let object = from_base64url(given.attestation.as_bytes()).unwrap();
    let data = Cbor::read(&object).unwrap().named("authData").unwrap().as_bytes().unwrap().to_vec();
    let mut packed = b"\xa3\x63fmt\x66packed\x67attStmt\xa2\x63alg\x26\x63sig\x41x\x68authData\x58".to_vec();
    packed.push(u8::try_from(data.len()).unwrap());
    packed.extend_from_slice(&data);
    given.attestation = base64url(&packed);
    assert!(check_registration(&site(), &Challenge::Statement(STATEMENT), &given).is_ok());
}

#[test]
fn a_registration_without_a_credential_or_with_an_id_out_of_bounds_is_refused() {
    let soft = SoftPasskey::of_key(key(9));
    let good = soft.register(&site(), &statement_challenge(STATEMENT));
    let object = from_base64url(good.attestation.as_bytes()).unwrap();
    let data = Cbor::read(&object).unwrap().named("authData").unwrap().as_bytes().unwrap().to_vec();
    let check = |data: &[u8], id: String| {
        let mut object = b"\xa1\x68authData\x59".to_vec();
        object.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend_from_slice(data);
        let given = Registration { id, attestation: base64url(&object), ..good.clone() };
        check_registration(&site(), &Challenge::Statement(STATEMENT), &given)
    };
    let with_id = |id: &[u8]| {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        check(&[&data[..53], &length, id, &data[87..]].concat(), base64url(id))
    };
    assert!(check(&data, soft.id()).is_ok());
    let mut without = data[..37].to_vec();
    without[32] = 0x05;
    assert_eq!(check(&without, soft.id()), Err(PasskeyRefusal::NoCredential));
    assert!(with_id(&[1; CREDENTIAL_ID_BYTES_MAX]).is_ok());
    assert_eq!(with_id(b""), Err(PasskeyRefusal::OtherPasskey));
    assert!(matches!(with_id(&[1; CREDENTIAL_ID_BYTES_MAX + 1]), Err(PasskeyRefusal::TooLong { .. })));
}

#[test]
fn a_registration_is_bounded_before_it_is_decoded() {
    let good = SoftPasskey::of_key(key(9)).register(&site(), &statement_challenge(STATEMENT));
    for given in [
        Registration { attestation: "A".repeat(REGISTRATION_CHARS_MAX), ..good.clone() },
        Registration { client_data: "!".repeat(REGISTRATION_CHARS_MAX), ..good.clone() },
        Registration { id: "A".repeat(REGISTRATION_CHARS_MAX), ..good.clone() },
    ] {
        let made = check_registration(&site(), &Challenge::Statement(STATEMENT), &given);
        assert!(matches!(made, Err(PasskeyRefusal::TooLong { what: "the registration", .. })));
    }
}
