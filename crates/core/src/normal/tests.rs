use super::*;

/// Each text and its normal form; `None` where it has none.
fn check(kind: &Kind, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        let found = normal(kind, text);
        assert_eq!(found.as_deref(), *expected, "{kind}: {text:?}");
        if let Some(found) = found {
            assert_eq!(normal(kind, &found).as_deref(), Some(&*found), "{kind}: {found:?} is not its own form");
        }
    }
}

#[test]
fn an_iban_has_one_form_and_right_check_digits() {
    check(
        &Kind::Iban,
        &[
            ("DE89370400440532013000", Some("DE89370400440532013000")),
            ("de89 3704 0044 0532 0130 00", Some("DE89370400440532013000")),
            ("DE89\u{a0}3704 0044 0532 0130 00", Some("DE89370400440532013000")),
            ("\u{ff24}\u{ff25}89370400440532013000", Some("DE89370400440532013000")),
            ("GB82 WEST 1234 5698 7654 32", Some("GB82WEST12345698765432")),
            ("DE88370400440532013000", None),
            ("DE89370400440532013001", None),
            ("DE8937040044053201300", None),
            ("D\u{415}89370400440532013000", None),
            ("DE89370400440532013000\u{200b}", None),
            ("DE89-3704-0044-0532-0130-00", None),
            ("DE89370400440532013000\n", None),
            ("89DE370400440532013000", None),
            ("DE", None),
            ("", None),
        ],
    );
}

#[test]
fn an_e_mail_address_is_bare_and_lower_case() {
    check(
        &Kind::Email,
        &[
            ("Ann.Lee+x@Example.COM", Some("ann.lee+x@example.com")),
            ("ann@example.com.", Some("ann@example.com")),
            ("Ann <ann@example.com>", None),
            ("ann@example.com, bob@example.com", None),
            ("ann@evil.com@example.com", None),
            ("\"ann\"@example.com", None),
            ("ann(comment)@example.com", None),
            (".ann@example.com", None),
            ("ann..lee@example.com", None),
            ("ann@localhost", None),
            ("ann@127.0.0.1", None),
            ("ann@[::1]", None),
            ("ann@example.com\r\nBcc: bob@example.com", None),
            ("\u{430}nn@example.com", None),
            ("ann@ex\u{430}mple.com", None),
            ("ann\u{200d}@example.com", None),
            ("@example.com", None),
        ],
    );
}

#[test]
fn a_phone_number_says_its_country_or_equals_no_other_country_s() {
    check(
        &Kind::Phone,
        &[
            ("+49 (30) 123-456", Some("+4930123456")),
            ("0049 30 123456", Some("+4930123456")),
            ("0-0-49 30 123456", Some("+4930123456")),
            ("(+49) 30 123456", Some("+4930123456")),
            ("030 123456", Some("030123456")),
            ("49+30123456", None),
            ("112", Some("112")),
            ("+49 (0)30 123456", None),
            ("+0 123 456 789", None),
            ("+1234567890123456", None),
            ("12", None),
            ("+49 30 123456 ext 7", None),
            ("+49\u{202d}30123456", None),
        ],
    );
}

#[test]
fn a_host_is_one_that_every_resolver_takes_for_the_same() {
    check(
        &Kind::Host,
        &[
            ("Example.COM", Some("example.com")),
            ("example.com.", Some("example.com")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("my_db", Some("my_db")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("[::1]", Some("[::1]")),
            ("2001:DB8:0::1", Some("[2001:db8::1]")),
            ("[::ffff:127.0.0.1]", Some("127.0.0.1")),
            ("example.com..", None),
            (".example.com", None),
            ("127.1", None),
            ("0x7f.0.0.1", None),
            ("0x7f000001", None),
            ("2130706433", None),
            ("0177.0.0.1", None),
            ("127.0.0.01", None),
            ("b\u{fc}cher.example", None),
            ("ex\u{430}mple.com", None),
            ("\u{ff45}xample.com", None),
            ("example\u{3002}com", None),
            ("evil.c\u{2100}.example.com", None),
            ("example%2ecom", None),
            ("example.com:443", None),
            ("-a.example", None),
            ("a b.example", None),
            ("exam\u{ad}ple.com", None),
            ("[fe80::1%25eth0]", None),
        ],
    );
}

#[test]
fn a_card_is_its_digits_and_its_check_digit_is_right() {
    check(
        &Kind::Card,
        &[
            ("4237-4252-7456-2574", Some("4237425274562574")),
            ("3782 822463 10005", Some("378282246310005")),
            ("4237-4252-7456-2575", None),
            ("9111 1111 1111 1111", None),
            ("4111_1111_1111_1111", None),
            ("411111111111", None),
        ],
    );
}

#[test]
fn a_url_has_one_form_or_none() {
    check(
        &Kind::Url,
        &[
            ("HTTPS://Example.COM", Some("https://example.com/")),
            ("https://example.com:443/a", Some("https://example.com/a")),
            ("http://example.com:8080/a?b=c#d", Some("http://example.com:8080/a?b=c#d")),
            ("https://example.com./", Some("https://example.com/")),
            ("https://example.com/%7euser/%c3%a9", Some("https://example.com/~user/%C3%A9")),
            ("https://example.com/a//b", Some("https://example.com/a//b")),
            ("https://example.com?q=%2f..", Some("https://example.com/?q=%2F..")),
            ("http://[::1]:80/x", Some("http://[::1]/x")),
            ("https://user@example.com/", None),
            ("https://good.example@evil.example/", None),
            ("https://good.example:443@evil.example/", None),
            ("https://good.example\\@evil.example/", None),
            ("https:\\\\example.com/", None),
            ("https:/example.com/", None),
            ("https:example.com", None),
            ("//Example.com", Some("//example.com/")),
            ("www.example.com/a?b", Some("//www.example.com/a?b")),
            ("//localhost/", None),
            ("src/main", None),
            ("3.5/4", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("mailto:ann@example.com", None),
            ("https://", None),
            ("https:///a", None),
            ("https://example.com:/", None),
            ("https://example.com:0443/", None),
            ("https://example.com:65536/", None),
            ("https://example.com:443:80/", None),
            ("https://::1/", None),
            ("https://example.com/a/../b", None),
            ("https://example.com/a/./b", None),
            ("https://example.com/a/%2e%2e/b", None),
            ("https://example.com/a/%2E./b", None),
            ("https://example.com/a%2fb", None),
            ("https://example.com/a%5Cb", None),
            ("https://example.com/a%252fb", None),
            ("https://example.com/a%00", None),
            ("https://example.com/a%", None),
            ("https://example.com/a%4", None),
            ("https://example.com/a%zz", None),
            ("https://example.com/a b", None),
            ("https://example.com/a\nb", None),
            ("https://ex\u{430}mple.com/", None),
            ("https://example.com/\u{e9}", None),
            ("https://2130706433/", None),
            ("https://0x7f.1/", None),
            (" https://example.com/", None),
        ],
    );
}

#[test]
fn the_host_of_a_url_is_the_one_that_is_called() {
    for (url, host) in [
        ("https://Example.com:8443/x?https://other.example/", Some("example.com")),
        ("https://example.com#@evil.example", Some("example.com")),
        ("https://example.com?@evil.example", Some("example.com")),
        ("https://notevil.com/", Some("notevil.com")),
        ("https://evil.com@example.com/", None),
    ] {
        assert_eq!(url_host(url).as_deref(), host, "{url}");
    }
}

#[test]
fn a_path_cannot_leave_or_hide_where_it_goes() {
    check(
        &Kind::Path,
        &[
            ("/a/b.txt", Some("/a/b.txt")),
            ("//a/./b//", Some("/a/b")),
            ("./a", Some("a")),
            (".", Some(".")),
            ("/", Some("/")),
            ("/a/.hidden", Some("/a/.hidden")),
            ("/a/caf\u{65}\u{301}", Some("/a/caf\u{e9}")),
            ("/a/100%", Some("/a/100%")),
            ("/a/../b", None),
            ("..", None),
            ("a/..", None),
            ("/a/.../b", None),
            ("/a/%2e%2e/b", None),
            ("/a%2Fb", None),
            ("/a%5cb", None),
            ("/a%252fb", None),
            ("/a\\..\\b", None),
            ("/a/b\0.txt", None),
            ("/a/b.", None),
            ("/a/b /c", None),
            ("/a/\u{ff0e}\u{ff0e}/b", None),
            ("/a\u{ff0f}b", None),
            ("/a/\u{fb01}le", None),
            ("/a/fil\u{435}", None),
            ("/a/\u{202e}txt.exe", None),
            ("file:///a", None),
            ("", None),
        ],
    );
}

#[test]
fn a_date_exists_and_a_time_is_told_in_utc() {
    check(
        &Kind::Date,
        &[
            ("2026-02-28", Some("2026-02-28")),
            ("2024-02-29", Some("2024-02-29")),
            ("2000-02-29", Some("2000-02-29")),
            ("2026-03-01T09:30:00+01:00", Some("2026-03-01T08:30:00Z")),
            ("2026-01-01T00:30+01:00", Some("2025-12-31T23:30:00Z")),
            ("2023-12-31T23:30:15.250-01:00", Some("2024-01-01T00:30:15.25Z")),
            ("2024-02-29T23:00:00-02:00", Some("2024-03-01T01:00:00Z")),
            ("1969-12-31T23:59:59.000Z", Some("1969-12-31T23:59:59Z")),
            ("2026-03-01T09:30", Some("2026-03-01T09:30:00")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
            ("0001-01-01T00:00:00+00:01", None),
            ("9999-12-31T23:59:59-00:01", None),
            ("2026-02-29", None),
            ("1900-02-29", None),
            ("2026-13-01", None),
            ("2026-00-01", None),
            ("2026-01-00", None),
            ("26-01-01", None),
            ("2026-1-1", None),
            ("01.02.2026", None),
            ("01/02/2026", None),
            ("2026-01-01 09:30", Some("2026-01-01T09:30:00")),
            ("2026-01-01  09:30", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T23:59:60Z", None),
            ("2026-01-01T09:30:00-00:00", None),
            ("2026-01-01T09:30:00+0100", None),
            ("2026-01-01T09:30.5Z", None),
            ("2026-01-01T", None),
            ("tomorrow", None),
            ("\u{ff12}026-01-01", None),
        ],
    );
}

#[test]
fn amounts_have_the_form_of_amounts() {
    check(&Kind::Amount, &[("500.00", Some("500")), ("0.10", Some("0.1")), ("1e3", None), ("-1", None), ("1,5", None)]);
}

#[test]
fn a_name_is_one_line_and_no_word_of_it_imitates_another() {
    for kind in [Kind::Person, Kind::Party, Kind::Name, Kind::Title] {
        check(
            &kind,
            &[
                ("  Acme   Ltd ", Some("Acme Ltd")),
                ("Acme\u{a0}Ltd", Some("Acme Ltd")),
                ("\u{ff21}cme", Some("Acme")),
                ("O\u{2019}Neill", Some("O'Neill")),
                ("Jean\u{2010}Luc", Some("Jean-Luc")),
                ("\u{410}\u{43d}\u{43d}\u{430} Smith", Some("\u{410}\u{43d}\u{43d}\u{430} Smith")),
                ("Zoe\u{308}", Some("Zo\u{eb}")),
                ("p\u{430}ypal", None),
                ("\u{41f}aypal", None),
                ("Acm\u{435}", None),
                ("\u{391}cme", None),
                ("Acme\u{200b}", None),
                ("Acme\u{2060}Ltd", None),
                ("\u{202e}emcA", None),
                ("Acme\u{feff}", None),
                ("Acme\u{e0041}", None),
                ("Acme\u{3164}", None),
                ("Acme\nLtd", None),
                ("Acme\tLtd", None),
                ("Acme\u{2028}Ltd", None),
                ("   ", None),
                ("", None),
            ],
        );
    }
    assert!(normal(&Kind::Name, &"a".repeat(128)).is_some());
    assert_eq!(normal(&Kind::Name, &"a".repeat(129)), None);
    assert_eq!(normal(&Kind::Title, &"a".repeat(257)), None);
}

#[test]
fn case_tells_names_and_ids_apart() {
    for kind in [Kind::Name, Kind::Party, Kind::Id("file".into()), Kind::Secret] {
        assert_ne!(normal(&kind, "Abc"), normal(&kind, "abc"), "{kind}");
    }
}

#[test]
fn an_id_is_compared_as_it_is() {
    check(
        &Kind::Id("invoice".into()),
        &[
            ("INV-13", Some("INV-13")),
            ("a/b c", Some("a/b c")),
            (" INV-13", None),
            ("INV-13 ", None),
            ("\u{ff29}NV-13", None),
            ("INV\u{ad}-13", None),
            ("\u{406}NV-13", None),
            ("INV-13\n", None),
        ],
    );
}

#[test]
fn content_keeps_its_lines_and_nothing_unseen() {
    for kind in [Kind::Content, Kind::Text] {
        check(
            &kind,
            &[
                ("a\r\n\tb\n", Some("a\n\tb\n")),
                ("\u{201c}a\u{201d}", Some("\"a\"")),
                ("a\rb", None),
                ("a\u{200b}b", None),
                ("a\u{202e}b", None),
                ("a\u{1b}[2J", None),
            ],
        );
    }
}

#[test]
fn one_host_is_never_another_by_its_end() {
    let host = |text| normal(&Kind::Host, text).unwrap();
    assert_ne!(host("evil.com"), host("notevil.com"));
    assert_ne!(host("evil.com"), host("evil.com.example"));
    assert_ne!(normal(&Kind::Email, "a@evil.com"), normal(&Kind::Email, "a@notevil.com"));
    assert_ne!(normal(&Kind::Url, "https://evil.com/"), normal(&Kind::Url, "https://notevil.com/"));
}

#[test]
fn kinds_read_back_what_they_write_and_others_are_refused() {
    for text in PLAIN.iter().map(|(_, name)| *name).chain(["id:invoice", "id:kind-of-2"]) {
        let kind = Kind::parse(text).unwrap();
        assert_eq!(kind.to_string(), text);
        assert_eq!(serde_json::from_value::<Kind>(serde_json::to_value(&kind).unwrap()).unwrap(), kind);
    }
    for text in ["", "IBAN", "id", "id:", "id:A", "id:a b", "e-mail", &format!("id:{}", "a".repeat(33))] {
        assert_eq!(Kind::parse(text), None, "{text}");
    }
}

#[test]
fn a_value_past_its_bound_has_no_form() {
    assert_eq!(normal(&Kind::Url, &format!("https://example.com/{}", "a".repeat(4096))), None);
    assert_eq!(normal(&Kind::Text, &"a".repeat((1 << 20) + 1)), None);
    assert!(normal(&Kind::Text, &"a".repeat(1 << 20)).is_some());
}

proptest::proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(text in "\\PC{0,24}", at in 0..PLAIN.len()) {
        let (kind, _) = &PLAIN[at];
        if let Some(found) = normal(kind, &text) {
            proptest::prop_assert_eq!(normal(kind, &found), Some(found));
        }
    }

    #[test]
    fn nothing_unseen_is_in_a_normal_form(text in proptest::collection::vec(proptest::prelude::any::<char>(), 0..12)) {
        let text: String = text.into_iter().collect();
        for (kind, _) in PLAIN {
            if let Some(found) = normal(&kind, &text) {
                proptest::prop_assert!(!found.chars().any(|c| chars::invisible(c) && !matches!(c, '\n' | '\t')));
            }
        }
    }

    #[test]
    fn urls_in_pieces_have_one_form_that_is_their_own(pieces in proptest::collection::vec(
        proptest::sample::select(vec!["http://", "https://", "a", "A", ".", "..", "/", "\\", "@", ":", "80", "443", "%2e",
            "%2F", "%41", "%25", "%", "?", "#", "[::1]", "127.0.0.1", "example.com", "\u{e9}", " "]), 0..8)) {
        let text = pieces.concat();
        if let Some(found) = normal(&Kind::Url, &text) {
            proptest::prop_assert_eq!(url_host(&found), url_host(&text));
            proptest::prop_assert_eq!(normal(&Kind::Url, &found), Some(found));
        }
        if let Some(found) = normal(&Kind::Path, &text) {
            proptest::prop_assert!(!found.split('/').any(|segment| segment == ".."));
            proptest::prop_assert_eq!(normal(&Kind::Path, &found), Some(found));
        }
    }
}

#[test]
fn a_text_looks_like_what_it_imitates() {
    for text in [
        "password",
        "PASSWORD",
        "pass\u{3164}word",
        "\u{ff50}\u{ff41}ssword",
        "p\u{430}ssw\u{43e}rd",
        "\u{1d429}assword",
    ] {
        assert_eq!(super::look(text), "password", "{text}");
    }
    assert_eq!(super::look("Contrase\u{f1}a\n"), "contrasena\n", "lines stay");
    assert_ne!(super::look("\u{431}"), "6");
}
