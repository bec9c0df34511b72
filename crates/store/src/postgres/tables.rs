//! The server and its tables: what must hold before the first append, and the partitions that bodies go into.

use super::{fail, pool::Conn};
use crate::{StoreError, schema::Found, schema::Plan};
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("schema.sql");
/// The oldest server that the append was tried on.
const SERVER_VERSION_MIN: i32 = 140_000;
/// Two nodes that start at once make tables one after another: "BWK" as a number. Whoever makes them may take longer than an
/// append may wait.
const MAKING_LOCK: &str = "SET LOCAL lock_timeout = '8s'; SELECT pg_advisory_xact_lock(4347723)";
/// The longest retention that can be written, in months.
const MONTHS_AHEAD_MAX: i32 = 120;
/// What stays until it is erased goes here.
pub(super) const UNTIL_ERASED: i32 = 0;

fn broken<T>(why: String) -> Result<T, StoreError> {
    Err(StoreError::Broken(why))
}

/// A server that may forget what it has confirmed is refused.
pub(super) async fn checked(conn: &Conn) -> Result<(), StoreError> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('synchronous_commit'),
               current_setting('synchronous_standby_names')";
    let row = conn.client.query_one(sql, &[]).await.map_err(|error| fail::of(&error))?;
    let (version, fsync, commit, replicas): (i32, &str, &str, &str) = (row.get(0), row.get(1), row.get(2), row.get(3));
    if version < SERVER_VERSION_MIN {
        return broken(format!("the server's version is `{}`, `14` or later is needed", version / 10_000));
    }
    if fsync != "on" {
        return broken(format!("the server has `fsync = {fsync}`, it must be `on`"));
    }
    if !matches!(commit, "on" | "remote_apply") {
        return broken(format!("the server has `synchronous_commit = {commit}`, it must be `on`"));
    }
    if conn.replicas && replicas.is_empty() {
        return broken(
            "its URL says `replicas=sync`, and the server's `synchronous_standby_names` is empty".to_owned(),
        );
    }
    Ok(())
}

/// The same of a server in use. It may be set right at any time, and then all goes on: it is no broken store.
pub(super) async fn still_checked(conn: &Conn) -> Result<(), StoreError> {
    checked(conn).await.map_err(|error| match error {
        StoreError::Broken(why) => StoreError::Refused(why),
        other => other,
    })
}

pub(super) async fn found(conn: &Conn) -> Result<Found, StoreError> {
    // Read from the catalogue itself: `to_regclass` may answer from before another node made the tables.
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
               AND relname IN ('store', 'tenant_log')";
    match conn.client.query(sql, &[]).await.map_err(|error| fail::of(&error))?.len() {
        0 => return Ok(Found::Empty),
        1 => return Ok(Found::Foreign),
        _ => {}
    }
    let row = conn.client.query_opt("SELECT tables FROM store", &[]).await.map_err(|error| fail::of(&error))?;
    Ok(row.map_or(Found::Foreign, |row| Found::Version(row.get(0))))
}

/// Makes the tables where there are none; answers what was found before. Tables that are there are left as they are.
pub(super) async fn made(conn: &Conn, plan: &Plan) -> Result<Found, StoreError> {
    let before = found(conn).await?;
    if before == Found::Empty {
        conn.transaction(async |conn| {
            conn.client.batch_execute(MAKING_LOCK).await.map_err(|error| fail::of(&error))?;
            if found(conn).await? == Found::Empty {
                let row = "INSERT INTO store VALUES (1, $1, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint)";
                conn.client.batch_execute(SCHEMA).await.map_err(|error| fail::of(&error))?;
                conn.client.execute(row, &[&plan.version]).await.map_err(|error| fail::of(&error))?;
            }
            Ok(())
        })
        .await?;
    }
    plan.usable(found(conn).await?)?;
    Ok(before)
}

/// Brings the tables to the plan's version, all steps or none; answers what was found before.
pub(super) async fn migrated(conn: &Conn, plan: &Plan) -> Result<Found, StoreError> {
    if found(conn).await? == Found::Empty {
        return made(conn, plan).await;
    }
    conn.transaction(async |conn| {
        conn.client.batch_execute(MAKING_LOCK).await.map_err(|error| fail::of(&error))?;
        let before = found(conn).await?;
        for step in plan.steps_from(before)? {
            conn.client.batch_execute(step.postgres).await.map_err(|error| fail::of(&error))?;
            let stands = conn.client.execute("UPDATE store SET tables = $1", &[&step.to]).await;
            stands.map_err(|error| fail::of(&error))?;
        }
        Ok(before)
    })
    .await
}

/// Makes those partitions of `body` that are missing. A month that has begun to be past is gone for good: what would be
/// dropped at once is refused, not stored.
pub(super) async fn partitions(conn: &Conn, wanted: &BTreeSet<i32>) -> Result<(), StoreError> {
    let sql = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::int,
               to_char(now() AT TIME ZONE 'UTC' + make_interval(months => $1), 'YYYYMM')::int";
    let row = conn.client.query_one(sql, &[&MONTHS_AHEAD_MAX]).await.map_err(|error| fail::of(&error))?;
    let (this, last): (i32, i32) = (row.get(0), row.get(1));
    for drop_on in wanted {
        if *drop_on != UNTIL_ERASED && !(this..=last).contains(drop_on) {
            let why = format!("a body is to be dropped in `{drop_on}`, months from `{this}` to `{last}` are taken");
            return Err(StoreError::Refused(why));
        }
        // Another node may make the same one at the same moment: the lock lets one after the other look.
        conn.transaction(async |conn| {
            let sql = format!(
                "{MAKING_LOCK}; CREATE TABLE IF NOT EXISTS body_{drop_on} PARTITION OF body FOR VALUES IN ({drop_on})"
            );
            conn.client.batch_execute(&sql).await.map_err(|error| fail::of(&error))
        })
        .await?;
    }
    Ok(())
}
