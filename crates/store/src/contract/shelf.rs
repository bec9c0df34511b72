use super::*;
use crate::bounds::{BLOB_BYTES_MAX, NOTE_BYTES_MAX, SNAPSHOT_BYTES_MAX, WRAPPED_KEY_BYTES_MAX};
use crate::{Snapshot, StoreError, TILE_BYTES};

fn snapshot(seq: u64, fold: i32, text: &str) -> Snapshot {
    Snapshot { seq, fold, hash: digest(text), sealed: text.as_bytes().to_vec() }
}

/// What somebody else wrote into a table that a value of ours stands in, longer than any of ours: `raw` runs SQL, `blob`
/// writes that many bytes.
pub(crate) fn a_value_that_is_too_long_is_none(store: &dyn Store, raw: &dyn Fn(&str), blob: &dyn Fn(usize) -> String) {
    let mut append = one(1, 0, &["first"]);
    append.groups[0].keys.push(new_key(stream(1)));
    append.groups[0].blobs.push(crate::Blob { digest: digest("blob"), bytes: b"blob".to_vec() });
    stands(store, &append);
    store.put_snapshot(OURS, stream(1), &snapshot(1, 1, "a")).expect("it is written");
    let key = crate::WrappedKey { by: 1, bytes: b"key".to_vec() };
    store.put_tenant_key(OURS, 1, &key).expect("it is written");
    store.put_tiles(OURS, 1, &[(0, 0, vec![1; TILE_BYTES])]).expect("it is written");
    store.put_checkpoint(OURS, 1, 1, "one").expect("it is written");
    let found = || {
        [
            store.snapshot(OURS, stream(1)).expect("it is read").is_some(),
            store.blob(OURS, digest("blob")).expect("it is read").is_some(),
            !store.tenant_keys(OURS).expect("it is read").is_empty(),
            store.data_key(OURS, stream(1)).expect("it is read").is_some(),
            store.tile(OURS, 1, 0, 0).expect("it is read").is_some(),
            store.last_checkpoint(OURS, 1).expect("it is read").is_some(),
        ]
    };
    assert_eq!(found(), [true; 6]);
    for (at, (table, most)) in [
        ("snapshot SET sealed", SNAPSHOT_BYTES_MAX),
        ("blob SET bytes", BLOB_BYTES_MAX),
        ("kek SET wrapped", WRAPPED_KEY_BYTES_MAX),
        ("data_key SET wrapped", WRAPPED_KEY_BYTES_MAX),
        ("tile SET hashes", TILE_BYTES),
    ]
    .into_iter()
    .enumerate()
    {
        raw(&format!("UPDATE {table} = {}", blob(most)));
        assert!(found()[at], "{table}: as long as one may be");
        raw(&format!("UPDATE {table} = {}", blob(most + 1)));
        assert!(!found()[at], "{table}");
    }
    let note = "x".repeat(NOTE_BYTES_MAX + 1);
    raw(&format!("UPDATE checkpoint SET note = '{note}'"));
    assert_eq!(found(), [false; 6]);
}

pub(crate) fn the_newest_snapshot_wins(store: &dyn Store) {
    let put = |snapshot: &Snapshot| store.put_snapshot(OURS, stream(1), snapshot).expect("it is written");
    let is = || store.snapshot(OURS, stream(1)).expect("it is read");
    assert_eq!(is(), None);
    put(&snapshot(1_000, 1, "a"));
    put(&snapshot(2_000, 1, "b"));
    put(&snapshot(1_000, 2, "older"));
    put(&snapshot(2_000, 1, "same"));
    assert_eq!(is(), Some(snapshot(2_000, 1, "b")));
    put(&snapshot(2_000, 2, "newer fold"));
    assert_eq!(is(), Some(snapshot(2_000, 2, "newer fold")));
    assert_eq!(store.snapshot(OURS, stream(2)).expect("it is read"), None);
}

pub(crate) fn a_tile_that_differs_is_refused_and_none_of_its_batch_is_kept(store: &dyn Store) {
    let tile = |byte: u8| vec![byte; TILE_BYTES];
    let put = |tiles: &[(u8, u64, Vec<u8>)]| store.put_tiles(OURS, 1, tiles);
    let get = |level, index| store.tile(OURS, 1, level, index).expect("it is read");
    put(&[(0, 0, tile(1)), (0, 1, tile(2)), (1, 0, tile(3))]).expect("it is written");
    put(&[(0, 1, tile(2)), (0, 2, tile(4))]).expect("the same bytes may come again");
    let differs = put(&[(0, 3, tile(5)), (0, 1, tile(9))]);
    assert!(matches!(differs, Err(StoreError::Broken(_))), "{differs:?}");
    assert_eq!(get(0, 1), Some(tile(2)));
    assert_eq!(get(0, 2), Some(tile(4)));
    assert_eq!(get(0, 3), None);
    assert_eq!(get(1, 0), Some(tile(3)));
    assert_eq!(store.tile(OURS, 2, 0, 0).expect("it is read"), None, "another epoch is another tree");
}

pub(crate) fn the_first_checkpoint_of_a_size_stays_and_the_largest_is_last(store: &dyn Store) {
    let last = |epoch| store.last_checkpoint(OURS, epoch).expect("it is read");
    assert_eq!(last(1), None);
    for (epoch, size, note) in [(1, 5, "five"), (1, 300, "more"), (1, 300, "again"), (1, 7, "seven"), (2, 1, "new")] {
        store.put_checkpoint(OURS, epoch, size, note).expect("it is written");
    }
    assert_eq!(last(1), Some((300, "more".into())));
    assert_eq!(last(2), Some((1, "new".into())));
}

pub(crate) fn a_cursor_never_goes_back(store: &dyn Store) {
    let moved = |leaf| store.move_cursor("tiles", OURS, leaf).expect("it is written");
    assert_eq!(store.cursor("tiles", OURS).expect("it is read"), 0);
    assert_eq!(moved(10), 10);
    assert_eq!(moved(4), 10);
    assert_eq!(moved(11), 11);
    assert_eq!(store.cursor("tiles", OURS).expect("it is read"), 11);
    assert_eq!(store.cursor("views", OURS).expect("it is read"), 0);
    assert_eq!(store.cursor("tiles", THEIRS).expect("it is read"), 0);
}

/// The same of events and their bodies: each is left where it is, and the others are read.
pub(crate) fn an_event_that_is_too_long_is_left(store: &dyn Store, raw: &dyn Fn(&str), blob: &dyn Fn(usize) -> String) {
    let events = vec![sealed("first", stream(1)), event("second")];
    let group = Group {
        streams: vec![Advance { events, ..moved(1, 0, &[]) }],
        keys: vec![new_key(stream(1))],
        blobs: Vec::new(),
    };
    stands(store, &append_of(vec![group]));
    let found = || {
        let leaves = store.leaves(OURS, 0, 10).expect("it is read");
        assert_eq!(leaves, store.stream(OURS, stream(1), 1, 10).expect("it is read"));
        assert_eq!(leaves[1].event.clear, b"second");
        (leaves[0].event.clear.len(), leaves[0].event.sealed.is_some())
    };
    raw(&format!("UPDATE event SET clear = {} WHERE seq = 1", blob(crate::EVENT_BYTES_MAX)));
    assert_eq!(found(), (crate::EVENT_BYTES_MAX, true), "as long as one may be");
    raw(&format!("UPDATE event SET clear = {} WHERE seq = 1", blob(crate::EVENT_BYTES_MAX + 1)));
    raw(&format!("UPDATE body SET sealed = {}", blob(crate::EVENT_BYTES_MAX + 1)));
    assert_eq!(found(), (0, false));
    raw(&format!("UPDATE event SET hash = {} WHERE seq = 1", blob(1_000)));
    assert!(store.leaves(OURS, 0, 10).is_err() && store.entries(OURS, 0, 10).is_err());
    assert_eq!(store.leaves(OURS, 1, 10).expect("it is read").len(), 1);
}
