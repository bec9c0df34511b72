//! Copies that are made while the store is written to, and what is found when a store is looked at.

use super::*;
use crate::contract::{OURS, one, size, stands, two_tenants};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_copy_under_load_is_one_moment_of_the_log_and_opens_as_a_store() {
    let fresh = fresh().expect("SQLite is always there");
    two_tenants(&*fresh);
    stands(&*fresh, &one(1, 0, &["0"]));
    let to = fresh._directory.0.join("copy.db");
    let copied = AtomicBool::new(false);
    let before = size(&*fresh);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut seq = 1;
            while !copied.load(Ordering::Relaxed) || seq < 50 {
                stands(&*fresh, &one(1, seq, &[&seq.to_string()]));
                seq += 1;
            }
        });
        let written = fresh.copy_to(&to);
        copied.store(true, Ordering::Relaxed);
        written.expect("it is written");
    });
    assert_eq!(std::fs::metadata(&to).expect("it is there").permissions().mode() & 0o777, 0o600);

    let copy = crate::open_copy(&to).expect("it opens");
    copy.whole().expect("it is whole");
    let logs = copy.logs().expect("it is read");
    let ours = logs.iter().find(|log| log.tenant == OURS).expect("it is there");
    assert!(ours.size >= before && ours.size <= size(&*fresh), "{ours:?}");
    let entries = copy.entries(OURS, 0, usize::MAX).expect("it is read");
    assert_eq!(entries.len() as u64, ours.size);
    assert_eq!(entries, fresh.entries(OURS, 0, entries.len()).expect("it is read"), "the beginning of the same log");
    drop(copy);

    let names = std::fs::read_dir(&fresh._directory.0).expect("it is listed");
    let beside =
        names.filter(|name| name.as_ref().expect("it is there").file_name().to_string_lossy().starts_with("copy.db"));
    assert_eq!(beside.count(), 1, "reading it made no file beside it");
    let store = SqliteStore::open(&to).expect("it opens as a store");
    assert_eq!(size(&store), ours.size);
    stands(&store, &one(1, ours.size, &["on the copy"]));
}

#[test]
fn a_copy_is_never_written_over_a_file() {
    let fresh = fresh().expect("SQLite is always there");
    let to = fresh._directory.0.join("there.db");
    std::fs::write(&to, "").expect("it is written");
    assert!(matches!(fresh.copy_to(&to), Err(StoreError::Unavailable(why)) if why.contains("there.db")));
    assert_eq!(std::fs::read(&to).expect("it is there"), b"");
}

#[test]
fn a_copy_with_a_changed_byte_is_damaged_or_none() {
    let fresh = fresh().expect("SQLite is always there");
    two_tenants(&*fresh);
    for seq in 0..40 {
        stands(&*fresh, &one(1, seq, &["x"]));
    }
    let to = fresh._directory.0.join("copy.db");
    fresh.copy_to(&to).expect("it is written");
    let mut bytes = std::fs::read(&to).expect("it is read");
    // The middle page of the file: the form of its content is gone.
    let half = bytes.len() / 2 / 8192 * 8192;
    bytes[half..half + 64].fill(0xff);
    std::fs::write(&to, bytes).expect("it is written");
    let judged = crate::open_copy(&to).and_then(|copy| copy.whole());
    assert!(matches!(judged, Err(StoreError::Broken(_))), "{judged:?}");
}

#[test]
fn a_file_is_looked_at_while_a_node_has_it_and_nothing_is_made() {
    let directory = Directory::new();
    let path = directory.file();
    let url = format!("sqlite:{}", path.display());
    let looked = crate::inspect(&url).expect("a URL").findings;
    assert!(looked.iter().all(|finding| finding.well) && looked[0].words.contains("not there yet"), "{looked:?}");
    assert!(!path.exists());
    let store = SqliteStore::open(&path).expect("it opens");
    two_tenants(&store);
    let looked = crate::inspect(&url).expect("a URL").findings;
    assert!(looked.iter().all(|finding| finding.well), "{looked:?}");
    let names: Vec<&str> = looked.iter().map(|finding| finding.name).collect();
    assert_eq!(names, ["store", "durability", "store pages"]);
    assert!(looked[1].words.contains("`wal`, synchronous `2`"), "{looked:?}");
    drop(store);
    let raw = Connection::open(&path).expect("it opens");
    raw.execute("UPDATE store SET tables = 99", []).expect("it is written");
    drop(raw);
    let looked = crate::inspect(&url).expect("a URL").findings;
    assert!(!looked[0].well && looked[0].words.contains("`99`") && looked[0].fix.is_some(), "{looked:?}");
}
