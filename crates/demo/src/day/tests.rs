use super::*;

#[test]
fn only_the_long_form_is_a_day() {
    assert!(Day::read("2026-11-21").is_ok());
    for text in ["2026-13-01", "2026-00-10", "2026-1-1", "2026-11-21-1", "2026-11", "20261121", "", "2026-11-32"] {
        assert!(Day::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_later_day_is_greater() {
    assert!(Day::read("2026-11-21").unwrap() > Day::read("2026-02-28").unwrap());
}
