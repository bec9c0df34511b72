use super::*;
use crate::testing::key;

/// A COSE key of members given as numbers and bytes.
fn cose<'a>(numbers: &[(i64, i64)], bytes: &[(i64, &'a [u8])]) -> Cbor<'a> {
    let numbers = numbers.iter().map(|(label, number)| (Cbor::Int(*label), Cbor::Int(*number)));
    let bytes = bytes.iter().map(|(label, bytes)| (Cbor::Int(*label), Cbor::Bytes(bytes)));
    Cbor::Map(numbers.chain(bytes).collect())
}

fn point() -> ([u8; 32], [u8; 32]) {
    let key = key(1);
    let sec1 = key.public().sec1().unwrap();
    (sec1[1..33].try_into().unwrap(), sec1[33..].try_into().unwrap())
}

/// Odd, of 2,048 bits. Nobody knows its factors, and nobody has to.
fn modulus() -> Vec<u8> {
    vec![0xff; 256]
}

#[test]
fn only_es256_eddsa_and_rs256_are_read_each_with_its_own_curve() {
    let (x, y) = point();
    let both: &[(i64, &[u8])] = &[(-2, &x), (-3, &y)];
    let (n, e) = (modulus(), EXPONENT);
    let rsa: &[(i64, &[u8])] = &[(-1, &n), (-2, &e)];
    assert!(PasskeyKey::from_cose(&cose(&[(1, 2), (3, -7), (-1, 1)], both)).is_ok());
    assert!(PasskeyKey::from_cose(&cose(&[(1, 3), (3, -257)], rsa)).is_ok());
    for (what, numbers, bytes) in [
        ("ES384", &[(1, 2), (3, -35), (-1, 2)][..], both),
        ("ES256 on P-384", &[(1, 2), (3, -7), (-1, 2)], both),
        ("EdDSA on P-256", &[(1, 2), (3, -8), (-1, 1)], both),
        ("Ed448", &[(1, 1), (3, -8), (-1, 7)], both),
        ("no algorithm", &[(1, 2), (-1, 1)], both),
        ("no curve", &[(1, 2), (3, -7)], both),
        ("RS1", &[(1, 3), (3, -65_535)], rsa),
        ("PS256", &[(1, 3), (3, -37)], rsa),
    ] {
        assert_eq!(PasskeyKey::from_cose(&cose(numbers, bytes)), Err(NOT_A_KEY), "{what}");
    }
    assert_eq!(PasskeyKey::from_cose(&Cbor::Null), Err(NOT_A_KEY));
}

#[test]
fn numbers_that_are_no_point_and_weak_rsa_are_refused() {
    let (x, y) = point();
    let es256 = &[(1, 2), (3, -7), (-1, 1)][..];
    let long = [&x[..], &[0]].concat();
    for bytes in [&[(-2, &x[..])][..], &[(-2, &y), (-3, &x)], &[(-2, &x), (-3, &y[..31])], &[(-2, &long), (-3, &y)]] {
        assert_eq!(PasskeyKey::from_cose(&cose(es256, bytes)), Err(NOT_A_POINT), "{bytes:02x?}");
    }
    let ed25519 = &[(1, 1), (3, -8), (-1, 6)][..];
    assert_eq!(PasskeyKey::from_cose(&cose(ed25519, &[(-2, &x[..31])])), Err(NOT_A_POINT));
    let (n, rs256) = (modulus(), &[(1, 3), (3, -257)][..]);
    let (zero, even) = ([&[0][..], &n].concat(), [&n[..255], &[0xfe]].concat());
    for (n, e) in [
        (&n[..], &[3][..]),
        (&n, &[0, 1, 0, 1]),
        (&n[..255], &EXPONENT),
        (&[0xff; 513], &EXPONENT),
        (&zero, &EXPONENT),
        (&even, &EXPONENT),
    ] {
        assert_eq!(PasskeyKey::from_cose(&cose(rs256, &[(-1, n), (-2, e)])), Err(NOT_RSA), "{} {e:?}", n.len());
    }
}

#[test]
fn a_key_written_as_jwk_is_read_again_as_the_same() {
    let (x, y) = point();
    let (n, e) = (modulus(), EXPONENT);
    for cose in
        [cose(&[(1, 2), (3, -7), (-1, 1)], &[(-2, &x), (-3, &y)]), cose(&[(1, 3), (3, -257)], &[(-1, &n), (-2, &e)])]
    {
        let key = PasskeyKey::from_cose(&cose).unwrap();
        assert_eq!(PasskeyKey::from_jwk(&key.to_jwk()), Ok(key));
    }
}

#[test]
fn private_and_symmetric_keys_are_refused() {
    let jwk = |text: &str| PasskeyKey::from_jwk(&Json::parse(text.as_bytes(), &Limits::default()).unwrap());
    let n = base64url(&modulus());
    for text in [
        r#"{"kty":"oct","k":"AAAA"}"#.to_owned(),
        r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#.to_owned(),
        format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB","d":"AQAB"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}"}}"#),
        "[]".to_owned(),
    ] {
        assert!(jwk(&text).is_err(), "{text}");
    }
    assert!(jwk(&format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#)).is_ok());
}

#[test]
fn what_a_stricter_verifier_would_call_forged_is_not_taken() {
    let jwk = |x: &str| {
        let text = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
        PasskeyKey::from_jwk(&Json::parse(text.as_bytes(), &Limits::default()).unwrap())
    };
    // the neutral element as the key: by RFC 8032 §5.1.7 alone one signature would stand for any message
    let neutral = [&[1][..], &[0; 31]].concat();
    assert_eq!(jwk(&base64url(&neutral)), Err(NOT_A_POINT));
    assert_eq!(PasskeyKey::from_cose(&cose(&[(1, 1), (3, -8), (-1, 6)], &[(-2, &neutral)])), Err(NOT_A_POINT));
    // the neutral element as the commitment, which the key's owner alone can sign with: S = k * a
    let key = jwk("04BUvfdA1yXCR4Z9ZSyUR2kv0vqmV2xZfGw7E9Ua0zQ").unwrap();
    let s: Vec<u8> = "383bef11bbdb50d43f43bed947add1dfba8ccb116d1f7a9af88b9ff63958cf0e"
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let signature = [neutral, s].concat();
    let Kind::Curve(public) = &key.0 else { panic!("an Ed25519 key") };
    assert!(public.verifies(b"message", &signature), "the equation holds");
    assert!(!key.verifies(b"message", &signature));
}

#[test]
fn an_ecdsa_signature_has_one_form() {
    let message = b"message";
    let fixed = key(1).sign(message).unwrap();
    let taken = PasskeyKey::from_jwk(&Json::parse(key(1).public().to_jwk().as_bytes(), &Limits::default()).unwrap());
    let taken = taken.unwrap();
    let integer = |number: &[u8], extra: &[u8]| {
        let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        let body = [extra, sign, &digits].concat();
        [&[2, u8::try_from(body.len()).unwrap()][..], &body].concat()
    };
    let (r, s) = fixed.split_at(32);
    let sequence = |body: &[u8]| [&[0x30, u8::try_from(body.len()).unwrap()][..], body].concat();
    let body = [integer(r, &[]), integer(s, &[])].concat();
    assert!(taken.verifies(message, &sequence(&body)));
    for (what, signature) in [
        ("two numbers without their form", fixed.to_vec()),
        ("a zero too many in r", sequence(&[integer(r, &[0]), integer(s, &[])].concat())),
        ("a zero too many in s", sequence(&[integer(r, &[]), integer(s, &[0])].concat())),
        ("a length in two bytes", [&[0x30, 0x81, u8::try_from(body.len()).unwrap()][..], &body].concat()),
        ("a length told later", [&[0x30, 0x80][..], &body, &[0, 0]].concat()),
        ("a byte after it", [&sequence(&body)[..], &[0]].concat()),
        ("a byte in it", sequence(&[&body[..], &[0]].concat())),
    ] {
        assert!(!taken.verifies(message, &signature), "{what}");
    }
}
