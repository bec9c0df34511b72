use super::*;

fn site() -> Site {
    Site::of("https://bailiwick.example").unwrap()
}

fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
    let mut data = sha256(&[site().rp_id().as_bytes()]).bytes().to_vec();
    data.extend_from_slice(&[flags, 0, 0, 1, 2]);
    data.extend_from_slice(rest);
    data
}

/// AAGUID, length and id, key.
const CREDENTIAL: &[u8] = b"mmmmmmmmmmmmmmmm\x00\x02id\xa1\x01\x02";

#[test]
fn flags_say_which_parts_follow() {
    let with = [CREDENTIAL, b"\xa1\x63foo\xf5"].concat();
    for (flags, rest, good) in [
        (0x05, &b""[..], true),
        (0x45, CREDENTIAL, true),
        (0x85, b"\xa1\x63foo\xf5", true),
        (0xc5, &with, true),
        (0x05, b"\x00", false),
        (0x05, CREDENTIAL, false),
        (0x45, b"", false),
        (0x45, &with, false),
        (0x85, b"", false),
        (0x85, b"\x80", false),
        (0xc5, CREDENTIAL, false),
        (0x45, b"mmmmmmmmmmmmmmmm\xff\xffid", false),
    ] {
        assert_eq!(AuthData::read(&data(flags, rest)).is_ok(), good, "{flags:#x} {rest:02x?}");
    }
    let bytes = data(0xc5, &with);
    let read = AuthData::read(&bytes).unwrap();
    assert_eq!(read.counter, 0x0102);
    let credential = read.credential.unwrap();
    assert_eq!((credential.model, credential.id), (*b"mmmmmmmmmmmmmmmm", &b"id"[..]));
}

#[test]
fn a_yes_needs_a_person_who_is_present_and_verified() {
    let contradictory =
        PasskeyRefusal::Form { what: "the flags of backup", expected: "none that contradict each other" };
    for (flags, want) in [
        (0x05, Ok(())),
        (0x1d, Ok(())),
        (0x0d, Ok(())),
        (0x04, Err(PasskeyRefusal::NotPresent)),
        (0x01, Err(PasskeyRefusal::NotVerified)),
        (0x00, Err(PasskeyRefusal::NotPresent)),
        (0x15, Err(contradictory)),
    ] {
        assert_eq!(AuthData::read(&data(flags, b"")).unwrap().check(&site()), want, "{flags:#x}");
    }
}

#[test]
fn the_hash_must_be_that_of_the_sites_id() {
    let bytes = data(0x05, b"");
    let other = Site::of("https://example").unwrap();
    let want = PasskeyRefusal::OtherSite { expected: "example".to_owned() };
    assert_eq!(AuthData::read(&bytes).unwrap().check(&other), Err(want));
}
