//! Copies of an embedded store, as files: what they say of themselves.

use crate::{Entry, StoreError, sqlite};
use bailiwick_core::TenantId;
use std::path::{Path, PathBuf};

/// A tenant's log in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedLog {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// The epoch of its log.
    pub epoch: u32,
    /// Leaves in it.
    pub size: u64,
}

/// A copy that is read, and not served.
pub trait StoreCopy {
    /// Whether all of its pages and indexes are as they must be.
    ///
    /// # Errors
    /// [`StoreError::Broken`] naming the first thing that is not.
    fn whole(&self) -> Result<(), StoreError>;

    /// The logs of all tenants, by name.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn logs(&self) -> Result<Vec<CopiedLog>, StoreError>;

    /// As [`Ledger::entries`](crate::Ledger::entries).
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read, or has no such tenant.
    fn entries(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<Entry>, StoreError>;
}

/// Puts a copy in the place of an embedded store that no process has open. What stood there is moved aside, and answered.
///
/// # Errors
/// [`StoreError`] when a process has the store open, or a file cannot be written; nothing is lost then.
pub fn put_back(copy: &Path, store: &Path) -> Result<Option<PathBuf>, StoreError> {
    sqlite::put_back(copy, store)
}

/// Opens a copy that an embedded store wrote.
///
/// # Errors
/// [`StoreError`] when it is none, or of another version.
pub fn open_copy(path: &Path) -> Result<Box<dyn StoreCopy>, StoreError> {
    sqlite::open_copy(path)
}
