//! One URL opens one store.

use crate::{MemoryStore, Migrated, PostgresStore, SqliteStore, Store, StoreError, schema, sqlite};
use std::{path::Path, sync::Arc};

pub(crate) enum Url<'a> {
    Memory,
    Sqlite(&'a Path),
    Postgres,
}

pub(crate) fn parse(url: &str) -> Result<Url<'_>, StoreError> {
    if url == "memory:" {
        return Ok(Url::Memory);
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Url::Postgres);
    }
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(Url::Sqlite(Path::new(path))),
        _ => Err(StoreError::NoStore),
    }
}

/// A store's URL as people may see it: without the password.
pub fn shown(url: &str) -> String {
    let hidden = "…";
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let place = match place.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{hidden}@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    };
    let query = query.map(|query| {
        let parts = query.split('&').map(|part| match part.split_once('=') {
            // Names may be written with percent signs; what is not known to be harmless is hidden.
            Some((name, _)) if !QUERY_SHOWN.contains(&name) => format!("{name}={hidden}"),
            _ => part.to_owned(),
        });
        format!("?{}", parts.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{place}{}", query.unwrap_or_default())
}

/// What may be seen of a URL's query.
const QUERY_SHOWN: [&str; 8] =
    ["application_name", "dbname", "host", "port", "replicas", "sslmode", "sslrootcert", "user"];

/// Opens a store: `sqlite:PATH`, `postgres://…`, or `memory:` for tests. Tables are made only where there are none.
///
/// # Errors
/// [`StoreError`] when the URL is no store, it cannot be reached, or its tables are not this program's.
pub fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match parse(url)? {
        Url::Memory => Ok(Arc::new(MemoryStore::running())),
        Url::Sqlite(path) => Ok(Arc::new(SqliteStore::open(path)?)),
        Url::Postgres => Ok(Arc::new(PostgresStore::open(url)?)),
    }
}

/// Brings a store's tables to this program's version. Never done by [`open`].
///
/// # Errors
/// As [`open`]; nothing is changed then.
pub fn migrate(url: &str) -> Result<Migrated, StoreError> {
    match parse(url)? {
        Url::Memory => Ok(schema::PLAN.migrated(schema::Found::Empty)),
        Url::Sqlite(path) => sqlite::migrate(path, &schema::PLAN),
        Url::Postgres => PostgresStore::migrate(url),
    }
}

#[cfg(test)]
mod tests;
