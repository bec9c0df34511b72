//! A document that is read is written back as it was read; a bad one is told in a bounded sentence.
#![no_main]

use bailiwick_core::Document;
use bailiwick_core::json::{Json, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = Json::parse(bytes, &Limits::default()) else { return };
    match Document::read(&json) {
        Ok(document) => {
            let back = Json::parse(&document.bytes(), &Limits::stored()).expect("what is kept is JSON");
            assert_eq!(Document::read(&back).expect("what is kept is a document"), document);
        }
        Err(error) => assert!(error.to_string().len() < 8192, "a message is bounded"),
    }
});
