//! A tenant's log from outside of its streams: tiles, signed checkpoints, proofs, and the list of all heads.
//!
//! A checkpoint is signed over leaves that are durable, after comparing with the last one signed; it is remembered outside
//! of the store before it is shown.

use crate::live::control_stream;
use crate::reach::{Reaches, last_restored};
use crate::vault::{Vault, VaultError};
use bailiwick_core::{Data, Digest, Event, LogHead, StreamId, TenantId, epoch_origin};
use bailiwick_record::{
    Checkpoint, Guard, GuardError, Head, Heads, HeadsError, Mark, Note, NoteError, NoteKey, ReadError, SignatureKind,
    Standing, Tile, TilePath, TileReader, Tiles, Unproven, prove_inclusion, root,
};
use bailiwick_store::{Ledger, Shelf, Store, StoreError, StreamHead};
use std::collections::BTreeMap;
use std::fmt;

/// How many hashes, heads or events one read brings.
const READ_MAX: usize = 1_000;
/// How many tiles are written at once.
const TILES_MAX: usize = 64;

/// Why a log cannot be signed or proven.
#[derive(Debug)]
pub enum LogError {
    /// The store failed: try again.
    Store(StoreError),
    /// The keys cannot be had.
    Vault(VaultError),
    /// The tenant's origin makes no key.
    Note(NoteError),
    /// What is remembered outside of the store cannot be used.
    Guard(GuardError),
    /// The store went back, or is another log than was signed. Nothing may be allowed.
    Behind(String),
    /// The log is not what it should be.
    Broken(String),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
            Self::Note(error) => error.fmt(f),
            Self::Guard(error) => error.fmt(f),
            Self::Behind(why) | Self::Broken(why) => f.write_str(why),
        }
    }
}
impl std::error::Error for LogError {}
impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<VaultError> for LogError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}
impl From<NoteError> for LogError {
    fn from(error: NoteError) -> Self {
        Self::Note(error)
    }
}
impl From<GuardError> for LogError {
    fn from(error: GuardError) -> Self {
        Self::Guard(error)
    }
}
impl From<HeadsError> for LogError {
    fn from(error: HeadsError) -> Self {
        Self::Broken(error.to_string())
    }
}
impl From<ReadError<StoreError>> for LogError {
    fn from(error: ReadError<StoreError>) -> Self {
        match error {
            ReadError::Source(error) => Self::Store(error),
            other => Self::Broken(other.to_string()),
        }
    }
}
impl From<Unproven<ReadError<StoreError>>> for LogError {
    fn from(error: Unproven<ReadError<StoreError>>) -> Self {
        match error {
            Unproven::Source(error) => error.into(),
            Unproven::OutOfRange => Self::Broken(error.to_string()),
        }
    }
}

/// A tenant's tiles and hashes, as its store keeps them.
pub(crate) struct StoreTiles<'a> {
    store: &'a dyn Store,
    tenant: TenantId,
    epoch: u32,
}

impl<'a> StoreTiles<'a> {
    pub(crate) fn new(store: &'a dyn Store, tenant: TenantId, epoch: u32) -> Self {
        Self { store, tenant, epoch }
    }

    /// The tree of the first so many leaves.
    pub(crate) fn tree(&self, size: u64) -> Result<TileReader<'_, Self>, LogError> {
        TileReader::new(self, size).ok_or_else(|| LogError::Broken(format!("a log cannot have `{size}` leaves")))
    }
}

impl Tiles for StoreTiles<'_> {
    type Error = StoreError;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Shelf::tile(self.store, self.tenant, self.epoch, level, index)
    }
    fn entries(&self, from: u64, count: u64) -> Result<Vec<Digest>, StoreError> {
        let lines = Ledger::entries(self.store, self.tenant, from, usize::try_from(count).unwrap_or(READ_MAX))?;
        Ok(lines.iter().map(|line| line.hash).collect())
    }
}

/// A signed checkpoint, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The epoch whose log it is of.
    pub epoch: u32,
    /// Leaves in the log.
    pub size: u64,
    /// Its root.
    pub root: Digest,
    /// The signed note.
    pub note: String,
}

/// The origin of a tenant's log, as the first event of its control stream says; each epoch after the first has its own.
///
/// # Errors
/// [`LogError`] when the store cannot be read or the tenant was never opened.
pub fn origin(store: &dyn Store, tenant: TenantId) -> Result<String, LogError> {
    let first = store.stream(tenant, control_stream(tenant), 1, 1)?;
    let event = first.first().map(|stored| Event::read(&stored.event.clear));
    match event {
        Some(Ok((Event { data: Data::ControlOpened(opened), .. }, _))) => {
            let epoch = store.log(tenant)?.epoch;
            Ok(if epoch == opened.epoch { opened.origin } else { epoch_origin(&opened.origin, epoch) })
        }
        Some(_) => Err(LogError::Broken("the control stream does not begin with `control.opened`".to_owned())),
        None => Err(LogError::Store(StoreError::NoTenant)),
    }
}

/// The key that signs a tenant's checkpoints: the same on every node, for ever.
///
/// # Errors
/// [`LogError`] when the tenant's keys are not open or its origin makes no key.
pub fn log_key(store: &dyn Store, vault: &Vault, tenant: TenantId) -> Result<NoteKey, LogError> {
    let origin = origin(store, tenant)?;
    Ok(NoteKey::new(&origin, SignatureKind::Ed25519, &vault.subkey(tenant, "log")?)?)
}

/// A tenant's log as it stands, compared with what was signed and with what is remembered.
struct Seen {
    epoch: u32,
    size: u64,
    root: Digest,
    key: NoteKey,
    last: Option<(Checkpoint, String)>,
}

/// Looks at the log, compares it with what was signed or seen before, and remembers its head outside of the store. `None`
/// while it has no leaf.
fn see(
    (store, vault, reaches): (&dyn Store, &Vault, &Reaches),
    guard: Option<&mut Guard>,
    tenant: TenantId,
) -> Result<Option<Seen>, LogError> {
    let log = store.log(tenant)?;
    let (epoch, there) = (log.epoch, log.size);
    let known = guard.as_ref().and_then(|guard| guard.mark(tenant));
    if let Some(known) = known.filter(|known| (epoch, there) < (known.epoch, known.size)) {
        return Err(behind(epoch, there, known));
    }
    if there == 0 {
        return Ok(None);
    }
    let key = log_key(store, vault, tenant)?;
    let last = opened(store, &key, tenant, epoch)?;
    let tiles = StoreTiles::new(store, tenant, epoch);
    let from = last.as_ref().map_or(0, |(last, _)| last.size());
    if from > there {
        return Err(LogError::Behind(format!("the log has `{there}` leaves, the last checkpoint says `{from}`")));
    }
    // Only what was followed is remembered or signed, as it was then.
    let hashes = reaches.hashes(store, vault, tenant, from)?;
    let size = from + hashes.len() as u64;
    let root = extend(store, &tiles, epoch, last.as_ref().map(|(last, _)| last), &hashes)?;
    if let Some(guard) = guard {
        remember(guard, (&tiles, vault), tenant, Mark { epoch, size, root })?;
    }
    Ok(Some(Seen { epoch, size, root, key, last }))
}

/// Compares the log with what is remembered outside of the store and remembers its head, without signing it. Answers the
/// leaves that it has.
///
/// # Errors
/// [`LogError::Behind`] when the store is shorter than, or another log than, what was signed or seen before.
pub fn watch_log(from: (&dyn Store, &Vault, &Reaches), guard: &mut Guard, tenant: TenantId) -> Result<u64, LogError> {
    Ok(see(from, Some(guard), tenant)?.map_or(0, |seen| seen.size))
}

/// Signs the log as it stands now. One that was signed at this size before is given again.
///
/// # Errors
/// [`LogError::Behind`] when the store is shorter than, or another log than, what was signed or seen before.
pub fn sign_checkpoint(
    (store, vault, reaches): (&dyn Store, &Vault, &Reaches),
    guard: Option<&mut Guard>,
    tenant: TenantId,
) -> Result<SignedCheckpoint, LogError> {
    let seen = see((store, vault, reaches), guard, tenant)?.ok_or(LogError::Store(StoreError::NoTenant))?;
    let Seen { epoch, size, root, key, last } = seen;
    // A crash from here on leaves a head that is remembered and not shown: the next one signs the same bytes.
    let note = match last {
        Some((last, note)) if last.size() == size => note,
        _ => {
            let note = Checkpoint::sign(&key, size, root)?.to_string();
            store.put_checkpoint(tenant, epoch, size, &note)?;
            note
        }
    };
    reaches.signed(tenant, size);
    Ok(SignedCheckpoint { epoch, size, root, note })
}

/// Whether anything but a commitment to heads ends the log: then who exports needs a new one.
///
/// # Errors
/// [`LogError`] when the store cannot be read.
pub fn heads_are_due(store: &dyn Store, tenant: TenantId) -> Result<bool, LogError> {
    let size = store.log(tenant)?.size;
    let Some(last) = size.checked_sub(1) else { return Ok(false) };
    let last = store.leaves(tenant, last, 1)?;
    let event = last.first().filter(|last| last.stream == control_stream(tenant) && last.leaf + 1 == size);
    let event = event.and_then(|stored| Event::read(&stored.event.clear).ok());
    Ok(!matches!(event, Some((Event { data: Data::ControlHeads(_), .. }, _))))
}

fn behind(epoch: u32, size: u64, known: Mark) -> LogError {
    LogError::Behind(format!(
        "the store went back: its log has `{size}` leaves in epoch `{epoch}`, this node has seen `{}` in epoch `{}`",
        known.size, known.epoch
    ))
}

/// Goes on from the last checkpoint, which must be of this log: writes the tiles that are full, and answers the root.
fn extend(
    store: &dyn Store,
    tiles: &StoreTiles<'_>,
    epoch: u32,
    last: Option<&Checkpoint>,
    hashes: &[Digest],
) -> Result<Digest, LogError> {
    let tenant = tiles.tenant;
    let from = last.map_or(0, Checkpoint::size);
    let mut tiler = tiles.tree(from)?.tiler()?;
    if last.is_some_and(|last| tiler.tree().root() != *last.root()) {
        return Err(LogError::Behind(format!("the log's first `{from}` leaves are not those that were signed")));
    }
    let mut full: Vec<(u8, u64, Vec<u8>)> = Vec::new();
    for hash in hashes {
        tiler.push(hash, |Tile { level, index, bytes }| full.push((level, index, bytes)));
        if full.len() >= TILES_MAX {
            store.put_tiles(tenant, epoch, &std::mem::take(&mut full))?;
        }
    }
    if !full.is_empty() {
        store.put_tiles(tenant, epoch, &full)?;
    }
    Ok(tiler.tree().root())
}

/// Compares with what is remembered outside of the store, and remembers this head.
fn remember(
    guard: &mut Guard,
    (tiles, vault): (&StoreTiles<'_>, &Vault),
    tenant: TenantId,
    mark: Mark,
) -> Result<(), LogError> {
    let standing = guard.compare(tenant, mark.epoch, mark.size, |size| {
        let mut tree = tiles.tree(size)?;
        Ok::<Digest, LogError>(root(&mut tree, size)?)
    })?;
    match standing {
        Standing::Same => Ok(()),
        Standing::New | Standing::Ahead => Ok(guard.raise(tenant, mark)?),
        Standing::Behind(known) => Err(behind(mark.epoch, mark.size, known)),
        Standing::Forked(known) => Err(LogError::Behind(format!(
            "the log's first `{}` leaves are not those that this node has seen",
            known.size
        ))),
        // A person put it back, who knew no less of it than this node.
        Standing::Restored(known) => {
            let restored = last_restored(tiles.store, vault, tenant)?.filter(|restored| restored.epoch == mark.epoch);
            let given_up = restored.as_ref().and_then(|restored| restored.before).is_some_and(|of| covers(of, known));
            // Or nothing that it knows was lost: leaves go on over epochs.
            let kept = known.size <= mark.size && root(&mut tiles.tree(known.size)?, known.size)? == known.root;
            if restored.is_some() && (given_up || kept) {
                return Ok(guard.begin_epoch(tenant, mark)?);
            }
            Err(LogError::Behind(format!(
                "the store is of epoch `{}`, this node knows `{}` leaves of epoch `{}`, and whoever put it back did not",
                mark.epoch, known.size, known.epoch
            )))
        }
    }
}

/// Whether a head that was given up is that which is known here, or one that comes after it.
fn covers(before: LogHead, known: Mark) -> bool {
    let later = (before.epoch, before.size).cmp(&(known.epoch, known.size));
    later.is_gt() || (later.is_eq() && before.root == known.root)
}

/// The audit path of a leaf under a checkpoint.
///
/// # Errors
/// [`LogError`] when the leaf is not under it or the store cannot be read.
pub fn prove_leaf(
    store: &dyn Store,
    tenant: TenantId,
    checkpoint: &SignedCheckpoint,
    leaf: u64,
) -> Result<Vec<Digest>, LogError> {
    let tiles = StoreTiles::new(store, tenant, checkpoint.epoch);
    let mut tree = tiles.tree(checkpoint.size)?;
    Ok(prove_inclusion(&mut tree, leaf, checkpoint.size)?)
}

/// The last checkpoint that was signed of the log as it is now. `None` before the first.
///
/// # Errors
/// [`LogError`] when the store cannot be read, or has one that is not ours.
pub(crate) fn last_signed(store: &dyn Store, vault: &Vault, tenant: TenantId) -> Result<Option<String>, LogError> {
    let epoch = store.log(tenant)?.epoch;
    Ok(opened(store, &log_key(store, vault, tenant)?, tenant, epoch)?.map(|(_, note)| note))
}

/// The last checkpoint that the store has, which must be one of ours.
fn opened(
    store: &dyn Store,
    key: &NoteKey,
    tenant: TenantId,
    epoch: u32,
) -> Result<Option<(Checkpoint, String)>, LogError> {
    let Some((_, note)) = store.last_checkpoint(tenant, epoch)? else { return Ok(None) };
    Ok(Some((Checkpoint::open(&Note::parse(&note)?, key.verifier())?, note)))
}

/// A file of the signed log below its prefix; `None` when its tree has no such.
///
/// # Errors
/// [`LogError`] when the store cannot be read.
pub(crate) fn file(store: &dyn Store, tenant: TenantId, path: &TilePath) -> Result<Option<Vec<u8>>, LogError> {
    let epoch = store.log(tenant)?.epoch;
    let Some((size, _)) = store.last_checkpoint(tenant, epoch)? else { return Ok(None) };
    Ok(StoreTiles::new(store, tenant, epoch).tree(size)?.file(path)?)
}

/// All rows of streams, as they stand.
pub(crate) fn rows(store: &dyn Store, tenant: TenantId) -> Result<BTreeMap<StreamId, StreamHead>, StoreError> {
    let mut rows = BTreeMap::new();
    loop {
        let after = rows.last_key_value().map(|(stream, _)| *stream);
        let read = store.heads(tenant, after, READ_MAX)?;
        let last = read.len() < READ_MAX;
        rows.extend(read.into_iter().map(|row| (row.stream, row)));
        if last {
            return Ok(rows);
        }
    }
}

/// The heads of all streams when the log had so many leaves. Streams that moved since are set back: heads are read while
/// others append.
pub(crate) fn heads_at(store: &dyn Store, tenant: TenantId, size: u64) -> Result<Heads, LogError> {
    let head = |row: StreamHead| Head { stream: row.stream, kind: row.kind.0, head: row.head, hash: row.hash };
    let rows = rows(store, tenant)?.into_iter();
    let mut heads: BTreeMap<StreamId, Head> = rows.map(|(stream, row)| (stream, head(row))).collect();
    // Only what was appended up to now can have moved what was read.
    let (mut leaf, end) = (size, store.log(tenant)?.size);
    let mut moved: BTreeMap<StreamId, u64> = BTreeMap::new();
    while leaf < end {
        let lines = store.entries(tenant, leaf, READ_MAX)?;
        let Some(last) = lines.last() else {
            return Err(LogError::Broken(format!("leaf `{leaf}` of the log is missing")));
        };
        leaf = last.leaf + 1;
        for line in &lines {
            moved.entry(line.stream).or_insert(line.seq);
        }
    }
    for (stream, first) in moved {
        let before = first.saturating_sub(1);
        match store.stream(tenant, stream, before, 1)?.first() {
            Some(event) if before > 0 && event.seq == before => {
                if let Some(head) = heads.get_mut(&stream) {
                    (head.head, head.hash) = (before, event.event.hash);
                }
            }
            _ if before > 0 => {
                return Err(LogError::Broken(format!("event `{before}` of stream `{stream}` is missing")));
            }
            _ => drop(heads.remove(&stream)),
        }
    }
    Ok(Heads::new(heads.into_values().collect())?)
}
