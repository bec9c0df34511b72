//! What SQLite's errors mean to us.

use crate::StoreError;
use bailiwick_core::StreamId;
use rusqlite::types::Type;
use rusqlite::{Error, ErrorCode};

fn code(error: &Error) -> Option<ErrorCode> {
    match error {
        Error::SqliteFailure(failure, _) => Some(failure.code),
        _ => None,
    }
}

/// Whether the disk itself failed. After a failed sync nobody knows what is durable.
pub(super) fn is_disk(error: &Error) -> bool {
    matches!(code(error), Some(ErrorCode::SystemIoFailure))
}

/// An error of a statement before its commit, or of a read.
pub(super) fn of(error: Error) -> StoreError {
    if matches!(error, Error::StatementChangedRows(_)) {
        return StoreError::Unavailable("another program has written to the file".into());
    }
    match code(&error) {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StoreError::Unavailable("another program holds a lock on the file".into())
        }
        Some(ErrorCode::TooBig) => StoreError::Refused(error.to_string()),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            StoreError::Unavailable(format!("the file cannot be opened for writing: {error}"))
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => StoreError::Unavailable(error.to_string()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Broken(format!("the file is damaged or no SQLite file: {error}"))
        }
        _ => StoreError::Broken(match error {
            Error::FromSqlConversionFailure(_, _, why) => why.to_string(),
            other => other.to_string(),
        }),
    }
}

/// A row of a stream has a value that no node writes: which stream is said with it.
pub(super) fn in_row(stream: &StreamId, error: Error) -> Error {
    let why = format!("the row of stream `{stream}` was changed: {error}");
    Error::FromSqlConversionFailure(0, Type::Null, why.into())
}
