use super::*;

#[test]
fn what_is_near_is_named_and_what_is_far_is_not() {
    let known = ["pay-invoice", "personal", "read-only"];
    for (text, expected) in [
        ("pay-invoise", Some("pay-invoice")),
        ("payinvoice", Some("pay-invoice")),
        ("personel", Some("personal")),
        ("read-only", Some("read-only")),
        ("bank", None),
        ("", None),
    ] {
        assert_eq!(nearest(text, known), expected, "{text}");
    }
    assert_eq!(nearest("x", []), None);
    assert_eq!(nearest(&"x".repeat(1000), known), None);
}

#[test]
fn a_distance_counts_letters_that_differ() {
    for (from, to, edits) in [("", "", 0), ("", "ab", 2), ("abc", "abd", 1), ("kitten", "sitting", 3), ("é", "e", 1)] {
        assert_eq!(distance(from, to), edits);
        assert_eq!(distance(to, from), edits);
    }
}
