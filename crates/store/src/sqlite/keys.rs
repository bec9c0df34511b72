//! Wrapped keys, and their erasure.

use super::{SqliteStore, checkpoint::Ask, fail, place};
use crate::{Keys, StoreError, WrappedKey, bounds};
use bailiwick_core::{StreamId, TenantId};
use rusqlite::{Connection, OptionalExtension, params};

impl Keys for SqliteStore {
    fn put_tenant_key(&self, tenant: TenantId, version: i32, key: &WrappedKey) -> Result<(), StoreError> {
        bounds::wrapped(&key.bytes)?;
        let tenant = self.number(tenant)?;
        self.write(key.bytes.len(), |connection, _, _| {
            let sql = "INSERT INTO kek (tenant, version, root, wrapped) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            let written = connection.execute(sql, params![tenant, version, key.by, key.bytes]).map_err(fail::of)?;
            if written == 1 { Ok(()) } else { Err(bounds::key_exists(version)) }
        })
    }

    fn tenant_keys(&self, tenant: TenantId) -> Result<Vec<(i32, WrappedKey)>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT version, root, wrapped FROM kek WHERE tenant = ?1 AND octet_length(wrapped) <= ?2 ORDER BY version";
            let most = bounds::bytes(bounds::WRAPPED_KEY_BYTES_MAX);
            let mut select = connection.prepare_cached(sql)?;
            let rows = select
                .query_map([tenant, most], |row| Ok((row.get(0)?, WrappedKey { by: row.get(1)?, bytes: row.get(2)? })))?;
            rows.collect()
        })
    }

    fn rewrap_tenant_key(
        &self,
        tenant: TenantId,
        version: i32,
        from: i32,
        key: &WrappedKey,
    ) -> Result<bool, StoreError> {
        bounds::wrapped(&key.bytes)?;
        let tenant = self.number(tenant)?;
        let written = self.write(key.bytes.len(), |connection, _, _| {
            let sql = "UPDATE kek SET root = ?4, wrapped = ?5 WHERE tenant = ?1 AND version = ?2 AND root = ?3";
            let written = connection.execute(sql, params![tenant, version, from, key.by, key.bytes]);
            Ok(written.map_err(fail::of)? == 1)
        })?;
        // What the older root key opened does not stay in the log of the file.
        self.checkpoints.ask(Ask::All);
        Ok(written)
    }

    fn data_key(&self, tenant: TenantId, id: StreamId) -> Result<Option<WrappedKey>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT kek, wrapped FROM data_key WHERE tenant = ?1 AND id = ?2 AND octet_length(wrapped) <= ?3";
            let mut select = connection.prepare_cached(sql)?;
            let key = params![tenant, id.bytes(), bounds::bytes(bounds::WRAPPED_KEY_BYTES_MAX)];
            select.query_row(key, |row| Ok(WrappedKey { by: row.get(0)?, bytes: row.get(1)? })).optional()
        })
    }

    fn erase(&self, tenant: TenantId, id: StreamId) -> Result<bool, StoreError> {
        let tenant = self.number(tenant)?;
        let erased = self.write(0, |connection, _, _| erase(connection, tenant, id).map_err(fail::of))?;
        // Deleted bytes are overwritten in the file; the log that still holds them is emptied now.
        self.checkpoints.ask(Ask::All);
        Ok(erased)
    }

    fn rewrap(&self, tenant: TenantId, id: StreamId, from: i32, key: &WrappedKey) -> Result<bool, StoreError> {
        bounds::wrapped(&key.bytes)?;
        let tenant = self.number(tenant)?;
        self.write(key.bytes.len(), |connection, _, _| {
            let sql = "UPDATE data_key SET kek = ?4, wrapped = ?5 WHERE tenant = ?1 AND id = ?2 AND kek = ?3";
            let mut update = connection.prepare_cached(sql).map_err(fail::of)?;
            let written = update.execute(params![tenant, id.bytes(), from, key.by, key.bytes]).map_err(fail::of)?;
            Ok(written == 1)
        })
    }
}

/// Bodies go with their key in one transaction: first those of the stream of that name, then a person's.
fn erase(connection: &Connection, tenant: i64, id: StreamId) -> rusqlite::Result<bool> {
    let of_stream = "WITH RECURSIVE chain (place, back, own) AS (
                         SELECT e.place, e.back, e.data_key IS NULL FROM stream s CROSS JOIN event e ON e.place = ?3 + s.last
                         WHERE s.tenant = ?1 AND s.id = ?2
                         UNION ALL SELECT e.place, e.back, e.data_key IS NULL
                         FROM chain c CROSS JOIN event e ON e.place = c.place - c.back WHERE c.back > 0)
                     DELETE FROM body WHERE place IN (SELECT place FROM chain WHERE own)";
    connection.execute(of_stream, params![tenant, id.bytes(), place::first(tenant)])?;
    let of_person = "DELETE FROM body WHERE place IN (SELECT place FROM event INDEXED BY event_person
                     WHERE data_key = ?1 AND data_key IS NOT NULL AND place BETWEEN ?2 AND ?3)";
    connection.execute(of_person, params![id.bytes(), place::first(tenant), place::last(tenant)])?;
    let sql = "DELETE FROM data_key WHERE tenant = ?1 AND id = ?2";
    Ok(connection.execute(sql, params![tenant, id.bytes()])? == 1)
}
