use super::*;
use crate::{
    Audience, mint_token,
    testing::{NOW, TENANT, claims, key, key_set, token_door},
    token::{Claims, TOKEN_LIFE},
};
use bailiwick_core::Salt;

fn token(n: u8) -> String {
    mint_token(&key_set(), &Claims { jti: Salt::new([n; 16]), ..claims() }).unwrap()
}

#[test]
fn a_token_seen_before_is_the_same_value_without_another_signature() {
    let cache = TokenCache::new(10);
    let text = token(1);
    let first = cache.check(text.as_bytes(), &key_set(), &token_door(), NOW).unwrap();
    let second = cache.check(text.as_bytes(), &key_set(), &token_door(), NOW).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(cache.tokens(), 1);
}

#[test]
fn what_can_change_between_two_calls_is_checked_at_each() {
    let cache = TokenCache::new(10);
    let text = token(1);
    let mut rotated = key_set();
    rotated.rotate(key(3), NOW.before(TOKEN_LIFE).before(TOKEN_LIFE)).unwrap();
    let door = token_door();
    for (keys, door, now, want) in [
        (&key_set(), door, NOW, None),
        (&key_set(), door, NOW.after(TOKEN_LIFE), Some(TokenRefusal::Expired { seconds: 0 })),
        (
            &key_set(),
            TokenDoor { audience: Audience::Resource("https://other.example"), ..door },
            NOW,
            Some(TokenRefusal::OtherAudience),
        ),
        (&key_set(), TokenDoor { issuer: "https://other.example", ..door }, NOW, Some(TokenRefusal::OtherIssuer)),
        (&rotated, door, NOW, Some(TokenRefusal::UnknownKey)),
        (&key_set(), door, NOW, None),
    ] {
        assert_eq!(cache.check(text.as_bytes(), keys, &door, now).err(), want);
    }
}

#[test]
fn what_one_tenant_has_checked_is_new_to_another() {
    let cache = TokenCache::new(10);
    cache.check(token(1).as_bytes(), &key_set(), &token_door(), NOW).unwrap();
    let mut bytes = *TENANT.bytes();
    bytes[0] ^= 1;
    let other = TokenDoor { tenant: TenantId::new(bytes), ..token_door() };
    assert!(cache.lookup((other.tenant, token_digest(token(1).as_bytes()))).is_none());
    let keys = KeySet::new(key(8), key(9)).unwrap();
    assert_eq!(cache.check(token(1).as_bytes(), &keys, &other, NOW).err(), Some(TokenRefusal::UnknownKey));
}

#[test]
fn a_refused_token_is_not_remembered() {
    let cache = TokenCache::new(10);
    let text = token(1);
    let mut forged = text.clone();
    forged.replace_range(text.len() - 3.., if text.ends_with("AAA") { "BBB" } else { "AAA" });
    for text in [forged, String::new(), "x".repeat(20_000)] {
        assert!(cache.check(text.as_bytes(), &key_set(), &token_door(), NOW).is_err());
    }
    assert_eq!(cache.tokens(), 0);
}

#[test]
fn a_cache_never_grows_past_its_bound_and_keeps_what_is_asked_for() {
    let cache = TokenCache::new(8);
    let kept = token(200);
    let first = cache.check(kept.as_bytes(), &key_set(), &token_door(), NOW).unwrap();
    for n in 0..40 {
        cache.check(token(n).as_bytes(), &key_set(), &token_door(), NOW).unwrap();
        let again = cache.check(kept.as_bytes(), &key_set(), &token_door(), NOW).unwrap();
        assert!(Arc::ptr_eq(&first, &again), "forgotten after {n}");
        assert!(cache.tokens() <= 8, "{} tokens", cache.tokens());
    }
}
