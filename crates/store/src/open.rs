//! One URL opens one store.

use crate::{MemoryStore, Migrated, PostgresStore, SqliteStore, Store, StoreError, schema, sqlite};
use std::{path::Path, sync::Arc};

enum Url<'a> {
    Memory,
    Sqlite(&'a Path),
    Postgres,
}

fn parse(url: &str) -> Result<Url<'_>, StoreError> {
    if url == "memory:" {
        return Ok(Url::Memory);
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Url::Postgres);
    }
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Url::Sqlite(Path::new(path))),
        // The URL itself may hold a password and is not repeated.
        _ => Err(StoreError::Refused("expected a store as `sqlite:PATH` or `postgres://USER@HOST/DATABASE`".into())),
    }
}

/// Opens a store: `sqlite:PATH`, `postgres://…`, or `memory:` for tests. Tables are made only where there are none.
///
/// # Errors
/// [`StoreError`] when the URL is no store, it cannot be reached, or its tables are not this program's.
pub fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match parse(url)? {
        Url::Memory => Ok(Arc::new(MemoryStore::running())),
        Url::Sqlite(path) => Ok(Arc::new(SqliteStore::open(path)?)),
        Url::Postgres => Ok(Arc::new(PostgresStore::open(url)?)),
    }
}

/// Brings a store's tables to this program's version. Never done by [`open`].
///
/// # Errors
/// As [`open`]; nothing is changed then.
pub fn migrate(url: &str) -> Result<Migrated, StoreError> {
    match parse(url)? {
        Url::Memory => Ok(schema::Found::Empty.migrated()),
        Url::Sqlite(path) => sqlite::migrate(path),
        Url::Postgres => PostgresStore::migrate(url),
    }
}
