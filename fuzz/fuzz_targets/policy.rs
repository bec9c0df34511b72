//! A policy's text: what is told of it is bounded, and what nothing is told of can be compiled.
#![no_main]

use bailiwick_core::{ControlState, Digest, PolicyText};
use bailiwick_policy::{Compiled, RULES_MAX, validate};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|cedar: &str| {
    let text = PolicyText::in_cedar("fuzz", cedar);
    let mut control = ControlState::default();
    let problems = validate(&control, std::slice::from_ref(&text));
    assert!(problems.iter().all(|problem| problem.to_string().len() < 4096), "what is told is bounded");
    control.policies.insert(text.name.clone(), (Arc::new(text), Digest::new([0; 32])));
    match Compiled::compile(&control) {
        Ok(compiled) => assert!(compiled.rules_count() <= RULES_MAX),
        Err(_) => assert!(!problems.is_empty()),
    }
});
