//! What is looked at in a store from outside, for who operates it. Nothing is made and nothing is changed.

use crate::open::{Url, parse};
use crate::{PostgresStore, StoreError, sqlite};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as it must be.
    pub well: bool,
    /// What was found, in words.
    pub words: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Finding {
    pub(crate) fn well(name: &'static str, words: impl Into<String>) -> Self {
        Self { name, well: true, words: words.into(), fix: None }
    }

    pub(crate) fn wrong(name: &'static str, words: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, well: false, words: words.into(), fix: Some(fix.into()) }
    }

    /// A store that cannot be used says so in the words of its error.
    pub(crate) fn of(name: &'static str, error: &StoreError) -> Self {
        let fix = match error {
            StoreError::Older(_) => "end the nodes of this store, then run `bailiwick migrate`",
            StoreError::Broken(_) => {
                "put a good copy of the store in its place, or use the version of bailiwick that fits it"
            }
            _ => "see to it that the store can be reached by this user",
        };
        Self::wrong(name, error.to_string(), fix)
    }
}

/// What was found in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Each thing that was looked at.
    pub findings: Vec<Finding>,
    /// Whether it holds tables that this program uses: then opening it makes none.
    pub tables: bool,
}

/// Looks at a store: whether it can be read, the version of its tables, and whether it keeps what it confirms.
///
/// # Errors
/// [`StoreError::NoStore`] when the URL is none; anything else is a finding.
pub fn inspect(url: &str) -> Result<Inspected, StoreError> {
    Ok(match parse(url)? {
        Url::Memory => {
            let findings = vec![Finding::well("store", "it is memory and ends with the process")];
            Inspected { findings, tables: false }
        }
        Url::Sqlite(path) => sqlite::inspect(path),
        Url::Postgres => PostgresStore::inspect(url),
    })
}
