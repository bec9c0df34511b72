use super::*;
use crate::StoreError;

pub(crate) fn events_get_dense_leaves_in_order_of_streams_and_events(store: &dyn Store) {
    let first = group(vec![moved(9, 0, &["a", "b"]), moved(3, 0, &["c"])]);
    let second = group(vec![moved(5, 0, &["d", "e"])]);
    assert_eq!(stands(store, &append_of(vec![first, second])), [0, 3]);
    assert_eq!(texts(store), ["a", "b", "c", "d", "e"]);
    assert_eq!(size(store), 5);
}

pub(crate) fn a_group_with_one_wrong_head_leaves_nothing_and_the_others_stand(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    let mut falls = group(vec![moved(2, 0, &["x"]), moved(4, 7, &["y"])]);
    falls.keys.push(new_key(stream(2)));
    falls.blobs.push(crate::Blob { digest: digest("blob"), bytes: b"blob".to_vec() });
    let groups = vec![group(vec![moved(3, 0, &["b"])]), falls, group(vec![moved(1, 1, &["c"])])];
    let answer = store.append(&append_of(groups)).expect("it is looked at");
    // Leaves of the groups that stand are dense: the one that fell leaves no gap.
    assert_eq!(answer.groups, [Stood::At { first_leaf: 1 }, Stood::Conflict, Stood::At { first_leaf: 2 }]);
    assert_eq!(texts(store), ["a", "b", "c"]);
    assert_eq!(store.head(OURS, stream(2)).expect("it is read"), None);
    assert_eq!(store.data_key(OURS, stream(2)).expect("it is read"), None);
    assert_eq!(store.blob(OURS, digest("blob")).expect("it is read"), None);
}

pub(crate) fn a_group_whose_key_exists_conflicts_whole(store: &dyn Store) {
    let with_key = |n, text: &str| {
        let keys = vec![new_key(stream(7))];
        append_of(vec![Group { streams: vec![moved(n, 0, &[text])], keys, blobs: Vec::new() }])
    };
    stands(store, &with_key(1, "a"));
    assert_eq!(store.append(&with_key(2, "b")).expect("it is looked at").groups, [Stood::Conflict]);
    assert_eq!(texts(store), ["a"]);
}

pub(crate) fn sent_twice_it_stands_once(store: &dyn Store) {
    let mut append = one(1, 0, &["a", "b"]);
    append.groups[0].keys.push(new_key(stream(1)));
    stands(store, &append);
    for _ in 0..3 {
        assert_eq!(store.append(&append).expect("it is looked at").groups, [Stood::Conflict]);
    }
    assert_eq!(texts(store), ["a", "b"]);
}

pub(crate) fn a_stream_goes_on_at_its_head(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    stands(store, &one(1, 1, &["b", "c"]));
    let head = store.head(OURS, stream(1)).expect("it is read").expect("it is there");
    assert_eq!((head.head, head.hash, head.kind), (3, digest("c"), StreamKind::TASK));
    for wrong in [0, 1, 2, 4] {
        assert_eq!(store.append(&one(1, wrong, &["x"])).expect("it is looked at").groups, [Stood::Conflict]);
    }
}

pub(crate) fn an_append_of_conflicts_alone_changes_nothing(store: &dyn Store) {
    let answer = store.append(&append_of(vec![group(vec![moved(1, 5, &["x"])]), group(vec![moved(2, 1, &["y"])])]));
    assert_eq!(answer.expect("it is looked at").groups, [Stood::Conflict, Stood::Conflict]);
    assert_eq!((size(store), texts(store).len()), (0, 0));
}

pub(crate) fn tenants_have_logs_of_their_own(store: &dyn Store) {
    stands(store, &one(1, 0, &["ours"]));
    let theirs = Append { tenant: THEIRS, ..one(1, 0, &["theirs"]) };
    assert_eq!(stands(store, &theirs), [0]);
    assert_eq!(texts(store), ["ours"]);
    assert_eq!(store.log(THEIRS).expect("it is there").size, 1);
}

pub(crate) fn an_append_to_no_tenant_says_so(store: &dyn Store) {
    let nobody = Append { tenant: TenantId::new([9; 16]), ..one(1, 0, &["a"]) };
    assert_eq!(store.append(&nobody), Err(StoreError::NoTenant));
}

pub(crate) fn the_largest_append_stands(store: &dyn Store) {
    let clear = vec![b'x'; crate::BYTES_PER_APPEND_MAX / crate::EVENTS_PER_APPEND_MAX];
    let groups = (0..=255_u8).map(|n| {
        let one = NewEvent { clear: clear.clone(), ..event(&format!("{n}")) };
        group(vec![Advance { events: vec![one], ..moved(n, 0, &[]) }])
    });
    let leaves = stands(store, &append_of(groups.collect()));
    assert!(leaves.into_iter().eq(0..256));
    assert_eq!(store.heads(OURS, None, 1_000).expect("it is read").len(), 256);
}
