//! What can go wrong in a store, and whose fault it is.

use std::fmt;

/// A store's no. Unless it says [`StoreError::Unknown`], nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Epoch, format or control floor moved on since the decision: load control again and decide again.
    Stale,
    /// The answer to a commit was lost: it may stand or not. Look for your own hash before you decide again.
    Unknown,
    /// The store cannot be reached or is busy; try again.
    Unavailable(String),
    /// What was asked for breaks a bound or a rule of this store.
    Refused(String),
    /// What was given is no URL of a store. It may hold a password and is not repeated.
    NoStore,
    /// No tenant of this id.
    NoTenant,
    /// Its tables are of an older version, which `bailiwick migrate` brings on.
    Older(String),
    /// The store was written by a newer version, or holds what it must not.
    Broken(String),
    /// The disk is full.
    Full,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("control moved on since the decision"),
            Self::Unknown => f.write_str("the store's answer to a commit was lost"),
            Self::Unavailable(why) => write!(f, "the store cannot be reached: {why}"),
            Self::Refused(why) => write!(f, "the store refused it: {why}"),
            Self::NoStore => f.write_str("expected a store as `sqlite:PATH` or `postgres://USER@HOST/DATABASE`"),
            Self::NoTenant => f.write_str("the store knows no such tenant"),
            Self::Older(why) => write!(f, "the store is not usable yet: {why}; `bailiwick migrate` brings it there"),
            Self::Broken(why) => write!(f, "the store is not usable: {why}"),
            Self::Full => f.write_str("the disk is full"),
        }
    }
}

impl std::error::Error for StoreError {}
