//! Events of holds: a person said that a task must not be erased; and that it may be again, as far as that hold goes.

use super::nothing_private;
use crate::TaskId;
use crate::facts::{By, Facts};
use serde::{Deserialize, Serialize};

/// A task is not erased from here on, by nobody and no rule. The seq of this event is the hold's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlHeld {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The task.
    pub task: TaskId,
    /// Why, in the person's words: it stands in the record for good.
    pub why: String,
}

/// A task is held no longer by one of those who held it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlReleased {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The hold, by the seq of its event.
    pub hold: u64,
    /// Why.
    pub reason: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The task.
    pub task: TaskId,
}

nothing_private!(ControlHeld, ControlReleased);
