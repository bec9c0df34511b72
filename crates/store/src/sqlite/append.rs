//! What changes the log: the append, the first row of a tenant, ids that are used once.

use super::{LOG, fail, tenant_log};
use crate::{Advance, Append, Appended, Group, Stood, StoreError, TenantLog, bounds};
use bailiwick_core::{Digest, Micros, TenantId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

/// Ids past their end that one call forgets at most.
const FORGOTTEN_PER_CALL_MAX: usize = 64;

pub(super) fn open_tenant(
    connection: &Connection,
    now: Micros,
    tenant: TenantId,
    name: &str,
) -> Result<TenantLog, StoreError> {
    let sql = "SELECT tenant, uuid, name FROM tenant WHERE uuid = ?1 OR name = ?2";
    let mut select = connection.prepare_cached(sql).map_err(fail::of)?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, TenantId::new(row.get(1)?), row.get::<_, String>(2)?));
    let found = select.query_map(params![tenant.bytes(), name], row).map_err(fail::of)?;
    let found: Vec<(i64, TenantId, String)> = found.collect::<Result<_, _>>().map_err(fail::of)?;
    if let Some((_, other, other_name)) = found.iter().find(|(_, id, its)| (*id, its.as_str()) != (tenant, name)) {
        return Err(bounds::other_tenant(name, *other, other_name));
    }
    let number = match found.first() {
        Some((number, ..)) => *number,
        None => make_tenant(connection, now, tenant, name).map_err(fail::of)?,
    };
    connection.query_row(LOG, [number], |row| tenant_log(row, now)).map_err(fail::of)
}

fn make_tenant(connection: &Connection, now: Micros, tenant: TenantId, name: &str) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO tenant (uuid, name, made) VALUES (?1, ?2, ?3)";
    connection.execute(sql, params![tenant.bytes(), name, bounds::clamped(now.0)])?;
    let number = connection.last_insert_rowid();
    let sql = "INSERT INTO tenant_log (tenant, epoch, format, control_floor, size) VALUES (?1, ?2, ?3, -1, 0)";
    connection.execute(sql, params![number, bounds::EPOCH_FIRST, bounds::FORMAT_FIRST])?;
    Ok(number)
}

/// About the bytes that an append writes.
pub(super) fn weight(append: &Append) -> usize {
    const OF_EACH_EVENT: usize = 300;
    let events = append.groups.iter().flat_map(|group| &group.streams).flat_map(|advance| &advance.events);
    let events =
        events.map(|e| OF_EACH_EVENT + e.clear.len() + e.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len()));
    let blobs = append.groups.iter().flat_map(|group| &group.blobs).map(|blob| blob.bytes.len());
    events.sum::<usize>() + blobs.sum::<usize>()
}

pub(super) fn append(
    connection: &Connection,
    now: Micros,
    tenant: i64,
    append: &Append,
) -> Result<Appended, StoreError> {
    let log = connection.prepare_cached(LOG).map_err(fail::of)?.query_row([tenant], |row| tenant_log(row, now));
    let log = log.map_err(fail::of)?;
    if (log.epoch, log.format) != (append.epoch, append.format) || log.control_floor > append.decided_under {
        return Err(StoreError::Stale);
    }
    let first = bounds::number("the size of the log", log.size)?;
    let mut pen = Pen::new(connection, tenant, first).map_err(fail::of)?;
    let groups = append.groups.iter().map(|group| pen.group(group)).collect::<rusqlite::Result<Vec<_>>>();
    let groups = groups.map_err(fail::of)?;
    let grown = pen.leaf;
    drop(pen);
    if grown > first {
        let floor = log.control_floor.map_or(-1, bounds::clamped);
        let floor = if append.narrows { grown - 1 } else { floor };
        let sql = "UPDATE tenant_log SET size = ?2, control_floor = ?3 WHERE tenant = ?1";
        let update = connection.prepare_cached(sql).and_then(|mut update| update.execute([tenant, grown, floor]));
        update.map_err(fail::of)?;
    }
    Ok(Appended { groups, now })
}

/// Writes groups; its statements are looked up once for a whole append.
struct Pen<'c> {
    connection: &'c Connection,
    tenant: i64,
    /// The leaf that is written next.
    leaf: i64,
    head: CachedStatement<'c>,
    moved: CachedStatement<'c>,
    event: CachedStatement<'c>,
    body: CachedStatement<'c>,
}

impl<'c> Pen<'c> {
    fn new(connection: &'c Connection, tenant: i64, leaf: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            tenant,
            leaf,
            head: connection.prepare_cached("SELECT head FROM stream WHERE tenant = ?1 AND id = ?2")?,
            moved: connection.prepare_cached(
                "INSERT INTO stream (tenant, id, kind, head, hash, wake) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (tenant, id) DO UPDATE SET head = excluded.head, hash = excluded.hash, wake = excluded.wake",
            )?,
            event: connection.prepare_cached(
                "INSERT INTO event (tenant, leaf, stream, seq, at, hash, clear, data_key, drop_on)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            body: connection
                .prepare_cached("INSERT INTO body (drop_on, tenant, leaf, sealed) VALUES (?1, ?2, ?3, ?4)")?,
        })
    }

    /// Looks at all of a group before it writes any of it.
    fn group(&mut self, group: &Group) -> rusqlite::Result<Stood> {
        if !self.fits(group)? {
            return Ok(Stood::Conflict);
        }
        let first_leaf = u64::try_from(self.leaf).unwrap_or(0);
        group.streams.iter().try_for_each(|advance| self.advance(advance))?;
        self.keys_and_blobs(group)?;
        Ok(Stood::At { first_leaf })
    }

    fn fits(&mut self, group: &Group) -> rusqlite::Result<bool> {
        for advance in &group.streams {
            let key = params![self.tenant, advance.stream.bytes()];
            let head: Option<i64> = self.head.query_row(key, |row| row.get(0)).optional()?;
            if head.unwrap_or(0) != bounds::clamped(advance.expect) {
                return Ok(false);
            }
        }
        if group.keys.is_empty() {
            return Ok(true);
        }
        let mut exists = self.connection.prepare_cached("SELECT 1 FROM data_key WHERE tenant = ?1 AND id = ?2")?;
        for key in &group.keys {
            if exists.exists(params![self.tenant, key.id.bytes()])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn advance(&mut self, advance: &Advance) -> rusqlite::Result<()> {
        let Some(last) = advance.events.last() else { return Ok(()) };
        let id = advance.stream.bytes();
        let mut seq = bounds::clamped(advance.expect);
        for event in &advance.events {
            seq += 1;
            let at = bounds::clamped(event.at.0);
            let (key, drop_on) = event.sealed.as_ref().map(|sealed| (sealed.key.bytes(), sealed.drop_on)).unzip();
            let row = params![self.tenant, self.leaf, id, seq, at, event.hash.bytes(), event.clear, key, drop_on];
            self.event.execute(row)?;
            if let Some(sealed) = &event.sealed {
                self.body.execute(params![sealed.drop_on, self.tenant, self.leaf, sealed.bytes])?;
            }
            self.leaf += 1;
        }
        let wake = advance.wake.map(|wake| bounds::clamped(wake.0));
        self.moved.execute(params![self.tenant, id, advance.kind.0, seq, last.hash.bytes(), wake])?;
        Ok(())
    }

    fn keys_and_blobs(&self, group: &Group) -> rusqlite::Result<()> {
        for key in &group.keys {
            let sql = "INSERT INTO data_key (tenant, id, kek, wrapped, drop_on) VALUES (?1, ?2, ?3, ?4, ?5)";
            let row = params![self.tenant, key.id.bytes(), key.kek, key.wrapped, key.drop_on];
            self.connection.prepare_cached(sql)?.execute(row)?;
        }
        for blob in &group.blobs {
            let sql = "INSERT INTO blob (tenant, digest, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            self.connection.prepare_cached(sql)?.execute(params![self.tenant, blob.digest.bytes(), blob.bytes])?;
        }
        Ok(())
    }
}

pub(super) fn once(
    connection: &Connection,
    now: i64,
    tenant: i64,
    kind: i32,
    id: Digest,
    until: i64,
) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM once WHERE rowid IN (SELECT rowid FROM once WHERE until < ?1 LIMIT ?2)";
    connection.prepare_cached(sql)?.execute(params![now, bounds::rows(FORGOTTEN_PER_CALL_MAX)])?;
    // What is past already could not be remembered, so it is not given out.
    if until < now {
        return Ok(false);
    }
    let sql = "INSERT INTO once (tenant, kind, id, until) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (tenant, kind, id) DO UPDATE SET until = excluded.until WHERE once.until < ?5";
    let taken = connection.prepare_cached(sql)?.execute(params![tenant, kind, id.bytes(), until, now])?;
    Ok(taken == 1)
}
