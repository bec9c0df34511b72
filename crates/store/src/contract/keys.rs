use super::*;
use crate::{StoreError, WrappedKey};

fn key(by: i32, bytes: &[u8]) -> WrappedKey {
    WrappedKey { by, bytes: bytes.to_vec() }
}

pub(crate) fn tenant_keys_come_back_oldest_first_and_are_never_replaced(store: &dyn Store) {
    store.put_tenant_key(OURS, 2, &key(1, b"second")).expect("it is written");
    store.put_tenant_key(OURS, 1, &key(1, b"first")).expect("it is written");
    assert!(matches!(store.put_tenant_key(OURS, 1, &key(1, b"other")), Err(StoreError::Refused(_))));
    let keys = store.tenant_keys(OURS).expect("it is read");
    assert_eq!(keys, [(1, key(1, b"first")), (2, key(1, b"second"))]);
    assert_eq!(store.tenant_keys(THEIRS).expect("it is read"), []);
}

pub(crate) fn a_tenant_key_is_wrapped_again_only_over_the_wrapping_named(store: &dyn Store) {
    store.put_tenant_key(OURS, 1, &key(1, b"first")).expect("it is written");
    assert!(store.rewrap_tenant_key(OURS, 1, 1, &key(2, b"again")).expect("it is durable"));
    assert!(!store.rewrap_tenant_key(OURS, 1, 1, &key(3, b"late")).expect("it is durable"));
    assert!(!store.rewrap_tenant_key(OURS, 9, 1, &key(2, b"none")).expect("it is durable"));
    assert_eq!(store.tenant_keys(OURS).expect("it is read"), [(1, key(2, b"again"))]);
}

pub(crate) fn a_data_key_comes_with_its_append(store: &dyn Store) {
    assert_eq!(store.data_key(OURS, stream(1)).expect("it is read"), None);
    let mut append = one(1, 0, &["a"]);
    append.groups[0].keys.push(new_key(stream(1)));
    stands(store, &append);
    assert_eq!(store.data_key(OURS, stream(1)).expect("it is read"), Some(key(1, b"wrapped")));
    assert_eq!(store.data_key(THEIRS, stream(1)).expect("it is read"), None);
}

/// Two streams; the key of the first seals bodies in both, as a person's would.
fn two_sealed(store: &dyn Store) {
    let events = |n| vec![sealed("own", stream(n)), sealed("person", stream(50)), event("plain")];
    let streams = [1, 2].map(|n| Advance { events: events(n), ..moved(n, 0, &[]) });
    let keys = [1, 2, 50].map(|n| new_key(stream(n)));
    stands(store, &append_of(vec![Group { streams: streams.into(), keys: keys.into(), blobs: Vec::new() }]));
}

fn bodies(store: &dyn Store) -> Vec<(u64, bool, Option<StreamId>)> {
    let all = store.leaves(OURS, 0, 100).expect("it is read");
    all.into_iter().map(|event| (event.leaf, event.event.sealed.is_some(), event.key)).collect()
}

fn body_digests(store: &dyn Store) -> Vec<Option<Digest>> {
    store.leaves(OURS, 0, 100).expect("it is read").into_iter().map(|event| event.body).collect()
}

pub(crate) fn erasing_takes_the_key_and_every_body_under_it(store: &dyn Store) {
    two_sealed(store);
    let hashes = store.entries(OURS, 0, 100).expect("it is read");
    let digests = body_digests(store);
    assert!(store.erase(OURS, stream(1)).expect("it is durable"));
    assert!(!store.erase(OURS, stream(1)).expect("it is durable"));
    assert_eq!(store.data_key(OURS, stream(1)).expect("it is read"), None);
    let key = |n| Some(stream(n));
    let want = [
        (0, false, key(1)),
        (1, true, key(50)),
        (2, false, None),
        (3, true, key(2)),
        (4, true, key(50)),
        (5, false, None),
    ];
    assert_eq!(bodies(store), want);
    assert_eq!(store.entries(OURS, 0, 100).expect("it is read"), hashes, "what is permanent stays");
    assert_eq!(body_digests(store), digests, "a chain can be checked without the body");
    assert_eq!(digests.iter().filter(|digest| digest.is_some()).count(), 4);
}

pub(crate) fn erasing_a_person_leaves_the_bodies_of_others(store: &dyn Store) {
    two_sealed(store);
    assert!(store.erase(OURS, stream(50)).expect("it is durable"));
    let there: Vec<bool> = bodies(store).into_iter().map(|(_, there, _)| there).collect();
    assert_eq!(there, [true, false, false, true, false, false]);
    assert_eq!(store.data_key(OURS, stream(2)).expect("it is read"), Some(key(1, b"wrapped")));
}

pub(crate) fn a_key_is_wrapped_again_only_over_the_wrapping_named(store: &dyn Store) {
    two_sealed(store);
    assert!(store.rewrap(OURS, stream(1), 1, &key(2, b"again")).expect("it is durable"));
    assert!(!store.rewrap(OURS, stream(1), 1, &key(3, b"late")).expect("it is durable"));
    assert!(!store.rewrap(OURS, stream(9), 1, &key(2, b"none")).expect("it is durable"));
    assert_eq!(store.data_key(OURS, stream(1)).expect("it is read"), Some(key(2, b"again")));
}
