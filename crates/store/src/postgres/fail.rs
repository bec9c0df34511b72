//! What PostgreSQL's errors mean to us.

use crate::StoreError;
use tokio_postgres::{Error, error::SqlState};

/// An error after which nothing was written: the server said so, or nothing had been sent that writes.
pub(super) fn of(error: &Error) -> StoreError {
    let Some(db) = error.as_db_error() else {
        return StoreError::Unavailable(told(error));
    };
    match db.code() {
        &SqlState::DISK_FULL => StoreError::Full,
        // Only a body can miss a partition.
        &SqlState::CHECK_VIOLATION if db.table() == Some("body") => {
            StoreError::Refused("a body is to be dropped in a month that has no partition yet or no more".into())
        }
        &SqlState::LOCK_NOT_AVAILABLE => StoreError::Unavailable("another append holds the tenant's row".into()),
        &SqlState::UNDEFINED_TABLE
        | &SqlState::UNDEFINED_COLUMN
        | &SqlState::DATA_CORRUPTED
        | &SqlState::INDEX_CORRUPTED => StoreError::Broken(db.message().to_owned()),
        _ => StoreError::Unavailable(db.message().to_owned()),
    }
}

/// An error of a statement that commits on its own: when the server did not answer, it may stand or not.
pub(super) fn of_write(error: &Error) -> StoreError {
    if error.as_db_error().is_some() { of(error) } else { StoreError::Unknown }
}

/// The error with its cause; the driver's own text leaves it out.
fn told(error: &Error) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
