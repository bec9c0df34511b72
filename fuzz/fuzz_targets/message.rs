//! A JSON-RPC message that is read is read again, as the same, from what is written of it.
#![no_main]

use bailiwick_gateway::parse_message;
use libfuzzer_sys::fuzz_target;

const BYTES_MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    match parse_message(bytes, BYTES_MAX) {
        Ok(written) => assert_eq!(parse_message(written.as_bytes(), BYTES_MAX), Ok(written)),
        Err(told) => assert!(told.len() < 2048, "a sentence is bounded"),
    }
});
