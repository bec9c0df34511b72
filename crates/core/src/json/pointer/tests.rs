use super::super::tests::read;
use super::*;

#[test]
fn pointers_find_what_section_5_of_rfc_6901_says() {
    let document =
        read(r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#);
    let cases = [
        ("/foo", r#"["bar","baz"]"#),
        ("/foo/0", r#""bar""#),
        ("/", "0"),
        ("/a~1b", "1"),
        ("/c%d", "2"),
        ("/e^f", "3"),
        ("/g|h", "4"),
        ("/i\\j", "5"),
        ("/k\"l", "6"),
        ("/ ", "7"),
        ("/m~0n", "8"),
    ];
    for (text, found) in cases {
        let pointer = Pointer::parse(text).unwrap();
        assert_eq!(document.pointer(&pointer).unwrap().canonical(), found, "{text}");
        assert_eq!(pointer.to_string(), text);
    }
    assert_eq!(document.pointer(&Pointer::root()), Some(&document));
    for text in
        ["/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/", "/foo/0/x", "/x", "/foo/99999999999999999999"]
    {
        assert_eq!(document.pointer(&Pointer::parse(text).unwrap()), None, "{text}");
    }
}

#[test]
fn texts_that_are_no_pointers_are_refused() {
    for (text, why) in [
        ("a", BadPointer::NoSlash),
        ("#/a", BadPointer::NoSlash),
        ("/~", BadPointer::Escape),
        ("/~2", BadPointer::Escape),
        ("/a~/b", BadPointer::Escape),
        (&"/a".repeat(129), BadPointer::TooDeep),
    ] {
        assert_eq!(Pointer::parse(text), Err(why), "{text}");
        assert!(serde_json::from_value::<Pointer>(text.into()).is_err());
    }
    assert!(Pointer::parse(&"/a".repeat(128)).is_ok());
}

#[test]
fn escapes_are_undone_once() {
    assert_eq!(Pointer::parse("/~01").unwrap().tokens(), ["~1"]);
    assert_eq!(Pointer::root().join("~1").to_string(), "/~01");
    assert_eq!(Pointer::root().join("a/b").index(3).to_string(), "/a~1b/3");
}

#[test]
fn pointers_are_ordered_as_their_texts() {
    let mut pointers: Vec<_> = ["/a/b", "/a-", "/a", "", "/a/~0"].map(|text| Pointer::parse(text).unwrap()).into();
    pointers.sort();
    assert_eq!(pointers.iter().map(Pointer::to_string).collect::<Vec<_>>(), ["", "/a", "/a-", "/a/b", "/a/~0"]);
}

#[test]
fn a_pointer_contains_itself_and_what_is_below_it_only() {
    let at = |text| Pointer::parse(text).unwrap();
    for (outer, inner, contains) in
        [("", "/a", true), ("/a", "/a", true), ("/a", "/a/b", true), ("/a", "/ab", false), ("/a/b", "/a", false)]
    {
        assert_eq!(at(outer).contains(&at(inner)), contains, "{outer} {inner}");
    }
    assert_eq!(at("/a/b").parent(), Some(&at("/a")));
    assert_eq!((at("/a/b").last(), at("").last()), (Some("b"), None));
}
