use super::*;

#[test]
fn foreign_text_cannot_move_the_cursor() {
    assert_eq!(foreign("a\u{1b}[2Jb\r\n"), "a\\u{1b}[2Jb\\r\\n");
    assert_eq!(foreign("x\u{202e}y\u{2003}"), "x\\u{202e}y\\u{2003}");
    assert_eq!(foreign(&"z".repeat(1000)).chars().count(), FOREIGN_CHARS_MAX + 1);
}

#[test]
fn foreign_text_is_printed_as_people_read_it() {
    let text = "café — “größer” … ½ € 字 \u{1f600} हिन्दी";
    assert_eq!(foreign(text), text);
}

#[test]
fn times_are_read_as_the_calendar_has_them() {
    assert_eq!(time(0), "1970-01-01 00:00:00Z");
    assert_eq!(time(951_782_400_000_000), "2000-02-29 00:00:00Z");
    assert_eq!(time(1_795_257_487_000_000), "2026-11-21 10:38:07Z");
}

#[test]
fn json_of_others_neither_moves_the_cursor_nor_hides_and_is_the_same_value() {
    let text = "a\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\u{200b}\u{2028}\u{feff}é字\u{1f600}";
    let value = Json::object([(text, Json::from(text))]);
    let written = seen_json(&value.canonical());
    assert!(!written.chars().any(bailiwick_core::normal::invisible), "{written:?}");
    assert!(written.contains("é字\u{1f600}") && written.contains("\\u009b"), "{written}");
    assert_eq!(Json::parse(written.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap(), value);
}

#[test]
fn fields_are_told_one_a_line_and_what_others_wrote_stays_on_its_line() {
    let json = |text: &str| Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
    let value = json(r#"{"a":{"b":[1,{"c":"x\ny"}],"d":null},"e\nf":true,"now":951782400000000}"#);
    let lines = fields("", &value);
    let words: Vec<Vec<&str>> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
    let expected: &[&[&str]] =
        &[&["a.b[0]", "1"], &["a.b[1].c", "x\\ny"], &["e\\nf", "true"], &["now", "2000-02-29", "00:00:00Z"]];
    assert_eq!(words, expected);
}
