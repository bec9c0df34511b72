//! What people said no to, read off the log: whichever node was told, and also before this one began.

use crate::codec::open_event;
use crate::node::Node;
use crate::refused::{No, Of, REMEMBERED};
use crate::step::Failure;
use bailiwick_core::{AgentId, Data, Digest, Effect, Event, Salt, TaskState, TenantId, comes_to};
use bailiwick_store::StoredEvent;
use std::sync::Arc;

/// Tells goals apart in this process, and is written nowhere.
pub(crate) const IN_MEMORY: Salt = Salt::new([0; 16]);
/// How far back the log is listened to at first, and the most that one beat leaves out when a node cannot keep up.
const BACK_LEAVES_MAX: u64 = 20_000;
/// How much of the log one beat listens to.
const BEAT_LEAVES_MAX: u64 = 4_000;
/// How much of it is read at a time.
const PAGE: usize = 500;

impl Node {
    /// Listens to what the log has since the last time: what people said no to at other nodes, and before this one began.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read; the next time goes on from there.
    pub async fn hear_noes(self: &Arc<Self>, tenant: TenantId) -> Result<(), Failure> {
        let Ok(_alone) = self.rates.refused.listening.try_lock() else { return Ok(()) };
        let node = Arc::clone(self);
        let found = self.beside(move || node.noes_since(tenant)).await??;
        for no in found {
            // What cannot be read now was erased, or says nothing: it is not waited for.
            let _left = self.remember_no(tenant, no).await;
        }
        Ok(())
    }

    /// The noes of a page of the log, by task and request.
    fn noes_since(&self, tenant: TenantId) -> Result<Vec<No>, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let size = self.store().log(tenant).map_err(|error| unavailable(&error))?.size;
        let refused = &self.rates.refused;
        let least = size.saturating_sub(BACK_LEAVES_MAX);
        let mut from = refused.heard(tenant).unwrap_or(least).max(least);
        let (end, since) = (size.min(from.saturating_add(BEAT_LEAVES_MAX)), self.now().before(REMEMBERED));
        let mut found = Vec::new();
        while from < end {
            let page = self.readable(tenant, from, PAGE)?;
            from = page.last().map_or(from, |last| last.leaf).saturating_add(1);
            found.extend(page.iter().filter(|stored| stored.event.at >= since).filter_map(no_of));
        }
        refused.has_heard(tenant, from);
        Ok(found)
    }

    /// Remembers that somebody said no to a request of a task. What is not what was written says nothing.
    pub(crate) async fn remember_no(self: &Arc<Self>, tenant: TenantId, no: No) -> Result<(), Failure> {
        let node = Arc::clone(self);
        let Some((agent, goal)) = self.beside(move || node.refused_by(tenant, no)).await?? else { return Ok(()) };
        let requester = self.look(tenant, no.task, |task: &TaskState, _: &_| task.requester.clone()).await?;
        if let Some(person) = requester {
            self.rates.refused.said(Of { tenant, agent: &agent, person: &person }, goal, no);
        }
        Ok(())
    }

    /// What a no was to, by the call that stands before its request: whose it was, and what it comes to.
    fn refused_by(&self, tenant: TenantId, no: No) -> Result<Option<(AgentId, Digest)>, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let (task, seq) = (no.task, no.approval.saturating_sub(1));
        let found = self.store().stream(tenant, task, seq.max(1), 1).map_err(|error| unavailable(&error))?;
        let Some(stored) = found.into_iter().find(|stored| stored.seq == seq) else { return Ok(None) };
        if self.unlike(tenant, None, &stored)?.is_some() {
            return Ok(None);
        }
        let key = self.vault().data_key(self.store().as_ref(), tenant, task).map_err(|error| unavailable(&error))?;
        let event = open_event(tenant, key.as_ref(), &stored).map_err(|error| unavailable(&error))?;
        let Data::ActionWaiting(waiting) = event.data else { return Ok(None) };
        let (Some(caller), Some(private)) = (&waiting.facts.caller, &waiting.private) else { return Ok(None) };
        let action = waiting.action.whole(private);
        Ok((action.effect != Effect::Read).then(|| (caller.agent.clone(), comes_to(&IN_MEMORY, &action))))
    }
}

/// What an event says no to, where it says no.
fn no_of(stored: &StoredEvent) -> Option<No> {
    if Event::kind_of(&stored.event.clear)? != "approval.refused" {
        return None;
    }
    match Event::read(&stored.event.clear).ok()?.0.data {
        Data::ApprovalRefused(refused) => {
            Some(No { at: stored.event.at, task: stored.stream, approval: refused.approval })
        }
        _ => None,
    }
}
