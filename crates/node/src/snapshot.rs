//! Snapshots: a task's state as it was at one event, sealed, so that a long stream need not be folded from its first event.
//!
//! A cache and never a source. It is believed when it opens under the stream's own key at its own place, in this epoch, by
//! this fold, and the store's event at its seq has its hash. Whatever else is found there is as good as nothing.

use crate::live::LiveTask;
use crate::vault::{Vault, VaultError};
use bailiwick_core::{BadKept, Digest, FOLD, StreamId, TaskId, TaskState, TenantId};
use bailiwick_record::{Chain, SealError, Secret, SnapshotPlace};
use bailiwick_store::{Keys, Snapshot, Store};
use std::fmt;

/// A task's state at rest, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// The tenant.
    pub tenant: TenantId,
    /// The task.
    pub task: TaskId,
    /// The epoch it was folded in.
    pub epoch: u32,
    /// The hash of the last event folded.
    pub head: Digest,
    /// The state.
    pub state: Box<TaskState>,
}

/// Why a snapshot cannot be made. Nothing is lost: the stream is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepFailure {
    /// The stream has no key any more.
    Erased,
    /// The key cannot be had.
    Vault(VaultError),
    /// The state cannot be written.
    State(BadKept),
    /// The state cannot be sealed.
    Seal(SealError),
}

impl fmt::Display for KeepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Erased => f.write_str("the stream's key is erased"),
            Self::Vault(error) => error.fmt(f),
            Self::State(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for KeepFailure {}

impl Keep {
    /// Seals the state under the key of its stream, so that erasing the key erases the snapshot too.
    ///
    /// # Errors
    /// [`KeepFailure`] when there is no key for it any more or it cannot be written.
    pub fn seal(&self, keys: &dyn Keys, vault: &Vault) -> Result<Snapshot, KeepFailure> {
        let key = vault.data_key(keys, self.tenant, self.task).map_err(KeepFailure::Vault)?;
        let key = key.ok_or(KeepFailure::Erased)?;
        let place = SnapshotPlace {
            tenant: self.tenant,
            stream: self.task,
            seq: self.state.seq,
            head: self.head,
            epoch: self.epoch,
            fold: FOLD,
        };
        let state = self.state.to_kept().map_err(KeepFailure::State)?;
        let sealed = place.seal(&key, state).map_err(KeepFailure::Seal)?;
        Ok(Snapshot { seq: place.seq, hash: place.head, fold: FOLD, sealed })
    }
}

/// The task as its snapshot has it; `None` when there is none that can be believed, or it is past the event `before`.
pub(crate) fn open(
    store: &dyn Store,
    tenant: TenantId,
    stream: StreamId,
    epoch: u32,
    key: &Secret,
    before: Option<u64>,
) -> Option<LiveTask> {
    // A shelf that cannot be read is an empty one.
    let snapshot = store.snapshot(tenant, stream).ok().flatten()?;
    let Snapshot { seq, hash: head, fold, sealed } = snapshot;
    if fold != FOLD || before.is_some_and(|before| seq >= before) {
        return None;
    }
    let place = SnapshotPlace { tenant, stream, seq, head, epoch, fold };
    let state = TaskState::from_kept(&place.open(key, &sealed).ok()?).ok()?;
    let there = store.stream(tenant, stream, seq, 1).ok()?;
    let stands = there.first().is_some_and(|event| event.seq == seq && event.event.hash == head);
    if !stands || (state.tenant, state.id, state.seq) != (tenant, stream, seq) {
        return None;
    }
    let mut live = LiveTask::new(tenant, stream);
    (live.state, live.chain, live.kept) = (state, Chain::at(tenant, stream, seq, head), seq);
    Some(live)
}

#[cfg(test)]
mod tests;
