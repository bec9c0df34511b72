//! Streams alive in memory: a task, a tenant's control; and how they are read from the store.

use crate::codec::{CodecError, Pen, decode};
use crate::reach::{Reaches, went_back};
use crate::snapshot;
use crate::vault::{Vault, VaultError};
use bailiwick_catalogue::Catalogue;
use bailiwick_core::{
    Answer, BadFold, ControlState, Data, Digest, MandateName, MandateState, Micros, NoPolicy, Policy, Proposed,
    Question, StreamId, TaskState, TenantId, mandate_stream,
};
use bailiwick_policy::Compiled;
use bailiwick_record::{Chain, Secret, StampKey};
use bailiwick_store::{Store, StoreError, StoredEvent, StreamKind};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How many events one read of a stream brings.
pub(crate) const READ_MAX: usize = 1_000;

/// Why a stream cannot be brought to life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// The store failed: try again.
    Store(StoreError),
    /// The stream is not what it should be: it is closed on this node.
    Broken(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Broken(why) => f.write_str(why),
        }
    }
}
impl std::error::Error for LoadError {}
impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<CodecError> for LoadError {
    fn from(error: CodecError) -> Self {
        Self::Broken(error.to_string())
    }
}
impl From<BadFold> for LoadError {
    fn from(error: BadFold) -> Self {
        Self::Broken(error.to_string())
    }
}
impl From<VaultError> for LoadError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => Self::Store(error),
            VaultError::Key(error) => Self::Broken(error.to_string()),
        }
    }
}

/// The control stream's id: one per tenant, made from the tenant's.
pub fn control_stream(tenant: TenantId) -> StreamId {
    let digest = bailiwick_record::sha256(&[b"bailiwick/control/1\0".as_slice(), tenant.bytes()].concat());
    let mut id = [0; 16];
    id.iter_mut().zip(digest.bytes()).for_each(|(to, from)| *to = *from);
    StreamId::new(id)
}

/// Whether a stream is the tenant's control, or a mandate's.
pub(crate) fn is_no_task(tenant: TenantId, control: &LiveControl, stream: StreamId) -> bool {
    let mandates = || control.state.mandates.keys().any(|name| mandate_stream(tenant, name) == stream);
    stream == control_stream(tenant) || mandates()
}

/// An event that was read where one's own were lost: its place in the stream, its hash, its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
    pub(crate) leaf: u64,
}

/// A task in memory.
#[derive(Debug)]
pub(crate) struct LiveTask {
    pub(crate) state: TaskState,
    pub(crate) chain: Chain,
    pub(crate) key: Option<Secret>,
    /// The events read from the first that was lost on: to find one's own again.
    pub(crate) recent: Vec<Met>,
    /// Up to which event there is a snapshot.
    pub(crate) kept: u64,
    /// When the head was last seen in the store.
    pub(crate) seen: Micros,
}

/// How many hashes of a stream are remembered: as many as one batch may hold of it.
const RECENT_MAX: usize = bailiwick_store::EVENTS_PER_APPEND_MAX;

impl LiveTask {
    pub(crate) fn new(tenant: TenantId, id: StreamId) -> Self {
        Self {
            state: TaskState::empty(tenant, id),
            chain: Chain::new(tenant, id),
            key: None,
            recent: Vec::new(),
            kept: 0,
            seen: Micros(0),
        }
    }

    fn fold(
        &mut self,
        tenant: TenantId,
        stamps: &StampKey,
        events: &[StoredEvent],
        lost_from: Option<u64>,
    ) -> Result<(), LoadError> {
        let opened =
            decode(&mut self.chain, tenant, Pen { stamps, kind: StreamKind::TASK, data: self.key.as_ref() }, events)?;
        for (event, stored) in opened.into_iter().zip(events) {
            self.state.apply(&event, stored.leaf)?;
            // What was lost is one batch, and stood from here on or nowhere.
            let lost = lost_from.is_some_and(|from| stored.seq >= from);
            if lost && self.recent.len() < RECENT_MAX {
                self.recent.push(Met { seq: stored.seq, hash: stored.event.hash, leaf: stored.leaf });
            }
        }
        Ok(())
    }
}

/// A mandate in memory.
#[derive(Debug, Clone)]
pub(crate) struct LiveMandate {
    pub(crate) state: MandateState,
    pub(crate) chain: Chain,
    /// Up to which event there is a snapshot.
    pub(crate) kept: u64,
}

/// Brings a mandate to life, or up to date: reads on from where `live` stands, else from a snapshot, else from the
/// first event.
pub(crate) fn load_mandate(
    (store, vault, reaches): (&dyn Store, &Vault, &Reaches),
    tenant: TenantId,
    name: &MandateName,
    live: Option<LiveMandate>,
) -> Result<LiveMandate, LoadError> {
    let id = mandate_stream(tenant, name);
    let epoch = store.log(tenant)?.epoch;
    let least = reaches.least(store, vault, tenant, id)?;
    let stamps = vault.stamp_key(tenant)?;
    let pen = Pen { stamps: &stamps, kind: StreamKind::MANDATE, data: None };
    let kept = || snapshot::open_mandate((store, vault), (tenant, id, epoch));
    let new = || LiveMandate { state: MandateState::empty(tenant, id), chain: Chain::new(tenant, id), kept: 0 };
    let mut live = live.or_else(kept).unwrap_or_else(new);
    loop {
        let events = store.stream(tenant, id, live.chain.seq() + 1, READ_MAX)?;
        for event in decode(&mut live.chain, tenant, pen, &events)? {
            live.state.apply(&event)?;
        }
        if events.len() < READ_MAX {
            if live.chain.seq() < least {
                return Err(LoadError::Broken(went_back(id, live.chain.seq(), least)));
            }
            return Ok(live);
        }
    }
}

/// A tenant's control in memory, with what was compiled from it.
pub struct LiveControl {
    /// The state.
    pub state: ControlState,
    /// Policy, compiled; one that cannot be compiled refuses everything and says why.
    pub policy: Arc<dyn Policy>,
    /// The catalogue, compiled.
    pub catalogue: Arc<Catalogue>,
    /// What events named, as far as the state rests on it.
    pub blobs: BTreeMap<Digest, Arc<[u8]>>,
    pub(crate) chain: Chain,
    pub(crate) recent: Vec<(u64, Digest)>,
    /// Up to which event there is a snapshot.
    pub(crate) kept: u64,
}

impl fmt::Debug for LiveControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveControl")
            .field("seq", &self.state.seq)
            .field("leaf", &self.state.leaf)
            .finish_non_exhaustive()
    }
}

/// A policy that could not be compiled: the answer is no, and says why.
struct BrokenPolicy {
    why: String,
    digest: Digest,
}

impl Policy for BrokenPolicy {
    fn ask(&self, _: &Question<'_>) -> Answer {
        Answer::Broken { rule: "compile".to_owned(), why: self.why.clone() }
    }
    fn digest(&self) -> Digest {
        self.digest
    }
}

impl LiveControl {
    pub(crate) fn new(tenant: TenantId) -> Self {
        Self {
            state: ControlState::default(),
            policy: Arc::new(NoPolicy),
            catalogue: Arc::new(Catalogue::default()),
            blobs: BTreeMap::new(),
            chain: Chain::new(tenant, control_stream(tenant)),
            recent: Vec::new(),
            kept: 0,
        }
    }

    /// A copy to go on from.
    pub(crate) fn fork(&self) -> Self {
        Self {
            state: self.state.clone(),
            policy: Arc::clone(&self.policy),
            catalogue: Arc::clone(&self.catalogue),
            blobs: self.blobs.clone(),
            chain: self.chain,
            recent: self.recent.clone(),
            kept: self.kept,
        }
    }

    pub(crate) fn remember(&mut self, seq: u64, hash: Digest) {
        self.recent.push((seq, hash));
        let past = self.recent.len().saturating_sub(RECENT_MAX);
        self.recent.drain(..past);
    }

    /// Compiles policy and catalogue anew from the state.
    pub(crate) fn compile(&mut self) {
        self.policy = compile_policy(&self.state);
        self.catalogue = Arc::new(Catalogue::compile(&self.state, &self.blobs));
    }
}

/// The policy of a control state, compiled; one that cannot be compiled refuses everything by name.
pub fn compile_policy(state: &ControlState) -> Arc<dyn Policy> {
    if state.policies.is_empty() {
        return Arc::new(NoPolicy);
    }
    match Compiled::compile(state) {
        Ok(compiled) => Arc::new(compiled),
        Err(problems) => {
            let why = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            Arc::new(BrokenPolicy { why, digest: state.policy_digest() })
        }
    }
}

/// Brings a task to life, or up to date: reads on from where `live` stands, else from a snapshot, else from the first event.
/// Remembers the hashes from `lost_from` on: to tell whether what was lost there stands.
pub(crate) fn load_task(
    (store, vault, reaches): (&dyn Store, &Vault, &Reaches),
    tenant: TenantId,
    id: StreamId,
    live: Option<LiveTask>,
    lost_from: Option<u64>,
) -> Result<LiveTask, LoadError> {
    // The time, and how far the stream is by the log, are asked before the read: what is read is at least as new.
    let log = store.log(tenant)?;
    let least = reaches.least(store, vault, tenant, id)?;
    let stamps = vault.stamp_key(tenant)?;
    let mut live = match live {
        Some(live) if live.key.is_some() => live,
        other => {
            let key = vault.data_key(store, tenant, id)?;
            let kept = || snapshot::open_task(store, (tenant, id, log.epoch), key.as_ref()?, lost_from);
            let live = other.or_else(kept).unwrap_or_else(|| LiveTask::new(tenant, id));
            LiveTask { key, ..live }
        }
    };
    loop {
        let events = store.stream(tenant, id, live.chain.seq() + 1, READ_MAX)?;
        live.fold(tenant, &stamps, &events, lost_from)?;
        if events.len() < READ_MAX {
            if live.chain.seq() < least {
                return Err(LoadError::Broken(went_back(id, live.chain.seq(), least)));
            }
            live.seen = log.now;
            return Ok(live);
        }
    }
}

/// Brings a tenant's control to life, or up to date: as with a task, but that what was lost is never before what is known.
pub(crate) fn load_control(
    (store, vault, reaches): (&dyn Store, &Vault, &Reaches),
    tenant: TenantId,
    from: Option<&LiveControl>,
) -> Result<LiveControl, LoadError> {
    let kept = || snapshot::open_control(store, vault, tenant);
    let mut live = from.map(LiveControl::fork).or_else(kept).unwrap_or_else(|| LiveControl::new(tenant));
    let stream = control_stream(tenant);
    let least = reaches.least(store, vault, tenant, stream)?;
    let stamps = vault.stamp_key(tenant)?;
    let pen = Pen { stamps: &stamps, kind: StreamKind::CONTROL, data: None };
    let mut changed = from.is_none();
    loop {
        let events = store.stream(tenant, stream, live.chain.seq() + 1, READ_MAX)?;
        let opened = decode(&mut live.chain, tenant, pen, &events)?;
        for (event, stored) in opened.into_iter().zip(&events) {
            for digest in named(&event.data) {
                if let std::collections::btree_map::Entry::Vacant(place) = live.blobs.entry(digest) {
                    let bytes = store.blob(tenant, digest)?.ok_or(BadFold::Blob(digest))?;
                    place.insert(bytes.into());
                }
            }
            live.state.apply(&event, stored.leaf, &live.blobs)?;
            live.remember(stored.seq, stored.event.hash);
            changed |= !event.data.leaves_rules();
        }
        if events.len() < READ_MAX {
            break;
        }
    }
    if live.chain.seq() < least {
        return Err(LoadError::Broken(went_back(stream, live.chain.seq(), least)));
    }
    if changed {
        live.compile();
    }
    Ok(live)
}

/// The digests of the blobs that a control event names.
pub fn named(data: &Data) -> Vec<Digest> {
    match data {
        Data::ControlAdded(added) => added.documents.iter().map(|named| named.digest).collect(),
        Data::ControlApplied(applied) => applied.documents.iter().map(|named| named.digest).collect(),
        Data::ControlPinned(pinned) => pinned.tools.iter().map(|tool| tool.words).collect(),
        Data::ControlReviewed(reviewed) => reviewed.tools.iter().map(|tool| tool.words).collect(),
        Data::ControlProposed(proposed) => match &proposed.statement.change {
            Proposed::Documents { documents, .. } => documents.iter().map(|named| named.digest).collect(),
            Proposed::Review { tools, .. } => tools.iter().map(|tool| tool.words).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
