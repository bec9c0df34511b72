//! What every store does: the one append, and what is read back. Three small traits, so that a store can be told in a day.
//!
//! All calls block; the node's driver calls them from threads of their own. Every type here is bytes and numbers: the
//! store knows no events, no grants and no decisions.

use crate::StoreError;
use bailiwick_core::{Digest, Micros, StreamId, TenantId};

/// The most events one append may hold; a batch is cut there, never a group.
pub const EVENTS_PER_APPEND_MAX: usize = 256;
/// The most bytes (clear and sealed) one append may hold.
pub const BYTES_PER_APPEND_MAX: usize = 1 << 20;
/// The most bytes of one event, clear and sealed together.
pub const EVENT_BYTES_MAX: usize = 256 << 10;

const _: () = assert!(EVENT_BYTES_MAX <= BYTES_PER_APPEND_MAX, "one event must fit into an append");

/// What kind of thing a stream is about. An open list: a store keeps numbers that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKind(pub i32);

impl StreamKind {
    /// The tenant's one control stream.
    pub const CONTROL: Self = Self(0);
    /// A task.
    pub const TASK: Self = Self(1);
    /// A mandate.
    pub const MANDATE: Self = Self(2);
}

/// The body of an event, sealed under a data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The data key's id: that of a stream or a person.
    pub key: StreamId,
    /// The month after which it is dropped, as yyyymm; 0 until it is erased.
    pub drop_on: i32,
    /// The SHA-256 of the bytes: permanent, for the event's hash is made of it.
    pub digest: Digest,
    /// The bytes, encrypted and authenticated.
    pub bytes: Vec<u8>,
}

/// A keyed hash of an event's stream, its kind, number, time and hash, by which its writers know their own again.
pub type Stamp = [u8; 16];

/// An event as stored: hashed bytes that the store never looks into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// A copy of the time that `clear` holds.
    pub at: Micros,
    /// The event's hash in its stream's chain.
    pub hash: Digest,
    /// What its writer's key made of it: the store cannot make or check it.
    pub stamp: Stamp,
    /// The permanent bytes.
    pub clear: Vec<u8>,
    /// What expires.
    pub sealed: Option<Sealed>,
}

/// One stream moved forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// Which stream.
    pub stream: StreamId,
    /// Its kind; fixed when the stream is first written.
    pub kind: StreamKind,
    /// The head it was decided on; 0 for a stream that does not exist yet.
    pub expect: u64,
    /// The events, in order: the first gets seq `expect + 1`. Never empty.
    pub events: Vec<NewEvent>,
    /// The next time at which something falls due in this stream.
    pub wake: Option<Micros>,
}

/// A data key, wrapped by the tenant's key; written by the append that first needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its id: a stream or a person.
    pub id: StreamId,
    /// The version of the tenant key that wraps it.
    pub kek: i32,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
    /// As in [`Sealed`].
    pub drop_on: i32,
}

/// Bytes named by their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 of `bytes`; the store checks it.
    pub digest: Digest,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Streams that stand or fall together, with the keys and blobs they bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// The streams moved. A stream stands in one group of an append only.
    pub streams: Vec<Advance>,
    /// New data keys. A key that exists already fails the group.
    pub keys: Vec<NewKey>,
    /// Blobs named by the events; ones that exist already are left as they are.
    pub blobs: Vec<Blob>,
}

/// One atomic, durable compare-and-append of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Whose log.
    pub tenant: TenantId,
    /// The epoch it was decided in.
    pub epoch: u32,
    /// The format of its events.
    pub format: u32,
    /// The leaf of the last control event that was folded before deciding; `None` before the first.
    pub decided_under: Option<u64>,
    /// A control append that narrows: raises the floor to its last leaf.
    pub narrows: bool,
    /// The groups, in order.
    pub groups: Vec<Group>,
}

/// What became of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stood {
    /// Durable. Its events have dense leaf numbers from here on, in order of streams and events.
    At {
        /// The leaf of its first event.
        first_leaf: u64,
    },
    /// A head was not the expected one, or a key existed: nothing of this group was written.
    Conflict,
}

/// The answer to an append that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// One for each group, in order.
    pub groups: Vec<Stood>,
    /// The store's time.
    pub now: Micros,
}

/// The row that every append of a tenant locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLog {
    /// Raised by a person after a restore.
    pub epoch: u32,
    /// The format that is written.
    pub format: u32,
    /// The leaf of the last control event that narrows.
    pub control_floor: Option<u64>,
    /// Leaves in the log: its logical clock.
    pub size: u64,
    /// The store's time when it was read.
    pub now: Micros,
}

/// An event read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the tenant's log.
    pub leaf: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream, from 1.
    pub seq: u64,
    /// The event. `sealed` is `None` when it had no body or the body is gone.
    pub event: NewEvent,
    /// The key its body was sealed under, also when the body is gone.
    pub key: Option<StreamId>,
    /// The digest of its sealed body, also when the body is gone.
    pub body: Option<Digest>,
}

/// An event's line in the log, without the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the tenant's log.
    pub leaf: u64,
    /// Its stream.
    pub stream: StreamId,
    /// The stream's kind.
    pub kind: StreamKind,
    /// Its place in the stream, from 1.
    pub seq: u64,
    /// As in [`NewEvent`].
    pub at: Micros,
    /// As in [`NewEvent`].
    pub hash: Digest,
    /// As in [`NewEvent`].
    pub stamp: Stamp,
}

/// The head of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// Which stream.
    pub stream: StreamId,
    /// Its kind.
    pub kind: StreamKind,
    /// The seq of its last event.
    pub head: u64,
    /// The hash of its last event.
    pub hash: Digest,
}

/// The log: append and read.
pub trait Ledger: Send + Sync {
    /// Makes the tenant if it is not there. The same uuid and name may be given again.
    ///
    /// # Errors
    /// [`StoreError`] when the store refuses or the name belongs to another tenant.
    fn open_tenant(&self, tenant: TenantId, name: &str) -> Result<TenantLog, StoreError>;

    /// Writes a copy of all of it, as it is at one moment, into a file that must not be there yet. Only an embedded store
    /// can.
    ///
    /// # Errors
    /// [`StoreError::Refused`] from a store that has tools of its own for this; others when it could not be written. Then
    /// there is no file.
    fn copy_to(&self, _path: &std::path::Path) -> Result<(), StoreError> {
        Err(StoreError::Refused("this store is not a file: it is copied with its own tools".into()))
    }

    /// All tenants, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn tenants(&self) -> Result<Vec<(TenantId, String)>, StoreError>;

    /// Compares and appends. Sent twice, byte for byte, it stands at most once.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when epoch, format or floor moved on (nothing written); [`StoreError::Unknown`] when the
    /// answer was lost and it may stand or not; others when nothing was written.
    fn append(&self, append: &Append) -> Result<Appended, StoreError>;

    /// The tenant's row and the store's time.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or knows no such tenant.
    fn log(&self, tenant: TenantId) -> Result<TenantLog, StoreError>;

    /// Raises a tenant's epoch, after a restore: appends of older ones are stale from then on. It never falls.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written, or there is no such tenant.
    fn raise_epoch(&self, tenant: TenantId, epoch: u32) -> Result<(), StoreError>;

    /// Events of one stream from `seq` on, in order, at most `most`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn stream(
        &self,
        tenant: TenantId,
        stream: StreamId,
        from_seq: u64,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// Events of the whole log from `leaf` on, in order, at most `most`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn leaves(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// Only the lines of the log from `leaf` on, in order, at most `most`: what tiles are made of, and heads.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn entries(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<Entry>, StoreError>;

    /// The heads of all streams, sorted by stream id, after `after`, at most `most`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn heads(&self, tenant: TenantId, after: Option<StreamId>, most: usize) -> Result<Vec<StreamHead>, StoreError>;

    /// One stream's head.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn head(&self, tenant: TenantId, stream: StreamId) -> Result<Option<StreamHead>, StoreError>;

    /// Streams whose wake is at or before `now`, earliest first, at most `most`, over all tenants.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn due(&self, now: Micros, most: usize) -> Result<Vec<(TenantId, StreamId)>, StoreError>;

    /// Bytes by digest, within one tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn blob(&self, tenant: TenantId, digest: Digest) -> Result<Option<Vec<u8>>, StoreError>;

    /// Takes an id that may be used once until `until`: true the first time, false ever after. Ids past `until` are forgotten.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made durable: then it must not be used.
    fn once(&self, tenant: TenantId, kind: i32, id: Digest, until: Micros) -> Result<bool, StoreError>;
}

/// A wrapped key as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The version of the key that wraps it (of the root for a tenant key, of the tenant key for a data key).
    pub by: i32,
    /// The wrapped bytes.
    pub bytes: Vec<u8>,
}

/// Wrapped keys. The store never sees one open.
pub trait Keys: Send + Sync {
    /// Writes a tenant key version; refused when the version exists.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made durable or exists.
    fn put_tenant_key(&self, tenant: TenantId, version: i32, key: &WrappedKey) -> Result<(), StoreError>;

    /// All versions of the tenant's key, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn tenant_keys(&self, tenant: TenantId) -> Result<Vec<(i32, WrappedKey)>, StoreError>;

    /// Replaces the wrapping of a version of the tenant's key, if it is still wrapped by `from`.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made durable.
    fn rewrap_tenant_key(
        &self,
        tenant: TenantId,
        version: i32,
        from: i32,
        key: &WrappedKey,
    ) -> Result<bool, StoreError>;

    /// A data key; `None` when it never was or is erased.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn data_key(&self, tenant: TenantId, id: StreamId) -> Result<Option<WrappedKey>, StoreError>;

    /// Erases a data key and with it every body sealed under it. True when there was one.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made durable.
    fn erase(&self, tenant: TenantId, id: StreamId) -> Result<bool, StoreError>;

    /// Replaces the wrapping of a data key, if it is still wrapped by `from`.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made durable.
    fn rewrap(&self, tenant: TenantId, id: StreamId, from: i32, key: &WrappedKey) -> Result<bool, StoreError>;
}

/// A sealed cache of a stream's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last event folded into it.
    pub seq: u64,
    /// The hash of that event, checked against the stream before use.
    pub hash: Digest,
    /// The version of the fold that made it.
    pub fold: i32,
    /// The state, sealed.
    pub sealed: Vec<u8>,
}

/// What is derived and may be deleted at any time.
pub trait Shelf: Send + Sync {
    /// Keeps a snapshot, over an older one only.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    fn put_snapshot(&self, tenant: TenantId, stream: StreamId, snapshot: &Snapshot) -> Result<(), StoreError>;

    /// The snapshot of a stream.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn snapshot(&self, tenant: TenantId, stream: StreamId) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps full tiles (256 hashes each); one that exists must be the same bytes.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written or differs from the one there.
    fn put_tiles(&self, tenant: TenantId, epoch: u32, tiles: &[(u8, u64, Vec<u8>)]) -> Result<(), StoreError>;

    /// One full tile.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn tile(&self, tenant: TenantId, epoch: u32, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a signed checkpoint; one of the same size that exists stays.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    fn put_checkpoint(&self, tenant: TenantId, epoch: u32, size: u64, note: &str) -> Result<(), StoreError>;

    /// The largest checkpoint of an epoch.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn last_checkpoint(&self, tenant: TenantId, epoch: u32) -> Result<Option<(u64, String)>, StoreError>;

    /// Moves a cursor forward, never back; answers where it stands.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    fn move_cursor(&self, name: &str, tenant: TenantId, leaf: u64) -> Result<u64, StoreError>;

    /// Where a cursor stands; 0 when it was never moved.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn cursor(&self, name: &str, tenant: TenantId) -> Result<u64, StoreError>;
}

/// One store: all three traits.
pub trait Store: Ledger + Keys + Shelf {}
impl<T: Ledger + Keys + Shelf> Store for T {}
