//! Streams, the append, cursors and views: SQLite, PostgreSQL and memory with faults.

mod error;
mod ledger;

pub use error::StoreError;
pub use ledger::*;
