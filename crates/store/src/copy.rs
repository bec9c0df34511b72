//! Copies of an embedded store, as files: what they say of themselves.

use crate::{Entry, StoreError, sqlite};
use bailiwick_core::TenantId;
use std::path::Path;

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

/// Opens a copy that an embedded store wrote.
///
/// # Errors
/// [`StoreError`] when it is none, or of another version.
pub fn open_copy(path: &Path) -> Result<Box<dyn StoreCopy>, StoreError> {
    sqlite::open_copy(path)
}
