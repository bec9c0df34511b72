use super::*;

#[test]
fn one_value_has_one_text() {
    for (text, bytes) in [("", Some(&b""[..])), ("AA", Some(&[0][..])), ("-_8", Some(&[0xfb, 0xff][..]))] {
        assert_eq!(from_base64url(text.as_bytes()).as_deref(), bytes, "{text}");
    }
    for other in ["AA==", "AB", "+/8", "A", "A A", "AA\n"] {
        assert_eq!(from_base64url(other.as_bytes()), None, "{other:?}");
    }
}

#[test]
fn a_fixed_value_is_neither_shorter_nor_longer() {
    assert_eq!(fixed_base64url::<2>("-_8"), Some([0xfb, 0xff]));
    assert_eq!(fixed_base64url::<3>("-_8"), None);
    assert_eq!(fixed_base64url::<1>("-_8"), None);
}

#[test]
fn hashing_parts_is_hashing_their_joint() {
    assert_eq!(sha256(&[b"ab", b"c"]), sha256(&[b"abc"]));
    assert_eq!(
        sha256(&[b"abc"]).to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "FIPS 180-4's example"
    );
}
