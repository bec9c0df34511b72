//! What is looked at in a database from outside.

use super::{PostgresStore, fail, pool::Conn, tables};
use crate::{
    Finding, Inspected, StoreError,
    schema::{Found, PLAN},
};

impl PostgresStore {
    pub(crate) fn inspect(url: &str) -> Inspected {
        let without = |error: &StoreError| Inspected { findings: vec![Finding::of("store", error)], tables: false };
        let store = match Self::connected(url) {
            Ok(store) => store,
            Err(error) => return without(&error),
        };
        let found = match store.call(async |conn| tables::found(conn).await) {
            Ok(found) => found,
            // Nothing else can be asked either.
            Err(error) => return without(&error),
        };
        let tables = match PLAN.usable(found) {
            Ok(()) => Finding::well("store", format!("PostgreSQL, tables of version {}", PLAN.version)),
            Err(_) if found == Found::Empty => {
                Finding::well("store", "PostgreSQL, without tables yet: the first node makes them")
            }
            Err(error) => Finding::of("store", &error),
        };
        let checked = store.call(async |conn| tables::checked(conn).await);
        let durability = match checked {
            Ok(()) => {
                Finding::well("durability", "`fsync` and `synchronous_commit` are on: each commit is forced to disk")
            }
            Err(error) => Finding::wrong("durability", error.to_string(), "set it in postgresql.conf and reload"),
        };
        let replicas = store.call(async |conn| replicas(conn).await);
        let replicas = replicas.unwrap_or_else(|error| Finding::of("replicas", &error));
        let findings = vec![tables, durability, replicas];
        Inspected { findings, tables: PLAN.usable(found).is_ok() }
    }
}

/// Whether what is confirmed is on a second machine.
async fn replicas(conn: &Conn) -> Result<Finding, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM pg_stat_replication), current_setting('synchronous_standby_names'),
               current_setting('full_page_writes')";
    let row = conn.client.query_one(sql, &[]).await.map_err(|error| fail::of(&error))?;
    let (senders, names, pages): (i64, &str, &str) = (row.get(0), row.get(1), row.get(2));
    if pages != "on" {
        let words = format!("`full_page_writes = {pages}`: a page may be half written after a power cut");
        return Ok(Finding::wrong("replicas", words, "set `full_page_writes = on`"));
    }
    Ok(Finding::well(
        "replicas",
        match (senders, names.is_empty()) {
            (0, true) => "none: what is confirmed is on one disk".to_owned(),
            (_, true) => format!("{senders} follow, none is waited for: what is confirmed is on one disk for sure"),
            (_, false) => format!("{senders} follow; commits wait for `{names}`"),
        },
    ))
}
