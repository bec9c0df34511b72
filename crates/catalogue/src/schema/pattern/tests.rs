use super::translate;

#[test]
fn a_pattern_means_what_it_means_to_others() {
    for (pattern, text, matches) in [
        ("a", "xay", true),
        ("a", "x\nay", true),
        ("^a$", "a", true),
        ("^a$", "xa", false),
        ("^a$", "a\n", false),
        ("^a|b$", "axx", true),
        ("^a|b$", "xxb", true),
        ("^a|b$", "xax", false),
        (r"^\d+$", "12", true),
        (r"^\d+$", "\u{661}", false),
        (r"^\w+$", "\u{e9}", false),
        (r"^[\w-]+$", "a-b_1", true),
        (r"^[^\d]$", "5", false),
        (r"^\s$", "\u{a0}", true),
        (r"^[a[]$", "[", true),
        (r"^[a&&b]$", "&", true),
        (r"^[a~~b]$", "~", true),
        (r"^.$", "\u{2028}", false),
        (r"^a\/b\-c$", "a/b-c", true),
        (r"^\u0041\x42\u{43}$", "ABC", true),
        (r"^\p{Lu}$", "\u{c9}", true),
        (r"^(?:a|b){2,3}$", "abab", false),
        (r"^(?<n>a)$", "a", true),
        (r"\bcat\b", "a cat sat", true),
        (r"\bcat\b", "concat", false),
        ("", "anything", true),
    ] {
        let compiled = translate(pattern).unwrap_or_else(|| panic!("{pattern}"));
        assert_eq!(compiled.matches(text), matches, "{pattern} {text:?}");
    }
}

#[test]
fn what_has_no_linear_form_or_is_read_in_two_ways_has_none() {
    for pattern in [
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        r"(a)\1",
        r"\k<n>",
        "(?i)a",
        "(?i:a)",
        "(?P<n>a)",
        "[]",
        "[^]",
        "[a",
        "(a",
        r"\Aa",
        r"a\z",
        r"a\Z",
        r"\cA",
        r"\ud800",
        r"\u12",
        r"\01",
        "a\\",
        "[a--b]",
        "a{1000}{1000}",
        r"\B",
    ] {
        assert!(translate(pattern).is_none(), "{pattern}");
    }
}
