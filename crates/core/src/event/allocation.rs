//! Events of what a task draws on a mandate. Each stands twice in one append: in the task's stream and in the mandate's.

use super::nothing_private;
use crate::document::Period;
use crate::facts::Facts;
use crate::{Amount, MandateName, Micros, Span, TaskId, Unit};
use serde::{Deserialize, Serialize};

/// A task draws on a mandate, as it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllocationMade {
    /// How much, by unit.
    pub amounts: Vec<Allocated>,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// When the mandate ends, and the task with it; absent where that is not said.
    pub ends: Option<Micros>,
    /// What it rests on.
    pub facts: Facts,
    /// The mandate.
    pub mandate: MandateName,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The task.
    pub task: TaskId,
}
nothing_private!(AllocationMade);

/// How much of one unit was drawn, and in which time that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocated {
    /// How much.
    pub amount: Amount,
    /// The span of a rolling limit.
    pub over: Option<Span>,
    /// The period of the calendar.
    pub period: Option<Period>,
    /// The unit.
    pub unit: Unit,
}

/// What a task that is over did not use goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllocationReturned {
    /// How much, by unit.
    pub amounts: Vec<GivenBack>,
    /// What it rests on.
    pub facts: Facts,
    /// The mandate.
    pub mandate: MandateName,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Nothing of the task is in doubt any more: this is the last of it.
    pub settled: bool,
    /// The task.
    pub task: TaskId,
}
nothing_private!(AllocationReturned);

/// What goes back of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenBack {
    /// What of it still counts: what was used, and what is in doubt.
    pub counts: Amount,
    /// How much goes back.
    pub returned: Amount,
    /// The unit.
    pub unit: Unit,
}
