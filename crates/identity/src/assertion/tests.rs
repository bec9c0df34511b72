use super::*;
use crate::{
    ProofFor, make_proof, mint_token,
    testing::{ISSUER, JTI, NOW, agent, claims, key, key_set, opened, signed, url, with},
};
use serde_json::{Value, json};

const ENDPOINT: &str = "https://bailiwick.example/token";
const DOOR: AssertionDoor<'_> = AssertionDoor { issuer: ISSUER, token_endpoint: ENDPOINT };

fn made() -> String {
    make_assertion(&key(7), &agent("payer"), ISSUER, (JTI, NOW), None).unwrap()
}

fn read(text: &str, keys: &[u8]) -> Result<Assertion, AssertionRefusal> {
    let keys: Vec<PublicKey> = keys.iter().map(|n| key(*n).public().clone()).collect();
    PresentedAssertion::parse(text.as_bytes())?.check(&keys, &DOOR, NOW)
}

#[test]
fn what_the_client_makes_the_server_takes() {
    for (audience, keys) in [(ISSUER, &[7][..]), (ENDPOINT, &[6, 7])] {
        let text = make_assertion(&key(7), &agent("payer"), audience, (JTI, NOW), None).unwrap();
        assert_eq!(PresentedAssertion::parse(text.as_bytes()).unwrap().agent(), &agent("payer"));
        let assertion = read(&text, keys).unwrap();
        assert_eq!((assertion.agent(), assertion.key()), (&agent("payer"), key(7).thumbprint()));
        assert_eq!(assertion.expires(), NOW.after(Span::seconds(60)));
    }
}

/// An assertion by key `by` with changes, where agent `payer` has keys 6 and 7.
fn check(by: u8, header: Value, payload: Value, want: Result<(), AssertionRefusal>) {
    let (old_header, old_payload) = opened(&made());
    let text = signed(&key(by), &with(old_header, header.clone()), &with(old_payload, payload.clone()));
    assert_eq!(read(&text, &[6, 7]).map(|_| ()), want, "{header} {payload}");
}

#[test]
fn an_assertion_of_nobody_we_know_is_refused() {
    use AssertionRefusal as E;
    let j = || json!({});
    let unknown = || Err(E::UnknownKey { agent: agent("payer") });
    check(7, j(), j(), Ok(()));
    check(7, json!({"kid": "my laptop"}), j(), Ok(()));
    check(6, json!({"kid": null, "typ": null}), j(), Ok(()));
    check(8, j(), j(), unknown());
    check(8, json!({"kid": null}), j(), unknown());
    check(6, j(), j(), unknown());
    check(7, j(), json!({"iss": "planner"}), Err(E::NotOneAgent));
    check(7, j(), json!({"iss": "Payer", "sub": "Payer"}), Err(E::NotOneAgent));
    check(7, j(), json!({"iss": "", "sub": ""}), Err(E::NotOneAgent));
    assert_eq!(read(&made(), &[]), unknown().map(|()| unreachable!()));
    let many: Vec<u8> = (1..=ASSERTION_KEYS_MAX as u8 + 1).collect();
    assert_eq!(read(&made(), &many), Err(E::TooManyKeys { keys: 9, keys_max: 8 }));
}

#[test]
fn an_assertion_for_somebody_else_or_for_several_is_refused() {
    let j = || json!({});
    check(7, j(), json!({"aud": [ENDPOINT]}), Ok(()));
    for aud in [
        json!("https://other.example"),
        json!("https://bailiwick.example/"),
        json!([]),
        json!([ISSUER, "https://other.example"]),
        json!([ISSUER, ENDPOINT]),
    ] {
        check(7, j(), json!({"aud": aud}), Err(AssertionRefusal::OtherAudience));
    }
}

#[test]
fn an_assertion_that_is_not_for_now_is_refused() {
    use AssertionRefusal as E;
    let (j, now) = (|| json!({}), NOW.0 / 1_000_000);
    check(7, j(), json!({"exp": now + 300}), Ok(()));
    check(7, j(), json!({"iat": null}), Ok(()));
    check(7, j(), json!({"exp": now + 301}), Err(E::LivesTooLong { seconds: 301 }));
    check(7, j(), json!({"exp": u64::MAX}), Err(E::LivesTooLong { seconds: u64::MAX - now }));
    check(7, j(), json!({"exp": now}), Err(E::Expired { seconds: 0 }));
    check(7, j(), json!({"exp": now - 5}), Err(E::Expired { seconds: 5 }));
    check(7, j(), json!({"iat": now + 61}), Err(E::Ahead { seconds: 61 }));
    check(7, j(), json!({"nbf": now + 61}), Err(E::Ahead { seconds: 61 }));
}

#[test]
fn an_assertion_without_its_claims_is_refused() {
    let j = || json!({});
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        check(7, j(), json!({name: null}), Err(AssertionRefusal::Jose(JoseError::BadPayload)));
    }
    check(7, j(), json!({"exp": 1.5e9}), Err(AssertionRefusal::Jose(JoseError::BadPayload)));
    check(7, j(), json!({"jti": ""}), Err(AssertionRefusal::BadJti { bytes: 0, bytes_max: JTI_BYTES_MAX }));
}

#[test]
fn an_assertion_of_another_algorithm_or_with_its_own_key_is_refused() {
    let j = || json!({});
    for alg in ["none", "HS256", "RS256"] {
        check(7, json!({"alg": alg}), j(), Err(AssertionRefusal::Jose(JoseError::AlgNotAllowed)));
    }
    check(7, json!({"alg": "EdDSA"}), j(), Err(AssertionRefusal::UnknownKey { agent: agent("payer") }));
    let jwk: Value = serde_json::from_str(&key(8).public().to_jwk()).unwrap();
    let foreign = JoseError::ForeignKey { member: "jwk" };
    check(8, json!({"jwk": jwk}), j(), Err(AssertionRefusal::Jose(foreign)));
}

#[test]
fn a_token_or_a_proof_is_no_assertion() {
    let url = url();
    let what = ProofFor { method: "POST", url: &url, token: None, nonce: None, body: None, jti: JTI, now: NOW };
    for text in [mint_token(&key_set(), &claims()).unwrap(), make_proof(&key(7), &what).unwrap()] {
        let got = PresentedAssertion::parse(text.as_bytes()).err();
        assert!(matches!(got, Some(AssertionRefusal::Jose(JoseError::OtherType { .. }))), "{got:?}");
    }
}

#[test]
fn one_assertion_has_one_name_and_two_have_two() {
    let name = |by: u8, jti: u8| {
        let jti = Salt::new([jti; 16]);
        let text = make_assertion(&key(by), &agent("payer"), ISSUER, (jti, NOW), None).unwrap();
        *read(&text, &[6, 7]).unwrap().once()
    };
    assert_eq!(name(7, 1), name(7, 1));
    assert_ne!(name(7, 1), name(7, 2));
    assert_ne!(name(7, 1), name(6, 1));
}

#[test]
fn a_role_has_its_code_and_the_peer_cannot_tell_an_unknown_agent_from_a_wrong_key() {
    let unknown = AssertionRefusal::UnknownKey { agent: agent("payer") };
    assert_eq!(unknown.oauth_error(AssertionRole::Client).as_str(), "invalid_client");
    assert_eq!(unknown.oauth_error(AssertionRole::Grant).as_str(), "invalid_grant");
    let forged = AssertionRefusal::Jose(JoseError::BadSignature);
    assert_eq!(unknown.peer_sentence(), forged.peer_sentence());
    assert_eq!(unknown.peer_sentence(), AssertionRefusal::NotOneAgent.peer_sentence());
}
