//! Keys and assertions of strangers.
#![no_main]

use bailiwick_identity::{PresentedAssertion, PublicKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = PublicKey::parse(bytes) {
        assert_eq!(PublicKey::parse(key.to_jwk().as_bytes()).expect("our own form is read"), key);
    }
    if let Err(error) = PresentedAssertion::parse(bytes) {
        assert!(error.to_string().len() < 2048, "a message is bounded");
    }
});
