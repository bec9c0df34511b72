//! Whether what is read of the store is what nodes of the tenant wrote, where nothing is decided on it: events that are
//! shown, and the row of the log.

use crate::committer::FORMAT;
use crate::live::control_stream;
use crate::log::LogError;
use crate::node::Node;
use crate::step::Failure;
use bailiwick_core::{Digest, TenantId};
use bailiwick_record::{Chain, Stamped, sha256};
use bailiwick_store::{Ledger, StoreError, StoredEvent, StreamKind};

/// What is said of a row that no node of this version wrote.
fn changed(what: &str, says: u64, expected: &str) -> LogError {
    LogError::Behind(format!("the store was changed: in its table `tenant_log`, {what} is `{says}`, {expected}"))
}

/// Compares the row of a tenant's log with its record. `epoch` is the one that the record says, where it is known.
///
/// # Errors
/// [`LogError::Behind`] when the row was changed so that nothing could be appended any more.
pub fn compare_row(store: &(impl Ledger + ?Sized), tenant: TenantId, epoch: Option<u32>) -> Result<(), LogError> {
    let log = store.log(tenant)?;
    if log.format != FORMAT {
        let expected = format!("and this version writes `{FORMAT}`, unless a newer bailiwick serves it too");
        return Err(changed("`format`", u64::from(log.format), &expected));
    }
    if let Some(known) = epoch.filter(|known| *known != log.epoch) {
        return Err(changed("`epoch`", u64::from(log.epoch), &format!("and the record is of `{known}`")));
    }
    let Some(floor) = log.control_floor else { return Ok(()) };
    // The floor is a control event; a decision is made under the last one that there is.
    let line = store.entries(tenant, floor, 1)?.into_iter().find(|line| line.leaf == floor);
    if line.is_some_and(|line| line.kind == StreamKind::CONTROL) {
        return Ok(());
    }
    let expected = format!("which is no control event of the log of {} events", log.size);
    Err(changed("`control_floor`", floor, &expected))
}

impl Node {
    /// Events of the log from a leaf on, as many as can be read; none where that leaf is one that no store of ours wrote.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub(crate) fn readable(&self, tenant: TenantId, from: u64, most: usize) -> Result<Vec<StoredEvent>, Failure> {
        let one_at_least = [most, 1].into_iter().map(|most| self.store().leaves(tenant, from, most));
        for read in one_at_least {
            match read {
                Err(StoreError::Refused(_)) => {}
                read => return read.map_err(|error| Failure::Unavailable(error.to_string())),
            }
        }
        Ok(Vec::new())
    }

    /// Why an event as it was read is not what a node of this tenant wrote there; `None` where it is. `before` is the seq and
    /// hash of an event of the same stream that was just read.
    ///
    /// # Errors
    /// [`Failure`] when the store or its keys cannot be read.
    pub fn unlike(
        &self,
        tenant: TenantId,
        before: Option<(u64, Digest)>,
        stored: &StoredEvent,
    ) -> Result<Option<String>, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let (stream, seq) = (stored.stream, stored.seq);
        let kinds: &[StreamKind] = match stream == control_stream(tenant) {
            true => &[StreamKind::CONTROL],
            false => &[StreamKind::TASK, StreamKind::MANDATE],
        };
        let stamps = self.vault().stamp_key(tenant).map_err(|error| unavailable(&error))?;
        let (at, hash) = (stored.event.at, stored.event.hash);
        let of = |kind: &StreamKind| Stamped { stream, kind: kind.0, seq, at, hash };
        if !kinds.iter().any(|kind| stamps.is_of(&of(kind), &stored.event.stamp)) {
            return Ok(Some("was not written by a node of this tenant".to_owned()));
        }
        let mut chain = match seq.checked_sub(1).filter(|before| *before > 0) {
            None => Chain::new(tenant, stream),
            Some(due) => {
                let known = before.filter(|(seq, _)| *seq == due).map(|(_, hash)| hash);
                let read = match known {
                    Some(hash) => Some(hash),
                    None => {
                        let read = match self.store().stream(tenant, stream, due, 1) {
                            // no store of ours wrote it, so nothing can follow it
                            Err(StoreError::Refused(_)) => {
                                return Ok(Some(format!("follows event {due} of its stream, which cannot be read")));
                            }
                            read => read.map_err(|error| unavailable(&error))?,
                        };
                        read.first().filter(|read| read.seq == due).map(|read| read.event.hash)
                    }
                };
                let Some(hash) = read else {
                    return Ok(Some(format!("follows event {due} of its stream, which is gone")));
                };
                Chain::at(tenant, stream, due, hash)
            }
        };
        let body = stored.event.sealed.as_ref().map(|sealed| sha256(&sealed.bytes));
        if body.is_some() && body != stored.body {
            return Ok(Some("has another body than was written".to_owned()));
        }
        let checked = chain.check(seq, &hash, &stored.event.clear, stored.body.as_ref());
        Ok(checked.err().map(|why| format!("is not what was written: {why}")))
    }
}
