//! A stream of events gives the same messages however it is cut into pieces.
#![no_main]

use bailiwick_gateway::parse_events;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (size, most, stream) = input;
    let whole = parse_events(std::iter::once(stream), usize::from(most));
    assert_eq!(parse_events(stream.chunks(usize::from(size).max(1)), usize::from(most)), whole);
});
