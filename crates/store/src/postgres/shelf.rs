//! What is derived and may be deleted at any time.

use super::{CALL_MS_MAX, PostgresStore, digest, fail, unsigned};
use crate::{Shelf, Snapshot, StoreError, bounds};
use bailiwick_core::{StreamId, TenantId};

impl Shelf for PostgresStore {
    fn put_snapshot(&self, tenant: TenantId, stream: StreamId, snapshot: &Snapshot) -> Result<(), StoreError> {
        bounds::snapshot(snapshot)?;
        let sql = "INSERT INTO snapshot AS s (tenant, stream, seq, fold, hash, sealed) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (tenant, stream) DO UPDATE SET seq = excluded.seq, fold = excluded.fold,
                   hash = excluded.hash, sealed = excluded.sealed WHERE (s.seq, s.fold) < (excluded.seq, excluded.fold)";
        let (tenant, seq) = (self.number(tenant)?, bounds::clamped(snapshot.seq));
        let (stream, hash) = (stream.bytes().as_slice(), snapshot.hash.bytes().as_slice());
        self.write(CALL_MS_MAX, sql, &[&tenant, &stream, &seq, &snapshot.fold, &hash, &snapshot.sealed]).map(drop)
    }

    fn snapshot(&self, tenant: TenantId, stream: StreamId) -> Result<Option<Snapshot>, StoreError> {
        let sql = "SELECT seq, fold, hash, sealed FROM snapshot WHERE tenant = $1 AND stream = $2
                   AND octet_length(hash) = 32 AND octet_length(sealed)::bigint <= $3";
        let most = bounds::bytes(bounds::SNAPSHOT_BYTES_MAX);
        let row = self.row(sql, &[&self.number(tenant)?, &stream.bytes().as_slice(), &most])?;
        let snapshot = |row: &tokio_postgres::Row| {
            Ok(Snapshot { seq: unsigned(row, 0), fold: row.get(1), hash: digest(row, 2)?, sealed: row.get(3) })
        };
        row.as_ref().map(snapshot).transpose()
    }

    fn put_tiles(&self, tenant: TenantId, epoch: u32, tiles: &[(u8, u64, Vec<u8>)]) -> Result<(), StoreError> {
        bounds::tiles(tiles)?;
        let (tenant, epoch) = (self.number(tenant)?, i64::from(epoch));
        const PUT: &str = "INSERT INTO tile AS t (tenant, epoch, level, idx, hashes) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tenant, epoch, level, idx) DO UPDATE SET hashes = t.hashes WHERE t.hashes = excluded.hashes";
        self.call(async |conn| {
            conn.transaction(async |conn| {
                let put = conn.statement(PUT).await?;
                for (level, index, hashes) in tiles {
                    let (row_level, row_index) = (i32::from(*level), bounds::clamped(*index));
                    let done = conn.client.execute(&put, &[&tenant, &epoch, &row_level, &row_index, hashes]).await;
                    // No row is touched when other bytes are there.
                    if done.map_err(|error| fail::of(&error))? != 1 {
                        return Err(bounds::tile_differs(*level, *index));
                    }
                }
                Ok(())
            })
            .await
        })
    }

    fn tile(&self, tenant: TenantId, epoch: u32, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT hashes FROM tile WHERE tenant = $1 AND epoch = $2 AND level = $3 AND idx = $4
                   AND octet_length(hashes)::bigint <= $5";
        let most = bounds::bytes(bounds::TILE_BYTES);
        let (epoch, level, index) = (i64::from(epoch), i32::from(level), bounds::clamped(index));
        Ok(self.row(sql, &[&self.number(tenant)?, &epoch, &level, &index, &most])?.map(|row| row.get(0)))
    }

    fn put_checkpoint(&self, tenant: TenantId, epoch: u32, size: u64, note: &str) -> Result<(), StoreError> {
        bounds::checkpoint(size, note)?;
        let sql = "INSERT INTO checkpoint (tenant, epoch, size, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let (tenant, epoch, size) = (self.number(tenant)?, i64::from(epoch), bounds::clamped(size));
        self.write(CALL_MS_MAX, sql, &[&tenant, &epoch, &size, &note]).map(drop)
    }

    fn last_checkpoint(&self, tenant: TenantId, epoch: u32) -> Result<Option<(u64, String)>, StoreError> {
        let sql =
            "SELECT size, note FROM checkpoint WHERE tenant = $1 AND epoch = $2 AND octet_length(note)::bigint <= $3
                   ORDER BY size DESC LIMIT 1";
        let most = bounds::bytes(bounds::NOTE_BYTES_MAX);
        let row = self.row(sql, &[&self.number(tenant)?, &i64::from(epoch), &most])?;
        Ok(row.map(|row| (unsigned(&row, 0), row.get(1))))
    }

    fn move_cursor(&self, name: &str, tenant: TenantId, leaf: u64) -> Result<u64, StoreError> {
        bounds::name("the name of a cursor", name)?;
        let leaf = bounds::number("a cursor", leaf)?;
        let tenant = self.number(tenant)?;
        let sql = "INSERT INTO cursor_at AS c (name, tenant, leaf) VALUES ($1, $2, $3)
                   ON CONFLICT (name, tenant) DO UPDATE SET leaf = greatest(c.leaf, excluded.leaf)";
        self.write(CALL_MS_MAX, sql, &[&name, &tenant, &leaf])?;
        self.at(name, tenant)
    }

    fn cursor(&self, name: &str, tenant: TenantId) -> Result<u64, StoreError> {
        let tenant = self.number(tenant)?;
        self.at(name, tenant)
    }
}

impl PostgresStore {
    fn at(&self, name: &str, tenant: i64) -> Result<u64, StoreError> {
        let row = self.row("SELECT leaf FROM cursor_at WHERE name = $1 AND tenant = $2", &[&name, &tenant])?;
        Ok(row.map_or(0, |row| unsigned(&row, 0)))
    }
}
