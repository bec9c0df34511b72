//! A task as its record says it was at one of its events: folded again from the first one. To be told to people, never to be
//! decided on.

use crate::codec::{Pen, decode};
use crate::live::{LoadError, READ_MAX};
use crate::node::Node;
use crate::step::Failure;
use crate::vault::Vault;
use bailiwick_core::{Data, StreamId, TaskId, TaskState, TenantId};
use bailiwick_record::Chain;
use bailiwick_store::{Store, StreamKind};
use std::sync::Arc;

/// The most consents that are named.
const CONSENTS_MAX: usize = 1_000;
/// The most events that are named of what became of an act.
const OUTCOME_MAX: usize = 16;

/// A task around one of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// As it was right before.
    pub before: TaskState,
    /// As it was with it.
    pub after: TaskState,
    /// The events until then by which persons said more, by seq.
    pub consents: Vec<u64>,
    /// The events after the act began that say what became of it, by seq.
    pub outcome: Vec<u64>,
}

impl Node {
    /// The task around its event `seq`, and what became of the act that began with event `act`.
    ///
    /// # Errors
    /// [`Failure::NoTask`] when there is no such event; others when the stream cannot be read or is not what was written.
    pub async fn past(&self, tenant: TenantId, task: TaskId, seq: u64, act: Option<u64>) -> Result<Past, Failure> {
        let (store, vault) = (Arc::clone(self.store()), Arc::clone(self.vault()));
        let work = move || fold(store.as_ref(), &vault, (tenant, task), (seq, act));
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(past)) => past.ok_or(Failure::NoTask),
            Ok(Err(LoadError::Store(error))) => Err(Failure::Unavailable(error.to_string())),
            Ok(Err(LoadError::Broken(why))) => Err(Failure::Closed(why)),
            Err(_) => Err(Failure::Draining),
        }
    }
}

fn fold(
    store: &dyn Store,
    vault: &Vault,
    (tenant, stream): (TenantId, StreamId),
    (seq, act): (u64, Option<u64>),
) -> Result<Option<Past>, LoadError> {
    let stamps = vault.stamp_key(tenant)?;
    let key = vault.data_key(store, tenant, stream)?;
    let mut chain = Chain::new(tenant, stream);
    let mut state = TaskState::empty(tenant, stream);
    let mut past: Option<Past> = None;
    let mut consents = Vec::new();
    loop {
        let stored = store.stream(tenant, stream, chain.seq() + 1, READ_MAX)?;
        let pen = Pen { stamps: &stamps, kind: StreamKind::TASK, data: key.as_ref() };
        let events = decode(&mut chain, tenant, pen, &stored)?;
        for (event, stored) in events.iter().zip(&stored) {
            if let Some(past) = &mut past {
                if act.is_some_and(|act| tells_of(&event.data, act)) && past.outcome.len() < OUTCOME_MAX {
                    past.outcome.push(stored.seq);
                }
                continue;
            }
            let before = (stored.seq == seq).then(|| state.clone());
            state.apply(event, stored.leaf)?;
            if let Some(before) = before {
                let consents = std::mem::take(&mut consents);
                past = Some(Past { before, after: state.clone(), consents, outcome: Vec::new() });
            } else if matches!(event.data, Data::TaskAmended(_) | Data::ApprovalGiven(_))
                && consents.len() < CONSENTS_MAX
            {
                consents.push(stored.seq);
            }
        }
        // Without an act nothing that comes after is of interest.
        if stored.len() < READ_MAX || (past.is_some() && act.is_none()) {
            return Ok(past);
        }
    }
}

/// Whether an event says what became of an act: it ended, is in doubt, made a grant, or went on as another.
fn tells_of(data: &Data, act: u64) -> bool {
    match data {
        Data::ActionBegun(begun) => begun.continues == Some(act),
        other => other.act() == Some(act),
    }
}
