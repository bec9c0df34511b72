use super::*;

#[test]
fn a_value_of_somebody_else_means_nothing_to_markdown() {
    for (written, escaped) in [
        ("plain words, 5-10 (ten)", "plain words, 5-10 (ten)"),
        ("# no heading\n# none", "\\# no headingU+000A\\# none"),
        ("[x](javascript:1)", "\\[x\\](javascript\\:1)"),
        ("a | b", "a \\| b"),
        ("<b>&amp;</b>", "\\<b\\>\\&amp;\\</b\\>"),
        ("`code` **bold** _it_", "\\`code\\` \\*\\*bold\\*\\* \\_it\\_"),
        ("https://evil.example", "https\\://evil.example"),
        ("www.evil.example WwW.evil", "www\\.evil.example WwW\\.evil"),
        ("ann@example.org", "ann\\@example.org"),
        ("a\u{202e}b\u{200b}", "aU+202EbU+200B"),
        ("\\", "\\\\"),
    ] {
        assert_eq!(value(written), escaped);
    }
}

#[test]
fn a_table_without_rows_says_so() {
    let mut page = Page::default();
    page.table(&["a"], &[], "There is none.");
    page.table(&["a", "b"], &[vec!["1".to_owned(), "2".to_owned()]], "There is none.");
    assert_eq!(page.done(), "There is none.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n");
}
