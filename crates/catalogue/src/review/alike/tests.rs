use super::*;

#[test]
fn names_that_differ_by_one_letter_are_told_from_those_that_do_not() {
    for (one, other, expected) in [
        ("github", "githvb", true),
        ("github", "githubs", true),
        ("github", "gihtub", true),
        ("github", "gitlab", false),
        ("github", "github", false),
        ("read", "head", false),
        ("aaaaa", "aaaa", false),
        ("aaaaaa", "aaaaa", true),
    ] {
        assert_eq!(one_apart(one, other), expected, "{one} {other}");
        assert_eq!(one_apart(other, one), expected, "{other} {one}");
    }
}

#[test]
fn names_that_look_the_same_are_the_same_at_a_glance() {
    for (one, other) in [("send_email", "sendEmail"), ("pay", "p\u{430}y"), ("l1st", "list"), ("send", "se\u{200b}nd")]
    {
        assert_eq!(glance(one), glance(other), "{one:?} {other:?}");
    }
    assert_ne!(glance("send"), glance("sent"));
}
