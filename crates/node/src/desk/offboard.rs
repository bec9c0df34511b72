//! An agent that goes: every grant of it is ended and drained, in every task, and what ended with it is listed.

use super::Desk;
use crate::codec::CodecError;
use crate::live::{LiveControl, READ_MAX, control_stream};
use crate::step::Failure;
use bailiwick_core::{
    AgentId, By, Code, Data, Ender, Event, GrantId, InstanceId, KeyThumbprint, Micros, StreamId, TaskId, TaskStanding,
    TaskState, TenantId,
};
use bailiwick_store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most grants that one certificate lists.
pub const GRANTS_LISTED_MAX: usize = 65_536;

/// A grant that ended with an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedWith {
    /// Its task.
    pub task: TaskId,
    /// The grant.
    pub grant: GrantId,
    /// Who held it: the agent, or one that work was handed to below it.
    pub holder: AgentId,
    /// The key that it answered to, and with it every token of its family.
    pub key: Option<KeyThumbprint>,
    /// Whose instance that was.
    pub instance: Option<InstanceId>,
    /// The event that ended it, by its place in the log.
    pub event: Option<u64>,
    /// When.
    pub at: Micros,
    /// Why.
    pub why: Code,
}

/// What came of an agent's going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offboarded {
    /// The event that suspended it, by its place in the log, and when.
    pub suspended: (u64, Micros),
    /// Grants that ended with it or since, its own and those below, in the order of tasks.
    pub ended: Vec<EndedWith>,
    /// Grants of its own that had ended before.
    pub earlier: u64,
    /// Grants of its own that live: none, or it is no offboarding.
    pub left: u64,
    /// Acts of those grants whose outcome nobody knows, by the leaf of their beginning.
    pub unsettled: Vec<(TaskId, u64)>,
    /// Requests to people that nobody can say yes to any more, by their places in the log: they were of those grants, and had
    /// neither been used nor run out.
    pub approvals: Vec<(TaskId, u64)>,
    /// How many tasks were looked at: all that there are.
    pub tasks: u64,
    /// Nothing of it leaves after this.
    pub drained_at: Micros,
}

/// What a task says of an agent.
#[derive(Debug, Default)]
struct Seen {
    live: Vec<GrantId>,
    ended: Vec<(EndedWith, bool)>,
    unsettled: Vec<u64>,
    approvals: Vec<u64>,
    /// Each grant's parent, for the endings of those above.
    above: BTreeMap<GrantId, Option<GrantId>>,
}

impl Desk {
    /// Ends every grant of a suspended agent, waits until nothing of them can leave, and lists what ended.
    ///
    /// # Errors
    /// [`Failure::NoTask`] when the agent is not suspended; others when a task cannot be read or ended: nothing is certified.
    pub async fn offboard(&self, tenant: TenantId, agent: &AgentId, by: &By) -> Result<Offboarded, Failure> {
        let control = self.node.control_now(tenant)?;
        let entry = control.state.agents.get(agent).filter(|entry| !entry.active);
        let seq = entry.and_then(|entry| entry.suspended).ok_or(Failure::NoTask)?;
        let suspended = self.node.store().stream(tenant, control_stream(tenant), seq, 1).map_err(unavailable)?;
        let suspended = suspended.into_iter().find(|stored| stored.seq == seq).ok_or(Failure::NoTask)?;
        let since = suspended.event.at;
        let tasks = self.node.task_streams(tenant).await?;
        let mut out = Offboarded {
            suspended: (suspended.leaf, since),
            ended: Vec::new(),
            earlier: 0,
            left: 0,
            unsettled: Vec::new(),
            approvals: Vec::new(),
            tasks: u64::try_from(tasks.len()).unwrap_or(u64::MAX),
            drained_at: self.node.now(),
        };
        for task in tasks {
            self.offboard_of(tenant, task, (agent, by, since), &mut out).await?;
        }
        out.drained_at = out.drained_at.max(self.node.now());
        Ok(out)
    }

    async fn offboard_of(
        &self,
        tenant: TenantId,
        task: TaskId,
        (agent, by, since): (&AgentId, &By, Micros),
        out: &mut Offboarded,
    ) -> Result<(), Failure> {
        let look = |agent: AgentId| move |task: &TaskState, _: &LiveControl| seen(task, &agent, since);
        let before = self.node.look(tenant, task, look(agent.clone())).await?;
        // What ended since the suspension may have acts that can still leave: asked again it waits for them.
        let ended = before.ended.iter().filter(|(ended, own)| *own && ended.at >= since).map(|(ended, _)| ended.grant);
        for grant in before.live.iter().copied().chain(ended) {
            let who = Ender::Person(by.clone());
            let receipt = self.end(tenant, task, Some(grant), who, Code::AgentInactive).await?;
            // A no here would be of a grant that is not there; what is left says so.
            if let Ok(receipt) = receipt {
                out.drained_at = out.drained_at.max(receipt.drained_at);
            }
        }
        let mut after = self.node.look(tenant, task, look(agent.clone())).await?;
        out.left = out.left.saturating_add(u64::try_from(after.live.len()).unwrap_or(u64::MAX));
        let own_before = after.ended.iter().filter(|(ended, own)| *own && ended.at < since).count();
        out.earlier = out.earlier.saturating_add(u64::try_from(own_before).unwrap_or(u64::MAX));
        after.ended.retain(|(ended, _)| ended.at >= since);
        out.unsettled.extend(after.unsettled.iter().map(|leaf| (task, *leaf)));
        out.approvals.extend(after.approvals.iter().map(|leaf| (task, *leaf)));
        if after.ended.is_empty() {
            return Ok(());
        }
        if out.ended.len() + after.ended.len() > GRANTS_LISTED_MAX {
            return Err(Failure::TooLarge);
        }
        let store = Arc::clone(self.node.store());
        let read = tokio::task::spawn_blocking(move || endings(store.as_ref(), tenant, task)).await;
        let endings = read.map_err(|_| Failure::Draining)??;
        out.ended.extend(after.ended.into_iter().map(|(ended, _)| {
            let event = ended_by(&endings, &after.above, ended.grant);
            EndedWith { event, ..ended }
        }));
        Ok(())
    }
}

fn seen(task: &TaskState, agent: &AgentId, since: Micros) -> Seen {
    let mut out = Seen::default();
    let mut of_agent = Vec::new();
    for grant in task.grants.values() {
        let lineage = task.lineage(grant.id).unwrap_or_default();
        if !lineage.iter().any(|above| above.holder == *agent) {
            continue;
        }
        let own = grant.holder == *agent;
        match grant.standing {
            TaskStanding::Live if own => out.live.push(grant.id),
            TaskStanding::Live => {}
            TaskStanding::Ended { why, at } => {
                if at >= since {
                    of_agent.push(grant.id);
                }
                let key = grant.key.as_ref();
                let ended = EndedWith {
                    task: task.id,
                    grant: grant.id,
                    holder: grant.holder.clone(),
                    key: key.map(|bound| bound.key.clone()),
                    instance: key.map(|bound| bound.instance.clone()),
                    event: None,
                    at,
                    why,
                };
                out.ended.push((ended, own));
            }
        }
    }
    let approvals = task.approvals.values().filter(|of| of_agent.contains(&of.grant) && of.open(since));
    out.approvals = approvals.map(|of| of.leaf).collect();
    out.unsettled = task.unsettled(&of_agent).iter().filter_map(|seq| Some(task.acts.get(seq)?.leaf)).collect();
    out.above = task.grants.values().map(|grant| (grant.id, grant.parent)).collect();
    out
}

fn unavailable(error: StoreError) -> Failure {
    Failure::Unavailable(error.to_string())
}

/// The endings of a task: of which grant, or of the whole task, by their places in the log.
fn endings(store: &dyn Store, tenant: TenantId, task: StreamId) -> Result<Vec<(Option<GrantId>, u64)>, Failure> {
    let (mut out, mut from) = (Vec::new(), 1);
    loop {
        let read = store.stream(tenant, task, from, READ_MAX).map_err(unavailable)?;
        for stored in &read {
            let broken = |error| Failure::Closed(CodecError::Broken(format!("{error}")).to_string());
            let (event, _) = Event::read(&stored.event.clear).map_err(broken)?;
            match event.data {
                Data::GrantEnded(ended) => out.push((Some(ended.grant), stored.leaf)),
                Data::TaskEnded(_) => out.push((None, stored.leaf)),
                _ => {}
            }
        }
        match read.last() {
            Some(last) if read.len() == READ_MAX => from = last.seq + 1,
            _ => return Ok(out),
        }
    }
}

/// The first event that ended a grant: its own ending, that of one above it, or that of the task.
fn ended_by(
    endings: &[(Option<GrantId>, u64)],
    above: &BTreeMap<GrantId, Option<GrantId>>,
    grant: GrantId,
) -> Option<u64> {
    let mut lineage = vec![grant];
    // by INVARIANT of a task: a grant is made after the one that it comes from, so this ends
    while let Some(Some(parent)) = lineage.last().and_then(|last| above.get(last)) {
        if lineage.len() > above.len() {
            return None;
        }
        lineage.push(*parent);
    }
    endings.iter().find(|(of, _)| of.is_none_or(|of| lineage.contains(&of))).map(|(_, leaf)| *leaf)
}
