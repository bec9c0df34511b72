//! Signed notes and checkpoints, by the writer's parser and by the verifier's.
#![no_main]

use bailiwick_record::{Checkpoint, Note};
use bailiwick_verify::VerifierKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text, "a note has one form");
    }
    let _read = Checkpoint::parse(text);
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.as_str(), text);
    }
});
