//! The event of an erasure: a person had the key of a task destroyed.

use super::nothing_private;
use crate::TaskId;
use crate::facts::{By, Facts};
use serde::{Deserialize, Serialize};

/// The private fields of a task are erased: from here on its key is nowhere. What is clear stays, and what was hashed stays
/// provable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlErased {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The store was put back, and a node's own list named the task: it had been erased before.
    #[serde(default, skip_serializing_if = "is_no")]
    pub listed: bool,
    /// Why, in the person's words: it stands in the record for good.
    pub reason: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The task.
    pub task: TaskId,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "by INVARIANT of serde: what is skipped is asked by reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

nothing_private!(ControlErased);
