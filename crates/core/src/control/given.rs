//! Mandates that are given, and since when tasks may rest on them.

use super::ControlState;
use crate::document::Mandate;
use crate::{Digest, MandateName, Micros};
use serde::{Deserialize, Serialize};

/// A mandate, and since when tasks may rest on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateEntry {
    /// As given.
    pub document: Mandate,
    /// The digest of its document.
    pub digest: Digest,
    /// The seq of the event that gave it, or since which it is another's word or for less: tasks of before are over.
    pub since: u64,
}

/// In place of the event that gave it: the store went back, and what was drawn since the copy is not known.
const NOT_GIVEN_AGAIN: u64 = u64::MAX;

impl MandateEntry {
    /// Whether something may be drawn on it: after a restore only once somebody gives it again.
    pub fn is_given(&self) -> bool {
        self.since != NOT_GIVEN_AGAIN
    }
}

impl ControlState {
    /// A mandate is given, or given otherwise.
    pub(super) fn give(&mut self, mandate: Mandate, digest: Digest) {
        let stands =
            self.mandates.get(&mandate.name).filter(|old| old.is_given() && !old.document.rests_otherwise(&mandate));
        let since = stands.map_or(self.seq, |old| old.since);
        self.mandates.insert(mandate.name.clone(), MandateEntry { document: mandate, digest, since });
    }

    /// What was drawn after the copy is not known: each mandate waits for somebody to give it again.
    pub(super) fn give_no_more(&mut self) {
        self.mandates.values_mut().for_each(|entry| entry.since = NOT_GIVEN_AGAIN);
    }

    /// Whether a task that was decided under control event `seq` rests on a mandate that is no longer given.
    pub fn mandate_over(&self, name: &MandateName, seq: u64, now: Micros) -> bool {
        self.mandates
            .get(name)
            .is_none_or(|entry| seq < entry.since || entry.document.ends().is_some_and(|ends| now >= ends))
    }
}
