use super::*;
use crate::vectors::{all, digest, hex, list, number, text};
use proptest::prelude::*;
use serde_json::Value;

const TENANT: TenantId = TenantId::new([1; 16]);
const STREAM: StreamId = StreamId::new([2; 16]);

fn sealer(key: u8, seq: u64) -> Sealer {
    Sealer::new(&Secret::take(&mut [key; 32]), TENANT, STREAM, seq)
}

fn field<'a>(pointer: &'a str, value: &'a str) -> Field<'a> {
    Field { pointer, value: value.as_bytes() }
}

fn proof(of: &Value) -> FieldProof {
    FieldProof { blind: digest(of, "blind"), fields: serde_json::from_value(of["fields"].clone()).unwrap() }
}

#[test]
fn every_seal_vector_has_the_commitment_keys_and_blinds_written_in_it() {
    for case in all("seal") {
        let mut key: [u8; 32] = hex(text(&case, "key")).try_into().unwrap();
        let tenant = TenantId::parse(text(&case, "tenant")).unwrap();
        let stream = StreamId::parse(text(&case, "stream")).unwrap();
        let sealer = Sealer::new(&Secret::take(&mut key), tenant, stream, number(&case, "seq"));
        let commit = digest(&case, "commit");
        let values: Vec<_> =
            list(&case, "opened").iter().map(|one| (text(one, "pointer"), hex(text(one, "value")))).collect();
        let fields: Vec<_> = values.iter().map(|(pointer, value)| Field { pointer, value }).collect();

        assert_eq!(sealer.commit(&fields), Ok(commit), "{}", case["name"]);
        assert_eq!(sealer.body_key(&commit).expose().as_slice(), hex(text(&case, "body_key")));
        let sealed = sealer.seal(&fields).unwrap();
        assert_eq!(sealed.commit, commit);
        let opened = sealer.open(&commit, &sealed.bytes).unwrap();
        assert_eq!(opened.len(), fields.len());
        assert_eq!(check_fields(&commit, &opened), Ok(()));
        for one in list(&case, "opened") {
            let pointer = text(one, "pointer");
            let found = opened.iter().find(|found| found.pointer == pointer).unwrap();
            assert_eq!((found.value.to_vec(), found.blind), (hex(text(one, "value")), digest(one, "blind")));
            assert_eq!(sealer.prove_field(&fields, pointer), Ok(proof(one)));
            assert_eq!(check_field(&commit, pointer, &found.value, &proof(one)), Ok(()));
        }
    }
}

#[test]
fn every_refused_seal_vector_is_refused() {
    let mut refused = 0;
    for case in all("seal") {
        for one in list(&case, "refused") {
            let checked =
                check_field(&digest(&case, "commit"), text(one, "pointer"), &hex(text(one, "value")), &proof(one));
            assert!(checked.is_err(), "{}: {}", case["name"], one["why"]);
            refused += 1;
        }
    }
    assert!(refused >= 49);
}

#[test]
fn the_order_of_fields_does_not_matter_and_sealing_again_makes_the_same_bytes() {
    let (a, b) = (field("/a", "1"), field("/b", "2"));
    assert_eq!(sealer(1, 1).seal(&[a, b]), sealer(1, 1).seal(&[b, a]));
    assert_eq!(sealer(1, 1).commit(&[a, b]).unwrap(), sealer(1, 1).seal(&[a, b]).unwrap().commit);
}

#[test]
fn other_fields_at_the_same_place_are_sealed_under_another_key() {
    let one = sealer(1, 1).seal(&[field("/a", "1111")]).unwrap();
    let other = sealer(1, 1).seal(&[field("/a", "2222")]).unwrap();
    assert_ne!(sealer(1, 1).body_key(&one.commit).expose(), sealer(1, 1).body_key(&other.commit).expose());
    // Under one key and nonce the two would differ by 0x03 in each byte of the value and nowhere else.
    let same = one.bytes.iter().zip(&other.bytes).skip(1).filter(|(a, b)| a == b).count();
    assert!(same < 8, "{same} bytes alike");
}

#[test]
fn a_body_opens_only_with_its_key_place_and_commitment() {
    let sealed = sealer(1, 1).seal(&[field("/a", "1")]).unwrap();
    assert!(sealer(1, 1).open(&sealed.commit, &sealed.bytes).is_ok());
    assert_eq!(sealer(2, 1).open(&sealed.commit, &sealed.bytes), Err(SealError::NotOurs));
    assert_eq!(sealer(1, 2).open(&sealed.commit, &sealed.bytes), Err(SealError::NotOurs));
    let another = sealer(1, 1).commit(&[field("/a", "2")]).unwrap();
    assert_eq!(sealer(1, 1).open(&another, &sealed.bytes), Err(SealError::NotOurs));
    let key = Secret::take(&mut [1; 32]);
    let elsewhere = Sealer::new(&key, TenantId::new([9; 16]), STREAM, 1);
    assert_eq!(elsewhere.open(&sealed.commit, &sealed.bytes), Err(SealError::NotOurs));
    let elsewhere = Sealer::new(&key, TENANT, StreamId::new([9; 16]), 1);
    assert_eq!(elsewhere.open(&sealed.commit, &sealed.bytes), Err(SealError::NotOurs));
}

#[test]
fn any_changed_or_missing_byte_of_a_body_is_refused() {
    let Sealed { bytes, commit } = sealer(1, 1).seal(&[field("/a", "1"), field("/b", "two")]).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(sealer(1, 1).open(&commit, &changed).is_err(), "byte {at}");
        assert!(sealer(1, 1).open(&commit, &bytes[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(sealer(1, 1).open(&commit, &vec![1; SEALED_BYTES_MAX + 1]), Err(SealError::TooLarge));
}

#[test]
fn a_body_whose_key_holder_sealed_other_fields_than_were_committed_to_is_refused() {
    let (sealer, committed) = (sealer(1, 1), field("/a", "committed"));
    let commit = sealer.commit(&[committed]).unwrap();
    let mut bytes = write(&[field("/a", "sealed")]);
    encrypt(&sealer.body_key(&commit), NONCE, &sealer.aad(&commit), &mut bytes).unwrap();
    bytes.insert(0, SEALED_FORMAT);
    assert_eq!(sealer.open(&commit, &bytes), Err(SealError::Commit));
}

#[test]
fn fields_that_cannot_be_sealed_are_refused() {
    let sealer = sealer(1, 1);
    assert_eq!(sealer.seal(&[]), Err(SealError::Empty));
    assert_eq!(sealer.seal(&[field("/a", "1"), field("/a", "2")]), Err(SealError::Twice("/a".to_owned())));
    let long = "/".repeat(POINTER_BYTES_MAX + 1);
    assert_eq!(sealer.seal(&[field(&long, "1")]), Err(SealError::TooLarge));
    let large = "x".repeat(SEALED_BYTES_MAX - 20);
    assert_eq!(sealer.seal(&[field("/a", &large)]), Err(SealError::TooLarge));
    let names: Vec<_> = (0..=FIELDS_MAX).map(|n| format!("/{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| field(name, "")).collect();
    assert_eq!(sealer.seal(&many), Err(SealError::TooLarge));
    assert!(sealer.seal(&many[1..]).is_ok());
    assert_eq!(sealer.prove_field(&[field("/a", "1")], "/b"), Err(SealError::Absent("/b".to_owned())));
}

#[test]
fn all_fields_opened_make_the_commitment_and_any_fewer_do_not() {
    let Sealed { bytes, commit } = sealer(1, 1).seal(&[field("/b", "2"), field("/a", "1")]).unwrap();
    let mut opened = sealer(1, 1).open(&commit, &bytes).unwrap();
    opened.reverse();
    assert_eq!(check_fields(&commit, &opened), Ok(()));
    let last = opened.pop().unwrap();
    assert_eq!(check_fields(&commit, &opened), Err(SealError::Commit));
    opened.extend([last.clone(), last]);
    assert!(matches!(check_fields(&commit, &opened), Err(SealError::Twice(_))));
    assert!(!format!("{opened:?}").contains("value"), "values are not for logs");
}

proptest! {
    #[test]
    fn what_is_sealed_is_what_is_opened(
        fields in proptest::collection::btree_map("[/a-z~0-9é]{0,12}", proptest::collection::vec(any::<u8>(), 0..200), 1..12),
        seq in any::<u64>(),
    ) {
        let given: Vec<_> = fields.iter().map(|(pointer, value)| Field { pointer, value }).collect();
        let sealed = sealer(3, seq).seal(&given).unwrap();
        let opened = sealer(3, seq).open(&sealed.commit, &sealed.bytes).unwrap();
        let opened: Vec<_> = opened.iter().map(|field| (field.pointer.clone(), field.value.to_vec())).collect();
        prop_assert_eq!(opened, fields.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_make_the_reader_of_bodies_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Some(fields) = read(&bytes) {
            prop_assert_eq!(write(&fields), bytes);
        }
    }
}
