use super::*;

fn key(byte: u8) -> StampKey {
    StampKey::new(&Secret::take(&mut [byte; 32]))
}

#[test]
fn a_stamp_is_of_one_key_stream_number_and_hash_only() {
    let (stream, hash) = (StreamId::new([1; 16]), Digest::new([2; 32]));
    let stamp = key(7).stamp(stream, 3, &hash);
    assert!(key(7).is_of(stream, 3, &hash, &stamp));
    assert!(!key(8).is_of(stream, 3, &hash, &stamp), "another tenant's key");
    assert!(!key(7).is_of(StreamId::new([9; 16]), 3, &hash, &stamp), "another stream");
    assert!(!key(7).is_of(stream, 4, &hash, &stamp), "another number");
    assert!(!key(7).is_of(stream, 3, &Digest::new([3; 32]), &stamp), "another hash");
    for byte in 0..STAMP_BYTES {
        let mut changed = stamp;
        changed[byte] ^= 1;
        assert!(!key(7).is_of(stream, 3, &hash, &changed), "byte {byte}");
    }
}

#[test]
fn a_stamp_is_the_hmac_that_is_written_down() {
    let (stream, hash) = (StreamId::new([1; 16]), Digest::new([2; 32]));
    let whole = [NAME.as_slice(), &[1; 16], &3_u64.to_be_bytes(), &[2; 32]].concat();
    let expected = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), &whole);
    assert_eq!(key(7).stamp(stream, 3, &hash), expected.as_ref()[..16]);
}

#[test]
fn a_key_is_not_shown() {
    assert_eq!(format!("{:?}", key(7)), "StampKey { .. }");
}
