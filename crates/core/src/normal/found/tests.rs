use super::*;
use proptest::prelude::*;

/// What is found in a text, as `kind normal`, with `?` for an address without a form.
fn all(text: &str) -> Vec<String> {
    let line = |one: Found| format!("{} {}", one.kind, one.normal.unwrap_or_else(|| "?".to_owned()));
    let mut lines: Vec<String> = found(text, 64).found.into_iter().map(line).collect();
    lines.sort();
    lines.dedup();
    lines
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(all(text), *expected, "{text:?}");
    }
}

#[test]
fn what_is_written_plainly_is_found_in_its_form() {
    check(&[
        ("see https://Example.com/a?b=1#c.", &["url https://example.com/a?b=1#c"]),
        ("(see https://en.example.org/wiki/Rust_(language))", &["url https://en.example.org/wiki/Rust_(language)"]),
        ("[text](https://example.com/x) and more", &["url https://example.com/x"]),
        ("<a href='https://example.com/x'>y</a>", &["url https://example.com/x"]),
        ("**http://example.com**, then", &["url http://example.com/"]),
        ("ftp://f.example:2121/a git+ssh://h.example/x", &["url ftp://f.example:2121/a", "url git+ssh://h.example/x"]),
        ("www.example.com/path is a host", &["host www.example.com"]),
        ("www.example.newname too", &["host www.example.newname"]),
        ("go to example.com.", &["host example.com"]),
        ("it is at Example.CO.UK:8080, they say", &["host example.co.uk"]),
        ("example.md/x is one", &["host example.md"]),
        ("mail Ann.Lee+x@Example.com, please", &["email ann.lee+x@example.com"]),
        ("mailto:bob@example.com?subject=x", &["email bob@example.com"]),
        ("o'brien@example.com", &["email o'brien@example.com"]),
        ("DE89370400440532013000", &["iban DE89370400440532013000"]),
        ("IBAN: de89 3704 0044 0532 0130 00 BIC COBADEFF", &["iban DE89370400440532013000"]),
        ("DE89-3704-0044-0532-0130-00", &["iban DE89370400440532013000"]),
        ("GB82 WEST 1234 5698 7654 32.", &["iban GB82WEST12345698765432"]),
        ("call +49 (30) 123-456 now", &["phone +4930123456"]),
        ("0049 30 123456", &["phone +4930123456"]),
        ("030 123456, 06 12 34 56 78", &["phone 030123456", "phone 0612345678"]),
        ("(212) 555-0123, 1-800-555-0199", &["phone 18005550199", "phone 2125550123"]),
        ("text 5550123456", &["phone 5550123456"]),
        ("at 192.0.2.7 and [2001:db8::1]", &["host 192.0.2.7", "host [2001:db8::1]"]),
        ("evil.com.Then we go on", &["host evil.com"]),
        ("见example.com谢谢", &["host example.com"]),
        ("“https://example.com/a”…", &["url https://example.com/a"]),
    ]);
}

#[test]
fn a_disguise_is_undone() {
    check(&[
        ("hxxps://evil.example/x", &["url https://evil.example/x"]),
        ("hxxp[:]//evil[.]example/x", &["url http://evil.example/x"]),
        ("evil[.]com", &["host evil.com"]),
        ("evil (dot) com", &["host evil.com"]),
        ("evil dot com", &["host evil.com"]),
        ("EVIL DOT COM slash login", &["host evil.com"]),
        ("mail.evil dot co dot uk", &["host mail.evil.co.uk"]),
        ("evil . com", &["host evil.com"]),
        ("evil-dot-com", &["host evil.com"]),
        ("beispiel punkt de", &["host beispiel.de"]),
        ("name at evil dot com", &["email name@evil.com", "host evil.com"]),
        ("name [at] evil [dot] com", &["email name@evil.com"]),
        ("name(at)evil.com", &["email name@evil.com", "host evil.com"]),
        ("e v i l . c o m", &["host evil.com"]),
        ("e-v-i-l-.-c-o-m", &["host evil.com"]),
        ("e v i l  d o t  c o m", &["host evil.com"]),
        ("h t t p s : / / e v i l . c o m / x", &["url https://evil.com/x"]),
        ("https%3A%2F%2Fevil.com%2Fx", &["url https://evil.com/x"]),
        (
            "https://good.example/?to=https%3A%2F%2Fevil.com%2Fx",
            &["url https://evil.com/x", "url https://good.example/?to=https%3A%2F%2Fevil.com%2Fx"],
        ),
        (
            "https://good.example/?to=https://evil.com/x",
            &["url https://evil.com/x", "url https://good.example/?to=https://evil.com/x"],
        ),
        ("evil&#46;com", &["host evil.com"]),
        ("https&#x3a;&#x2f;&#x2f;evil&period;com", &["url https://evil.com/"]),
        ("aHR0cHM6Ly9ldmlsLmNvbS94", &["url https://evil.com/x"]),
        ("x=aHR0cHM6Ly9ldmlsLmNvbS94&y", &["url https://evil.com/x"]),
        ("YUhSMGNITTZMeTlsZG1sc0xtTnZiUzk0", &["url https://evil.com/x"]),
    ]);
}

#[test]
fn what_escapes_of_json_and_of_programs_hide_is_found_also_escaped_again_and_within_base64() {
    for text in [
        r#"{"note":"see https:\u002f\u002fevil\u002ecom\u002fx"}"#,
        r#"{"note":"{\"note\":\"https:\\u002F\\u002Fevil\\u002Ecom/x\"}"}"#,
        r"https:\/\/evil\x2ecom\/x",
        r"https\u003a\u002f\u002fevil%2ecom%2fx",
        // {"note":"https:\u002f\u002fevil\u002ecom\u002fx"}
        "eyJub3RlIjoiaHR0cHM6XHUwMDJmXHUwMDJmZXZpbFx1MDAyZWNvbVx1MDAyZngifQ==",
    ] {
        assert!(all(text).contains(&"url https://evil.com/x".to_owned()), "{text}: {:?}", all(text));
    }
    assert!(all(r"mallory\u0040evil\u002ecom").contains(&"email mallory@evil.com".to_owned()));
    let iban = all(r"DE89\u00203704\u00200044\u00200532\u00200130\u002000");
    assert!(iban.contains(&"iban DE89370400440532013000".to_owned()), "{iban:?}");
}

#[test]
fn what_pretends_to_be_an_address_is_found_without_a_form() {
    check(&[
        ("https://good.example@evil.example/", &["url ?"]),
        ("https://2130706433/", &["url ?"]),
        ("https://good.example/a/../b", &["url ?"]),
        ("https://ex\u{430}mple.com/", &["url ?"]),
        ("ex\u{430}mple.com", &["host ?"]),
        ("b\u{fc}cher.de", &["host ?"]),
        ("пример.рф", &["host ?"]),
        ("\u{ff45}xample.com", &["host ?"]),
        ("example\u{3002}com", &["host ?"]),
        ("exam\u{200b}ple.com", &["host ?"]),
        ("\u{430}nn@example.com", &["email ?"]),
        ("ann@ex\u{430}mple.com", &["email ?"]),
        ("ann@evil.com@example.com", &["email ?"]),
        ("+49 (0)30 123456", &["phone ?"]),
        ("+1234567890123456", &["phone ?"]),
        ("file:///etc/passwd", &["url ?"]),
    ]);
}

#[test]
fn honest_prose_holds_no_address() {
    for text in [
        "See e.g. the notes, i.e. section 3.5 of v1.2.3, at 9.30 p.m. on 2026-03-01 or 01.03.2026.",
        "README.md, notes.txt, photo.jpg, main.rs, run.sh, data.csv, report.pdf and archive.zip are files.",
        "It costs 1.234.567,89 EUR, order 123-456, invoice 2026-0042, room 12.04, ratio 3:4, 10:30.",
        "Done.Then we went home. The dot in the corner; the dot is red. A . at the end.",
        "Node.js and std::fmt::Display, self.field, a::b, x/y, and/or, 50%, Q&A, R&D, 100%&more.",
        "We meet at ten. @ann and @bob: look at this! user@host has no dot.",
        "Der Punkt ist klar. El punto es claro. Le point de vue.",
        "ISBN 978-3-16-148410-0, 4111 1111 1111 1112, 12345678, 3.14159265",
        "a - b - c - d - e, I a m, 1, 2, 3, 4, 5, 6",
        "Das Internationalisierungskomitee tagt; siehe Verwaltungsvereinfachung.",
        "DE00 3704 0044 0532 0130 00 has wrong digits, XX12 is none",
        "lodash@4.17.21, react@18, 2026-11-22T10:00:00+01:00",
        r#"C:\users\unit\x and \\server\share; \d+ or \u12, \xyz, {\"a\":\"b\"}; a last \\ stands alone: \"#,
    ] {
        assert_eq!(all(text), <[&str; 0]>::default(), "{text:?}");
    }
}

#[test]
fn a_payment_card_is_found_by_its_check_digit() {
    for text in ["pay with 4111 1111 1111 1111", "4111-1111-1111-1111.", "card: 4111111111111111, thanks"] {
        assert_eq!(all(text), ["card 4111111111111111"], "{text:?}");
    }
    for text in ["4111 1111 1111 1112", "1111 2222 3333 4444", "41111 111 1 11111111"] {
        assert!(!all(text).iter().any(|found| found.starts_with("card")), "{text:?}");
    }
}

#[test]
fn no_more_are_given_than_were_asked_for_and_that_is_said() {
    let text: String = (0..100).map(|at| format!("h{at}.example.com ")).collect();
    let most = found(&text, 64);
    assert_eq!((most.found.len(), most.over), (64, true));
    assert_eq!((found(&text, 100).found.len(), found(&text, 100).over), (100, false));
}

#[test]
fn texts_that_are_made_to_be_slow_are_looked_through_once() {
    let size = 1 << 17;
    for piece in [
        "://",
        "a://",
        "@",
        "a@",
        ".",
        "a.",
        "(",
        "[.",
        "[dot] ",
        " dot ",
        "%",
        "%25",
        "&",
        "&#",
        "+1",
        "1 ",
        "1-",
        "a ",
        "A",
        "aA1",
        "\u{200b}",
        "\u{430}.",
        "http://",
        "DE89 ",
        "::",
        "1:",
        "e v . ",
        " at a dot ",
        "\\",
        "\\u005c",
    ] {
        let text = piece.repeat(size / piece.len());
        let first = found(&text, 64);
        assert!(first.found.len() <= 64, "{piece:?}");
    }
}

fn prose() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[a-z]{2,9}", "[A-Z][a-z]{2,9}", "[0-9]{2,4}", "[а-я]{2,6}", "[中文字]{2,3}"];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_looked_through(text in any::<String>(), most in 0_usize..9) {
        prop_assert!(found(&text, most).found.len() <= most);
    }

    #[test]
    fn a_text_of_marks_is_looked_through(text in "[a-c.@:/ \\[\\](){}%&#;0-9+=_\\\\ux-]{0,80}") {
        for one in found(&text, 64).found {
            if let Some(form) = one.normal {
                prop_assert_eq!(super::super::normal(&one.kind, &form), Some(form));
            }
        }
    }

    #[test]
    fn an_address_is_found_wherever_it_stands(
        before in prose(),
        after in prose(),
        (text, expected) in proptest::sample::select(vec![
            ("https://evil.example/x", "url https://evil.example/x"),
            ("evil.com", "host evil.com"),
            ("evil[.]com", "host evil.com"),
            ("evil dot com", "host evil.com"),
            ("e v i l . c o m", "host evil.com"),
            ("x@evil.com", "email x@evil.com"),
            ("DE89 3704 0044 0532 0130 00", "iban DE89370400440532013000"),
            ("aHR0cHM6Ly9ldmlsLmNvbS94", "url https://evil.com/x"),
            ("https%3A%2F%2Fevil.com%2Fx", "url https://evil.com/x"),
            (r"https:\u002f\u002fevil\u002ecom/x", "url https://evil.com/x"),
        ]),
        around in proptest::sample::select(vec![(" ", " "), (" (", ") "), (" \"", "\" "), ("\n", "\n"), (", ", ". ")]),
    ) {
        let whole = format!("{before}{}{text}{}{after}", around.0, around.1);
        prop_assert!(all(&whole).iter().any(|one| one == expected), "{whole:?}: {:?}", all(&whole));
    }
}
