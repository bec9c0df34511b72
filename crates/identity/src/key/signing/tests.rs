use super::*;
use crate::testing::{filler, key};

#[test]
fn a_key_reads_back_from_each_of_its_forms() {
    let key = SigningKey::generate(&mut filler(1)).unwrap();
    assert_eq!(SigningKey::from_scalar(&key.scalar().unwrap()).unwrap().public(), key.public());
    assert_eq!(SigningKey::parse(key.to_pem().unwrap().as_bytes()).unwrap().public(), key.public());
    let d = crate::bytes::base64url(key.scalar().unwrap().as_slice());
    let jwk = key.public().to_jwk().replacen('{', &format!(r#"{{"d":"{d}","#), 1);
    assert_eq!(SigningKey::parse(jwk.as_bytes()).unwrap().public(), key.public());
}

#[test]
fn one_source_of_chance_gives_one_key_and_another_gives_another() {
    let draw = |seed| SigningKey::generate(&mut filler(seed)).unwrap().thumbprint().clone();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn a_broken_source_of_chance_gives_no_key() {
    for constant in [0u8, 0xff] {
        let got = SigningKey::generate(&mut |out| *out = [constant; 32]);
        assert_eq!(got.err(), Some(SigningKeyError::Chance { draws: DRAWS_MAX }));
    }
}

#[test]
fn a_number_beyond_the_order_is_drawn_again() {
    let mut draws = 0;
    let drawn = SigningKey::generate(&mut |out| {
        draws += 1;
        *out = if draws == 1 { [0xff; 32] } else { [5; 32] };
    });
    assert_eq!(drawn.unwrap().public(), key(5).public());
    assert_eq!(draws, 2);
}

#[test]
fn what_is_not_a_private_p256_key_is_refused_without_a_word_of_it() {
    use SigningKeyError as E;
    let (good, other) = (key(1), key(2));
    let d = crate::bytes::base64url(&[1; 32]);
    let jwk = |public: &str, d: &str| public.replacen('{', &format!(r#"{{"d":"{d}","#), 1);
    let pem = good.to_pem().unwrap();
    for (text, want) in [
        (String::new(), E::NotAKey),
        (good.public().to_jwk(), E::NotAKey),
        (jwk(&other.public().to_jwk(), &d), E::Mismatch),
        (jwk(&good.public().to_jwk(), "AAAA"), E::NotP256),
        (jwk(&good.public().to_jwk(), &"A".repeat(43)), E::NotP256),
        (jwk(&good.public().to_jwk().replace("P-256", "P-384"), &d), E::NotP256),
        (pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), E::NotAKey),
        (pem.replace("MIG", "MIH"), E::NotP256),
        ("{".repeat(5000), E::NotAKey),
    ] {
        let error = SigningKey::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error, want);
        assert!(!error.to_string().contains(&d));
    }
}

#[test]
fn a_private_key_never_shows_in_debug() {
    let shown = format!("{:?}", key(1));
    assert_eq!(shown, format!("SigningKey({})", key(1).thumbprint()));
}
