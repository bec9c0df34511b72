use super::*;
use crate::{Blob, StoreError};

fn is_refused(store: &dyn Store, name: &str, append: &Append) {
    let answer = store.append(append);
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{name}: {answer:?}");
    assert_eq!(size(store), 0, "{name} leaves nothing");
}

fn bytes(n: usize) -> NewEvent {
    NewEvent { clear: vec![b'x'; n], ..event("x") }
}

fn of_events(events: Vec<NewEvent>) -> Append {
    append_of(vec![group(vec![Advance { events, ..moved(1, 0, &[]) }])])
}

pub(crate) fn an_append_over_its_bounds_is_refused_and_leaves_nothing(store: &dyn Store) {
    let twice = || moved(1, 0, &["a"]);
    let with = |events: usize, each: usize| of_events(vec![bytes(each); events]);
    let key_twice = Group { streams: vec![twice()], keys: vec![new_key(stream(1)); 2], blobs: Vec::new() };
    let mut no_month = sealed("a", stream(1));
    no_month.sealed.as_mut().expect("it has a body").drop_on = 202_613;
    let mut big_key = group(vec![twice()]);
    big_key.keys.push(NewKey { wrapped: vec![0; crate::WRAPPED_KEY_BYTES_MAX + 1], ..new_key(stream(1)) });
    let far = Advance { wake: Some(Micros(u64::MAX)), ..twice() };
    let cases = [
        ("no group", append_of(Vec::new())),
        ("a group without a stream", append_of(vec![group(Vec::new())])),
        ("a stream without an event", of_events(Vec::new())),
        ("257 events", with(257, 1)),
        ("an event of more than 256 KiB", with(1, crate::EVENT_BYTES_MAX + 1)),
        ("more than 1 MiB", with(5, crate::EVENT_BYTES_MAX)),
        ("a stream twice in a group", append_of(vec![group(vec![twice(), twice()])])),
        ("a stream in two groups", append_of(vec![group(vec![twice()]), group(vec![twice()])])),
        ("a key twice", append_of(vec![key_twice])),
        ("a month that is none", of_events(vec![no_month])),
        ("a wrapped key that is too long", append_of(vec![big_key])),
        ("a wake past the end of time", append_of(vec![group(vec![far])])),
        ("a head past the end", one(1, u64::MAX, &["a"])),
        ("a time past the end", of_events(vec![NewEvent { at: Micros(u64::MAX), ..event("a") }])),
    ];
    for (name, append) in cases {
        is_refused(store, name, &append);
    }
}

pub(crate) fn a_blob_under_another_name_is_refused(store: &dyn Store) {
    let mut append = one(1, 0, &["a"]);
    append.groups[0].blobs.push(Blob { digest: digest("this"), bytes: b"that".to_vec() });
    is_refused(store, "a blob under another name", &append);
}

pub(crate) fn a_narrowing_append_moves_the_control_stream_in_one_group(store: &dyn Store) {
    is_refused(store, "a task that narrows", &Append { narrows: true, ..one(1, 0, &["a"]) });
    let control = group(vec![Advance { kind: StreamKind::CONTROL, ..moved(0, 0, &["n"]) }]);
    let groups = vec![control, group(vec![moved(1, 0, &["a"])])];
    is_refused(store, "two groups that narrow", &Append { narrows: true, ..append_of(groups) });
}

pub(crate) fn a_partial_tile_is_refused(store: &dyn Store) {
    let answer = store.put_tiles(OURS, 1, &[(0, 0, vec![0; 255 * 32])]);
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    assert_eq!(store.tile(OURS, 1, 0, 0).expect("it is read"), None);
}

pub(crate) fn names_are_refused_when_empty_or_too_long(store: &dyn Store) {
    let long = "n".repeat(crate::NAME_BYTES_MAX + 1);
    for name in ["", "a\nb", long.as_str()] {
        assert!(matches!(store.open_tenant(TenantId::new([7; 16]), name), Err(StoreError::Refused(_))));
        assert!(matches!(store.move_cursor(name, OURS, 1), Err(StoreError::Refused(_))));
    }
    assert_eq!(store.tenants().expect("it is read").len(), 2);
}
