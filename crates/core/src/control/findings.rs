//! What was found of late: so that nobody is told the same twice.

use super::ControlState;
use crate::event::{ControlFound, Sprawl, finding_of, turn_of};
use crate::{Digest, Micros};
use serde::{Deserialize, Serialize};

/// The most findings that are kept; past it nothing more is written until the oldest have had their time.
pub const FINDINGS_MAX: usize = 1_024;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundState {
    /// When.
    pub at: Micros,
    /// Which finding.
    pub finding: Digest,
    /// The leaf of its event.
    pub leaf: u64,
}

impl ControlState {
    /// Where this was found already, in this turn or the one before.
    pub fn found_before(&self, code: Sprawl, of: &str, now: Micros) -> Option<&FoundState> {
        let turn = turn_of(now);
        let known = [finding_of(code, of, turn), finding_of(code, of, turn.saturating_sub(1))];
        self.findings.iter().rev().find(|found| known.contains(&found.finding))
    }

    /// The leaf of what was found is known once its event is durable.
    pub fn found_at(&mut self, finding: &Digest, leaf: u64) {
        self.findings.iter_mut().filter(|found| found.finding == *finding).for_each(|found| found.leaf = leaf);
    }

    pub(super) fn found(&mut self, found: &ControlFound, at: Micros, leaf: u64) {
        let turn = turn_of(at);
        self.findings.retain(|found| turn_of(found.at).saturating_add(1) >= turn);
        self.findings.push(FoundState { at, finding: found.finding, leaf });
    }
}
