use super::*;

const EVENT: Stamped =
    Stamped { stream: StreamId::new([1; 16]), kind: 1, seq: 3, at: Micros(5), hash: Digest::new([2; 32]) };

fn key(byte: u8) -> StampKey {
    StampKey::new(&Secret::take(&mut [byte; 32]))
}

#[test]
fn a_stamp_is_of_one_key_and_of_all_that_is_stamped() {
    let stamp = key(7).stamp(&EVENT);
    assert!(key(7).is_of(&EVENT, &stamp));
    assert!(!key(8).is_of(&EVENT, &stamp), "another tenant's key");
    let others = [
        ("another stream", Stamped { stream: StreamId::new([9; 16]), ..EVENT }),
        ("another kind", Stamped { kind: 0, ..EVENT }),
        ("another number", Stamped { seq: 4, ..EVENT }),
        ("another time", Stamped { at: Micros(6), ..EVENT }),
        ("another hash", Stamped { hash: Digest::new([3; 32]), ..EVENT }),
    ];
    for (what, other) in others {
        assert!(!key(7).is_of(&other, &stamp), "{what}");
    }
    for byte in 0..STAMP_BYTES {
        let mut changed = stamp;
        changed[byte] ^= 1;
        assert!(!key(7).is_of(&EVENT, &changed), "byte {byte}");
    }
}

#[test]
fn a_stamp_is_the_hmac_that_is_written_down() {
    let whole = [NAME.as_slice(), &[1; 16], &1_i32.to_be_bytes(), &3_u64.to_be_bytes(), &5_u64.to_be_bytes(), &[2; 32]]
        .concat();
    let expected = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), &whole);
    assert_eq!(key(7).stamp(&EVENT), expected.as_ref()[..16]);
}

#[test]
fn a_key_is_not_shown() {
    assert_eq!(format!("{:?}", key(7)), "StampKey { .. }");
}
