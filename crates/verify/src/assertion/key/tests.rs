use super::*;
use bailiwick_core::json::Limits;

fn read(text: &str) -> Result<Key, &'static str> {
    Key::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap())
}

// RFC 7515 A.3
const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
// RFC 8037 A.2
const ED25519: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

#[test]
fn a_key_is_a_whole_public_one_of_a_kind_that_is_known() {
    let n = URL_SAFE_NO_PAD.encode([0xff; 256]);
    for (text, good) in [
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"}}"#), true),
        (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{ED25519}"}}"#), true),
        (format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#), true),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{Y}","y":"{X}"}}"#), false),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}"}}"#), false),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"AA{X}","y":"{Y}"}}"#), false),
        (format!(r#"{{"kty":"EC","crv":"P-384","x":"{X}","y":"{Y}"}}"#), false),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}","d":"{X}"}}"#), false),
        (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}"#), false),
        (r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned(), false),
        (format!(r#"{{"kty":"RSA","n":"{n}","e":"Aw"}}"#), false),
        (format!(r#"{{"kty":"RSA","n":"AA{n}","e":"AQAB"}}"#), false),
        (format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, URL_SAFE_NO_PAD.encode([0xff; 128])), false),
        (format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, URL_SAFE_NO_PAD.encode([0xfe; 256])), false),
        (r#"{"kty":"oct","k":"AAAA"}"#.to_owned(), false),
        ("null".to_owned(), false),
    ] {
        assert_eq!(read(&text).is_ok(), good, "{text}");
    }
}

#[test]
fn an_rsa_signature_is_shorter_in_value_than_the_modulus_and_as_long() {
    let modulus = vec![0xff; 256];
    for signature in [vec![0xff; 256], vec![0; 255], vec![0; 257], Vec::new()] {
        assert_eq!(rs256(&modulus, b"message", &signature), Some(false), "{} bytes", signature.len());
    }
    // 0 and 1 open to themselves
    for last in [0, 1] {
        let mut signature = vec![0; 256];
        signature[255] = last;
        assert_eq!(rs256(&modulus, b"message", &signature), Some(false), "{last}");
    }
}

#[test]
fn a_key_or_a_commitment_of_small_order_signs_nothing() {
    // the neutral element: with RFC 8032's plain check it would stand for any message
    let neutral = [&[1][..], &[0; 31]].concat();
    assert!(read(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(&neutral))).is_err());
    // and as the commitment, with S = k * a: the equation holds
    let key = read(r#"{"kty":"OKP","crv":"Ed25519","x":"04BUvfdA1yXCR4Z9ZSyUR2kv0vqmV2xZfGw7E9Ua0zQ"}"#).unwrap();
    let s: Vec<u8> = "383bef11bbdb50d43f43bed947add1dfba8ccb116d1f7a9af88b9ff63958cf0e"
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert!(!key.signed(b"message", &[neutral, s].concat()));
}
