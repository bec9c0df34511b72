use super::*;
use crate::{
    bytes::sha256,
    testing::{key, signed, with},
};
use aws_lc_rs::{hmac, signature::Ed25519KeyPair};
use serde_json::{Value, json};

const KNOWN: Shape =
    Shape { typ: &["at+jwt"], typ_optional: false, algs: &[KeyAlg::Es256, KeyAlg::Ed25519], key: KeyIs::Known };
const IN_HEADER: Shape = Shape { typ: &["dpop+jwt"], key: KeyIs::InHeader, ..KNOWN };
const ONLY_ES256: Shape = Shape { algs: &[KeyAlg::Es256], ..KNOWN };

fn header() -> Value {
    json!({"typ": "at+jwt", "alg": "ES256", "kid": "k"})
}

/// Signs with key 1, reads as a message with a known key, verifies with key 1.
fn check(changes: Value, want: Result<(), JoseError>) {
    let text = signed(&key(1), &with(header(), changes.clone()), &json!({"a": 1}));
    let got = Jws::parse(text.as_bytes(), &KNOWN).and_then(|jws| jws.verify(key(1).public()));
    assert_eq!(got, want, "{changes}");
}

#[test]
fn a_header_may_only_agree() {
    use JoseError as E;
    let other_type = |found: &str| Err(E::OtherType { found: Foreign::new(found), expected: "at+jwt" });
    check(json!({}), Ok(()));
    check(json!({"kid": null, "cty": "x", "zip": "DEF"}), Ok(()));
    check(json!({"alg": "none"}), Err(E::AlgNotAllowed));
    check(json!({"alg": "None"}), Err(E::AlgNotAllowed));
    check(json!({"alg": ""}), Err(E::AlgNotAllowed));
    check(json!({"alg": "HS256"}), Err(E::AlgNotAllowed));
    check(json!({"alg": "RS256"}), Err(E::AlgNotAllowed));
    check(json!({"alg": "es256"}), Err(E::AlgNotAllowed));
    check(json!({"alg": "EdDSA"}), Err(E::AlgOfOtherKey { header: KeyAlg::Ed25519, key: KeyAlg::Es256 }));
    check(json!({"alg": null}), Err(E::BadHeader));
    check(json!({"alg": 5}), Err(E::BadHeader));
    check(json!({"kid": 5}), Err(E::BadHeader));
    check(json!({"crit": ["b64"], "b64": false}), Err(E::Critical));
    check(json!({"crit": []}), Err(E::Critical));
    check(json!({"jku": "https://evil.example"}), Err(E::ForeignKey { member: "jku" }));
    check(json!({"x5u": "https://evil.example"}), Err(E::ForeignKey { member: "x5u" }));
    check(json!({"x5c": ["AAAA"]}), Err(E::ForeignKey { member: "x5c" }));
    let jwk: Value = serde_json::from_str(&key(1).public().to_jwk()).unwrap();
    check(json!({"jwk": jwk}), Err(E::ForeignKey { member: "jwk" }));
    check(json!({"typ": null}), other_type(""));
    check(json!({"typ": "dpop+jwt"}), other_type("dpop+jwt"));
    check(json!({"typ": "AT+JWT"}), other_type("AT+JWT"));
}

#[test]
fn a_null_where_a_text_is_meant_is_no_header() {
    for header in [r#"{"typ":null,"alg":"ES256"}"#, r#"{"typ":"at+jwt","alg":"ES256","alg":"ES256"}"#, "[]", "x", ""] {
        let text = sign(&key(1), header, b"{}").unwrap();
        assert_eq!(Jws::parse(text.as_bytes(), &KNOWN).err(), Some(JoseError::BadHeader), "{header}");
    }
    let text = sign(&key(1), r#"{"typ":"at+jwt","alg":"ES256","crit":null}"#, b"{}").unwrap();
    assert_eq!(Jws::parse(text.as_bytes(), &KNOWN).err(), Some(JoseError::Critical));
}

#[test]
fn a_public_key_is_no_shared_secret() {
    // The attack of RFC 8725 §2.1: the verifier's public key taken as the key of a MAC.
    let public = key(1).public().to_jwk();
    let head = base64url(br#"{"typ":"at+jwt","alg":"HS256"}"#);
    let signed = format!("{head}.{}", base64url(b"{}"));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes()), signed.as_bytes());
    let text = format!("{signed}.{}", base64url(mac.as_ref()));
    assert_eq!(Jws::parse(text.as_bytes(), &KNOWN).err(), Some(JoseError::AlgNotAllowed));
}

#[test]
fn any_change_of_a_byte_breaks_a_message() {
    let text = signed(&key(1), &header(), &json!({"a": 1}));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let got = Jws::parse(&bytes, &KNOWN).and_then(|jws| jws.verify(key(1).public()));
        assert!(got.is_err(), "byte {at} changed and nobody noticed");
    }
}

#[test]
fn what_is_not_three_parts_of_base64url_is_refused() {
    let text = signed(&key(1), &header(), &json!({}));
    let (message, signature) = text.rsplit_once('.').unwrap();
    for bad in [
        String::new(),
        "..".to_owned().repeat(2),
        message.to_owned(),
        format!("{text}."),
        format!("{text}.{signature}"),
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}="),
        text.replacen('.', ".=", 1),
    ] {
        assert_eq!(Jws::parse(bad.as_bytes(), &KNOWN).err(), Some(JoseError::NotCompact), "{bad}");
    }
    for short in ["", "AAAA", signature.get(..40).unwrap()] {
        let text = format!("{message}.{short}");
        let jws = Jws::parse(text.as_bytes(), &KNOWN).unwrap();
        assert_eq!(jws.verify(key(1).public()), Err(JoseError::BadSignature));
    }
    let huge = "A".repeat(JOSE_BYTES_MAX + 1);
    let too_long = JoseError::TooLong { bytes: JOSE_BYTES_MAX + 1, bytes_max: JOSE_BYTES_MAX };
    assert_eq!(Jws::parse(huge.as_bytes(), &KNOWN).err(), Some(too_long));
}

#[test]
fn a_payload_is_one_object_of_the_right_members() {
    #[derive(Debug, serde::Deserialize)]
    struct A {
        a: u64,
    }
    for (payload, want) in [
        (r#"{"a":1}"#, Some(1)),
        (r#"{"a":1,"b":{"c":2}}"#, Some(1)),
        (r#"{"a":1,"a":2}"#, None),
        (r#"{"a":1,"b":1,"b":2}"#, None),
        (r#"{"A":1}"#, None),
        (r#"{"a":"1"}"#, None),
        ("[1]", None),
        ("", None),
    ] {
        let text = sign(&key(1), &header().to_string(), payload.as_bytes()).unwrap();
        let jws = Jws::parse(text.as_bytes(), &KNOWN).unwrap();
        assert_eq!(jws.claims::<A>().ok().map(|a| a.a), want, "{payload}");
    }
}

#[test]
fn a_proofs_key_stands_in_its_header_and_is_public() {
    use JoseError as E;
    let jwk: Value = serde_json::from_str(&key(1).public().to_jwk()).unwrap();
    let head = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    for (changes, want) in [
        (json!({}), None),
        (json!({"jwk": null}), Some(E::NoKey)),
        (json!({"jwk": "k"}), Some(E::BadHeader)),
        (json!({"jwk": ["EC", "P-256", "x", "y"]}), Some(E::BadHeader)),
        (json!({"jwk": {"kty": "oct", "k": "AAAA"}}), Some(E::Key(PublicKeyError::Private))),
        (json!({"jwk": with(jwk.clone(), json!({"d": "AAAA"}))}), Some(E::Key(PublicKeyError::Private))),
        (json!({"jwk": with(jwk.clone(), json!({"y": null}))}), Some(E::Key(PublicKeyError::NotOnCurve))),
        (json!({"alg": "EdDSA"}), Some(E::AlgOfOtherKey { header: KeyAlg::Ed25519, key: KeyAlg::Es256 })),
    ] {
        let text = signed(&key(1), &with(head.clone(), changes.clone()), &json!({}));
        assert_eq!(Jws::parse(text.as_bytes(), &IN_HEADER).err(), want, "{changes}");
    }
}

#[test]
fn an_ed25519_key_verifies_under_both_of_its_names() {
    let pair = Ed25519KeyPair::from_seed_unchecked(sha256(&[b"seed"]).bytes()).unwrap();
    let x = base64url(aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref());
    let public = PublicKey::parse(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#).as_bytes()).unwrap();
    for (alg, shape, want) in [
        ("EdDSA", &KNOWN, None),
        ("Ed25519", &KNOWN, None),
        ("EdDSA", &ONLY_ES256, Some(JoseError::AlgNotAllowed)),
        ("ES256", &KNOWN, Some(JoseError::AlgOfOtherKey { header: KeyAlg::Es256, key: KeyAlg::Ed25519 })),
    ] {
        let head = json!({"typ": "at+jwt", "alg": alg}).to_string();
        let message = format!("{}.{}", base64url(head.as_bytes()), base64url(b"{}"));
        let text = format!("{message}.{}", base64url(pair.sign(message.as_bytes()).as_ref()));
        let got = Jws::parse(text.as_bytes(), shape).and_then(|jws| jws.verify(&public));
        assert_eq!(got.err(), want, "{alg}");
    }
}

#[test]
fn the_vectors_of_signatures_hold() {
    const ANY: Shape = Shape { typ_optional: true, ..KNOWN };
    let file: Value = serde_json::from_str(include_str!("../../../../../vectors/jose/jws.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 6);
    for case in cases {
        let key = PublicKey::parse(case["jwk"].to_string().as_bytes()).unwrap();
        let text = case["text"].as_str().unwrap().as_bytes();
        let got = Jws::parse(text, &ANY).and_then(|jws| jws.verify(&key)).is_ok();
        assert_eq!(got, case["expect"].as_bool().unwrap(), "{}: {}", case["n"], case["name"]);
    }
}
