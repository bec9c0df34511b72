//! Wrapped keys, and their erasure.

use super::{CALL_MS_MAX, ERASE_MS_MAX, PostgresStore, fail};
use crate::{Keys, StoreError, WrappedKey, bounds};
use bailiwick_core::{StreamId, TenantId};
use std::time::Duration;
use tokio::time::timeout;

impl Keys for PostgresStore {
    fn put_tenant_key(&self, tenant: TenantId, version: i32, key: &WrappedKey) -> Result<(), StoreError> {
        bounds::wrapped(&key.bytes)?;
        let sql = "INSERT INTO kek (tenant, version, root, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let written = self.write(CALL_MS_MAX, sql, &[&self.number(tenant)?, &version, &key.by, &key.bytes])?;
        if written == 1 { Ok(()) } else { Err(bounds::key_exists(version)) }
    }

    fn tenant_keys(&self, tenant: TenantId) -> Result<Vec<(i32, WrappedKey)>, StoreError> {
        let sql = "SELECT version, root, wrapped FROM kek WHERE tenant = $1 AND octet_length(wrapped)::bigint <= $2
                   ORDER BY version";
        let rows = self.rows(sql, &[&self.number(tenant)?, &bounds::bytes(bounds::WRAPPED_KEY_BYTES_MAX)])?;
        Ok(rows.iter().map(|row| (row.get(0), WrappedKey { by: row.get(1), bytes: row.get(2) })).collect())
    }

    fn rewrap_tenant_key(
        &self,
        tenant: TenantId,
        version: i32,
        from: i32,
        key: &WrappedKey,
    ) -> Result<bool, StoreError> {
        bounds::wrapped(&key.bytes)?;
        let sql = "UPDATE kek SET root = $4, wrapped = $5 WHERE tenant = $1 AND version = $2 AND root = $3";
        let tenant = self.number(tenant)?;
        Ok(self.write(CALL_MS_MAX, sql, &[&tenant, &version, &from, &key.by, &key.bytes])? == 1)
    }

    fn data_key(&self, tenant: TenantId, id: StreamId) -> Result<Option<WrappedKey>, StoreError> {
        let sql =
            "SELECT kek, wrapped FROM data_key WHERE tenant = $1 AND id = $2 AND octet_length(wrapped)::bigint <= $3";
        let most = bounds::bytes(bounds::WRAPPED_KEY_BYTES_MAX);
        let row = self.row(sql, &[&self.number(tenant)?, &id.bytes().as_slice(), &most])?;
        Ok(row.map(|row| WrappedKey { by: row.get(0), bytes: row.get(1) }))
    }

    fn erase(&self, tenant: TenantId, id: StreamId) -> Result<bool, StoreError> {
        let tenant = self.number(tenant)?;
        let work = self.pool.run(async |conn| {
            // Bodies go with their key in one transaction: first those of the stream of that name, then a person's.
            const OF_STREAM: &str = "DELETE FROM body b USING event e WHERE e.tenant = $1 AND e.stream = $2
                AND e.data_key = $2 AND b.drop_on = e.drop_on AND b.tenant = e.tenant AND b.leaf = e.leaf";
            const OF_PERSON: &str = "DELETE FROM body b USING event e WHERE e.tenant = $1 AND e.data_key = $2
                AND e.data_key <> e.stream AND b.drop_on = e.drop_on AND b.tenant = e.tenant AND b.leaf = e.leaf";
            const KEY: &str = "DELETE FROM data_key WHERE tenant = $1 AND id = $2";
            let erased = conn.transaction(async |conn| {
                let mut touched = 0;
                for sql in [OF_STREAM, OF_PERSON, KEY] {
                    let done = conn.client.execute(sql, &[&tenant, &id.bytes().as_slice()]).await;
                    touched = done.map_err(|error| fail::of(&error))?;
                }
                Ok(touched == 1)
            });
            timeout(Duration::from_millis(ERASE_MS_MAX), erased).await.map_err(|_| StoreError::Unknown)?
        });
        self.block(ERASE_MS_MAX + CALL_MS_MAX, work)
    }

    fn rewrap(&self, tenant: TenantId, id: StreamId, from: i32, key: &WrappedKey) -> Result<bool, StoreError> {
        bounds::wrapped(&key.bytes)?;
        let sql = "UPDATE data_key SET kek = $4, wrapped = $5 WHERE tenant = $1 AND id = $2 AND kek = $3";
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&self.number(tenant)?, &id.bytes().as_slice(), &from, &key.by, &key.bytes];
        Ok(self.write(CALL_MS_MAX, sql, &params)? == 1)
    }
}
