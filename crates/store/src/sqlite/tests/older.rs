//! Tables of a version that this program can bring on: by a migration, and by nothing else.

use super::*;
use crate::contract::{one, stands, texts, two_tenants};
use crate::schema::tests::NEXT;
use crate::{Migrated, TABLES_VERSION};

#[test]
fn older_tables_are_never_changed_at_start_and_are_by_a_migration() {
    let directory = Directory::new();
    let store = SqliteStore::open(&directory.file()).expect("it opens");
    two_tenants(&store);
    stands(&store, &one(1, 0, &["a", "b"]));
    drop(store);

    let next = || SqliteStore::open_as(&directory.file(), &NEXT, |why: &str| panic!("{why}"));
    let Err(StoreError::Older(why)) = next() else { panic!("it opened") };
    assert!(why.contains("`1`") && why.contains("`2`"), "{why}");
    drop(SqliteStore::open(&directory.file()).expect("nothing was changed"));

    let (first, second) = (TABLES_VERSION, TABLES_VERSION + 1);
    let migrated = || file::migrate(&directory.file(), &NEXT);
    assert_eq!(migrated(), Ok(Migrated { from: Some(first), to: second }));
    assert_eq!(migrated(), Ok(Migrated { from: Some(second), to: second }), "a second time changes nothing");
    assert_eq!(texts(&next().expect("it opens")), ["a", "b"]);
    let Err(StoreError::Broken(why)) = SqliteStore::open(&directory.file()) else { panic!("it opened") };
    assert!(why.contains("use a newer bailiwick"), "{why}");
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let directory = Directory::new();
    drop(SqliteStore::open(&directory.file()).expect("it opens"));
    const BAD: Plan = Plan {
        version: 3,
        steps: &[NEXT.steps[0], crate::schema::Step { to: 3, sqlite: "ALTER TABLE nothing ADD x", postgres: "" }],
    };
    assert!(file::migrate(&directory.file(), &BAD).is_err());
    drop(SqliteStore::open(&directory.file()).expect("it is as it was"));
    let raw = Connection::open(directory.file()).expect("it opens");
    assert!(raw.prepare("SELECT shelf FROM store").is_err(), "nor did the first step stay");
}
