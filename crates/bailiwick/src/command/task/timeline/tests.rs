use super::*;

#[test]
fn a_length_of_time_is_told_as_short_as_it_tells_enough() {
    let told = [0, 999, 12_345, 1_002_000, 59_999_999, 61_000_000, 7_260_000_000].map(span);
    assert_eq!(told, ["0 ms", "0 ms", "12 ms", "1.002 s", "59.999 s", "1 min 1 s", "2 h 1 min"]);
}
