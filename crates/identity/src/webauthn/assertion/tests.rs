use super::*;
use crate::{
    ChallengeKey, SoftPasskey,
    challenge::{Aim, CHALLENGE_LIFE, ChallengeRefusal, statement_challenge},
    testing::{NOW, key},
    webauthn::testing::{case, cases, code},
};
use bailiwick_core::{Span, json::Json, json::Limits};

fn site() -> Site {
    Site::of("https://bailiwick.example").unwrap()
}

fn enrolled(soft: &SoftPasskey) -> Passkey {
    let given = soft.register(&site(), &statement_challenge(b"enrol"));
    let made = crate::check_registration(&site(), &Challenge::Statement(b"enrol"), &given).unwrap();
    Passkey {
        id: made.id,
        key: made.key.to_jwk(),
        model: bailiwick_core::Salt::new([0; 16]),
        site: "localhost".to_owned(),
        name: "test".to_owned(),
    }
}

#[test]
fn what_chromium_signs_is_taken_and_every_change_to_it_is_refused_by_name() {
    let mut good = 0;
    for read in cases(include_str!("../../../../../vectors/passkey/assertion.json")) {
        let (name, site, statement) = case(&read);
        let given: Assertion = serde_json::from_value(read["given"].clone()).unwrap();
        let id = read.get("passkey").map_or(given.id.clone(), |id| id.as_str().unwrap().to_owned());
        let key = Json::parse(read["key"].to_string().as_bytes(), &Limits::default()).unwrap();
        let passkey = Passkey {
            id,
            key,
            model: bailiwick_core::Salt::new([0; 16]),
            site: "localhost".to_owned(),
            name: name.to_owned(),
        };
        let signed = check_passkey(&site, &Challenge::Statement(statement), &passkey, &given);
        assert_eq!(code(signed.as_ref().err()), read["expect"], "{name}: {signed:?}");
        good += usize::from(signed.is_ok());
    }
    assert_eq!(good, 4, "ES256 twice, EdDSA and RS256");
}

#[test]
fn a_yes_is_to_one_statement_and_to_no_other() {
    let soft = SoftPasskey::of_key(key(9));
    let given = soft.sign(&site(), &statement_challenge(b"pay 300")).unwrap();
    let check = |statement| check_passkey(&site(), &Challenge::Statement(statement), &enrolled(&soft), &given);
    assert_eq!(check(b"pay 300").map(|signed| signed.counter()), Ok(0));
    assert_eq!(check(b"pay 301"), Err(PasskeyRefusal::OtherChallenge));
}

#[test]
fn a_sign_in_is_no_yes_to_a_statement_nor_the_other_way_round() {
    let (soft, drawn) = (SoftPasskey::of_key(key(9)), ChallengeKey::new(&[5; 32]));
    let (passkey, text) = (enrolled(&soft), drawn.draw(Aim::SignIn, [7; 16], NOW));
    let sign_in = |now| Challenge::Drawn { key: &drawn, aim: Aim::SignIn, now };
    let signed_in = soft.sign(&site(), &text).unwrap();
    assert!(check_passkey(&site(), &sign_in(NOW), &passkey, &signed_in).is_ok());
    let late = NOW.after(CHALLENGE_LIFE).after(Span::seconds(3));
    assert_eq!(
        check_passkey(&site(), &sign_in(late), &passkey, &signed_in),
        Err(PasskeyRefusal::Challenge(ChallengeRefusal::Late { seconds: 3 }))
    );
    let bytes = crate::bytes::from_base64url(text.as_bytes()).unwrap();
    let as_yes = check_passkey(&site(), &Challenge::Statement(&bytes), &passkey, &signed_in);
    assert_eq!(as_yes, Err(PasskeyRefusal::OtherChallenge));
    let yes = soft.sign(&site(), &statement_challenge(b"pay")).unwrap();
    assert_eq!(
        check_passkey(&site(), &sign_in(NOW), &passkey, &yes),
        Err(PasskeyRefusal::Challenge(ChallengeRefusal::Unknown))
    );
}

#[test]
fn a_yes_is_bounded_before_it_is_decoded() {
    let soft = SoftPasskey::of_key(key(9));
    let mut given = soft.sign(&site(), &statement_challenge(b"pay")).unwrap();
    given.client_data = "A".repeat(Assertion::CHARS_MAX);
    let signed = check_passkey(&site(), &Challenge::Statement(b"pay"), &enrolled(&soft), &given);
    assert!(matches!(signed, Err(PasskeyRefusal::TooLong { .. })), "{signed:?}");
}
