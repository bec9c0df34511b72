//! What an ending of all work, or of an agent's, found under way: in every task that had not ended before.

use super::Desk;
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_core::{ActNamed, AgentId, GrantId, Micros, TaskId, TaskStanding, TaskState, TenantId};
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// Tasks that were known to have ended at one moment: none of them lives again.
#[derive(Debug, Clone)]
pub struct EndedBefore(BTreeSet<TaskId>);

/// An act whose outcome was not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAct {
    /// Its task.
    pub task: TaskId,
    /// The seq of its `action.begun`.
    pub seq: u64,
    /// The leaf of that event, and the tool.
    pub named: ActNamed,
    /// Who did it.
    pub holder: AgentId,
}

/// What was under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Grants that are over by it, with their tasks and who held them.
    pub grants: Vec<(TaskId, GrantId, AgentId)>,
    /// Acts that had begun and whose outcome is not known.
    pub acts: Vec<OpenAct>,
    /// Tasks whose streams are closed on this node: of them it cannot be said.
    pub closed: Vec<TaskId>,
}

impl Desk {
    /// Which tasks have ended, as far as is known without a look: taken before an ending, so that nothing holds it up.
    pub fn ended_before(&self, tenant: TenantId) -> EndedBefore {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        EndedBefore(ended.iter().filter(|(of, _)| *of == tenant).map(|(_, task)| *task).collect())
    }

    /// What an ending at `since` found under way: of everybody, or of an agent and of all that work was handed to below it.
    /// Whether its tasks have been ended in their streams meanwhile makes no difference.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn under_way(
        &self,
        tenant: TenantId,
        agent: Option<&AgentId>,
        (before, since): (&EndedBefore, Micros),
    ) -> Result<UnderWay, Failure> {
        let mut out = UnderWay::default();
        for task in self.node.task_streams(tenant).await? {
            if before.0.contains(&task) {
                continue;
            }
            let agent = agent.cloned();
            let look = move |task: &TaskState, _: &LiveControl| of_task(task, agent.as_ref(), since);
            match self.node.look(tenant, task, look).await {
                Ok((grants, acts)) => {
                    out.grants.extend(grants);
                    out.acts.extend(acts);
                }
                Err(Failure::Closed(_)) => out.closed.push(task),
                Err(failure) => return Err(failure),
            }
        }
        Ok(out)
    }
}

fn of_task(
    task: &TaskState,
    agent: Option<&AgentId>,
    since: Micros,
) -> (Vec<(TaskId, GrantId, AgentId)>, Vec<OpenAct>) {
    let over = |standing: TaskStanding| match standing {
        TaskStanding::Live => true,
        TaskStanding::Ended { at, .. } => at >= since,
    };
    let rests_on = |grant: GrantId| {
        let lineage = task.lineage(grant).unwrap_or_default();
        agent.is_none_or(|agent| lineage.iter().any(|above| above.holder == *agent))
    };
    let of = task.grants.values().filter(|grant| over(grant.standing) && rests_on(grant.id));
    let grants: Vec<_> = of.map(|grant| (task.id, grant.id, grant.holder.clone())).collect();
    let ids: Vec<GrantId> = grants.iter().map(|(_, grant, _)| *grant).collect();
    let acts = task.unsettled(&ids).into_iter().filter_map(|seq| {
        let act = task.acts.get(&seq)?;
        let holder = task.grants.get(&act.grant)?.holder.clone();
        Some(OpenAct { task: task.id, seq, named: ActNamed { leaf: act.leaf, tool: act.tool.clone() }, holder })
    });
    let acts = acts.collect();
    (grants, acts)
}
