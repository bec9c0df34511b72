use super::*;

#[test]
fn what_authenticators_write_is_read() {
    for (bytes, want) in [
        (&b"\x00"[..], Cbor::Int(0)),
        (b"\x17", Cbor::Int(23)),
        (b"\x18\xff", Cbor::Int(255)),
        (b"\x19\x01\x00", Cbor::Int(256)),
        (b"\x1a\x00\x01\x00\x00", Cbor::Int(65_536)),
        (b"\x1b\x7f\xff\xff\xff\xff\xff\xff\xff", Cbor::Int(i64::MAX)),
        (b"\x26", Cbor::Int(-7)),
        (b"\x39\x01\x00", Cbor::Int(-257)),
        (b"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff", Cbor::Int(i64::MIN)),
        (b"\x43abc", Cbor::Bytes(b"abc")),
        (b"\x63abc", Cbor::Text("abc")),
        (b"\xf4", Cbor::Bool(false)),
        (b"\xf5", Cbor::Bool(true)),
        (b"\xf6", Cbor::Null),
        (b"\x82\x01\x80", Cbor::List(vec![Cbor::Int(1), Cbor::List(vec![])])),
        (b"\xa1\x01\x40", Cbor::Map(vec![(Cbor::Int(1), Cbor::Bytes(b""))])),
        // longer than it must be, and the same
        (b"\xb9\x00\x01\x18\x01\x58\x01a", Cbor::Map(vec![(Cbor::Int(1), Cbor::Bytes(b"a"))])),
    ] {
        assert_eq!(Cbor::read(bytes), Some(want), "{bytes:02x?}");
    }
}

#[test]
fn what_two_readers_could_take_for_two_values_is_refused() {
    for (what, bytes) in [
        ("nothing", &b""[..]),
        ("a byte more", b"\x00\x00"),
        ("a text cut short", b"\x63ab"),
        ("a text that is not UTF-8", b"\x61\xff"),
        ("a number too large", b"\x1b\x80\x00\x00\x00\x00\x00\x00\x00"),
        ("a number too small", b"\x3b\x80\x00\x00\x00\x00\x00\x00\x00"),
        ("a reserved length", b"\x1c"),
        ("bytes of a length told later", b"\x5f\x41a\xff"),
        ("a map of a length told later", b"\xbf\x01\x02\xff"),
        ("a key twice", b"\xa2\x01\x02\x01\x03"),
        ("a key twice, once longer", b"\xa2\x01\x02\x18\x01\x03"),
        ("a key that is a list", b"\xa1\x80\x01"),
        ("a tag", b"\xc0\x00"),
        ("a float", b"\xf9\x00\x00"),
        ("undefined", b"\xf7"),
        ("a break", b"\xff"),
        ("more values than bytes", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("bytes of a length beyond all", b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
    ] {
        assert_eq!(Cbor::read(bytes), None, "{what}");
    }
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    let nested = |depth: usize| [vec![0x81; depth - 1], vec![0x00]].concat();
    assert!(Cbor::read(&nested(DEPTH_MAX)).is_some());
    assert_eq!(Cbor::read(&nested(DEPTH_MAX + 1)), None);
    let list = |values: u16| {
        let mut bytes = vec![0x99];
        bytes.extend_from_slice(&values.to_be_bytes());
        bytes.resize(3 + usize::from(values), 0);
        bytes
    };
    assert!(Cbor::read(&list(255)).is_some());
    assert_eq!(Cbor::read(&list(256)), None, "the list itself is a value");
}

#[test]
fn a_value_is_read_off_the_front() {
    let mut bytes = &b"\xa1\x01\x02\xa0"[..];
    assert_eq!(Cbor::read_first(&mut bytes).unwrap().numbered(1).unwrap().as_int(), Some(2));
    assert_eq!(bytes, b"\xa0");
}
