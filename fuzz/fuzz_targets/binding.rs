//! Bindings and the words of tools: read or refused, never a panic; a schema's validator likewise.
#![no_main]

use bailiwick_catalogue::{Binding, ToolWords};
use bailiwick_core::json::{Json, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = Json::parse(bytes, &Limits::default()) else { return };
    if let Err(error) = Binding::read(&json) {
        assert!(error.to_string().len() < 8192, "a message is bounded");
    }
    if let Ok(words) = ToolWords::read(&json) {
        assert_eq!(ToolWords::from_bytes(&words.bytes()).expect("what is kept is read").bytes(), words.bytes());
    }
});
