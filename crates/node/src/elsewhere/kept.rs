//! What is known of other tasks, sealed and kept, so that a start need not read the whole log. A cache and never a source: what
//! cannot be believed is as good as nothing.

use super::index::Index;
use super::sha256;
use crate::node::Node;
use crate::step::Failure;
use bailiwick_core::{Digest, StreamId, TenantId};
use bailiwick_record::SnapshotPlace;
use bailiwick_store::Snapshot;

/// The version of the fold: raised whenever [`Index::fold`] comes to something else by the same events.
const FOLD: i32 = 2;
/// How many leaves may come before it is kept anew.
const LEAVES_MAX: u64 = 4_096;

/// Where it is kept: a stream that is none.
fn place_of(tenant: TenantId) -> StreamId {
    let digest = sha256(&[b"bailiwick/elsewhere/1\0".as_slice(), tenant.bytes()].concat());
    let mut id = [0; 16];
    id.iter_mut().zip(digest.bytes()).for_each(|(to, from)| *to = *from);
    StreamId::new(id)
}

impl Node {
    fn place(&self, tenant: TenantId, seq: u64, head: Digest) -> Result<SnapshotPlace, Failure> {
        let log = self.store().log(tenant).map_err(|error| Failure::Unavailable(error.to_string()))?;
        Ok(SnapshotPlace { tenant, stream: place_of(tenant), seq, head, epoch: log.epoch, fold: FOLD })
    }

    /// The hash of the last of so many leaves.
    fn head_at(&self, tenant: TenantId, size: u64) -> Option<Digest> {
        let last = size.checked_sub(1)?;
        let lines = self.store().entries(tenant, last, 1).ok()?;
        lines.first().filter(|line| line.leaf == last).map(|line| line.hash)
    }

    /// What was kept, where it can be believed and the log has the event that it ends with.
    pub(super) fn kept_elsewhere(&self, tenant: TenantId) -> Result<Option<Index>, Failure> {
        let Ok(Some(kept)) = self.store().snapshot(tenant, place_of(tenant)) else { return Ok(None) };
        if kept.fold != FOLD || self.head_at(tenant, kept.seq) != Some(kept.hash) {
            return Ok(None);
        }
        let place = self.place(tenant, kept.seq, kept.hash)?;
        let Ok(key) = self.vault().subkey(tenant, "snapshot") else { return Ok(None) };
        let opened = place.open(&key, &kept.sealed).ok();
        let index: Option<Index> = opened.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(index.filter(|index| index.size == kept.seq))
    }

    /// Keeps it where enough came since it was kept, or a task was erased. What is not kept is read again.
    pub(super) fn keep_elsewhere(&self, tenant: TenantId, index: &mut Index, kept: &mut u64) {
        let due = index.erases || index.size.saturating_sub(*kept) >= LEAVES_MAX;
        if !index.blind && due {
            (*kept, index.erases) = (index.size, false);
            let _later = self.put_elsewhere(tenant, index);
        }
    }

    /// Keeps it anew, so that no place of a task that was erased stays where it could be guessed; what cannot be kept anew is
    /// kept no more. Whoever is killed before this has left the key of that task, and erasing goes on from there.
    ///
    /// # Errors
    /// [`Failure`] when the store does not take it.
    pub(crate) fn keep_elsewhere_anew(&self, tenant: TenantId) -> Result<(), Failure> {
        let put = |index: &Index| if index.blind { None } else { self.put_elsewhere(tenant, index) };
        if let Ok(Some(())) = self.follow_elsewhere(tenant, put) {
            return Ok(());
        }
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let seq = self.store().log(tenant).map_err(|error| unavailable(&error))?.size;
        let nothing = Snapshot { seq, hash: Digest::new([0; 32]), fold: FOLD, sealed: Vec::new() };
        self.store().put_snapshot(tenant, place_of(tenant), &nothing).map_err(|error| unavailable(&error))
    }

    /// Answers whether it was kept.
    fn put_elsewhere(&self, tenant: TenantId, index: &Index) -> Option<()> {
        let hash = self.head_at(tenant, index.size)?;
        let (place, key) = (self.place(tenant, index.size, hash).ok()?, self.vault().subkey(tenant, "snapshot").ok()?);
        let sealed = place.seal(&key, serde_json::to_vec(index).ok()?).ok()?;
        let snapshot = Snapshot { seq: index.size, hash, fold: FOLD, sealed };
        self.store().put_snapshot(tenant, place_of(tenant), &snapshot).ok()
    }
}

#[cfg(test)]
mod tests;
