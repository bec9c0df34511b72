//! Snapshots: a stream's state as it was at one event, sealed, so that a long stream need not be folded from its first event.
//!
//! A cache and never a source. It is believed when it opens under the stream's own key (control and mandates: a key of the
//! tenant) at its own place, in this epoch, by this fold, and the store's event at its seq has its hash. Whatever else is found there is as
//! good as nothing.

use crate::live::{LiveControl, LiveMandate, LiveTask, control_stream};
use crate::vault::{Vault, VaultError};
use bailiwick_core::{BadKept, ControlState, Digest, FOLD, MandateState, StreamId, TaskId, TaskState, TenantId};
use bailiwick_record::{Chain, SealError, Secret, SnapshotPlace};
use bailiwick_store::{Keys, Snapshot, Store};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A stream's state at rest, to be kept.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The tenant.
    pub tenant: TenantId,
    /// The epoch it was folded in.
    pub epoch: u32,
    /// The hash of the last event folded.
    pub head: Digest,
    /// The state.
    pub state: Kept,
}

/// Whose state.
#[derive(Debug, Clone)]
pub enum Kept {
    /// A task's.
    Task(Box<TaskState>),
    /// The tenant's control.
    Control(Arc<LiveControl>),
    /// A mandate's.
    Mandate(Box<MandateState>),
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
    /// The stream.
    pub fn stream(&self) -> StreamId {
        match &self.state {
            Kept::Task(state) => state.id,
            Kept::Control(_) => control_stream(self.tenant),
            Kept::Mandate(state) => state.id,
        }
    }

    /// Seals the state under the key of its stream, so that erasing the key erases the snapshot too.
    ///
    /// # Errors
    /// [`KeepFailure`] when there is no key for it any more or it cannot be written.
    pub fn seal(&self, keys: &dyn Keys, vault: &Vault) -> Result<Snapshot, KeepFailure> {
        let (tenant, stream) = (self.tenant, self.stream());
        let (key, seq, state) = match &self.state {
            Kept::Task(state) => (vault.data_key(keys, tenant, stream), state.seq, state.to_kept()),
            Kept::Control(live) => (tenants_key(vault, tenant).map(Some), live.state.seq, live.state.to_kept()),
            Kept::Mandate(state) => (tenants_key(vault, tenant).map(Some), state.seq, state.to_kept()),
        };
        let key = key.map_err(KeepFailure::Vault)?.ok_or(KeepFailure::Erased)?;
        let place = SnapshotPlace { tenant, stream, seq, head: self.head, epoch: self.epoch, fold: FOLD };
        let sealed = place.seal(&key, state.map_err(KeepFailure::State)?).map_err(KeepFailure::Seal)?;
        Ok(Snapshot { seq, hash: self.head, fold: FOLD, sealed })
    }
}

/// Control and mandates are not erased, so they have no data key: their snapshots are under a key of the tenant.
fn tenants_key(vault: &Vault, tenant: TenantId) -> Result<Secret, VaultError> {
    vault.subkey(tenant, "snapshot")
}

/// A state that was kept, and the chain that it stands on.
type Opened<T> = (T, Chain);

/// The state that the shelf has of a stream, not past the event `before`; `None` when there is none that can be believed.
fn open<T>(
    store: &dyn Store,
    (tenant, stream, epoch): (TenantId, StreamId, u32),
    key: &Secret,
    before: Option<u64>,
    read: impl FnOnce(&[u8]) -> Result<T, BadKept>,
) -> Option<Opened<T>> {
    // A shelf that cannot be read is an empty one.
    let snapshot = store.snapshot(tenant, stream).ok().flatten()?;
    let Snapshot { seq, hash: head, fold, sealed } = snapshot;
    if fold != FOLD || before.is_some_and(|before| seq >= before) {
        return None;
    }
    let place = SnapshotPlace { tenant, stream, seq, head, epoch, fold };
    let state = read(&place.open(key, &sealed).ok()?).ok()?;
    let there = store.stream(tenant, stream, seq, 1).ok()?;
    let stands = there.first().is_some_and(|event| event.seq == seq && event.event.hash == head);
    stands.then(|| (state, Chain::at(tenant, stream, seq, head)))
}

/// The task as its snapshot has it; `None` when there is none that can be believed, or it is past the event `before`.
pub(crate) fn open_task(
    store: &dyn Store,
    (tenant, task, epoch): (TenantId, TaskId, u32),
    key: &Secret,
    before: Option<u64>,
) -> Option<LiveTask> {
    let (state, chain) = open(store, (tenant, task, epoch), key, before, TaskState::from_kept)?;
    if (state.tenant, state.id, state.seq) != (tenant, task, chain.seq()) {
        return None;
    }
    let kept = chain.seq();
    Some(LiveTask { state, chain, kept, ..LiveTask::new(tenant, task) })
}

/// The tenant's control as its snapshot has it, not compiled yet.
pub(crate) fn open_control(store: &dyn Store, vault: &Vault, tenant: TenantId) -> Option<LiveControl> {
    let epoch = store.log(tenant).ok()?.epoch;
    let key = tenants_key(vault, tenant).ok()?;
    let (state, chain) = open(store, (tenant, control_stream(tenant), epoch), &key, None, ControlState::from_kept)?;
    if (state.seq, state.epoch) != (chain.seq(), epoch) {
        return None;
    }
    let mut blobs = BTreeMap::new();
    for digest in state.words() {
        // As when it is folded: what is not there closes the stream, and says so then.
        blobs.insert(digest, store.blob(tenant, digest).ok()??.into());
    }
    let kept = chain.seq();
    Some(LiveControl { state, chain, blobs, kept, ..LiveControl::new(tenant) })
}

/// A mandate as its snapshot has it.
pub(crate) fn open_mandate(
    (store, vault): (&dyn Store, &Vault),
    (tenant, mandate, epoch): (TenantId, StreamId, u32),
) -> Option<LiveMandate> {
    let key = tenants_key(vault, tenant).ok()?;
    let (state, chain) = open(store, (tenant, mandate, epoch), &key, None, MandateState::from_kept)?;
    if (state.tenant, state.id, state.seq) != (tenant, mandate, chain.seq()) {
        return None;
    }
    let kept = chain.seq();
    Some(LiveMandate { state, chain, kept })
}

#[cfg(test)]
mod tests;
