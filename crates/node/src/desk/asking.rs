//! Which tasks ask people for a yes. What was found of a task is so until something happens in its stream, and the log says of
//! every stream how far it is: so nobody looks through tasks in which nothing happened.

use super::show::Tasks;
use super::{Desk, Failure};
use crate::live::LiveControl;
use bailiwick_core::{TaskId, TaskState, TenantId};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// How many tasks are remembered: about a hundred bytes each. Whatever is past it is looked at each time.
const LOOKED_MAX: usize = 1_000_000;

/// A task as it was looked at: the seq of its last event then, and whether somebody was asked.
type Found = (u64, bool);

/// What was found of tasks. Made anew at each start.
#[derive(Debug, Default)]
pub(super) struct Looked(BTreeMap<(TenantId, TaskId), Found>);

impl Looked {
    /// Those of these streams, each with the seq of its last event, at which has to be looked: with what was not there when it
    /// was looked at, or with a request that may be over by now.
    fn due(&self, tenant: TenantId, heads: Vec<(TaskId, u64)>) -> Vec<TaskId> {
        let silent = |task: TaskId, head: u64| self.0.get(&(tenant, task)) == Some(&(head, false));
        heads.into_iter().filter(|(task, head)| !silent(*task, *head)).map(|(task, _)| task).collect()
    }

    fn found(&mut self, of: (TenantId, TaskId), found: Found) {
        if self.0.len() < LOOKED_MAX || self.0.contains_key(&of) {
            self.0.insert(of, found);
        }
    }
}

impl Desk {
    /// Those tasks of a tenant that live and ask people for a yes, newest first.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn asking_tasks(&self, tenant: TenantId) -> Result<Tasks, Failure> {
        // One look serves all who ask at once: the first after a start is long.
        let _one = self.asking_now.lock().await;
        let heads = self.node.task_heads(tenant).await?;
        let due = self.asking.lock().unwrap_or_else(PoisonError::into_inner).due(tenant, heads);
        let mut asking = Vec::new();
        for task in due {
            let now = self.node.now();
            let look = move |task: &TaskState, _: &LiveControl| {
                (task.seq, task.standing.live() && task.approvals.values().any(|of| of.open(now)))
            };
            match self.node.look(tenant, task, look).await {
                Ok(found) => {
                    self.asking.lock().unwrap_or_else(PoisonError::into_inner).found((tenant, task), found);
                    asking.extend(found.1.then_some(task));
                }
                // Of one that cannot be read nothing is known: it is looked at again.
                Err(Failure::Closed(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        self.gathered(tenant, asking.into_iter()).await
    }
}

#[cfg(test)]
mod tests;
