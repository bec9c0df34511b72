//! Streams, the append, cursors and views: SQLite, PostgreSQL and memory with faults.
//!
//! This crate does not know what an event says, what a grant is, or how a decision is made: everything is bytes and
//! numbers to it. It knows no HTTP and no policy, and it never sees a key that is not wrapped.
//!
//! 1. An append of a tenant is one atomic, durable compare-and-append: each group stands whole or not at all.
//! 2. Leaves of a tenant are dense and in commit order; heads, floor and epoch never fall.
//! 3. An answer other than [`StoreError::Unknown`] is the truth about what is durable.
//! 4. The store tells the time; the wall clock is never read twice.
//! 5. Tables are made in an empty database or by [`migrate`], never silently changed.
//! 6. What one store refuses, every store refuses: bounds are checked in one place, and one contract suite runs on all.

mod bounds;
mod clock;
#[cfg(test)]
mod contract;
mod copy;
mod error;
mod inspect;
mod ledger;
mod memory;
mod open;
mod postgres;
mod schema;
mod sqlite;

pub use bounds::{
    BLOB_BYTES_MAX, BLOB_BYTES_PER_APPEND_MAX, BLOBS_PER_APPEND_MAX, KEYS_PER_APPEND_MAX, NAME_BYTES_MAX,
    NOTE_BYTES_MAX, SNAPSHOT_BYTES_MAX, TILE_BYTES, WRAPPED_KEY_BYTES_MAX,
};
pub use clock::boot_time;
pub use copy::{CopiedLog, StoreCopy, open_copy, put_back};
pub use error::StoreError;
pub use inspect::{Finding, Inspected, inspect};
pub use ledger::*;
pub use memory::{Backup, Fault, Landed, MemoryStore};
pub use open::{migrate, open, shown};
pub use postgres::PostgresStore;
pub use schema::{Migrated, TABLES_VERSION};
pub use sqlite::SqliteStore;
