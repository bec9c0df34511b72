//! Which version of the tables a database holds, what that means for this program, and the steps from one version to the
//! next.

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

/// From one version of the tables to the next. A step only widens: what the version before reads and writes stays as it is,
/// and a later step takes it away, when nobody needs it any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// The version that it leads to, from the one before.
    pub(crate) to: i32,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// What a program makes of tables: its own version, and the steps that lead there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) version: i32,
    pub(crate) steps: &'static [Step],
}

/// Version 1 is the first: nothing leads to it.
pub(crate) const PLAN: Plan = Plan { version: TABLES_VERSION, steps: &[] };

/// What was found where tables should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Empty,
    /// Tables of another program.
    Foreign,
    Version(i32),
}

impl Plan {
    pub(crate) fn migrated(&self, from: Found) -> Migrated {
        let from = match from {
            Found::Version(version) => Some(version),
            Found::Empty | Found::Foreign => None,
        };
        Migrated { from, to: self.version }
    }

    /// Refuses tables that this program would read or write wrongly.
    pub(crate) fn usable(&self, found: Found) -> Result<(), StoreError> {
        let Found::Version(version) = found else { return Err(StoreError::Broken(self.no_version(found))) };
        match version.cmp(&self.version) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(StoreError::Broken(self.no_version(found))),
            std::cmp::Ordering::Less => {
                self.steps_from(found)?;
                let why = format!("its tables are of version `{version}`, this program needs `{}`", self.version);
                Err(StoreError::Older(why))
            }
        }
    }

    /// The steps that bring what was found to this program's version: none where it is there.
    pub(crate) fn steps_from(&self, found: Found) -> Result<&'static [Step], StoreError> {
        let broken = || StoreError::Broken(self.no_version(found));
        let Found::Version(version) = found else { return Err(broken()) };
        let at = self.steps.iter().position(|step| step.to == version.saturating_add(1));
        match at.and_then(|at| self.steps.get(at..)) {
            _ if version == self.version => Ok(&[]),
            Some(steps) if version < self.version => Ok(steps),
            _ => Err(broken()),
        }
    }

    fn no_version(&self, found: Found) -> String {
        let own = self.version;
        match found {
            Found::Empty => "it holds no tables".to_owned(),
            Found::Foreign => "it holds tables of another program".to_owned(),
            Found::Version(version) if version > own => format!(
                "its tables are of version `{version}`, this program knows up to version `{own}`; use a newer bailiwick"
            ),
            Found::Version(version) => {
                format!("its tables are of version `{version}`, from which this program knows no way to `{own}`")
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
