use super::*;
use crate::{Blob, Entry, StoreError, StoredEvent};

pub(crate) fn an_event_comes_back_as_it_was_given(store: &dyn Store) {
    let plain = event("plain");
    let own = sealed("own", stream(1));
    let mut dated = sealed("dated", stream(8));
    dated.sealed.as_mut().expect("it has a body").drop_on = this_month(store);
    let events = vec![plain.clone(), own.clone(), dated.clone()];
    stands(store, &append_of(vec![group(vec![Advance { events, ..moved(1, 0, &[]) }])]));
    let back = store.leaves(OURS, 0, 10).expect("it is read");
    assert_eq!(back, store.stream(OURS, stream(1), 1, 10).expect("it is read"));
    let is: Vec<_> = back.iter().map(|e| (e.leaf, e.seq, e.stream, e.key, &e.event)).collect();
    let key = |n| Some(stream(n));
    let want = [(0, 1, stream(1), None, &plain), (1, 2, stream(1), key(1), &own), (2, 3, stream(1), key(8), &dated)];
    assert_eq!(is, want);
}

/// The month of the store's time, as yyyymm; found by counting days.
fn this_month(store: &dyn Store) -> i32 {
    let mut days = store.log(OURS).expect("it is there").now.0 / 86_400_000_000;
    let mut month = 0_u64;
    loop {
        let year = 1970 + month / 12;
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = match month % 12 {
            1 => 28 + u64::from(leap),
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        };
        if days < length {
            return i32::try_from(year * 100 + month % 12 + 1).expect("a year");
        }
        days -= length;
        month += 1;
    }
}

pub(crate) fn a_stream_is_read_from_a_seq_on(store: &dyn Store) {
    stands(store, &append_of(vec![group(vec![moved(2, 0, &["x"]), moved(1, 0, &["a", "b", "c"])])]));
    let read = |from, most| -> Vec<(u64, u64)> {
        let events = store.stream(OURS, stream(1), from, most).expect("it is read");
        events.into_iter().map(|event| (event.seq, event.leaf)).collect()
    };
    assert_eq!(read(1, 10), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(read(2, 1), [(2, 2)]);
    assert_eq!(read(4, 10), []);
    assert_eq!(read(u64::MAX, 10), []);
    assert_eq!(store.stream(OURS, stream(7), 1, 10).expect("it is read"), []);
}

pub(crate) fn a_long_stream_among_others_is_read_from_anywhere(store: &dyn Store) {
    for round in 0..5_u64 {
        let texts: Vec<String> = (0..60).map(|n| format!("{round} {n}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (many, few) = texts.split_at(50);
        stands(store, &append_of(vec![group(vec![moved(1, round * 50, many), moved(2, round * 10, few)])]));
    }
    for (from, most) in
        [(1, 250), (1, 1), (60, 10), (63, 2), (64, 1), (65, 130), (128, 64), (240, 500), (250, 1), (0, 3)]
    {
        let read = store.stream(OURS, stream(1), from, most).expect("it is read");
        let first = from.max(1);
        let want = (first..=250).take(most);
        assert!(read.iter().map(|event| event.seq).eq(want), "`{most}` from `{from}`: got {}", read.len());
        let all = store.leaves(OURS, 0, 1_000).expect("it is read");
        assert!(read.iter().all(|event| all.contains(event)), "they are the events of the log");
    }
}

pub(crate) fn leaves_and_their_lines_page_alike(store: &dyn Store) {
    let texts: Vec<String> = (0..20).map(|n| format!("event {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    stands(store, &one(1, 0, &texts));
    for (from, most) in [(0, 7), (7, 7), (14, 7), (20, 7), (u64::MAX, 7), (0, 0)] {
        let leaves = store.leaves(OURS, from, most).expect("it is read");
        let lines = store.entries(OURS, from, most).expect("it is read");
        let there = 20_u64.saturating_sub(from).min(most as u64);
        assert_eq!(lines.len() as u64, there, "from `{from}`");
        let line = |stored: &StoredEvent| Entry {
            leaf: stored.leaf,
            stream: stored.stream,
            kind: StreamKind::TASK,
            seq: stored.seq,
            hash: stored.event.hash,
            stamp: stored.event.stamp,
        };
        assert!(leaves.iter().map(line).eq(lines));
        assert!(leaves.iter().map(|event| event.leaf).eq((from..).take(there as usize)));
    }
}

pub(crate) fn heads_page_sorted_by_stream(store: &dyn Store) {
    for n in [9, 200, 4, 7] {
        stands(store, &one(n, 0, &["a", "b"]));
    }
    let page = |after, most| -> Vec<StreamId> {
        store.heads(OURS, after, most).expect("it is read").into_iter().map(|head| head.stream).collect()
    };
    assert_eq!(page(None, 3), [stream(4), stream(7), stream(9)]);
    assert_eq!(page(Some(stream(9)), 3), [stream(200)]);
    assert_eq!(page(Some(stream(5)), 1), [stream(7)]);
    assert_eq!(page(Some(stream(200)), 3), []);
}

pub(crate) fn a_kind_stays_as_first_written(store: &dyn Store) {
    let of =
        |kind, expect| append_of(vec![group(vec![Advance { kind: StreamKind(kind), ..moved(1, expect, &["a"]) }])]);
    stands(store, &of(77, 0));
    stands(store, &of(1, 1));
    let head = store.head(OURS, stream(1)).expect("it is read").expect("it is there");
    assert_eq!(head.kind, StreamKind(77), "a kind that no store knows is kept");
}

pub(crate) fn wakes_come_due_earliest_first_over_all_tenants(store: &dyn Store) {
    let wakes = |tenant, n, at| {
        let advance = Advance { wake: Some(Micros(at)), ..moved(n, 0, &["a"]) };
        Append { tenant, ..append_of(vec![group(vec![advance])]) }
    };
    stands(store, &wakes(OURS, 1, 300));
    stands(store, &wakes(THEIRS, 2, 100));
    stands(store, &wakes(OURS, 3, 200));
    stands(store, &wakes(OURS, 4, 201));
    stands(store, &one(5, 0, &["no wake"]));
    let due = |now, most| store.due(Micros(now), most).expect("it is read");
    assert_eq!(due(99, 10), []);
    assert_eq!(due(200, 10), [(THEIRS, stream(2)), (OURS, stream(3))]);
    assert_eq!(due(u64::MAX, 3), [(THEIRS, stream(2)), (OURS, stream(3)), (OURS, stream(4))]);
}

pub(crate) fn a_wake_is_replaced_by_the_next_append(store: &dyn Store) {
    let wakes = |expect, wake| append_of(vec![group(vec![Advance { wake, ..moved(1, expect, &["a"]) }])]);
    stands(store, &wakes(0, Some(Micros(100))));
    stands(store, &wakes(1, Some(Micros(500))));
    assert_eq!(store.due(Micros(499), 10).expect("it is read"), []);
    assert_eq!(store.due(Micros(500), 10).expect("it is read"), [(OURS, stream(1))]);
    stands(store, &wakes(2, None));
    assert_eq!(store.due(Micros(u64::MAX), 10).expect("it is read"), []);
}

pub(crate) fn a_blob_named_twice_stays_and_is_its_tenants_alone(store: &dyn Store) {
    let with_blob = |n| {
        let blob = Blob { digest: digest("blob"), bytes: b"blob".to_vec() };
        append_of(vec![Group { blobs: vec![blob.clone(), blob], ..group(vec![moved(n, 0, &["a"])]) }])
    };
    stands(store, &with_blob(1));
    stands(store, &with_blob(2));
    assert_eq!(store.blob(OURS, digest("blob")).expect("it is read"), Some(b"blob".to_vec()));
    assert_eq!(store.blob(THEIRS, digest("blob")).expect("it is read"), None);
    assert_eq!(store.blob(OURS, digest("other")).expect("it is read"), None);
}

pub(crate) fn tenants_are_listed_by_name(store: &dyn Store) {
    let third = TenantId::new([0; 16]);
    store.open_tenant(third, "another").expect("a third tenant");
    let want = [(third, "another"), (OURS, "ours"), (THEIRS, "theirs")].map(|(id, name)| (id, name.to_owned()));
    assert_eq!(store.tenants().expect("it is read"), want);
}

pub(crate) fn a_tenant_is_opened_twice_but_not_under_two_names(store: &dyn Store) {
    stands(store, &one(1, 0, &["a"]));
    assert_eq!(store.open_tenant(OURS, "ours").expect("it is open").size, 1);
    assert!(matches!(store.open_tenant(OURS, "other"), Err(StoreError::Refused(_))));
    assert!(matches!(store.open_tenant(OURS, "theirs"), Err(StoreError::Refused(_))));
    assert!(matches!(store.open_tenant(TenantId::new([7; 16]), "ours"), Err(StoreError::Refused(_))));
    assert_eq!(store.tenants().expect("it is read").len(), 2);
}

pub(crate) fn an_unknown_tenant_is_no_empty_tenant(store: &dyn Store) {
    let nobody = TenantId::new([7; 16]);
    assert_eq!(store.log(nobody), Err(StoreError::NoTenant));
    assert_eq!(store.leaves(nobody, 0, 1), Err(StoreError::NoTenant));
    assert_eq!(store.stream(nobody, stream(1), 1, 1), Err(StoreError::NoTenant));
    assert_eq!(store.heads(nobody, None, 1), Err(StoreError::NoTenant));
    assert_eq!(store.cursor("c", nobody), Err(StoreError::NoTenant));
    assert_eq!(store.erase(nobody, stream(1)), Err(StoreError::NoTenant));
    assert_eq!(store.once(nobody, 1, digest("id"), Micros(u64::MAX / 4)), Err(StoreError::NoTenant));
}
