//! What changes the log: the append, the first row of a tenant, ids that are used once.

use super::{
    LOG, fail,
    heads::{Heads, Known},
    place, tenant_log,
};
use crate::{Advance, Append, Appended, EVENTS_PER_APPEND_MAX, Group, Stood, StoreError, TenantLog, bounds};
use bailiwick_core::{Digest, Micros, TenantId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

/// Events of a stream from one mark to the next.
const EVENTS_PER_MARK: i64 = 64;
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
    heads: &mut Heads,
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
    place::checked(tenant, first.saturating_add(bounds::rows(EVENTS_PER_APPEND_MAX)))?;
    let mut pen = Pen::new(connection, heads, tenant, first).map_err(fail::of)?;
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
    heads: &'c mut Heads,
    tenant: i64,
    /// The leaf that is written next.
    leaf: i64,
    /// The streams of the group at hand as they are in the file; `None` for new ones.
    found: Vec<Option<Known>>,
    look: CachedStatement<'c>,
    made: CachedStatement<'c>,
    moved: CachedStatement<'c>,
    woken: CachedStatement<'c>,
    event: CachedStatement<'c>,
    mark: CachedStatement<'c>,
    body: CachedStatement<'c>,
}

impl<'c> Pen<'c> {
    fn new(connection: &'c Connection, heads: &'c mut Heads, tenant: i64, leaf: i64) -> rusqlite::Result<Self> {
        let statement = |sql| connection.prepare_cached(sql);
        Ok(Self {
            connection,
            heads,
            tenant,
            leaf,
            found: Vec::new(),
            look: statement("SELECT stream, head, last, wake FROM stream WHERE tenant = ?1 AND id = ?2")?,
            made: statement(
                "INSERT INTO stream (tenant, id, kind, head, last, hash, wake) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
            moved: statement("UPDATE stream SET head = ?3, last = ?4, hash = ?5 WHERE stream = ?1 AND head = ?2")?,
            // Only a wake that changes touches its index.
            woken: statement(
                "UPDATE stream SET head = ?3, last = ?4, hash = ?5, wake = ?6 WHERE stream = ?1 AND head = ?2",
            )?,
            event: statement(
                "INSERT INTO event (place, stream, seq, back, at, hash, stamp, drop_on, data_key, body, clear)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?,
            mark: statement("INSERT INTO mark (stream, seq, place) VALUES (?1, ?2, ?3)")?,
            body: statement("INSERT INTO body (place, sealed) VALUES (?1, ?2)")?,
        })
    }

    /// Looks at all of a group before it writes any of it.
    fn group(&mut self, group: &Group) -> rusqlite::Result<Stood> {
        if !self.fits(group)? {
            return Ok(Stood::Conflict);
        }
        let first_leaf = u64::try_from(self.leaf).unwrap_or(0);
        let found = std::mem::take(&mut self.found);
        group.streams.iter().zip(&found).try_for_each(|(advance, found)| self.advance(advance, *found))?;
        self.found = found;
        self.keys_and_blobs(group)?;
        Ok(Stood::At { first_leaf })
    }

    fn fits(&mut self, group: &Group) -> rusqlite::Result<bool> {
        self.found.clear();
        for advance in &group.streams {
            let found = match self.heads.get(self.tenant, advance.stream) {
                Some(known) => Some(known),
                None => self.look(advance)?,
            };
            if found.map_or(0, |known| known.head) != bounds::clamped(advance.expect) {
                return Ok(false);
            }
            self.found.push(found);
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

    fn look(&mut self, advance: &Advance) -> rusqlite::Result<Option<Known>> {
        let known =
            |row: &Row<'_>| Ok(Known { number: row.get(0)?, head: row.get(1)?, last: row.get(2)?, wake: row.get(3)? });
        self.look.query_row(params![self.tenant, advance.stream.bytes()], known).optional()
    }

    fn advance(&mut self, advance: &Advance, found: Option<Known>) -> rusqlite::Result<()> {
        let Some(newest) = advance.events.last() else { return Ok(()) };
        let expect = bounds::clamped(advance.expect);
        let count = bounds::rows(advance.events.len());
        let (head, last) = (expect.saturating_add(count), self.leaf.saturating_add(count) - 1);
        let wake = advance.wake.map(|wake| bounds::clamped(wake.0));
        let hash = newest.hash.bytes();
        let number = match found {
            None => self.made.insert(params![
                self.tenant,
                advance.stream.bytes(),
                advance.kind.0,
                head,
                last,
                hash,
                wake
            ])?,
            Some(known) => {
                let moved = match known.wake == wake {
                    true => self.moved.execute(params![known.number, expect, head, last, hash])?,
                    false => self.woken.execute(params![known.number, expect, head, last, hash, wake])?,
                };
                // What is remembered was not there: another program has written to the file.
                if moved != 1 {
                    return Err(rusqlite::Error::StatementChangedRows(moved));
                }
                known.number
            }
        };
        self.heads.moved(self.tenant, advance.stream, Known { number, head, last, wake });
        let mut before = found.map(|known| known.last);
        for (seq, event) in (expect + 1..).zip(&advance.events) {
            let at = bounds::clamped(event.at.0);
            let place = place::first(self.tenant) + self.leaf;
            let drop_on = event.sealed.as_ref().map(|sealed| sealed.drop_on);
            let key = event.sealed.as_ref().map(|sealed| sealed.key).filter(|key| *key != advance.stream);
            let key = key.as_ref().map(|key| key.bytes());
            let back = before.map_or(0, |before| self.leaf - before);
            let hash = event.hash.bytes();
            let body = event.sealed.as_ref().map(|sealed| sealed.digest.bytes());
            let row = params![place, number, seq, back, at, hash, event.stamp, drop_on, key, body, event.clear];
            self.event.execute(row)?;
            if seq % EVENTS_PER_MARK == 0 {
                self.mark.execute(params![number, seq, place])?;
            }
            if let Some(sealed) = &event.sealed {
                self.body.execute(params![place, sealed.bytes])?;
            }
            before = Some(self.leaf);
            self.leaf += 1;
        }
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
