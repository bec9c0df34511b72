use super::*;
use crate::contract::contract;
use std::{ops::Deref, path::PathBuf};

/// A store in a directory of its own that goes when the test ends.
struct Fresh {
    store: SqliteStore,
    _directory: Directory,
}

pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bailiwick-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("a fresh directory");
        Self(path)
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join("store.db")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

impl Deref for Fresh {
    type Target = SqliteStore;
    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

fn fresh() -> Option<Fresh> {
    let directory = Directory::new();
    let store = SqliteStore::open(&directory.file()).expect("a fresh store opens");
    Some(Fresh { store, _directory: directory })
}

contract!(super::fresh);

mod copied;
mod crash;
mod older;
mod trouble;

/// Built without the workspace's configuration it is right and slow: every commit would wait for the file's times too.
#[test]
fn sqlite_is_built_with_the_options_that_the_workspace_asks_for() {
    let store = fresh().expect("a store");
    let options = store.with_writer(|connection| {
        let mut options = connection.prepare("PRAGMA compile_options").expect("options are told");
        let options = options.query_map([], |row| row.get::<_, String>(0)).expect("options are listed");
        options.collect::<Result<Vec<_>, _>>().expect("options are texts")
    });
    assert!(options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"), "{options:?}");
}
