//! Endings: by a person, by the node, or by the holder; answered once nothing can leave any more.

use super::{Bound, Desk};
use crate::live::LiveControl;
use crate::node::Ended;
use crate::step::Failure;
use bailiwick_core::{
    ActStanding, Code, Command, Data, Ender, Facts, GrantId, Micros, Reason, TaskId, TaskState, TenantId,
};
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// When everything that was open at an ending has ended, or can no longer leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Nothing begins after this.
    pub effective_at: Micros,
    /// The leaf of the ending.
    pub leaf: Option<u64>,
    /// Nothing leaves after this.
    pub drained_at: Micros,
    /// Acts that were open at the ending, by seq.
    pub open: Vec<u64>,
    /// Of those, the ones whose outcome nobody knows yet.
    pub unsettled: Vec<u64>,
}

impl Desk {
    /// Ends a task or one of its grants, and answers once nothing of it can leave any more.
    ///
    /// # Errors
    /// [`Failure`] when it could not be made durable: then it is not effective.
    pub async fn end(
        &self,
        tenant: TenantId,
        task: TaskId,
        grant: Option<GrantId>,
        who: Ender,
        why: Code,
    ) -> Result<Result<Receipt, Reason>, Failure> {
        let facts = self.node.facts(0)?;
        self.end_by((tenant, task), grant, (who, why), facts).await
    }

    /// The same, by these facts: a holder is who they say that calls.
    pub(super) async fn end_by(
        &self,
        (tenant, task): (TenantId, TaskId),
        grant: Option<GrantId>,
        (who, why): (Ender, Code),
        facts: Facts,
    ) -> Result<Result<Receipt, Reason>, Failure> {
        let command = match grant {
            Some(grant) => Command::EndGrant { grant, who, why },
            None => Command::EndTask { who, why },
        };
        let decision = self.node.command(tenant, task, command, facts).await?;
        if let Some(reason) = decision.decided.reasons.into_iter().next() {
            return Ok(Err(reason));
        }
        let named = decision.decided.events.iter().find_map(|event| match &event.data {
            Data::TaskEnded(ended) => Some(ended.open.clone()),
            Data::GrantEnded(ended) => Some(ended.open.clone()),
            _ => None,
        });
        let open_of = move |task: &TaskState, _: &LiveControl| {
            let grants = grant.map_or_else(|| task.grants.keys().copied().collect(), |grant| task.subtree(grant));
            let open =
                task.acts.values().filter(|act| act.standing == ActStanding::Open && grants.contains(&act.grant));
            let open: Vec<(u64, Micros)> = open.map(|act| (act.seq, act.forward_by)).collect();
            (open, task.unsettled(&grants))
        };
        // What had ended before names nothing anew.
        let opened = named.unwrap_or_default();
        // Drained: every earlier act has ended or is past the time by which it leaves.
        loop {
            let settled = self.settled.notified();
            let (open, unsettled) = self.node.look(tenant, task, open_of).await?;
            let now = self.node.now();
            let latest = open.iter().map(|(_, forward_by)| *forward_by).max().unwrap_or(now);
            if open.is_empty() || latest <= now {
                let (effective_at, leaf) = (decision.at, decision.leaf);
                return Ok(Ok(Receipt { effective_at, leaf, drained_at: now, open: opened, unsettled }));
            }
            let left = Duration::from_micros(latest.0.saturating_sub(now.0));
            let _either = tokio::time::timeout(left, settled).await;
        }
    }

    /// Answers when the caller's grant has ended.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read.
    pub async fn ended(&self, bound: &Bound) -> Result<(), Failure> {
        let endings = self.node.endings();
        let grant = bound.grant;
        let live = move |task: &TaskState, _: &LiveControl| {
            task.standing.live() && task.grants.get(&grant).is_some_and(|grant| grant.standing.live())
        };
        match self.node.look(bound.tenant, bound.task, live).await? {
            true => self.ended_since(bound, endings).await,
            false => Ok(()),
        }
    }

    /// As [`Desk::ended`], without a look: of a grant that was live, as an allowed act says, after `endings` were asked for.
    ///
    /// # Errors
    /// As for [`Desk::ended`].
    pub async fn ended_since(&self, bound: &Bound, mut endings: Receiver<Ended>) -> Result<(), Failure> {
        loop {
            match endings.recv().await {
                Ok(Ended { tenant, task, grants }) => {
                    if tenant == bound.tenant && task == bound.task && grants.contains(&bound.grant) {
                        return Ok(());
                    }
                }
                // We fell behind: look again.
                Err(RecvError::Lagged(_)) => return Box::pin(self.ended(bound)).await,
                Err(RecvError::Closed) => return Err(Failure::Draining),
            }
        }
    }
}
