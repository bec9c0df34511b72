//! Why a node does not start.

use crate::log::LogError;
use crate::vault::VaultError;
use bailiwick_store::StoreError;
use std::fmt;

/// Why a node cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The store failed.
    Store(StoreError),
    /// The keys cannot be opened.
    Vault(VaultError),
    /// The logs cannot be compared with what is remembered of them.
    Log(LogError),
    /// The system gives no threads.
    Threads(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
            Self::Log(error) => error.fmt(f),
            Self::Threads(error) => write!(f, "cannot start a thread: {error}"),
        }
    }
}
impl std::error::Error for StartError {}
