use super::*;

#[test]
fn foreign_text_cannot_move_the_cursor() {
    assert_eq!(foreign("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\u{d}\\u{a}");
    assert_eq!(foreign("x\u{202e}y"), "x\\u{202e}y");
    assert_eq!(foreign(&"z".repeat(1000)).chars().count(), FOREIGN_CHARS_MAX + 1);
}

#[test]
fn times_are_read_as_the_calendar_has_them() {
    assert_eq!(time(0), "1970-01-01 00:00:00Z");
    assert_eq!(time(951_782_400_000_000), "2000-02-29 00:00:00Z");
    assert_eq!(time(1_795_257_487_000_000), "2026-11-21 10:38:07Z");
}
