use super::super::tests::read;
use super::*;

fn selected(document: &str, pattern: &str) -> Vec<String> {
    let document = read(document);
    let pattern = Pattern::parse(pattern).unwrap();
    let found = document.select(&pattern);
    for (place, value) in &found {
        assert_eq!(document.pointer(place), Some(*value));
        assert!(pattern.matches(place), "{place}");
    }
    found.into_iter().map(|(place, value)| format!("{place}={}", value.canonical())).collect()
}

#[test]
fn a_star_is_every_element_and_every_member() {
    let document = r#"{"to":[{"mail":"a"},{"mail":"b"},{"name":"c"},4],"cc":{"x":1,"y":2}}"#;
    assert_eq!(selected(document, "/to/*/mail"), ["/to/0/mail=\"a\"", "/to/1/mail=\"b\""]);
    assert_eq!(selected(document, "/cc/*"), ["/cc/x=1", "/cc/y=2"]);
    assert_eq!(selected(document, "/to/3"), ["/to/3=4"]);
    assert_eq!(selected(document, "/to/3/*"), [""; 0]);
    assert_eq!(selected(document, "").len(), 1);
    assert_eq!(selected(document, "/*/*").len(), 6);
}

#[test]
fn a_pattern_names_no_other_place() {
    let pattern = Pattern::parse("/a/*/b").unwrap();
    for (place, named) in [("/a/0/b", true), ("/a/x/b", true), ("/a/b", false), ("/a/0/1/b", false), ("/a/0/c", false)]
    {
        assert_eq!(pattern.matches(&Pointer::parse(place).unwrap()), named, "{place}");
    }
    assert_eq!(pattern.as_pointer(), None);
    assert_eq!(Pattern::parse("/a/b").unwrap().as_pointer(), Pointer::parse("/a/b").ok());
}

#[test]
fn patterns_read_back_what_they_write_and_others_are_refused() {
    for text in ["", "/a", "/*", "/a~1b/*/~0", "/a*"] {
        assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
    }
    for text in ["a", "/~x", &"/*".repeat(33)] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_pattern_over_long_keys_costs_no_more_than_the_document() {
    let document = format!(r#"{{"{}":[{}0]}}"#, "k".repeat(500_000), "0,".repeat(90_000));
    let document = read(&document);
    assert_eq!(document.select(&Pattern::parse("/*/*").unwrap()).len(), 90_001);
}
