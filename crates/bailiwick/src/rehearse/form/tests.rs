use super::*;
use bailiwick_core::TextPattern;

#[test]
fn what_is_made_of_a_pattern_is_of_its_form() {
    for pattern in [
        "INV-[0-9]{6}",
        "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$",
        "(?:order|invoice)-[a-f0-9]{8}(-draft)?",
        r"\d{4}-\d{2}-\d{2}",
        "[^a-z]+",
        r"\p{Greek}{3}",
        "a{0}b",
        r"(?i)eur|usd",
        r"\bteam-\w+\b",
        ".+@example\\.com",
        "",
    ] {
        let form = TextPattern::parse(pattern).unwrap();
        let made = of_form(pattern, |text| form.matches(text));
        assert!(made.as_ref().is_some_and(|text| form.matches(text)), "{pattern}: {made:?}");
    }
}

#[test]
fn what_else_is_asked_of_it_is_tried_in_other_counts_and_branches() {
    let form = TextPattern::parse("[a-z]*|[0-9]{4}").unwrap();
    let made = of_form("[a-z]*|[0-9]{4}", |text| form.matches(text) && text.len() == 4);
    assert_eq!(made.as_deref(), Some("1111"));
    let made = of_form("[a-z]*", |text| !text.is_empty());
    assert_eq!(made.as_deref(), Some("a"));
}

#[test]
fn what_nothing_or_too_much_would_fit_is_told_in_bounded_work() {
    assert_eq!(of_form("a", |text| text == "b"), None);
    assert_eq!(of_form("[a-z&&[0-9]]", |_| true), None);
    assert_eq!(of_form("a{1000}b{1000}", |_| true), None);
    assert_eq!(of_form("(((x{0,99}){99}){99}){99}", |text| text.len() > 2000), None);
    assert_eq!(of_form("b(((a?){999}){999}){999}", |text| text == "b").as_deref(), Some("b"));
    assert_eq!(of_form("(", |_| true), None);
}
