//! The store for many nodes: one PostgreSQL database, spoken to over a few connections.

mod append;
mod fail;
mod inspect;
mod keys;
mod place;
mod pool;
mod shelf;
mod tables;
mod tls;

use crate::{
    Append, Appended, Entry, Ledger, Migrated, NewEvent, Sealed, StoreError, StoredEvent, StreamHead, StreamKind,
    TenantLog, bounds,
    schema::{PLAN, Plan},
};
use bailiwick_core::{Digest, Micros, StreamId, TenantId};
use place::Place;
use pool::{Conn, Pool};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::runtime::{self, Handle, Runtime, RuntimeFlavor};
use tokio::{task::block_in_place, time::timeout};
use tokio_postgres::{Row, types::ToSql};

/// How long a read or a small write may take.
const CALL_MS_MAX: u64 = 10_000;
/// How long an erasure may take: it may touch every body of a person.
const ERASE_MS_MAX: u64 = 300_000;
/// Tenant numbers remembered; past it the memory starts anew.
const TENANTS_KEPT_MAX: usize = 10_000;
/// Ids past their end that one call forgets at most.
const FORGOTTEN_PER_CALL_MAX: i64 = 64;

/// A store in a PostgreSQL database. Calls block; from inside a runtime only where it has several threads.
pub struct PostgresStore {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    pool: Pool,
    numbers: Mutex<BTreeMap<TenantId, i64>>,
    /// Months that have a partition, as far as this node has seen.
    months: Mutex<BTreeSet<i32>>,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl PostgresStore {
    /// Opens the database, and makes the tables when it has none.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached, may forget what it confirms, or its tables are of another version.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, &PLAN)
    }

    /// Brings the tables to this program's version.
    pub(crate) fn migrate(url: &str) -> Result<Migrated, StoreError> {
        Self::migrate_as(url, &PLAN)
    }

    fn open_as(url: &str, plan: &Plan) -> Result<Self, StoreError> {
        let store = Self::connected(url)?;
        store.call(async |conn| {
            tables::checked(conn).await?;
            tables::made(conn, plan).await
        })?;
        store.partitions(&BTreeSet::from([tables::UNTIL_ERASED]))?;
        Ok(store)
    }

    fn migrate_as(url: &str, plan: &Plan) -> Result<Migrated, StoreError> {
        let store = Self::connected(url)?;
        let from = store.call(async |conn| {
            tables::checked(conn).await?;
            tables::migrated(conn, plan).await
        })?;
        store.partitions(&BTreeSet::from([tables::UNTIL_ERASED]))?;
        Ok(plan.migrated(from))
    }

    /// Reached by nothing yet: the first call connects.
    fn connected(url: &str) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("store-postgres").enable_all().build();
        let runtime = runtime.map_err(|why| StoreError::Unavailable(format!("no thread for the database: {why}")))?;
        let (numbers, months) = (Mutex::default(), Mutex::default());
        Ok(Self { runtime: Some(runtime), pool: Pool::new(place), numbers, months })
    }

    /// Runs to its end on the caller's thread; one worker of the runtime moves the bytes.
    fn block<T>(&self, ms_max: u64, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let Some(runtime) = &self.runtime else { return Err(StoreError::Unavailable("it is closed".into())) };
        let late = || StoreError::Unavailable(format!("no answer within `{ms_max}` ms"));
        let run =
            || runtime.block_on(async { timeout(Duration::from_millis(ms_max), work).await.map_err(|_| late())? });
        // A caller that is itself a worker of a runtime hands its other work away first.
        match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => block_in_place(run),
            _ => run(),
        }
    }

    fn call<T>(&self, work: impl AsyncFnOnce(&Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.block(CALL_MS_MAX, self.pool.run(work))
    }

    /// A statement that commits on its own. Answers the rows touched.
    fn write(&self, ms_max: u64, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        let work = self.pool.run(async |conn| {
            let statement = conn.statement(sql).await?;
            conn.unwarned();
            // Sent: what gets no answer may stand or not.
            let sent = timeout(Duration::from_millis(ms_max), conn.client.execute(&statement, params));
            let touched = sent.await.map_err(|_| StoreError::Unknown)?.map_err(|error| fail::of_write(&error))?;
            conn.stands()?;
            Ok(touched)
        });
        self.block(ms_max.saturating_add(CALL_MS_MAX), work)
    }

    /// A read. A connection that the server closed while it was idle is no reason to fail one: it is tried once more.
    fn rows(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        let read = || {
            self.call(async |conn| {
                let statement = conn.statement(sql).await?;
                conn.client.query(&statement, params).await.map_err(|error| fail::of(&error))
            })
        };
        match read() {
            Err(StoreError::Unavailable(_)) => {
                // Who ended one has ended others as well: the next one is new.
                self.pool.forget();
                read()
            }
            answer => answer,
        }
    }

    fn row(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, StoreError> {
        self.rows(sql, params).map(|mut rows| rows.pop())
    }

    /// The tenant's number, which never leaves the store.
    fn number(&self, tenant: TenantId) -> Result<i64, StoreError> {
        if let Some(number) = self.numbers.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant) {
            return Ok(*number);
        }
        let found = self.row("SELECT tenant FROM tenant WHERE uuid = $1", &[&tenant.bytes().as_slice()])?;
        let number = found.ok_or(StoreError::NoTenant)?.get(0);
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() >= TENANTS_KEPT_MAX {
            numbers.clear();
        }
        numbers.insert(tenant, number);
        Ok(number)
    }

    /// Sees to it that bodies of these months have a partition to go to.
    fn partitions(&self, wanted: &BTreeSet<i32>) -> Result<(), StoreError> {
        let known = |months: &BTreeSet<i32>| wanted.difference(months).copied().collect::<BTreeSet<i32>>();
        let missing = known(&self.months.lock().unwrap_or_else(PoisonError::into_inner));
        if !missing.is_empty() {
            self.call(async |conn| tables::partitions(conn, &missing).await)?;
            self.months.lock().unwrap_or_else(PoisonError::into_inner).extend(missing);
        }
        Ok(())
    }
}

/// A number that the database keeps signed and that is never below zero.
fn unsigned(row: &Row, column: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(column)).unwrap_or(0)
}

fn bytes<const N: usize>(what: &str, bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Broken(format!("{what} has `{}` bytes, expected `{N}`", bytes.len())))
}

fn stream_id(row: &Row, column: usize) -> Result<StreamId, StoreError> {
    bytes("a stream's id", row.get(column)).map(StreamId::new)
}

fn tenant_id(row: &Row, column: usize) -> Result<TenantId, StoreError> {
    bytes("a tenant's id", row.get(column)).map(TenantId::new)
}

fn digest(row: &Row, column: usize) -> Result<Digest, StoreError> {
    bytes("a hash", row.get(column)).map(Digest::new)
}

fn tenant_log(row: &Row) -> TenantLog {
    let number = |column| u32::try_from(row.get::<_, i32>(column)).unwrap_or(0);
    let control_floor = u64::try_from(row.get::<_, i64>(2)).ok();
    let now = Micros(unsigned(row, 4));
    TenantLog { epoch: number(0), format: number(1), control_floor, size: unsigned(row, 3), now }
}

fn stored_event(row: &Row) -> Result<StoredEvent, StoreError> {
    let key = row.get::<_, Option<&[u8]>>(6).map(|key| bytes("a key's id", key).map(StreamId::new)).transpose()?;
    let body =
        row.get::<_, Option<&[u8]>>(9).map(|digest| bytes("a body's digest", digest).map(Digest::new)).transpose()?;
    let sealed = match (key, row.get::<_, Option<i32>>(7), body, row.get::<_, Option<Vec<u8>>>(8)) {
        (Some(key), Some(drop_on), Some(digest), Some(bytes)) => Some(Sealed { key, drop_on, digest, bytes }),
        _ => None,
    };
    let stamp = bytes("a stamp", row.get(10))?;
    let event = NewEvent { at: Micros(unsigned(row, 3)), hash: digest(row, 4)?, stamp, clear: row.get(5), sealed };
    Ok(StoredEvent { leaf: unsigned(row, 0), stream: stream_id(row, 1)?, seq: unsigned(row, 2), event, key, body })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    let (leaf, stream, kind) = (unsigned(row, 0), stream_id(row, 1)?, StreamKind(row.get(2)));
    let (hash, stamp, at) = (digest(row, 4)?, bytes("a stamp", row.get(5))?, Micros(unsigned(row, 6)));
    Ok(Entry { leaf, stream, kind, seq: unsigned(row, 3), at, hash, stamp })
}

fn stream_head(row: &Row) -> Result<StreamHead, StoreError> {
    let stream = stream_id(row, 0)?;
    let hash = bytes(&format!("the hash of stream `{stream}`"), row.get(3)).map(Digest::new)?;
    Ok(StreamHead { stream, kind: StreamKind(row.get(1)), head: unsigned(row, 2), hash })
}

// What is longer was written by no node: it is left where it is, and is not what its hash says.
const _: () = assert!(crate::EVENT_BYTES_MAX == 262_144, "the statements below say so");

macro_rules! events {
    ($where:literal) => {
        concat!(
            "SELECT e.leaf, e.stream, e.seq, e.at, substring(e.hash FOR 33),
             CASE WHEN octet_length(e.clear) <= 262144 THEN e.clear ELSE ''::bytea END, e.data_key, e.drop_on,
             CASE WHEN octet_length(b.sealed) <= 262144 THEN b.sealed END,
             substring(e.body FOR 33), substring(e.stamp FOR 33) FROM event e ",
            "LEFT JOIN body b ON b.drop_on = e.drop_on AND b.tenant = e.tenant AND b.leaf = e.leaf WHERE ",
            $where
        )
    };
}

/// The store's time, in SQL.
macro_rules! now {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1e6)::bigint"
    };
}

impl Ledger for PostgresStore {
    fn open_tenant(&self, tenant: TenantId, name: &str) -> Result<TenantLog, StoreError> {
        bounds::name("the name of a tenant", name)?;
        let uuid = tenant.bytes().as_slice();
        // One statement, so that no tenant is without its row; nothing happens when either is taken.
        const MAKE: &str = concat!(
            "WITH made AS (INSERT INTO tenant (uuid, name, made) VALUES ($1, $2, ",
            now!(),
            ") ON CONFLICT DO NOTHING RETURNING tenant)
             INSERT INTO tenant_log (tenant, epoch, format, control_floor, size) SELECT tenant, $3, $4, -1, 0 FROM made"
        );
        let first = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        let (epoch, format) = (first(bounds::EPOCH_FIRST), first(bounds::FORMAT_FIRST));
        self.write(CALL_MS_MAX, MAKE, &[&uuid, &name, &epoch, &format])?;
        for row in self.rows("SELECT uuid, name FROM tenant WHERE uuid = $1 OR name = $2", &[&uuid, &name])? {
            let (id, its): (TenantId, &str) = (tenant_id(&row, 0)?, row.get(1));
            if (id, its) != (tenant, name) {
                return Err(bounds::other_tenant(name, id, its));
            }
        }
        self.log(tenant)
    }

    fn tenants(&self) -> Result<Vec<(TenantId, String)>, StoreError> {
        let rows = self.rows("SELECT uuid, name FROM tenant ORDER BY name", &[])?;
        rows.iter().map(|row| Ok((tenant_id(row, 0)?, row.get(1)))).collect()
    }

    fn append(&self, append: &Append) -> Result<Appended, StoreError> {
        bounds::append(append)?;
        let tenant = self.number(append.tenant)?;
        self.partitions(&append::months(append))?;
        // It has limits of its own, before and after the moment from which on nobody knows.
        self.block(u64::from(u32::MAX), self.pool.run(async |conn| append::append(conn, tenant, append).await))
    }

    fn raise_epoch(&self, tenant: TenantId, epoch: u32) -> Result<(), StoreError> {
        bounds::epoch(epoch)?;
        let sql = "UPDATE tenant_log SET epoch = greatest(epoch, $2) WHERE tenant = $1";
        let (tenant, epoch) = (self.number(tenant)?, i32::try_from(epoch).unwrap_or(i32::MAX));
        self.write(CALL_MS_MAX, sql, &[&tenant, &epoch]).map(drop)
    }

    fn log(&self, tenant: TenantId) -> Result<TenantLog, StoreError> {
        const SQL: &str = concat!(
            "SELECT epoch, format, control_floor, size, ",
            now!(),
            ", current_setting('fsync') = 'on' AND current_setting('synchronous_commit') IN ('on', 'remote_apply')
              AND (NOT $2 OR current_setting('synchronous_standby_names') <> '')
            FROM tenant_log WHERE tenant = (SELECT tenant FROM tenant WHERE uuid = $1)"
        );
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.bytes().as_slice(), &self.pool.replicas()];
        let row = self.row(SQL, &params)?.ok_or(StoreError::NoTenant)?;
        // Asked again and again, since it may be turned off while nodes run.
        if !row.get::<_, bool>(5) {
            self.call(async |conn| tables::still_checked(conn).await)?;
        }
        Ok(tenant_log(&row))
    }

    fn stream(
        &self,
        tenant: TenantId,
        stream: StreamId,
        from_seq: u64,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (from, most) = (bounds::clamped(from_seq), bounds::rows(most));
        let sql = events!("e.tenant = $1 AND e.stream = $2 AND e.seq >= $3 ORDER BY e.seq LIMIT $4");
        let rows = self.rows(sql, &[&self.number(tenant)?, &stream.bytes().as_slice(), &from, &most])?;
        rows.iter().map(stored_event).collect()
    }

    fn leaves(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let (from, most) = (bounds::clamped(from_leaf), bounds::rows(most));
        let sql = events!("e.tenant = $1 AND e.leaf >= $2 ORDER BY e.leaf LIMIT $3");
        let rows = self.rows(sql, &[&self.number(tenant)?, &from, &most])?;
        rows.iter().map(stored_event).collect()
    }

    fn entries(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
        let (from, most) = (bounds::clamped(from_leaf), bounds::rows(most));
        let sql = "SELECT e.leaf, e.stream, s.kind, e.seq, substring(e.hash FOR 33), substring(e.stamp FOR 33), e.at FROM event e
                   JOIN stream s ON s.tenant = e.tenant AND s.id = e.stream
                   WHERE e.tenant = $1 AND e.leaf >= $2 ORDER BY e.leaf LIMIT $3";
        let rows = self.rows(sql, &[&self.number(tenant)?, &from, &most])?;
        rows.iter().map(entry).collect()
    }

    fn heads(&self, tenant: TenantId, after: Option<StreamId>, most: usize) -> Result<Vec<StreamHead>, StoreError> {
        let after = after.as_ref().map_or(&[][..], |id| id.bytes());
        let sql = "SELECT id, kind, head, hash FROM stream WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = self.rows(sql, &[&self.number(tenant)?, &after, &bounds::rows(most)])?;
        rows.iter().map(stream_head).collect()
    }

    fn head(&self, tenant: TenantId, stream: StreamId) -> Result<Option<StreamHead>, StoreError> {
        let sql = "SELECT id, kind, head, hash FROM stream WHERE tenant = $1 AND id = $2";
        let row = self.row(sql, &[&self.number(tenant)?, &stream.bytes().as_slice()])?;
        row.as_ref().map(stream_head).transpose()
    }

    fn due(&self, now: Micros, most: usize) -> Result<Vec<(TenantId, StreamId)>, StoreError> {
        let sql = "SELECT t.uuid, s.id FROM stream s JOIN tenant t ON t.tenant = s.tenant
                   WHERE s.wake IS NOT NULL AND s.wake <= $1 ORDER BY s.wake LIMIT $2";
        let rows = self.rows(sql, &[&bounds::clamped(now.0), &bounds::rows(most)])?;
        rows.iter().map(|row| Ok((tenant_id(row, 0)?, stream_id(row, 1)?))).collect()
    }

    fn blob(&self, tenant: TenantId, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM blob WHERE tenant = $1 AND digest = $2 AND octet_length(bytes)::bigint <= $3";
        let most = bounds::bytes(bounds::BLOB_BYTES_MAX);
        let row = self.row(sql, &[&self.number(tenant)?, &digest.bytes().as_slice(), &most])?;
        Ok(row.map(|row| row.get(0)))
    }

    fn once(&self, tenant: TenantId, kind: i32, id: Digest, until: Micros) -> Result<bool, StoreError> {
        let until = bounds::number("the end of an id", until.0)?;
        let tenant = self.number(tenant)?;
        const FORGET: &str = concat!(
            "DELETE FROM once WHERE (tenant, kind, id) IN (SELECT tenant, kind, id FROM once WHERE until < ",
            now!(),
            " LIMIT $1 FOR UPDATE SKIP LOCKED)"
        );
        self.write(CALL_MS_MAX, FORGET, &[&FORGOTTEN_PER_CALL_MAX])?;
        // What is past already could not be remembered, so it is not given out.
        const TAKE: &str = concat!(
            "INSERT INTO once AS o (tenant, kind, id, until) SELECT $1, $2, $3, $4 WHERE $4 >= ",
            now!(),
            " ON CONFLICT (tenant, kind, id) DO UPDATE SET until = excluded.until WHERE o.until < ",
            now!()
        );
        let taken = self.write(CALL_MS_MAX, TAKE, &[&tenant, &kind, &id.bytes().as_slice(), &until])?;
        Ok(taken == 1)
    }
}

#[cfg(test)]
mod tests;
