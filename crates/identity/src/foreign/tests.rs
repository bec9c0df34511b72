use super::*;

#[test]
fn a_foreign_text_cannot_move_the_cursor_or_end_the_line() {
    assert_eq!(Foreign::new("a\n\x1b[2J`é").to_string(), "a\\u{a}\\u{1b}[2J'\\u{e9}");
}

#[test]
fn a_foreign_text_is_cut() {
    assert_eq!(Foreign::new(&"x".repeat(5000)).to_string().chars().count(), SHOWN_CHARS_MAX + 1);
}
