//! An event that is read has one form: what is not that form is refused.
#![no_main]

use bailiwick_core::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((event, commit)) = Event::read(bytes) {
        assert_eq!(event.clear(commit).expect("it is written again"), bytes);
    }
});
