use super::*;

fn check(pattern: &str, tool: &str, expected: bool) {
    assert_eq!(
        ToolPattern::parse(pattern).unwrap().matches(&ToolId::parse(tool).unwrap()),
        expected,
        "{pattern} {tool}"
    );
}

#[test]
fn patterns_match_whole_names_only() {
    check("bank/pay", "bank/pay", true);
    check("bank/pay", "bank/pay_all", false);
    check("bank/pay", "bank2/pay", false);
    check("bank/*", "bank/pay", true);
    check("bank/*", "mail/pay", false);
    check("bank/read_*", "bank/read_", true);
    check("bank/read_*", "bank/xread_a", false);
    check("bank/*_x", "bank/a_x", true);
    check("bank/*_x", "bank/a_x_y", false);
    check("bank/a*a", "bank/a", false);
    check("bank/a*b*c", "bank/a1b2c", true);
    check("bank/a*b*c", "bank/a1c2b", false);
}

#[test]
fn a_pattern_without_its_server_is_refused() {
    for text in ["*", "*/pay", "ba*/pay", "bank", "bank/", "bank/*a*b*c*d*e"] {
        assert!(ToolPattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn text_patterns_match_whole_texts_only() {
    let pattern = TextPattern::parse("[A-Z]{2}|x").unwrap();
    assert!(pattern.matches("AB") && pattern.matches("x"));
    assert!(!pattern.matches("ABx") && !pattern.matches("AB\n") && !pattern.matches(""));
}

#[test]
fn text_patterns_that_are_not_linear_are_refused() {
    for text in [r"(a)\1", "(?=a)", "(", "a{1000}{1000}", &"a".repeat(1025)] {
        assert!(TextPattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn brackets_of_a_pattern_do_not_escape_what_stands_around_it() {
    assert!(TextPattern::parse("a)|(?:b").is_err());
    assert!(TextPattern::parse("a|b").is_ok_and(|pattern| pattern.matches("b") && !pattern.matches("axxx")));
}

#[test]
fn two_patterns_meet_exactly_where_some_tool_is_named_by_both() {
    for (one, two, expected) in [
        ("bank/pay", "bank/pay", true),
        ("bank/pay", "bank/pays", false),
        ("bank/pay", "mail/pay", false),
        ("bank/p*", "bank/pay", true),
        ("bank/p*", "bank/read", false),
        ("bank/p*", "bank/*y", true),
        ("bank/p*", "bank/pa*", true),
        ("bank/pa*", "bank/pe*", false),
        ("bank/*_all", "bank/*_one", false),
        ("bank/a*m*z", "bank/a*n*z", true),
        ("bank/a*m*z", "bank/anz", false),
        ("bank/*", "bank2/*", false),
    ] {
        let (first, second) = (ToolPattern::parse(one).unwrap(), ToolPattern::parse(two).unwrap());
        assert_eq!(first.meets(&second), expected, "{one} {two}");
        assert_eq!(second.meets(&first), expected, "{two} {one}");
    }
}

#[test]
fn a_pattern_that_is_none_says_what_to_write_instead() {
    let told = |text: &str| TextPattern::parse(text).unwrap_err().expected;
    for costly in ["(a{1,1000}){1,1000}", r"\w{1,600}", r"(\d{1,50}){1,50}"] {
        let told = told(costly);
        assert!(told.contains("cheap to match") && told.contains("`length`") && told.contains("[a-z0-9]+"), "{told}");
    }
    for none in ["(a", "(?=a)b", r"(a)\1"] {
        assert!(told(none).contains("regular expression, without look-around"), "{none}");
    }
    assert!(told(&"a".repeat(TextPattern::BYTES_MAX + 1)).contains("at most 1024 bytes"));
    assert!(TextPattern::parse("[a-z0-9]+").is_ok_and(|pattern| pattern.matches("abc1")), "what is told to write does");
}
