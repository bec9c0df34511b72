//! A sheet: several statements, signed by one assertion. Each is still a yes to its own act, used once.

use super::Statement;
use crate::Digest;
use crate::hash::sha256;
use serde::{Deserialize, Serialize};

/// The most statements of one sheet: each was shown whole.
pub const SHEET_MAX: usize = 10;

/// What a person signs who says yes to several acts at once: its digest is the challenge of the assertion. It lists digests,
/// so that the record of one task shows nothing of another's. Fields are declared in alphabetical order, so that what serde
/// writes is RFC 8785 form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The digests of the statements, in the order that they were shown in.
    pub statements: Vec<Digest>,
    /// What it is: `bailiwick/sheet/1`.
    #[serde(rename = "type")]
    pub of: String,
}

impl Sheet {
    /// What a sheet of this form says that it is.
    pub const TYPE: &'static str = "bailiwick/sheet/1";

    /// A sheet of these statements; `None` where they are none, too many, or one stands there twice.
    pub fn of(statements: Vec<Digest>) -> Option<Self> {
        let sheet = Self { statements, of: Self::TYPE.to_owned() };
        sheet.formed().then_some(sheet)
    }

    /// Whether it is a sheet at all.
    pub fn formed(&self) -> bool {
        let mut each = self.statements.clone();
        each.sort_unstable();
        each.dedup();
        self.of == Self::TYPE && each.len() == self.statements.len() && (1..=SHEET_MAX).contains(&each.len())
    }

    /// Whether a statement stands on it.
    pub fn holds(&self, statement: &Statement) -> bool {
        self.formed() && self.statements.contains(&statement.digest())
    }

    /// The bytes that are hashed: RFC 8785 form.
    pub fn text(&self) -> String {
        // by INVARIANT of these types: all are written as texts, so writing them cannot fail
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The challenge: SHA-256 of its text.
    pub fn digest(&self) -> Digest {
        sha256(self.text().as_bytes())
    }
}

#[cfg(test)]
mod tests;
