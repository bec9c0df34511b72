use super::*;
use crate::{jose::to_pem, testing::key};

const X: &str = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
const Y: &str = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
const OKP_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn parse(text: &str) -> Result<PublicKey, PublicKeyError> {
    PublicKey::parse(text.as_bytes())
}

fn ec(more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
}

fn okp(more: &str) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{OKP_X}"{more}}}"#)
}

#[test]
fn a_key_is_named_as_the_published_examples_name_it() {
    // RFC 9449 §6.1 and RFC 8037 appendix A.3.
    assert_eq!(parse(&ec("")).unwrap().thumbprint().as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(parse(&okp("")).unwrap().thumbprint().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn members_that_do_not_say_which_key_it_is_change_nothing() {
    let key = parse(&ec(r#","kid":"mine","use":"sig","alg":"ES256","key_ops":["verify"]"#)).unwrap();
    assert_eq!(key, parse(&ec("")).unwrap());
    assert_eq!(key.to_jwk(), format!(r#"{{"crv":"P-256","kty":"EC","x":"{X}","y":"{Y}"}}"#));
    let key = parse(&okp(r#","alg":"Ed25519""#)).unwrap();
    assert_eq!(key.alg(), KeyAlg::Ed25519);
    assert_eq!(key, parse(&key.to_jwk()).unwrap());
}

#[test]
fn a_key_in_pem_is_the_key_in_jwk() {
    for (jwk, prefix) in [(ec(""), SPKI_P256.as_slice()), (okp(""), SPKI_ED25519.as_slice())] {
        let key = parse(&jwk).unwrap();
        let raw = match key.sec1() {
            Some(point) => point[1..].to_vec(),
            None => fixed_base64url::<32>(OKP_X).unwrap().to_vec(),
        };
        let der = [prefix, &raw].concat();
        assert_eq!(PublicKey::parse(to_pem("PUBLIC KEY", &der).as_bytes()).unwrap(), key);
        for cut in [0, prefix.len(), der.len() - 1] {
            assert!(PublicKey::parse(to_pem("PUBLIC KEY", &der[..cut]).as_bytes()).is_err(), "{cut}");
        }
        let longer = [der.as_slice(), &[0]].concat();
        let longer = PublicKey::parse(to_pem("PUBLIC KEY", &longer).as_bytes());
        assert_eq!(longer, Err(PublicKeyError::NotOnCurve));
    }
}

#[test]
fn what_is_not_a_public_key_for_signatures_is_refused() {
    use PublicKeyError as E;
    let other_y = Y.replacen('9', "8", 1);
    for (text, want) in [
        (String::new(), E::NotAKey),
        ("{}".to_owned(), E::NotAKey),
        (ec(r#","x":"AA""#), E::NotAKey),
        (ec(r#","alg":null"#), E::NotAKey),
        (ec(r#","d":"AAAA""#), E::Private),
        (ec(r#","d":null"#), E::Private),
        (okp(r#","d":"AAAA""#), E::Private),
        (r#"{"kty":"oct","k":"AAAA"}"#.to_owned(), E::Private),
        (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(), E::OtherKind),
        (ec("").replace("P-256", "P-384"), E::OtherKind),
        (ec("").replace("EC", "OKP"), E::OtherKind),
        (okp("").replace("Ed25519", "X25519"), E::OtherKind),
        (ec("").replace("crv", "CRV"), E::OtherKind),
        (ec("").replace(X, X.strip_prefix('l').unwrap()), E::NotOnCurve),
        (ec("").replace(X, &format!("{X}=")), E::NotOnCurve),
        (ec("").replace(Y, &other_y), E::NotOnCurve),
        (ec("").replace(Y, &"A".repeat(43)), E::NotOnCurve),
        (ec(r#","alg":"EdDSA""#), E::OtherUse),
        (ec(r#","alg":"HS256""#), E::OtherUse),
        (ec(r#","use":"enc""#), E::OtherUse),
        (key(1).to_pem().unwrap().to_string(), E::Private),
        ("x".repeat(5000), E::TooLong { bytes: 5000, bytes_max: KEY_BYTES_MAX }),
    ] {
        assert_eq!(parse(&text), Err(want), "{text}");
    }
}

#[test]
fn the_vectors_of_keys_hold() {
    let file = include_str!("../../../../../vectors/jose/key.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 15);
    for case in cases {
        let got = match parse(case["jwk"].as_str().unwrap()) {
            Ok(key) => key.thumbprint().to_string(),
            Err(PublicKeyError::NotAKey) => "not_a_key".to_owned(),
            Err(PublicKeyError::Private) => "private".to_owned(),
            Err(PublicKeyError::OtherKind) => "other_kind".to_owned(),
            Err(PublicKeyError::OtherUse) => "other_use".to_owned(),
            Err(PublicKeyError::NotOnCurve) => "not_on_curve".to_owned(),
            Err(PublicKeyError::TooLong { .. }) => "too_long".to_owned(),
        };
        assert_eq!(got, case["expect"].as_str().unwrap(), "{}: {}", case["n"], case["name"]);
    }
}

#[test]
fn the_thumbprint_of_rfc_7638_is_ours() {
    // RFC 7638 §3.1. The key is RSA, which we verify nothing with; the hash is the same for all kinds.
    let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let members = [("e", "AQAB"), ("kty", "RSA"), ("n", modulus)].map(own);
    assert_eq!(thumbprint(&members), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}
