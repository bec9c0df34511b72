//! Pointers and patterns read back what they write, and a pattern selects only what it names.
#![no_main]

use bailiwick_core::json::{Json, Limits, Pattern, Pointer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, document) = input;
    if let Ok(pointer) = Pointer::parse(text) {
        assert_eq!(pointer.to_string(), text);
        let joined = pointer.tokens().into_iter().fold(Pointer::root(), |place, token| place.join(token));
        assert_eq!(joined, pointer);
    }
    let Ok(pattern) = Pattern::parse(text) else { return };
    assert_eq!(pattern.to_string(), text);
    let Ok(json) = Json::parse(document.as_bytes(), &Limits::default()) else { return };
    for (place, value) in json.select(&pattern) {
        assert!(pattern.matches(&place));
        assert_eq!(json.pointer(&place), Some(value));
    }
});
