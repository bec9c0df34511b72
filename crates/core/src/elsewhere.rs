//! What comes from other tasks: what an instance has touched in them, and what they left where it reads. A node gathers it from
//! the record of all tasks, and it is a fact of the decision. It only ever adds to what a holder counts as having touched.

use crate::event::Label;
use crate::task::GrantState;
use crate::{DataClass, TaskId, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last event of another task that brought something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whence {
    /// Its place in the tenant's log.
    pub leaf: u64,
    /// Which task; `None` where nobody knows any more, and it counts as brought all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
}

/// What was touched, each with the event that brought it last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touched {
    /// Classes of data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<DataClass, Whence>,
    /// What others may have written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untrusted: Option<Whence>,
    /// Zones that something came from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<Zone, Whence>,
}

impl Touched {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As a label.
    pub fn label(&self) -> Label {
        Label {
            classes: self.classes.keys().cloned().collect(),
            trusted: (!self.is_empty()).then_some(self.untrusted.is_none()),
            zones: self.zones.keys().cloned().collect(),
        }
    }
}

/// What comes from other tasks of the tenant, by the log as it was when this was gathered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// What the instance has touched in them.
    #[serde(default, skip_serializing_if = "Touched::is_empty")]
    pub held: Touched,
    /// What they left where this call reads.
    #[serde(default, skip_serializing_if = "Touched::is_empty")]
    pub left: Touched,
    /// So many leaves of the log were looked at.
    pub size: u64,
}

impl Elsewhere {
    /// Whether there is nothing of it.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.left.is_empty()
    }
}

/// What a holder has touched, here and elsewhere. A class that a person lowered in this task counts again where it was brought
/// elsewhere since.
pub(crate) fn touched_by(grant: &GrantState, elsewhere: Option<&Elsewhere>) -> Label {
    let Some(elsewhere) = elsewhere.filter(|of| !of.held.is_empty()) else { return grant.label.clone() };
    let mut held = elsewhere.held.label();
    held.classes.retain(|class| {
        let brought = elsewhere.held.classes.get(class).map(|whence| whence.leaf);
        grant.lowered.get(class).is_none_or(|size| brought.is_some_and(|leaf| leaf >= *size))
    });
    grant.label.with(&held)
}
