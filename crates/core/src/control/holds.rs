//! Tasks that people hold: they are not erased before each of them let go.

use super::{BadFold, ControlState};
use crate::event::{ControlHeld, ControlReleased};
use crate::{Micros, PersonId, TaskId};
use serde::{Deserialize, Serialize};

/// The most holds of a tenant at once.
pub const HOLDS_MAX: usize = 1_024;
/// The most of these that are one person's: whoever takes all that they may leaves room for others.
pub const HOLDS_OF_PERSON_MAX: usize = 256;
/// The most holds over one task.
pub const TASK_HOLDS_MAX: usize = 16;
/// The most of these that are one person's.
pub const TASK_HOLDS_OF_PERSON_MAX: usize = 4;

const _: () = assert!(HOLDS_OF_PERSON_MAX * 4 <= HOLDS_MAX, "one person takes a quarter of the tenant's room at most");
const _: () = assert!(TASK_HOLDS_OF_PERSON_MAX * 4 <= TASK_HOLDS_MAX, "and a quarter of a task's");

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
    /// The seq of its event: its number.
    pub seq: u64,
}

impl ControlState {
    /// Who holds a task, the oldest hold first.
    pub fn holds_of(&self, task: TaskId) -> &[Hold] {
        self.holds.get(&task).map_or(&[], Vec::as_slice)
    }

    /// Whether anybody holds a task.
    pub fn is_held(&self, task: TaskId) -> bool {
        !self.holds_of(task).is_empty()
    }

    pub(super) fn hold(&mut self, held: &ControlHeld) {
        let (at, by, reason, seq) = (self.at, held.by.person.clone(), held.why.clone(), self.seq);
        self.holds.entry(held.task).or_default().push(Hold { at, by, reason, seq });
    }

    pub(super) fn release(&mut self, released: &ControlReleased) -> Result<(), BadFold> {
        let none = BadFold::Unfit("no such hold");
        let holds = self.holds.get_mut(&released.task).ok_or_else(|| none.clone())?;
        let before = holds.len();
        holds.retain(|hold| hold.seq != released.hold);
        if holds.len() == before {
            return Err(none);
        }
        if holds.is_empty() {
            self.holds.remove(&released.task);
        }
        Ok(())
    }
}
