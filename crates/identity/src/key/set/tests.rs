use super::*;
use crate::testing::{NOW, key, key_set};
use bailiwick_core::Span;

fn finds(set: &KeySet, n: u8, now: Micros) -> bool {
    set.find(key(n).thumbprint().as_str(), now).is_some()
}

fn publishes(set: &KeySet, n: u8, now: Micros) -> bool {
    set.to_jwks(now).contains(&format!(r#""kid":"{}""#, key(n).thumbprint()))
}

#[test]
fn a_key_is_published_before_it_signs_and_until_its_last_token_has_expired() {
    let mut set = key_set();
    assert!(publishes(&set, 2, NOW) && !finds(&set, 2, NOW), "the next key is shown and verifies nothing");
    set.rotate(key(3), NOW).unwrap();
    assert_eq!(set.active().thumbprint(), key(2).thumbprint());
    let last = NOW.after(TOKEN_LIFE).after(TOKEN_AHEAD_MAX);
    for (n, now, found, published) in [
        (1, last.before(Span(1)), true, true),
        (1, last, false, false),
        (2, last, true, true),
        (3, last, false, true),
        (4, NOW, false, false),
    ] {
        assert_eq!((finds(&set, n, now), publishes(&set, n, now)), (found, published), "key {n} at {now:?}");
    }
}

#[test]
fn the_published_set_is_json_without_private_parts() {
    let mut set = key_set();
    set.rotate(key(3), NOW).unwrap();
    let json: serde_json::Value = serde_json::from_str(&set.to_jwks(NOW)).unwrap();
    let keys = json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3);
    for key in keys {
        let mut names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        PublicKey::parse(key.to_string().as_bytes()).unwrap();
    }
}

#[test]
fn a_set_reads_back_as_stored() {
    let mut set = key_set();
    set.rotate(key(3), NOW).unwrap();
    set.rotate(key(4), NOW).unwrap();
    let bytes = set.to_bytes().unwrap();
    let back = KeySet::from_bytes(&bytes).unwrap();
    assert_eq!(back.to_bytes().unwrap(), bytes);
    assert_eq!(back.to_jwks(NOW), set.to_jwks(NOW));
    assert!(finds(&back, 1, NOW));
}

#[test]
fn a_set_cut_anywhere_is_damaged() {
    let mut set = key_set();
    set.rotate(key(3), NOW).unwrap();
    let bytes = set.to_bytes().unwrap();
    for len in 0..bytes.len() {
        match KeySet::from_bytes(&bytes[..len]) {
            Ok(short) => assert_eq!((len, short.retiring.len()), (65, 0), "only the end of a key is an end"),
            Err(error) => assert!(matches!(error, KeySetError::Damaged { .. }), "{len}: {error}"),
        }
    }
    let mut newer = bytes.to_vec();
    newer[0] = 2;
    assert_eq!(KeySet::from_bytes(&newer).err(), Some(KeySetError::Newer { found: 2, known: 1 }));
}

#[test]
fn old_keys_do_not_pile_up() {
    let mut set = key_set();
    for n in 0..KEYS_RETIRING_MAX as u8 {
        set.rotate(key(10 + n), NOW).unwrap();
    }
    let full = KeySetError::TooMany { retiring: KEYS_RETIRING_MAX, retiring_max: KEYS_RETIRING_MAX };
    assert_eq!(set.rotate(key(99), NOW), Err(full));
    let later = NOW.after(Span::minutes(6));
    set.rotate(key(99), later).unwrap();
    assert_eq!(set.retiring.len(), 1);
}

#[test]
fn one_key_stands_once_in_a_set() {
    assert_eq!(KeySet::new(key(1), key(1)).err(), Some(KeySetError::Repeated));
    for n in [1, 2] {
        assert_eq!(key_set().rotate(key(n), NOW), Err(KeySetError::Repeated));
    }
}

#[test]
fn a_set_never_shows_its_secrets_in_debug() {
    let shown = format!("{:?}", key_set());
    assert!(shown.contains("SigningKey(") && !shown.contains("scalar") && !shown.contains("1, 1, 1"), "{shown}");
}
