//! Tasks that people hold: they are not erased before somebody releases them.

use super::{BadFold, ControlState};
use crate::event::{ControlHeld, ControlReleased};
use crate::{Micros, PersonId};
use serde::{Deserialize, Serialize};

/// The most tasks of a tenant that are held at once.
pub const HOLDS_MAX: usize = 1_024;

/// A hold over one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Since when.
    pub at: Micros,
    /// Who holds it.
    pub by: PersonId,
    /// Why.
    pub reason: String,
    /// The seq of its event.
    pub seq: u64,
}

impl ControlState {
    pub(super) fn hold(&mut self, held: &ControlHeld) {
        let (at, by, reason, seq) = (self.at, held.by.person.clone(), held.why.clone(), self.seq);
        self.holds.insert(held.task, Hold { at, by, reason, seq });
    }

    pub(super) fn release(&mut self, released: &ControlReleased) -> Result<(), BadFold> {
        self.holds.remove(&released.task).map(drop).ok_or(BadFold::Unfit("no such hold"))
    }
}
