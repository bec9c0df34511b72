//! Bundles of strangers: whatever they hold, the verifier answers, and confirms nothing that it was not shown.
#![no_main]

use bailiwick_verify::{Answer, Trust, VerifierKey, verify};
use libfuzzer_sys::fuzz_target;

// A published test key (RFC 8032 §7.1): no log of ours signs with it.
const KEY: &str = "log.example+814a2008+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

fuzz_target!(|bytes: &[u8]| {
    let key = VerifierKey::parse(KEY).expect("the key is one");
    assert_ne!(verify(bytes, &Trust::in_log(key)).answer, Answer::Confirmed);
});
