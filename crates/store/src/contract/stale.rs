use super::*;
use crate::StoreError;

fn narrowing(expect: u64, texts: &[&str], decided_under: Option<u64>) -> Append {
    let control = Advance { kind: StreamKind::CONTROL, ..moved(0, expect, texts) };
    Append { narrows: true, decided_under, ..append_of(vec![group(vec![control])]) }
}

fn floor(store: &dyn Store) -> Option<u64> {
    store.log(OURS).expect("it is there").control_floor
}

fn is_stale(store: &dyn Store, append: &Append) {
    let before = store.log(OURS).expect("it is there").size;
    assert_eq!(store.append(append), Err(StoreError::Stale));
    assert_eq!(size(store), before, "a stale append leaves nothing");
}

pub(crate) fn another_epoch_is_stale(store: &dyn Store) {
    for epoch in [0, 2, u32::MAX] {
        is_stale(store, &Append { epoch, ..one(1, 0, &["a"]) });
    }
}

pub(crate) fn an_epoch_is_raised_and_never_falls_and_older_ones_are_stale(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    for (raised, stays) in [(3, 3), (2, 3), (3, 3)] {
        assert_eq!(store.raise_epoch(OURS, raised), Ok(()));
        assert_eq!(store.log(OURS).expect("it is there").epoch, stays);
    }
    is_stale(store, &one(1, 1, &["b"]));
    stands(store, &Append { epoch: 3, ..one(1, 1, &["b"]) });
    assert_eq!(store.log(THEIRS).expect("it is there").epoch, 1, "another tenant's is its own");
    assert!(store.raise_epoch(OURS, u32::MAX).is_err());
    assert_eq!(store.raise_epoch(bailiwick_core::TenantId::new([9; 16]), 2), Err(StoreError::NoTenant));
}

pub(crate) fn another_format_is_stale(store: &dyn Store) {
    for format in [0, 2, u32::MAX] {
        is_stale(store, &Append { format, ..one(1, 0, &["a"]) });
    }
}

pub(crate) fn under_the_floor_is_stale_and_on_it_is_not(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    stands(store, &narrowing(0, &["n"], None));
    is_stale(store, &one(2, 0, &["b"]));
    is_stale(store, &Append { decided_under: Some(0), ..one(2, 0, &["b"]) });
    stands(store, &Append { decided_under: Some(1), ..one(2, 0, &["b"]) });
    stands(store, &Append { decided_under: Some(2), ..one(3, 0, &["c"]) });
}

pub(crate) fn a_narrowing_append_raises_the_floor_to_its_last_leaf(store: &dyn Store) {
    assert_eq!(floor(store), None);
    stands(store, &narrowing(0, &["n", "o", "p"], None));
    assert_eq!(floor(store), Some(2));
    stands(store, &Append { decided_under: Some(2), ..one(1, 0, &["a"]) });
    assert_eq!(floor(store), Some(2), "an append that does not narrow leaves the floor");
    stands(store, &narrowing(3, &["q"], Some(2)));
    assert_eq!(floor(store), Some(4));
}

pub(crate) fn a_narrowing_append_that_conflicts_leaves_the_floor(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    let answer = store.append(&narrowing(3, &["n"], None)).expect("it is looked at");
    assert_eq!(answer.groups, [Stood::Conflict]);
    assert_eq!(floor(store), None);
}

pub(crate) fn before_the_first_narrowing_anything_is_decided_under_enough(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    stands(store, &Append { decided_under: Some(0), ..one(2, 0, &["b"]) });
    assert_eq!(size(store), 2);
}
