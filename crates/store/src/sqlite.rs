//! The embedded store: one SQLite file, one writer, a few readers, a thread that checkpoints.

mod append;
mod checkpoint;
mod copy;
mod fail;
mod file;
mod heads;
mod inspect;
mod keys;
mod place;
mod readers;
mod shelf;

pub(crate) use copy::{open as open_copy, put_back};
pub(crate) use file::migrate;
pub(crate) use inspect::inspect;

use crate::{
    Append, Appended, Entry, Ledger, NewEvent, Sealed, StoreError, StoredEvent, StreamHead, StreamKind, TenantLog,
    bounds,
    clock::RunningClock,
    schema::{PLAN, Plan},
};
use bailiwick_core::{Digest, Micros, StreamId, TenantId};
use checkpoint::{Ask, Checkpoints};
use heads::Heads;
use readers::Readers;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// What is done when the disk failed under a commit: nobody knows what is durable, so the process must end.
pub(crate) type BrokenHook = Arc<dyn Fn(&str) + Send + Sync>;
type Writer = Mutex<Hand>;

/// The one connection that writes, and what it remembers.
struct Hand {
    connection: Connection,
    heads: Heads,
}

/// Tenant numbers remembered; past it the memory starts anew.
const TENANTS_KEPT_MAX: usize = 10_000;

/// A store in one SQLite file. No other process may have the file open.
pub struct SqliteStore {
    // Dropped in this order: the thread ends before the lock on the file is given up.
    checkpoints: Checkpoints,
    writer: Arc<Writer>,
    readers: Readers,
    clock: RunningClock,
    numbers: Mutex<BTreeMap<TenantId, i64>>,
    unmoved_bytes: AtomicUsize,
    on_broken: BrokenHook,
    broken: Arc<AtomicBool>,
    _sole: file::Sole,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

/// Says why and ends the process without unwinding: a restart reads what is really there.
fn end_process(why: &str) {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "the disk failed, the process ends: {why}").ok();
    std::process::abort();
}

impl SqliteStore {
    /// Opens the file, and makes the tables when it is empty. The process ends when the disk fails under a commit.
    ///
    /// # Errors
    /// [`StoreError`] when another process has it open, it is not ours, or its tables are of another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, end_process)
    }

    /// As [`SqliteStore::open`], with another answer to a disk that failed. When `on_broken` returns, the store stays
    /// shut: every later write answers `Broken`.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_with(path: &Path, on_broken: impl Fn(&str) + Send + Sync + 'static) -> Result<Self, StoreError> {
        Self::open_as(path, &PLAN, on_broken)
    }

    fn open_as(path: &Path, plan: &Plan, on_broken: impl Fn(&str) + Send + Sync + 'static) -> Result<Self, StoreError> {
        let sole = file::Sole::take(path)?;
        let connection = file::writer(path, plan)?;
        let clock = RunningClock::start(file::last_time(&connection)?);
        let writer = Arc::new(Mutex::new(Hand { connection, heads: Heads::default() }));
        let broken = Arc::new(AtomicBool::new(false));
        let shut = Arc::clone(&broken);
        let on_broken: BrokenHook = Arc::new(move |why: &str| {
            shut.store(true, Ordering::SeqCst);
            on_broken(why);
        });
        Ok(Self {
            checkpoints: Checkpoints::start(path, Arc::clone(&writer), Arc::clone(&on_broken))?,
            writer,
            readers: Readers::new(path.to_owned()),
            clock,
            numbers: Mutex::default(),
            unmoved_bytes: AtomicUsize::new(0),
            on_broken,
            broken,
            _sole: sole,
        })
    }

    /// One transaction of the one writer, durable when it answers. `bytes` is about what it writes.
    fn write<T>(
        &self,
        bytes: usize,
        write: impl FnOnce(&Connection, &mut Heads, Micros) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut hand = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.transaction(&mut hand, write);
        drop(hand);
        self.wrote(bytes, answer)
    }

    /// As [`SqliteStore::write`], without waiting for the disk: for what may be lost. It is durable with the next write that
    /// is, for all stand in one file, in order.
    fn write_behind<T>(
        &self,
        bytes: usize,
        write: impl FnOnce(&Connection, &mut Heads, Micros) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut hand = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A pragma takes effect when it is prepared, so never from the cache of statements.
        hand.connection.execute_batch("PRAGMA synchronous = NORMAL").map_err(fail::of)?;
        let answer = self.transaction(&mut hand, write);
        // Nobody else has the writer in between; should it not come back to waiting, nothing may be written any more.
        if hand.connection.execute_batch("PRAGMA synchronous = FULL").is_err() {
            (self.on_broken)("writes can no longer be made to wait for the disk");
        }
        drop(hand);
        self.wrote(bytes, answer)
    }

    fn transaction<T>(
        &self,
        Hand { connection, heads }: &mut Hand,
        write: impl FnOnce(&Connection, &mut Heads, Micros) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Broken("the disk failed under an earlier commit".into()));
        }
        run(connection, "BEGIN IMMEDIATE").map_err(fail::of)?;
        let answer = match write(connection, heads, self.clock.now()) {
            Ok(answer) => answer,
            Err(error) => {
                heads.forget();
                self.undo(connection);
                return Err(error);
            }
        };
        if let Err(error) = run(connection, "COMMIT") {
            heads.forget();
            if fail::is_disk(&error) {
                // The frames may be on the disk or not, and a second sync would answer for pages that are gone.
                (self.on_broken)(&format!("a commit failed: {error}"));
                return Err(StoreError::Unknown);
            }
            self.undo(connection);
            return Err(fail::of(error));
        }
        // Durable from here on: a crash before the answer makes the sender look for its own hash.
        heads.stands();
        Ok(answer)
    }

    /// The writer is free again; now and then what was written is moved on.
    fn wrote<T>(&self, bytes: usize, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if answer.is_ok() && self.unmoved_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes >= checkpoint::WAKE_BYTES {
            self.unmoved_bytes.store(0, Ordering::Relaxed);
            self.checkpoints.ask(Ask::Some);
        }
        answer
    }

    fn undo(&self, connection: &Connection) {
        // Some errors have rolled back already.
        if !connection.is_autocommit() && run(connection, "ROLLBACK").is_err() && !connection.is_autocommit() {
            (self.on_broken)("a transaction can be neither committed nor rolled back");
        }
    }

    /// The tenant's number, which never leaves the store.
    fn number(&self, tenant: TenantId) -> Result<i64, StoreError> {
        if let Some(number) = self.numbers.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant) {
            return Ok(*number);
        }
        let sql = "SELECT tenant FROM tenant WHERE uuid = ?1";
        let found = self.readers.read(|c| c.query_row(sql, [tenant.bytes()], |row| row.get(0)).optional())?;
        let number = found.ok_or(StoreError::NoTenant)?;
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() >= TENANTS_KEPT_MAX {
            numbers.clear();
        }
        numbers.insert(tenant, number);
        Ok(number)
    }

    fn read<T>(
        &self,
        tenant: TenantId,
        read: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let number = self.number(tenant)?;
        self.readers.read(|connection| read(connection, number))
    }

    #[cfg(test)]
    pub(crate) fn with_writer<T>(&self, with: impl FnOnce(&Connection) -> T) -> T {
        with(&self.writer.lock().unwrap_or_else(PoisonError::into_inner).connection)
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// A number that SQLite keeps signed and that is never below zero.
fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let signed: i64 = row.get(column)?;
    u64::try_from(signed).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, signed))
}

fn tenant_log(row: &Row<'_>, now: Micros) -> rusqlite::Result<TenantLog> {
    let floor: i64 = row.get(2)?;
    Ok(TenantLog {
        epoch: row.get(0)?,
        format: row.get(1)?,
        control_floor: u64::try_from(floor).ok(),
        size: unsigned(row, 3)?,
        now,
    })
}

/// Columns as `events!` names them; `first` is the tenant's first place.
fn stored_event(row: &Row<'_>, first: i64) -> rusqlite::Result<StoredEvent> {
    let stream = StreamId::new(row.get(1)?);
    let drop_on: Option<i32> = row.get(5)?;
    let person: Option<[u8; 16]> = row.get(6)?;
    let key = drop_on.map(|_| person.map_or(stream, StreamId::new));
    let bytes: Option<Vec<u8>> = row.get(8)?;
    let body = row.get::<_, Option<[u8; 32]>>(9)?.map(Digest::new);
    let sealed = match (key, drop_on, body, bytes) {
        (Some(key), Some(drop_on), Some(digest), Some(bytes)) => Some(Sealed { key, drop_on, digest, bytes }),
        _ => None,
    };
    let (at, hash, stamp) = (Micros(unsigned(row, 3)?), Digest::new(row.get(4)?), row.get(10)?);
    let event = NewEvent { at, hash, stamp, clear: row.get(7)?, sealed };
    let place: i64 = row.get(0)?;
    let leaf = u64::try_from(place - first).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, place))?;
    Ok(StoredEvent { leaf, stream, seq: unsigned(row, 2)?, event, key, body })
}

/// Columns as `ENTRIES` names them; `first` is the tenant's first place.
fn entry(row: &Row<'_>, first: i64) -> rusqlite::Result<Entry> {
    let place: i64 = row.get(0)?;
    Ok(Entry {
        leaf: u64::try_from(place - first).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, place))?,
        stream: StreamId::new(row.get(1)?),
        kind: StreamKind(row.get(2)?),
        seq: unsigned(row, 3)?,
        hash: Digest::new(row.get(4)?),
        stamp: row.get(5)?,
        at: Micros(unsigned(row, 6)?),
    })
}

fn entries(connection: &Connection, tenant: i64, from_leaf: u64, most: usize) -> rusqlite::Result<Vec<Entry>> {
    let (first, last) = (place::first(tenant), place::last(tenant));
    let range = [place::from(tenant, from_leaf), last, bounds::rows(most)];
    connection.prepare_cached(ENTRIES)?.query_map(range, |row| entry(row, first))?.collect()
}

fn stream_head(row: &Row<'_>) -> rusqlite::Result<StreamHead> {
    let stream = StreamId::new(row.get(0)?);
    let read = || Ok((row.get(1)?, unsigned(row, 2)?, row.get(3)?));
    let (kind, head, hash) = read().map_err(|error| fail::in_row(&stream, error))?;
    Ok(StreamHead { stream, kind: StreamKind(kind), head, hash: Digest::new(hash) })
}

const LOG: &str = "SELECT epoch, format, control_floor, size FROM tenant_log WHERE tenant = ?1";

// What is longer was written by no node: it is left where it is, and is not what its hash says.
const _: () = assert!(crate::EVENT_BYTES_MAX == 262_144, "the statements below say so");

macro_rules! events {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT e.place, s.id, e.seq, e.at, e.hash, e.drop_on, e.data_key,
             CASE WHEN octet_length(e.clear) <= 262144 THEN e.clear ELSE x'' END,
             CASE WHEN octet_length(b.sealed) <= 262144 THEN b.sealed END, e.body, e.stamp FROM ",
            $from,
            " CROSS JOIN stream s ON s.stream = e.stream LEFT JOIN body b ON b.place = e.place ",
            $where
        )
    };
}

const LEAVES: &str = events!("event e", "WHERE e.place BETWEEN ?1 AND ?2 ORDER BY e.place LIMIT ?3");

const ENTRIES: &str = "SELECT e.place, s.id, s.kind, e.seq, e.hash, e.stamp, e.at FROM event e
    CROSS JOIN stream s ON s.stream = e.stream WHERE e.place BETWEEN ?1 AND ?2 ORDER BY e.place LIMIT ?3";

/// From the first mark at or after the last event asked for, or from the head, back to the first one.
const STREAM: &str = concat!(
    "WITH RECURSIVE chain (place, seq, back) AS (
         SELECT e.place, e.seq, e.back FROM stream s CROSS JOIN event e ON e.place = coalesce(
             (SELECT m.place FROM mark m WHERE m.stream = s.stream AND m.seq >= ?4 ORDER BY m.seq LIMIT 1), ?5 + s.last)
         WHERE s.tenant = ?1 AND s.id = ?2
         UNION ALL SELECT e.place, e.seq, e.back
         FROM chain c CROSS JOIN event e ON e.place = c.place - c.back WHERE c.back > 0 AND c.seq > ?3) ",
    events!("chain c CROSS JOIN event e ON e.place = c.place", "WHERE c.seq BETWEEN ?3 AND ?4 ORDER BY c.seq")
);

impl Ledger for SqliteStore {
    fn open_tenant(&self, tenant: TenantId, name: &str) -> Result<TenantLog, StoreError> {
        bounds::name("the name of a tenant", name)?;
        self.write(name.len(), |connection, _, now| append::open_tenant(connection, now, tenant, name))
    }

    fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        copy::write(self.readers.path(), path)
    }

    fn tenants(&self) -> Result<Vec<(TenantId, String)>, StoreError> {
        self.readers.read(|connection| {
            let mut select = connection.prepare_cached("SELECT uuid, name FROM tenant ORDER BY name")?;
            let rows = select.query_map([], |row| Ok((TenantId::new(row.get(0)?), row.get(1)?)))?;
            rows.collect()
        })
    }

    fn append(&self, append: &Append) -> Result<Appended, StoreError> {
        bounds::append(append)?;
        let tenant = self.number(append.tenant)?;
        self.write(append::weight(append), |connection, heads, now| {
            append::append(connection, heads, now, tenant, append)
        })
    }

    fn raise_epoch(&self, tenant: TenantId, epoch: u32) -> Result<(), StoreError> {
        bounds::epoch(epoch)?;
        let tenant = self.number(tenant)?;
        self.write(0, |connection, _, _| {
            let sql = "UPDATE tenant_log SET epoch = max(epoch, ?2) WHERE tenant = ?1";
            let raised = connection.prepare_cached(sql).and_then(|mut raise| raise.execute(params![tenant, epoch]));
            raised.map(drop).map_err(fail::of)
        })
    }

    fn log(&self, tenant: TenantId) -> Result<TenantLog, StoreError> {
        let now = self.clock.now();
        self.read(tenant, |c, tenant| c.prepare_cached(LOG)?.query_row([tenant], |row| tenant_log(row, now)))
    }

    fn stream(
        &self,
        tenant: TenantId,
        stream: StreamId,
        from_seq: u64,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (from, most) = (bounds::clamped(from_seq), bounds::rows(most));
        let last = from.max(1).saturating_add(most).saturating_sub(1);
        let found: Vec<StoredEvent> = self.read(tenant, |connection, tenant| {
            let mut select = connection.prepare_cached(STREAM)?;
            let first = place::first(tenant);
            let events =
                select.query_map(params![tenant, stream.bytes(), from, last, first], |row| stored_event(row, first))?;
            events.collect()
        })?;
        // The chain is followed backwards: one that does not reach what was asked for is broken.
        if found.iter().map(|event| event.seq).eq((from_seq.max(1)..).take(found.len())) {
            return Ok(found);
        }
        Err(StoreError::Broken(format!("the events of stream `{stream}` do not follow one another")))
    }

    fn leaves(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let (first, last) = (place::first(tenant), place::last(tenant));
            let range = [place::from(tenant, from_leaf), last, bounds::rows(most)];
            connection.prepare_cached(LEAVES)?.query_map(range, |row| stored_event(row, first))?.collect()
        })
    }

    fn entries(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(tenant, |connection, tenant| entries(connection, tenant, from_leaf, most))
    }

    fn heads(&self, tenant: TenantId, after: Option<StreamId>, most: usize) -> Result<Vec<StreamHead>, StoreError> {
        let after = after.as_ref().map_or(&[][..], |id| id.bytes());
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT id, kind, head, hash FROM stream WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
            let mut select = connection.prepare_cached(sql)?;
            select.query_map(params![tenant, after, bounds::rows(most)], stream_head)?.collect()
        })
    }

    fn head(&self, tenant: TenantId, stream: StreamId) -> Result<Option<StreamHead>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT id, kind, head, hash FROM stream WHERE tenant = ?1 AND id = ?2";
            connection.prepare_cached(sql)?.query_row(params![tenant, stream.bytes()], stream_head).optional()
        })
    }

    fn due(&self, now: Micros, most: usize) -> Result<Vec<(TenantId, StreamId)>, StoreError> {
        self.readers.read(|connection| {
            let sql = "SELECT t.uuid, s.id FROM stream s JOIN tenant t ON t.tenant = s.tenant
                       WHERE s.wake IS NOT NULL AND s.wake <= ?1 ORDER BY s.wake LIMIT ?2";
            let due = |row: &Row<'_>| Ok((TenantId::new(row.get(0)?), StreamId::new(row.get(1)?)));
            connection.prepare_cached(sql)?.query_map([bounds::clamped(now.0), bounds::rows(most)], due)?.collect()
        })
    }

    fn blob(&self, tenant: TenantId, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT bytes FROM blob WHERE tenant = ?1 AND digest = ?2 AND octet_length(bytes) <= ?3";
            let row = params![tenant, digest.bytes(), bounds::bytes(bounds::BLOB_BYTES_MAX)];
            connection.prepare_cached(sql)?.query_row(row, |row| row.get(0)).optional()
        })
    }

    fn once(&self, tenant: TenantId, kind: i32, id: Digest, until: Micros) -> Result<bool, StoreError> {
        let until = bounds::number("the end of an id", until.0)?;
        let tenant = self.number(tenant)?;
        self.write(id.bytes().len(), |connection, _, now| {
            append::once(connection, bounds::clamped(now.0), tenant, kind, id, until).map_err(fail::of)
        })
    }
}

#[cfg(test)]
mod tests;
