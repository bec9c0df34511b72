//! How far each stream of a tenant has come, by its log: what the rows of its streams say is only asked where to look.
//!
//! Every line of the log carries a stamp that the store cannot make, and the log's lines are dense. So a node that reads them
//! all knows each stream's head, whatever else stands in the store: an event that no node wrote, a stream set back, and one
//! that is hidden are noticed. It begins at the last list of heads that the control stream commits to, and follows from
//! there, and keeps one head for each stream that there ever was.

use crate::live::{LoadError, control_stream};
use crate::log::LogError;
use crate::vault::Vault;
use bailiwick_core::{ControlCommand, ControlHeads, ControlRestored, Data, Digest, Event, StreamId, TenantId};
use bailiwick_record::{Chain, Head, HeadsRoot, StampKey, Stamped};
use bailiwick_store::{Entry, Store, StreamKind};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many lines or heads one read brings.
const READ_MAX: usize = 1_000;
/// How many events of the control stream are read at once to find the last list of heads.
const BACK_EVENTS: u64 = 32;
/// How many lines may follow a list of heads before the next one is due; more where there are more streams than that.
const UNLISTED_LEAVES_MAX: u64 = 2_048;
/// What is said of an event without a stamp of ours.
const NOT_OURS: &str = "was not written by a node of this tenant";

/// How far the streams of all tenants have come, as this node knows.
#[derive(Debug, Default)]
pub struct Reaches(Mutex<BTreeMap<TenantId, Arc<Mutex<Reach>>>>);

/// One tenant's.
#[derive(Debug, Default)]
struct Reach {
    /// The leaves that are accounted for; `None` before the first look.
    size: Option<u64>,
    heads: BTreeMap<StreamId, Head>,
    /// The hashes of the lines that were followed and are not signed yet, from the leaf beside.
    unsigned: (u64, Vec<Digest>),
    /// The size of the log at its last list of heads.
    listed: u64,
    /// What was found that no node of the tenant did: from then on it stays so.
    forged: Option<String>,
}

impl Reaches {
    fn lock(&self, tenant: TenantId) -> Arc<Mutex<Reach>> {
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tenants.entry(tenant).or_default())
    }

    /// Reads the log on to its end, and says how far a stream must have come at least.
    pub(crate) fn least(
        &self,
        store: &dyn Store,
        vault: &Vault,
        tenant: TenantId,
        stream: StreamId,
    ) -> Result<u64, LoadError> {
        self.followed(store, vault, tenant, |reach| reach.heads.get(&stream).map_or(0, |head| head.head)).map_err(
            |error| match error {
                LogError::Store(error) => LoadError::Store(error),
                other => LoadError::Broken(other.to_string()),
            },
        )
    }

    /// Reads the log on to its end.
    ///
    /// # Errors
    /// [`LogError::Behind`] when what is there is not what nodes of this tenant wrote.
    pub fn follow(&self, store: &dyn Store, vault: &Vault, tenant: TenantId) -> Result<(), LogError> {
        self.followed(store, vault, tenant, |_| ())
    }

    /// Compares the rows of all streams with the log.
    ///
    /// # Errors
    /// [`LogError::Behind`] when one is not as far as its log.
    pub fn compare(&self, store: &dyn Store, vault: &Vault, tenant: TenantId) -> Result<(), LogError> {
        let known = self.followed(store, vault, tenant, |reach| reach.heads.clone())?;
        let rows = crate::log::rows(store, tenant)?;
        for head in known.values() {
            let row = rows.get(&head.stream);
            if row.is_none_or(|row| row.head < head.head) {
                let row = row.map_or(0, |row| row.head);
                return Err(LogError::Behind(went_back(head.stream, row, head.head)));
            }
            if row.is_some_and(|row| row.kind.0 != head.kind || (row.head == head.head && row.hash != head.hash)) {
                let why =
                    format!("the store was changed: the row of stream `{}` is not what the log says", head.stream);
                return Err(LogError::Behind(why));
            }
        }
        // What came between the two looks is in the log by now.
        if rows.keys().any(|stream| !known.contains_key(stream)) {
            let known = self.followed(store, vault, tenant, |reach| reach.heads.clone())?;
            if let Some(row) = rows.values().find(|row| !known.contains_key(&row.stream)) {
                return Err(LogError::Behind(went_back(row.stream, row.head, 0)));
            }
        }
        Ok(())
    }

    /// The streams of all tasks, each with the seq of its last event.
    pub(crate) fn tasks(
        &self,
        store: &dyn Store,
        vault: &Vault,
        tenant: TenantId,
    ) -> Result<Vec<(StreamId, u64)>, LogError> {
        self.followed(store, vault, tenant, |reach| {
            let tasks = reach.heads.values().filter(|head| head.kind == StreamKind::TASK.0);
            tasks.map(|head| (head.stream, head.head)).collect()
        })
    }

    /// The hashes of the log's lines from a leaf on, each as it was followed.
    pub(crate) fn hashes(
        &self,
        store: &dyn Store,
        vault: &Vault,
        tenant: TenantId,
        from: u64,
    ) -> Result<Vec<Digest>, LogError> {
        self.followed(store, vault, tenant, |reach| reach.hashes(store, vault, tenant, from))?
    }

    /// So many leaves are signed: what is known of them need not be kept.
    pub(crate) fn signed(&self, tenant: TenantId, size: u64) {
        let reach = self.lock(tenant);
        let (base, unsigned) = &mut lock(&reach).unsigned;
        let over = usize::try_from(size.saturating_sub(*base)).unwrap_or(usize::MAX).min(unsigned.len());
        unsigned.drain(..over);
        *base += over as u64;
    }

    /// What a commitment to the heads of all streams says, as of now.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read or is not what it must be.
    pub fn commit(&self, store: &dyn Store, vault: &Vault, tenant: TenantId) -> Result<ControlCommand, LogError> {
        self.followed(store, vault, tenant, |reach| {
            let committed = HeadsRoot::of(reach.heads.values().copied())?;
            let size = reach.size.unwrap_or_default();
            reach.listed = size;
            Ok(ControlCommand::Heads { root: committed.root, count: committed.count, size })
        })?
    }

    /// Whether so much was appended since the last list of heads that a start would take long to follow.
    pub(crate) fn is_due(&self, tenant: TenantId, size: u64) -> bool {
        let reach = self.lock(tenant);
        let reach = lock(&reach);
        size.saturating_sub(reach.listed) > UNLISTED_LEAVES_MAX.max(reach.heads.len() as u64)
    }

    fn followed<T>(
        &self,
        store: &dyn Store,
        vault: &Vault,
        tenant: TenantId,
        then: impl FnOnce(&mut Reach) -> T,
    ) -> Result<T, LogError> {
        let reach = self.lock(tenant);
        let mut reach = lock(&reach);
        if let Some(why) = &reach.forged {
            return Err(LogError::Behind(why.clone()));
        }
        let followed = reach.follow(store, vault, tenant);
        if let Err(LogError::Behind(why)) = &followed {
            reach.forged = Some(why.clone());
        }
        followed.map(|()| then(&mut reach))
    }
}

fn lock(reach: &Mutex<Reach>) -> MutexGuard<'_, Reach> {
    reach.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream's row says less than its log.
pub(crate) fn went_back(stream: StreamId, row: u64, log: u64) -> String {
    format!("the store was changed: stream `{stream}` ends with event {row} there, and the log has {log} of it")
}

/// Why the streams are not those that a list of heads says: names the first whose row is not that of its last event.
pub(crate) fn unlisted(store: &dyn Store, tenant: TenantId, size: u64) -> Result<String, LogError> {
    for (stream, row) in crate::log::rows(store, tenant)? {
        let last = store.stream(tenant, stream, row.head, 1)?;
        if last.first().is_none_or(|last| (last.seq, last.event.hash) != (row.head, row.hash)) {
            let head = row.head;
            return Ok(format!(
                "the store was changed: stream `{stream}` ends with event {head} there, and the log has no such event of it"
            ));
        }
    }
    Ok(format!("the store was changed: its streams are not those that were listed at {size} leaves"))
}

/// A stream's row says more than there is.
fn went_past(stream: StreamId, row: u64, size: u64) -> String {
    format!(
        "the store was changed: stream `{stream}` ends with event {row} there, in a log of {size} in all, and has not so many"
    )
}

fn forged(leaf: u64, why: impl fmt::Display) -> LogError {
    LogError::Behind(format!("the store was changed: leaf {leaf} of the log {why}"))
}

impl Reach {
    fn follow(&mut self, store: &dyn Store, vault: &Vault, tenant: TenantId) -> Result<(), LogError> {
        let key = vault.stamp_key(tenant)?;
        let mut at = match self.size {
            Some(size) => size,
            None => self.begin(store, &key, tenant)?,
        };
        // Asked last: what was just begun at may be newer than anything asked before.
        let end = store.log(tenant)?.size;
        if end < at {
            return Err(LogError::Behind(format!(
                "the store went back: its log has {end} leaves, this node has read {at}"
            )));
        }
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(READ_MAX).min(READ_MAX);
            let lines = store.entries(tenant, at, most)?;
            if lines.is_empty() {
                return Err(forged(at, "is missing"));
            }
            for line in &lines {
                self.take(&key, at, line)?;
                at += 1;
            }
            self.size = Some(at);
        }
        self.size = Some(at);
        Ok(())
    }

    fn take(&mut self, key: &StampKey, leaf: u64, line: &Entry) -> Result<(), LogError> {
        checked(key, leaf, line)?;
        let due = self.heads.get(&line.stream).map_or(1, |head| head.head.saturating_add(1));
        if line.seq != due {
            let why = format!("is event {} of stream `{}`, where {due} was due", line.seq, line.stream);
            return Err(forged(leaf, why));
        }
        let Entry { stream, seq, hash, .. } = *line;
        self.heads.insert(stream, Head { stream, kind: line.kind.0, head: seq, hash });
        self.unsigned.1.push(hash);
        Ok(())
    }

    /// Those that were followed, and before them those that a list of heads stands for, by their stamps.
    fn hashes(&self, store: &dyn Store, vault: &Vault, tenant: TenantId, from: u64) -> Result<Vec<Digest>, LogError> {
        let key = vault.stamp_key(tenant)?;
        let (base, unsigned) = &self.unsigned;
        let mut hashes = Vec::new();
        let mut at = from;
        while at < *base {
            let most = usize::try_from(base - at).unwrap_or(READ_MAX).min(READ_MAX);
            let lines = store.entries(tenant, at, most)?;
            if lines.is_empty() {
                return Err(forged(at, "is missing"));
            }
            for line in &lines {
                checked(&key, at, line)?;
                hashes.push(line.hash);
                at += 1;
            }
        }
        let past = usize::try_from(at - base).unwrap_or(usize::MAX);
        hashes.extend(unsigned.iter().skip(past));
        Ok(hashes)
    }

    /// From the last list of heads that the control stream commits to, where there is one.
    fn begin(&mut self, store: &dyn Store, key: &StampKey, tenant: TenantId) -> Result<u64, LogError> {
        self.heads.clear();
        self.unsigned = (0, Vec::new());
        let Some(list) = last_list(store, key, tenant)? else { return Ok(0) };
        let heads = crate::log::heads_at(store, tenant, list.size)?;
        if heads.root() != (HeadsRoot { count: list.count, root: list.root }) {
            return Err(LogError::Behind(unlisted(store, tenant, list.size)?));
        }
        self.heads = heads.into_heads().into_iter().map(|head| (head.stream, head)).collect();
        self.listed = list.size;
        self.unsigned.0 = list.size;
        Ok(list.size)
    }
}

/// The line is the one of its leaf, and was written by a node of the tenant.
fn checked(key: &StampKey, leaf: u64, line: &Entry) -> Result<(), LogError> {
    if line.leaf != leaf {
        return Err(forged(leaf, "is missing"));
    }
    let Entry { stream, kind, seq, at, hash, .. } = *line;
    if key.is_of(&Stamped { stream, kind: kind.0, seq, at, hash }, &line.stamp) {
        Ok(())
    } else {
        Err(forged(leaf, NOT_OURS))
    }
}

/// The last list of heads in the control stream. One that was set back has an older one, and what follows in the log tells.
fn last_list(store: &dyn Store, key: &StampKey, tenant: TenantId) -> Result<Option<ControlHeads>, LogError> {
    last_of(store, key, tenant, |data| match data {
        Data::ControlHeads(heads) => Some(*heads),
        _ => None,
    })
}

/// The last time that the store was put back.
///
/// # Errors
/// [`LogError`] when the control stream cannot be read or is not what it must be.
pub(crate) fn last_restored(
    store: &dyn Store,
    vault: &Vault,
    tenant: TenantId,
) -> Result<Option<ControlRestored>, LogError> {
    let key = vault.stamp_key(tenant)?;
    last_of(store, &key, tenant, |data| match data {
        Data::ControlRestored(restored) => Some(*restored),
        _ => None,
    })
}

/// The last event of the control stream that `pick` takes, from its end back.
fn last_of<T>(
    store: &dyn Store,
    key: &StampKey,
    tenant: TenantId,
    pick: impl Fn(Data) -> Option<T>,
) -> Result<Option<T>, LogError> {
    let stream = control_stream(tenant);
    let Some(row) = store.head(tenant, stream)? else { return Ok(None) };
    let size = store.log(tenant)?.size;
    if row.head > size {
        return Err(LogError::Behind(went_past(stream, row.head, size)));
    }
    let mut end = row.head;
    while end > 0 {
        // One event more than is looked at: the hash before the first.
        let first = end.saturating_sub(BACK_EVENTS);
        let count = usize::try_from(end - first).unwrap_or(READ_MAX);
        let events = store.stream(tenant, stream, first.max(1), count + usize::from(first > 0))?;
        if events.len() < count {
            return Err(LogError::Behind(went_past(stream, row.head, size)));
        }
        let mut events = events.into_iter();
        let mut chain = match first {
            0 => Chain::new(tenant, stream),
            _ => {
                events.next().map_or(Chain::new(tenant, stream), |it| Chain::at(tenant, stream, it.seq, it.event.hash))
            }
        };
        let mut found = None;
        for stored in events {
            let (seq, at, hash) = (stored.seq, stored.event.at, stored.event.hash);
            let stamped = Stamped { stream, kind: StreamKind::CONTROL.0, seq, at, hash };
            if !key.is_of(&stamped, &stored.event.stamp) {
                return Err(forged(stored.leaf, NOT_OURS));
            }
            let checked = chain.check(stored.seq, &stored.event.hash, &stored.event.clear, stored.body.as_ref());
            checked.map_err(|why| forged(stored.leaf, format!("is not what was written: {why}")))?;
            let (event, _) = Event::read(&stored.event.clear).map_err(|error| LogError::Broken(error.to_string()))?;
            found = pick(event.data).or(found);
        }
        if found.is_some() {
            return Ok(found);
        }
        end = first;
    }
    Ok(None)
}
