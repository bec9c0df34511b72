//! The append: two statements in one transaction, sent in one go and answered in one round trip.

use super::{fail, pool::Conn, tables};
use crate::{Append, Appended, Group, NewEvent, Stood, StoreError, bounds};
use bailiwick_core::Micros;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;
use tokio_postgres::{Error, Row, Statement, types::ToSql};

const LOCK: &str = include_str!("lock.sql");
const APPEND: &str = include_str!("append.sql");
/// How long an answer is waited for, once the append is on its way.
const ANSWER_MS_MAX: u64 = 5_000;

type Param<'a> = &'a (dyn ToSql + Sync);

/// The append as columns, one vector for each parameter of `append.sql`.
#[derive(Default)]
struct Columns<'a> {
    streams: Streams<'a>,
    events: Events<'a>,
    keys: Keys<'a>,
    blobs: Blobs<'a>,
}

#[derive(Default)]
struct Streams<'a> {
    id: Vec<&'a [u8]>,
    group: Vec<i32>,
    kind: Vec<i32>,
    expect: Vec<i64>,
    next: Vec<i64>,
    hash: Vec<&'a [u8]>,
    wake: Vec<Option<i64>>,
}

#[derive(Default)]
struct Events<'a> {
    stream: Vec<&'a [u8]>,
    seq: Vec<i64>,
    at: Vec<i64>,
    hash: Vec<&'a [u8]>,
    stamp: Vec<&'a [u8]>,
    clear: Vec<&'a [u8]>,
    key: Vec<Option<&'a [u8]>>,
    drop_on: Vec<Option<i32>>,
    body: Vec<Option<&'a [u8]>>,
    sealed: Vec<Option<&'a [u8]>>,
}

#[derive(Default)]
struct Keys<'a> {
    group: Vec<i32>,
    id: Vec<&'a [u8]>,
    kek: Vec<i32>,
    wrapped: Vec<&'a [u8]>,
    drop_on: Vec<i32>,
}

#[derive(Default)]
struct Blobs<'a> {
    group: Vec<i32>,
    digest: Vec<&'a [u8]>,
    bytes: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(append: &'a Append) -> Self {
        let mut columns = Self::default();
        for (number, group) in (0..).zip(&append.groups) {
            columns.group(number, group);
        }
        columns
    }

    fn group(&mut self, number: i32, group: &'a Group) {
        for advance in &group.streams {
            let Some(last) = advance.events.last() else { continue };
            let expect = bounds::clamped(advance.expect);
            let mut seq = expect;
            for event in &advance.events {
                seq += 1;
                self.event(advance.stream.bytes(), seq, event);
            }
            let streams = &mut self.streams;
            streams.id.push(advance.stream.bytes());
            streams.group.push(number);
            streams.kind.push(advance.kind.0);
            streams.expect.push(expect);
            streams.next.push(seq);
            streams.hash.push(last.hash.bytes());
            streams.wake.push(advance.wake.map(|wake| bounds::clamped(wake.0)));
        }
        for key in &group.keys {
            self.keys.group.push(number);
            self.keys.id.push(key.id.bytes());
            self.keys.kek.push(key.kek);
            self.keys.wrapped.push(&key.wrapped);
            self.keys.drop_on.push(key.drop_on);
        }
        for blob in &group.blobs {
            self.blobs.group.push(number);
            self.blobs.digest.push(blob.digest.bytes());
            self.blobs.bytes.push(&blob.bytes);
        }
    }

    fn event(&mut self, stream: &'a [u8], seq: i64, event: &'a NewEvent) {
        let events = &mut self.events;
        let sealed = event.sealed.as_ref();
        events.stream.push(stream);
        events.seq.push(seq);
        events.at.push(bounds::clamped(event.at.0));
        events.hash.push(event.hash.bytes());
        events.stamp.push(&event.stamp);
        events.clear.push(&event.clear);
        events.key.push(sealed.map(|sealed| sealed.key.bytes().as_slice()));
        events.drop_on.push(sealed.map(|sealed| sealed.drop_on));
        events.body.push(sealed.map(|sealed| sealed.digest.bytes().as_slice()));
        events.sealed.push(sealed.map(|sealed| sealed.bytes.as_slice()));
    }
}

/// The months that the append's bodies are dropped in.
pub(super) fn months(append: &Append) -> BTreeSet<i32> {
    let events = append.groups.iter().flat_map(|group| &group.streams).flat_map(|advance| &advance.events);
    events.filter_map(|event| event.sealed.as_ref()).map(|sealed| sealed.drop_on).collect()
}

pub(super) async fn append(conn: &Conn, tenant: i64, append: &Append) -> Result<Appended, StoreError> {
    let (lock, put) = (conn.statement(LOCK).await?, conn.statement(APPEND).await?);
    if conn.client.is_closed() {
        return Err(StoreError::Unavailable("the connection was lost before the append was sent".into()));
    }
    // From here on COMMIT may be on its way: without an answer nobody knows. The connection is thrown away then.
    let answer = timeout(Duration::from_millis(ANSWER_MS_MAX), sent(conn, tenant, append, &lock, &put)).await;
    let row = answer.map_err(|_| StoreError::Unknown)??;
    if !row.get::<_, bool>(3) {
        // Nothing was written: somebody let the server forget what it confirms, since it was looked at last.
        tables::still_checked(conn).await?;
        return Err(StoreError::Unavailable("the server did not keep what it confirms when it was asked".into()));
    }
    told(append, &row)
}

/// All four are written before the first answer is read. What comes after a failed statement fails too, and COMMIT of a
/// failed transaction rolls it back; so COMMIT need not wait to see.
async fn sent(conn: &Conn, tenant: i64, append: &Append, lock: &Statement, put: &Statement) -> Result<Row, StoreError> {
    let c = Columns::of(append);
    // An epoch that no column can hold is no tenant's.
    let (epoch, format) = (i32::try_from(append.epoch).unwrap_or(-1), i32::try_from(append.format).unwrap_or(-1));
    let seen = append.decided_under.map_or(-1, bounds::clamped);
    let (s, e, k, b) = (&c.streams, &c.events, &c.keys, &c.blobs);
    let who: [Param<'_>; 1] = [&tenant];
    #[rustfmt::skip]
    let what: [Param<'_>; 31] = [
        &tenant, &epoch, &format, &seen, &append.narrows,
        &s.id, &s.group, &s.kind, &s.expect, &s.next, &s.hash, &s.wake,
        &e.stream, &e.seq, &e.at, &e.hash, &e.stamp, &e.clear, &e.key, &e.drop_on, &e.body, &e.sealed,
        &k.group, &k.id, &k.kek, &k.wrapped, &k.drop_on,
        &b.group, &b.digest, &b.bytes, &conn.replicas,
    ];
    conn.unwarned();
    let (begun, locked, put, done) = tokio::join!(
        biased;
        conn.client.batch_execute("BEGIN"),
        conn.client.execute(lock, &who),
        conn.client.query_one(put, &what),
        conn.client.batch_execute("COMMIT"),
    );
    // The first error is the cause. One that the server told of before COMMIT means that nothing was written.
    begun.map_err(undecided)?;
    locked.map_err(undecided)?;
    let row = put.map_err(undecided)?;
    // What COMMIT itself failed at (a server that stops, a replica that is not waited for) may stand.
    done.map_err(|_| StoreError::Unknown)?;
    conn.stands()?;
    Ok(row)
}

fn undecided(error: Error) -> StoreError {
    if error.as_db_error().is_some() { fail::of(&error) } else { StoreError::Unknown }
}

fn told(append: &Append, row: &Row) -> Result<Appended, StoreError> {
    let (first, stood, now): (Option<i64>, Option<Vec<i32>>, i64) = (row.get(0), row.get(1), row.get(2));
    let mut leaf = first.and_then(|leaf| u64::try_from(leaf).ok()).ok_or(StoreError::Stale)?;
    let stood = stood.unwrap_or_default();
    let groups = (0..).zip(&append.groups).map(|(number, group): (i32, _)| {
        if !stood.contains(&number) {
            return Stood::Conflict;
        }
        let first_leaf = leaf;
        leaf += group.streams.iter().map(|advance| advance.events.len() as u64).sum::<u64>();
        Stood::At { first_leaf }
    });
    Ok(Appended { groups: groups.collect(), now: Micros(u64::try_from(now).unwrap_or(0)) })
}
