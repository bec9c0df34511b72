//! Writes a bundle: what somebody needs who checks a task, or the whole log, without trusting this node.
//!
//! The form is that of `docs/reference/bundle.md`: JSON lines, in the order in which they can be checked by reading once.
//! Events come in the order of the log, so that a decision is checked under the control state that was read before it.

use crate::live::{control_stream, named};
use crate::log::{LogError, SignedCheckpoint, StoreTiles, heads_at, log_key};
use crate::reach::unlisted;
use crate::vault::{Vault, VaultError};
use bailiwick_core::{Data, Digest, Event, Mandate, Micros, StreamId, TaskId, TenantId, mandate_stream};
use bailiwick_record::{HeadProof, HeadsRoot, Opened, Sealer, Secret, TileReader, prove_consistency, prove_inclusion};
use bailiwick_store::{Store, StoreError, StoredEvent};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};

/// The name and version of the form.
const FORMAT: &str = "bailiwick-bundle/1";
/// How many events one read brings.
const READ_MAX: usize = 256;
/// How many events a task begins with at most: it, its grant, and what it draws.
const BEGINNING_MAX: usize = 2 + Mandate::DRAWN_MAX;
/// How many data keys are remembered while the whole log is written.
const KEYS_MAX: usize = 4_096;

/// Why a bundle cannot be written.
#[derive(Debug)]
pub enum ExportError {
    /// It could not be written.
    Io(io::Error),
    /// The log cannot be read or proven.
    Log(LogError),
    /// No list of heads stands under the checkpoint: commit to one, sign again, then export.
    NoHeads,
    /// What is stored is not what it should be.
    Broken(String),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the bundle cannot be written: {error}"),
            Self::Log(error) => error.fmt(f),
            Self::NoHeads => f.write_str("no list of heads is committed to under this checkpoint"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}
impl std::error::Error for ExportError {}
impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> Self {
        Self::Io(error.into())
    }
}
impl From<LogError> for ExportError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}
impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Log(error.into())
    }
}
impl From<VaultError> for ExportError {
    fn from(error: VaultError) -> Self {
        Self::Log(error.into())
    }
}

/// What is left out, and what is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportOptions {
    /// Leaves private fields out: then decisions cannot be made again.
    pub redact: bool,
    /// Shows that the log goes on from this size, at which who asked has kept a checkpoint.
    pub since: Option<u64>,
    /// When it is written.
    pub now: Micros,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Log,
    Task(TaskId),
}

#[derive(Serialize)]
struct Header<'a> {
    checkpoint: &'a str,
    exported_at: Micros,
    format: &'a str,
    log_key: String,
    origin: &'a str,
    tenant: TenantId,
    what: What,
}

#[derive(Serialize)]
struct OpenedField<'a> {
    blind: Digest,
    pointer: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct EventLine<'a> {
    clear: &'a str,
    leaf: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<Vec<OpenedField<'a>>>,
    path: Vec<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<Digest>,
    seq: u64,
    stream: StreamId,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Bundle(Header<'a>),
    Consistency { from: u64, path: Vec<Digest>, to: u64 },
    Head { heads: u64, proof: HeadProof, stream: StreamId },
    Blob { bytes: String, digest: Digest },
    Event(EventLine<'a>),
}

/// Writes the bundle of one task: the control stream, the task's and those of the mandates that it draws on, up to the last
/// list of heads under the checkpoint.
///
/// # Errors
/// [`ExportError`] saying what is missing; what was written until then is no whole bundle.
pub fn export_task(
    store: &dyn Store,
    vault: &Vault,
    tenant: TenantId,
    task: TaskId,
    checkpoint: &SignedCheckpoint,
    options: &ExportOptions,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let (heads_leaf, size, committed) = last_heads(store, tenant, checkpoint.size)?;
    let heads = heads_at(store, tenant, size)?;
    if heads.root() != committed {
        return Err(ExportError::Broken(unlisted(store, tenant, size)?));
    }
    let tiles = StoreTiles::new(store, tenant, checkpoint.epoch);
    let mut writer = Writer::new(store, vault, tenant, checkpoint, options, &tiles, out)?;
    writer.begin(What::Task(task))?;
    let control = control_stream(tenant);
    let mandates = drawn(store, tenant, task)?;
    for stream in [control, task].into_iter().chain(mandates.iter().copied()) {
        let proof = heads.prove(stream).map_err(LogError::from)?;
        writer.line(&Line::Head { heads: heads_leaf, proof, stream })?;
    }
    // Past the list of heads nothing would show that the task has no other events.
    let mut cursors = vec![Cursor::new(control, heads_leaf + 1), Cursor::new(task, size)];
    cursors.extend(mandates.into_iter().map(|mandate| Cursor::new(mandate, size)));
    loop {
        let mut next: Option<(u64, &mut Cursor)> = None;
        for cursor in &mut cursors {
            let leaf = cursor.peek(store, tenant)?;
            let earlier = |leaf: &u64| next.as_ref().is_none_or(|(first, _)| leaf < first);
            if let Some(leaf) = leaf.filter(earlier) {
                next = Some((leaf, cursor));
            }
        }
        let Some((_, cursor)) = next else { break };
        if let Some(event) = cursor.take() {
            writer.event(&event)?;
        }
    }
    writer.out.flush()?;
    Ok(())
}

/// Writes the bundle of the whole log, up to the checkpoint.
///
/// # Errors
/// [`ExportError`] saying what is missing; what was written until then is no whole bundle.
pub fn export_log(
    store: &dyn Store,
    vault: &Vault,
    tenant: TenantId,
    checkpoint: &SignedCheckpoint,
    options: &ExportOptions,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let tiles = StoreTiles::new(store, tenant, checkpoint.epoch);
    let mut writer = Writer::new(store, vault, tenant, checkpoint, options, &tiles, out)?;
    writer.begin(What::Log)?;
    let mut leaf = 0;
    while leaf < checkpoint.size {
        let events = store.leaves(tenant, leaf, READ_MAX)?;
        let Some(last) = events.last() else {
            return Err(ExportError::Broken(format!("leaf `{leaf}` of the log is missing")));
        };
        leaf = last.leaf + 1;
        for event in events.iter().filter(|event| event.leaf < checkpoint.size) {
            writer.event(event)?;
        }
    }
    writer.out.flush()?;
    Ok(())
}

/// The streams of the mandates that a task draws on: what it draws, it draws as it begins.
fn drawn(store: &dyn Store, tenant: TenantId, task: TaskId) -> Result<Vec<StreamId>, ExportError> {
    let mut drawn = Vec::new();
    for stored in store.stream(tenant, task, 1, BEGINNING_MAX)? {
        let (event, _) = Event::read(&stored.event.clear).map_err(|error| changed(stored.leaf, error))?;
        if let Data::AllocationMade(made) = &event.data {
            drawn.push(mandate_stream(tenant, &made.mandate));
        }
    }
    Ok(drawn)
}

/// The last commitment to heads under the checkpoint: its leaf, the size it was made at, and what it commits to.
fn last_heads(store: &dyn Store, tenant: TenantId, size: u64) -> Result<(u64, u64, HeadsRoot), ExportError> {
    let mut found = None;
    let mut cursor = Cursor::new(control_stream(tenant), size);
    while cursor.peek(store, tenant)?.is_some() {
        let Some(stored) = cursor.take() else { break };
        let (event, _) = Event::read(&stored.event.clear).map_err(|error| changed(stored.leaf, error))?;
        if let Data::ControlHeads(heads) = event.data {
            found = Some((stored.leaf, heads.size, HeadsRoot { count: heads.count, root: heads.root }));
        }
    }
    found.ok_or(ExportError::NoHeads)
}

/// Reads one stream, a few events at a time, up to a leaf.
struct Cursor {
    stream: StreamId,
    before: u64,
    seq: u64,
    read: VecDeque<StoredEvent>,
    over: bool,
}

impl Cursor {
    fn new(stream: StreamId, before: u64) -> Self {
        Self { stream, before, seq: 0, read: VecDeque::new(), over: false }
    }

    /// The leaf of the next event.
    fn peek(&mut self, store: &dyn Store, tenant: TenantId) -> Result<Option<u64>, ExportError> {
        if self.read.is_empty() && !self.over {
            let events = store.stream(tenant, self.stream, self.seq + 1, READ_MAX)?;
            self.over = events.len() < READ_MAX;
            self.seq = events.last().map_or(self.seq, |event| event.seq);
            self.read.extend(events);
        }
        Ok(self.read.front().map(|event| event.leaf).filter(|leaf| *leaf < self.before))
    }

    fn take(&mut self) -> Option<StoredEvent> {
        self.read.pop_front()
    }
}

struct Writer<'a> {
    store: &'a dyn Store,
    vault: &'a Vault,
    tenant: TenantId,
    checkpoint: &'a SignedCheckpoint,
    options: &'a ExportOptions,
    log_key: bailiwick_record::VerifierKey,
    tree: TileReader<'a, StoreTiles<'a>>,
    keys: BTreeMap<StreamId, Option<Secret>>,
    out: &'a mut dyn Write,
}

impl<'a> Writer<'a> {
    fn new(
        store: &'a dyn Store,
        vault: &'a Vault,
        tenant: TenantId,
        checkpoint: &'a SignedCheckpoint,
        options: &'a ExportOptions,
        tiles: &'a StoreTiles<'a>,
        out: &'a mut dyn Write,
    ) -> Result<Self, ExportError> {
        let log_key = log_key(store, vault, tenant)?.verifier().clone();
        let tree = tiles.tree(checkpoint.size)?;
        Ok(Self { store, vault, tenant, checkpoint, options, log_key, tree, keys: BTreeMap::new(), out })
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        serde_json::to_writer(&mut *self.out, line)?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    fn begin(&mut self, what: What) -> Result<(), ExportError> {
        let key = self.log_key.clone();
        self.line(&Line::Bundle(Header {
            checkpoint: &self.checkpoint.note,
            exported_at: self.options.now,
            format: FORMAT,
            log_key: key.to_string(),
            origin: key.name(),
            tenant: self.tenant,
            what,
        }))?;
        let (from, to) = match self.options.since {
            // From the smaller log to the larger one, whichever was kept.
            Some(kept) if kept < self.checkpoint.size => (kept, self.checkpoint.size),
            _ => return Ok(()),
        };
        let path = prove_consistency(&mut self.tree, from, to).map_err(LogError::from)?;
        self.line(&Line::Consistency { from, path, to })
    }

    fn event(&mut self, stored: &StoredEvent) -> Result<(), ExportError> {
        if stored.stream == control_stream(self.tenant) {
            self.blobs(stored)?;
        }
        let clear = text(&stored.event.clear, stored.leaf)?;
        let there = stored.event.sealed.as_ref().map(|sealed| bailiwick_record::sha256(&sealed.bytes));
        if there.is_some() && there != stored.body {
            return Err(changed(stored.leaf, "it has another body"));
        }
        let sealed = stored.body;
        let fields = if self.options.redact { None } else { self.open(stored)? };
        let opened = match &fields {
            None => None,
            Some(fields) => Some(
                fields
                    .iter()
                    .map(|field| {
                        let value = text(&field.value, stored.leaf)?;
                        Ok(OpenedField { blind: field.blind, pointer: &field.pointer, value })
                    })
                    .collect::<Result<Vec<_>, ExportError>>()?,
            ),
        };
        let path = prove_inclusion(&mut self.tree, stored.leaf, self.checkpoint.size).map_err(LogError::from)?;
        let (leaf, seq, stream) = (stored.leaf, stored.seq, stored.stream);
        self.line(&Line::Event(EventLine { clear, leaf, opened, path, sealed, seq, stream }))
    }

    /// The bytes that a control event names stand before it.
    fn blobs(&mut self, stored: &StoredEvent) -> Result<(), ExportError> {
        let (event, _) = Event::read(&stored.event.clear).map_err(|error| changed(stored.leaf, error))?;
        let mut digests = named(&event.data);
        digests.sort_unstable();
        digests.dedup();
        for digest in digests {
            // Words of tools are for people; only documents decide, and one that is missing the verifier names.
            if let Some(bytes) = self.store.blob(self.tenant, digest)? {
                self.line(&Line::Blob { bytes: STANDARD.encode(bytes), digest })?;
            }
        }
        Ok(())
    }

    /// The private fields with their blinds; `None` when there are none or their key is erased.
    fn open(&mut self, stored: &StoredEvent) -> Result<Option<Vec<Opened>>, ExportError> {
        let Some(sealed) = &stored.event.sealed else { return Ok(None) };
        let (_, commit) = Event::read(&stored.event.clear).map_err(|error| changed(stored.leaf, error))?;
        let Some(commit) = commit else { return Ok(None) };
        if !self.keys.contains_key(&sealed.key) {
            if self.keys.len() >= KEYS_MAX {
                self.keys.clear();
            }
            let key = self.vault.data_key(self.store, self.tenant, sealed.key)?;
            self.keys.insert(sealed.key, key);
        }
        let Some(Some(key)) = self.keys.get(&sealed.key) else { return Ok(None) };
        let sealer = Sealer::new(key, self.tenant, stored.stream, stored.seq);
        Ok(Some(sealer.open(&commit, &sealed.bytes).map_err(|error| changed(stored.leaf, error))?))
    }
}

/// What stands at a leaf cannot be written: it is said which, for whoever looks for it in the store.
fn changed(leaf: u64, why: impl fmt::Display) -> ExportError {
    ExportError::Broken(format!("leaf `{leaf}` of the log is not what was written: {why}"))
}

fn text(bytes: &[u8], leaf: u64) -> Result<&str, ExportError> {
    std::str::from_utf8(bytes).map_err(|_| changed(leaf, "it is no text"))
}
