//! Events of an erasure: a person had the key of a task destroyed, or a rule keeps it no longer.

use super::nothing_private;
use crate::facts::{By, Facts};
use crate::{DataClass, Digest, Micros, PersonId, RoleName, TaskId, TemplateName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// Tasks that one person began were erased, as [`ControlErased`] says of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPersonErased {
    /// Of those that an account of the person began, by which: as the directory had it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<TaskId, PersonId>,
    /// The act of who had them erased.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// Who began them.
    pub person: PersonId,
    /// Why.
    pub reason: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The tasks, by id.
    pub tasks: Vec<TaskId>,
}

/// Tasks were erased, as [`ControlErased`] says of one, because a rule keeps them no longer. Nobody did it but whoever wrote
/// the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlExpired {
    /// SHA-256 of the rule's document: its version.
    pub digest: Digest,
    /// What it rests on.
    pub facts: Facts,
    /// The rule.
    pub rule: RoleName,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The tasks, by id.
    pub tasks: Vec<ExpiredTask>,
}

/// One of them, with all that the rule asks of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpiredTask {
    /// The classes of data that its holders had touched.
    pub classes: BTreeSet<DataClass>,
    /// When it ended.
    pub ended: Micros,
    /// The task.
    pub task: TaskId,
    /// The template it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateName>,
}

nothing_private!(ControlErased, ControlExpired, ControlPersonErased);
