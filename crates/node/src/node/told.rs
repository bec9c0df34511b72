//! What a node tells of what is durable.

use bailiwick_core::{Decided, GrantId, Micros, TaskId, TenantId};

/// A task command as decided and durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What it came to.
    pub decided: Decided,
    /// The leaf of its first event, where it appended any.
    pub leaf: Option<u64>,
    /// When it was decided.
    pub at: Micros,
}

/// These grants of a task ended, durably.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The tenant.
    pub tenant: TenantId,
    /// The task.
    pub task: TaskId,
    /// The grants.
    pub grants: Vec<GrantId>,
}
