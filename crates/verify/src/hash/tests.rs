use super::*;

#[test]
fn hmac_is_that_of_rfc_4231() {
    // RFC 4231, 4.3, has a key of 4 bytes; zero bytes behind a short key change nothing (RFC 2104, 2).
    let mut key = [0; 32];
    key[..4].copy_from_slice(b"Jefe");
    let made = hmac(&Digest::new(key), b"what do ya want for nothing?");
    assert_eq!(made.to_string(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
