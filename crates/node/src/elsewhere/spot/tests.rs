use super::*;
use bailiwick_core::json::Pointer;

fn bound(kind: &str, normal: &str) -> Bound {
    Bound {
        digest: Digest::new([0; 32]),
        group: None,
        kind: kind.to_owned(),
        normal: Reading::Known(normal.to_owned()),
        pointer: Pointer::root(),
        role: BoundAs::Object,
        unit: None,
    }
}

#[test]
fn places_that_may_hold_the_same_meet() {
    let path = |text: &str| Spot::of(&[bound("path", text)]);
    let thing = |kind: &str, id: &str| Spot::of(&[bound(kind, id)]);
    for (one, other, meet) in [
        (path("/a/b"), path("/a/b"), true),
        (path("/a/b"), path("/a/B"), true),
        (path("/a/b"), path("/a"), true),
        (path("/a/b"), path("/"), true),
        (path("/a/b"), path("/a/c"), false),
        (path("/a/b"), path("/a/bc"), false),
        (path("a/b"), path("a/c"), false),
        (path("a/b"), path("."), true),
        (path("a/b"), path("/x/c"), true),
        (thing("id:file", "1"), thing("id:file", "1"), true),
        (thing("id:file", "1"), thing("id:file", "2"), false),
        (thing("id:file", "1"), thing("id:mail", "2"), true),
        (thing("id:file", "1"), path("/a"), true),
        (Spot::Anywhere, path("/a"), true),
    ] {
        assert_eq!((one.meets(&other), other.meets(&one)), (meet, meet), "{one:?} and {other:?}");
    }
    let sent = |kind: &str, to: &str| {
        let to = Bound { role: BoundAs::Destination, ..bound(kind, to) };
        Spot::recipients(&[to]).next().unwrap()
    };
    for (one, other, meet) in [
        (sent("email", "Bob@corp.example"), thing("email", "bob@corp.example"), true),
        (sent("email", "bob@corp.example"), thing("email", "ann@corp.example"), false),
        (sent("email", "bob@corp.example"), thing("id:mail", "bob@corp.example"), false),
        (sent("email", "bob@corp.example"), Spot::Anywhere, false),
        (sent("email", "bob@corp.example"), path("/a"), false),
        (sent("email", "bob@corp.example").wider(), thing("email", "ann@corp.example"), true),
        (sent("email", "bob@corp.example").wider(), Spot::Anywhere, false),
    ] {
        assert_eq!((one.meets(&other), other.meets(&one)), (meet, meet), "{one:?} and {other:?}");
    }
    assert_eq!(
        Spot::recipients(&[bound("email", "bob@corp.example")]).count(),
        0,
        "what it is about is nobody's address"
    );
    assert_eq!(Spot::of(&[]), Spot::Anywhere);
    assert_eq!(Spot::of(&[bound("id:file", "1"), bound("id:file", "2")]), Spot::Anywhere, "of two nobody knows which");
    let unread = Bound { normal: Reading::Unknown, ..bound("id:file", "1") };
    assert_eq!(Spot::of(&[unread]), Spot::Anywhere);
}
