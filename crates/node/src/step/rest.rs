//! What is at rest: durable, and neither in flight nor being read.

use super::Engine;
use crate::live::LiveControl;
use bailiwick_core::{TaskId, TaskState, TenantId};

impl Engine {
    /// Whether nothing is under way: what a drain waits for.
    pub fn idle(&self) -> bool {
        self.batches.is_empty()
            && self.tenants.values().all(|tenant| {
                tenant.queue.is_empty()
                    && tenant.tasks.values().all(|slot| slot.queue.is_empty() && slot.lost.is_empty())
            })
    }

    /// A task as it stands in memory, where nothing of it is in flight or being read: a fold of what is durable.
    pub fn at_rest(&self, tenant: TenantId, task: TaskId) -> Option<&TaskState> {
        let slot = self.tenants.get(&tenant)?.tasks.get(&task)?;
        slot.live.as_ref().filter(|_| slot.flight.is_none() && !slot.loading).map(|live| &live.state)
    }

    /// A tenant's control as it stands in memory: a fold of what is durable.
    pub fn control_at_rest(&self, tenant: TenantId) -> Option<&LiveControl> {
        self.tenants.get(&tenant)?.control.as_deref()
    }
}
