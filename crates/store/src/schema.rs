//! Which version of the tables a database holds, and what that means for this program.

use crate::StoreError;

/// The version of the tables that this program reads and writes.
pub const TABLES_VERSION: i32 = 1;

/// What a migration did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version found; `None` in an empty database.
    pub from: Option<i32>,
    /// The version that stands now.
    pub to: i32,
}

/// What was found where tables should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Empty,
    /// Tables of another program.
    Foreign,
    Version(i32),
}

impl Found {
    pub(crate) fn migrated(self) -> Migrated {
        let from = match self {
            Self::Version(version) => Some(version),
            Self::Empty | Self::Foreign => None,
        };
        Migrated { from, to: TABLES_VERSION }
    }
}

/// Refuses tables that this program would read or write wrongly.
pub(crate) fn usable(found: Found) -> Result<(), StoreError> {
    let why = match found {
        Found::Version(TABLES_VERSION) => return Ok(()),
        Found::Empty => "it holds no tables".to_owned(),
        Found::Foreign => "it holds tables of another program".to_owned(),
        Found::Version(version) if version > TABLES_VERSION => format!(
            "its tables are of version `{version}`, this program knows up to version `{TABLES_VERSION}`; use a newer bailiwick"
        ),
        Found::Version(version) => {
            format!(
                "its tables are of version `{version}`, this program needs `{TABLES_VERSION}`; use the version of Bailiwick that wrote them"
            )
        }
    };
    Err(StoreError::Broken(why))
}
