use super::*;
use crate::action::Reading;

fn bound(pointer: &str, role: BoundAs) -> Bound {
    Bound {
        digest: crate::sha256(b"x"),
        group: None,
        kind: "email".to_owned(),
        normal: Reading::Known("ann@example.org".to_owned()),
        pointer: Pointer::parse(pointer).unwrap(),
        role,
        unit: None,
    }
}

#[test]
fn a_place_holds_what_stands_there_and_every_element_of_a_list() {
    for (place, pointer, role, holds) in [
        ("/to", "/to", BoundAs::Destination, true),
        ("/to", "/too", BoundAs::Destination, false),
        ("/to", "/to/0", BoundAs::Destination, false),
        ("/to/*", "/to/0", BoundAs::Destination, true),
        ("/to/*", "/to/17", BoundAs::Value, true),
        ("/to/*", "/to/name", BoundAs::Value, false),
        ("/to/*/mail", "/to/3/mail", BoundAs::Destination, true),
        ("addresses", "/text", BoundAs::Found, true),
        ("addresses", "/text", BoundAs::Destination, false),
        ("/text", "/text", BoundAs::Found, false),
    ] {
        assert_eq!(FromPlace::parse(place).unwrap().holds(&bound(pointer, role)), holds, "{place} {pointer}");
    }
}

#[test]
fn a_place_that_is_none_is_refused() {
    for text in ["", "to", "Addresses", "/a~2", "*"] {
        assert_eq!(FromPlace::parse(text), None, "{text}");
        assert!(serde_json::from_str::<From>(&format!("{{\"{text}\":[\"intent\"]}}")).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<From>(r#"{"/to":["anywhere"]}"#).is_err());
}
