//! A trust file asks for no more witnesses than it names.
#![no_main]
#![expect(dead_code, reason = "the command line reads files besides")]

use libfuzzer_sys::fuzz_target;

// the command line is a program and no library
#[path = "../../crates/bailiwick/src"]
mod bailiwick {
    pub(crate) mod trust;
}

fuzz_target!(|text: &str| {
    if let Ok(trust) = bailiwick::trust::policy(text) {
        assert!(trust.witnesses_needed <= trust.witnesses.len());
    }
});
