//! Files that are held, full, foreign, newer, or that must not tell what was erased.

use super::*;
use crate::contract::{OURS, append_of, event, group, moved, one, size, stands, stream, texts, two_tenants};
use crate::{Advance, Keys, Stood};

fn with_one() -> Fresh {
    let fresh = fresh().expect("SQLite is always there");
    two_tenants(&*fresh);
    stands(&*fresh, &one(1, 0, &["first"]));
    fresh
}

fn why_broken(path: &Path) -> String {
    match SqliteStore::open(path) {
        Err(StoreError::Broken(why)) => why,
        other => panic!("expected `Broken`, got {other:?}"),
    }
}

#[test]
fn what_was_appended_is_there_when_it_is_opened_again() {
    let directory = Directory::new();
    let store = SqliteStore::open(&directory.file()).expect("it opens");
    two_tenants(&store);
    stands(&store, &one(1, 0, &["a", "b"]));
    let now = store.log(OURS).expect("it is there").now;
    drop(store);
    let store = SqliteStore::open(&directory.file()).expect("it opens again");
    assert_eq!(texts(&store), ["a", "b"]);
    assert!(store.log(OURS).expect("it is there").now >= now);
}

#[test]
fn the_clock_starts_no_earlier_than_the_last_event() {
    let directory = Directory::new();
    let far = Micros(4_000_000_000_000_000);
    {
        let store = SqliteStore::open(&directory.file()).expect("it opens");
        two_tenants(&store);
        let events = vec![crate::NewEvent { at: far, ..event("far") }];
        stands(&store, &append_of(vec![group(vec![Advance { events, ..moved(1, 0, &[]) }])]));
    }
    let store = SqliteStore::open(&directory.file()).expect("it opens again");
    assert!(store.log(OURS).expect("it is there").now >= far);
}

#[test]
fn a_second_opener_is_told_that_another_has_the_file() {
    let fresh = with_one();
    let path = fresh._directory.file();
    let Err(StoreError::Unavailable(why)) = SqliteStore::open(&path) else { panic!("it opened twice") };
    assert!(why.contains("another process") && why.contains("store.db"), "{why}");
    assert!(matches!(file::migrate(&path, &PLAN), Err(StoreError::Unavailable(_))), "nor may it migrate");
    stands(&*fresh, &one(1, 1, &["next"]));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_is_open_does_not_open_it_twice() {
    let fresh = with_one();
    let path = fresh._directory.file();
    let link = path.with_file_name("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let Err(StoreError::Unavailable(why)) = SqliteStore::open(&link) else { panic!("it opened twice") };
    assert!(why.contains("another process"), "{why}");
    stands(&*fresh, &one(1, 1, &["next"]));
}

#[test]
fn a_second_name_of_a_file_that_is_open_does_not_open_it_twice() {
    let fresh = with_one();
    let path = fresh._directory.file();
    let other = path.with_file_name("other.db");
    std::fs::hard_link(&path, &other).expect("a second name");
    let Err(StoreError::Unavailable(why)) = SqliteStore::open(&other) else { panic!("it opened twice") };
    assert!(why.contains("`2` names (hard links)"), "{why}");
    stands(&*fresh, &one(1, 1, &["next"]));
    std::fs::remove_file(&other).expect("it goes");
}

#[test]
fn what_is_no_file_is_no_store_and_is_told_at_once() {
    let directory = Directory::new();
    let pipe = directory.0.join("pipe.db");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("a pipe is made");
    assert!(made.success());
    for path in [&pipe, &directory.0] {
        assert!(matches!(SqliteStore::open(path), Err(StoreError::Unavailable(_))), "{}", path.display());
    }
}

#[test]
fn a_file_that_another_program_locks_is_unavailable_and_nothing_is_written() {
    let fresh = with_one();
    let other = Connection::open(fresh._directory.file()).expect("it opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("it locks");
    let answer = fresh.append(&one(1, 1, &["next"]));
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(texts(&*fresh), ["first"], "what is there is still read");
    other.execute_batch("ROLLBACK").expect("it unlocks");
    stands(&*fresh, &one(1, 1, &["next"]));
}

#[test]
fn a_value_longer_than_any_of_ours_is_not_read() {
    let fresh = fresh().expect("SQLite is always there");
    two_tenants(&*fresh);
    let raw = |sql: &str| fresh.with_writer(|connection| connection.execute_batch(sql).expect("it runs"));
    crate::contract::shelf::a_value_that_is_too_long_is_none(&*fresh, &raw, &|bytes| format!("zeroblob({bytes})"));
}

#[test]
fn an_event_longer_than_any_of_ours_is_left_where_it_is() {
    let fresh = fresh().expect("SQLite is always there");
    two_tenants(&*fresh);
    let raw = |sql: &str| fresh.with_writer(|connection| connection.execute_batch(sql).expect("it runs"));
    crate::contract::shelf::an_event_that_is_too_long_is_left(&*fresh, &raw, &|bytes| format!("zeroblob({bytes})"));
}

#[test]
fn a_full_disk_is_full_and_nothing_is_half_done() {
    let fresh = with_one();
    let pages: i64 = fresh.with_writer(|c| c.query_row("PRAGMA page_count", [], |row| row.get(0))).expect("a number");
    fresh.with_writer(|c| c.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(()))).expect("set");
    let big = crate::NewEvent { clear: vec![b'x'; 200_000], ..event("big") };
    let big = Advance { events: vec![event("small"), big], ..moved(2, 0, &[]) };
    let append = append_of(vec![group(vec![moved(1, 1, &["next"])]), group(vec![big])]);
    assert_eq!(fresh.append(&append), Err(StoreError::Full));
    assert_eq!(texts(&*fresh), ["first"]);
    assert_eq!((size(&*fresh), fresh.head(OURS, stream(2)).expect("it is read")), (1, None));
    fresh.with_writer(|c| c.query_row("PRAGMA max_page_count = 100000", [], |_| Ok(()))).expect("set");
    let answer = fresh.append(&append).expect("there is room again");
    assert_eq!(answer.groups, [Stood::At { first_leaf: 1 }, Stood::At { first_leaf: 2 }]);
}

#[test]
fn tables_of_a_newer_version_are_refused_by_their_number_and_left_alone() {
    let directory = Directory::new();
    drop(SqliteStore::open(&directory.file()).expect("it opens"));
    let raw = Connection::open(directory.file()).expect("it opens");
    raw.execute("UPDATE store SET tables = 99", []).expect("it is written");
    let why = why_broken(&directory.file());
    assert!(why.contains("`99`") && why.contains("`1`"), "{why}");
    assert!(file::migrate(&directory.file(), &PLAN).is_err());
    let version: i32 = raw.query_row("SELECT tables FROM store", [], |row| row.get(0)).expect("it is read");
    assert_eq!(version, 99);
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let directory = Directory::new();
    let raw = Connection::open(directory.file()).expect("it opens");
    raw.execute_batch("CREATE TABLE store (shelf text)").expect("it is made");
    assert!(why_broken(&directory.file()).contains("another program"));
    std::fs::write(directory.0.join("text.db"), "this is no database, it is a text that is long enough".repeat(40))
        .expect("it is written");
    assert!(why_broken(&directory.0.join("text.db")).contains("no SQLite file"));
}

#[test]
fn a_path_that_cannot_be_made_is_named() {
    let directory = Directory::new();
    let Err(StoreError::Unavailable(why)) = SqliteStore::open(&directory.0.join("no/such/store.db")) else {
        panic!("it opened")
    };
    assert!(why.contains("no/such/store.db"), "{why}");
}

#[test]
fn a_migration_makes_the_tables_once() {
    let directory = Directory::new();
    assert_eq!(file::migrate(&directory.file(), &PLAN), Ok(crate::Migrated { from: None, to: 1 }));
    assert_eq!(file::migrate(&directory.file(), &PLAN), Ok(crate::Migrated { from: Some(1), to: 1 }));
    SqliteStore::open(&directory.file()).expect("it opens");
}

#[test]
fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let fresh = with_one();
    for file in std::fs::read_dir(&fresh._directory.0).expect("it is listed") {
        let file = file.expect("it is there");
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.file_name());
    }
}

#[test]
fn settings_are_as_promised() {
    let fresh = with_one();
    let setting = |name: &str| -> String {
        let read = |row: &Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        let value = fresh.with_writer(|c| c.query_row(&format!("PRAGMA {name}"), [], read)).expect("it is read");
        match value {
            rusqlite::types::Value::Integer(n) => n.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{other:?}"),
        }
    };
    let names = ["journal_mode", "synchronous", "page_size", "auto_vacuum", "wal_autocheckpoint", "secure_delete"];
    assert_eq!(names.map(setting), ["wal", "2", "8192", "2", "0", "1"]);
    // What need not wait for the disk leaves the writer as it was.
    let snapshot = crate::Snapshot { seq: 1, hash: crate::bounds::sha256(b"an event"), fold: 1, sealed: vec![7; 10] };
    crate::Shelf::put_snapshot(&*fresh, OURS, stream(7), &snapshot).expect("it is written");
    assert_eq!(names.map(setting), ["wal", "2", "8192", "2", "0", "1"]);
}

#[test]
fn what_was_erased_is_in_no_file() {
    let fresh = with_one();
    let secret = b"the wrapped key that must not be found again";
    let body = crate::contract::sealed("the body that must not be found again", stream(7));
    let mut one = group(vec![Advance { events: vec![body], ..moved(7, 0, &[]) }]);
    one.keys.push(crate::NewKey { wrapped: secret.to_vec(), ..crate::contract::new_key(stream(7)) });
    stands(&*fresh, &append_of(vec![one]));
    let found = |what: &[u8]| {
        let files = std::fs::read_dir(&fresh._directory.0).expect("it is listed");
        let holds = |path: PathBuf| std::fs::read(path).expect("it is read").windows(what.len()).any(|w| w == what);
        files.into_iter().any(|file| holds(file.expect("it is there").path()))
    };
    assert!(found(secret) && found(b"sealed the body"), "before, they are in the log");
    assert!(fresh.erase(OURS, stream(7)).expect("it is durable"));
    // The thread that empties the log is waited for.
    for _ in 0..200 {
        if !found(secret) && !found(b"sealed the body") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("what was erased can still be read from the files");
}

#[test]
fn the_log_does_not_grow_for_ever() {
    let fresh = with_one();
    let wal = fresh._directory.0.join("store.db-wal");
    let length = || std::fs::metadata(&wal).expect("it is there").len();
    let mut most = 0;
    for seq in 1..200 {
        let big = crate::NewEvent { clear: vec![b'x'; 250_000], ..event("big") };
        let events = vec![big.clone(), big.clone(), big.clone(), big];
        stands(&*fresh, &append_of(vec![group(vec![Advance { events, ..moved(2, (seq - 1) * 4, &[]) }])]));
        most = most.max(length());
    }
    assert!(most < 180 << 20, "the log grew to `{most}` bytes while `{}` were written", 199 * 1_000_000);
    drop(fresh);
}
