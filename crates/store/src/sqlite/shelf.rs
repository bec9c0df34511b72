//! What is derived and may be deleted at any time.

use super::{SqliteStore, fail, unsigned};
use crate::{Shelf, Snapshot, StoreError, bounds};
use bailiwick_core::{Digest, StreamId, TenantId};
use rusqlite::{OptionalExtension, params};

impl Shelf for SqliteStore {
    fn put_snapshot(&self, tenant: TenantId, stream: StreamId, snapshot: &Snapshot) -> Result<(), StoreError> {
        bounds::snapshot(snapshot)?;
        let tenant = self.number(tenant)?;
        self.write_behind(snapshot.sealed.len(), |connection, _, _| {
            let sql = "INSERT INTO snapshot (tenant, stream, seq, fold, hash, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                       ON CONFLICT (tenant, stream) DO UPDATE SET seq = excluded.seq, fold = excluded.fold,
                       hash = excluded.hash, sealed = excluded.sealed
                       WHERE (snapshot.seq, snapshot.fold) < (excluded.seq, excluded.fold)";
            let seq = bounds::clamped(snapshot.seq);
            let hash = snapshot.hash.bytes();
            let row = params![tenant, stream.bytes(), seq, snapshot.fold, hash, snapshot.sealed];
            connection.prepare_cached(sql).and_then(|mut put| put.execute(row)).map(drop).map_err(fail::of)
        })
    }

    fn snapshot(&self, tenant: TenantId, stream: StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT seq, fold, hash, sealed FROM snapshot WHERE tenant = ?1 AND stream = ?2
                       AND octet_length(hash) = 32 AND octet_length(sealed) <= ?3";
            let mut select = connection.prepare_cached(sql)?;
            let most = bounds::bytes(bounds::SNAPSHOT_BYTES_MAX);
            let found = select.query_row(params![tenant, stream.bytes(), most], |row| {
                let hash = Digest::new(row.get(2)?);
                Ok(Snapshot { seq: unsigned(row, 0)?, hash, fold: row.get(1)?, sealed: row.get(3)? })
            });
            found.optional()
        })
    }

    fn put_tiles(&self, tenant: TenantId, epoch: u32, tiles: &[(u8, u64, Vec<u8>)]) -> Result<(), StoreError> {
        bounds::tiles(tiles)?;
        let tenant = self.number(tenant)?;
        self.write(tiles.len() * bounds::TILE_BYTES, |connection, _, _| {
            let sql = "INSERT INTO tile (tenant, epoch, level, idx, hashes) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (tenant, epoch, level, idx) DO UPDATE SET hashes = hashes
                       WHERE tile.hashes = excluded.hashes";
            let mut put = connection.prepare_cached(sql).map_err(fail::of)?;
            for (level, index, hashes) in tiles {
                let row = params![tenant, epoch, level, bounds::clamped(*index), hashes];
                // No row is touched when other bytes are there.
                if put.execute(row).map_err(fail::of)? != 1 {
                    return Err(bounds::tile_differs(*level, *index));
                }
            }
            Ok(())
        })
    }

    fn tile(&self, tenant: TenantId, epoch: u32, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT hashes FROM tile WHERE tenant = ?1 AND epoch = ?2 AND level = ?3 AND idx = ?4
                       AND octet_length(hashes) <= ?5";
            let mut select = connection.prepare_cached(sql)?;
            let most = bounds::bytes(bounds::TILE_BYTES);
            select.query_row(params![tenant, epoch, level, bounds::clamped(index), most], |row| row.get(0)).optional()
        })
    }

    fn put_checkpoint(&self, tenant: TenantId, epoch: u32, size: u64, note: &str) -> Result<(), StoreError> {
        bounds::checkpoint(size, note)?;
        let tenant = self.number(tenant)?;
        self.write(note.len(), |connection, _, _| {
            let sql =
                "INSERT INTO checkpoint (tenant, epoch, size, note) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            let row = params![tenant, epoch, bounds::clamped(size), note];
            connection.prepare_cached(sql).and_then(|mut put| put.execute(row)).map(drop).map_err(fail::of)
        })
    }

    fn last_checkpoint(&self, tenant: TenantId, epoch: u32) -> Result<Option<(u64, String)>, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT size, note FROM checkpoint WHERE tenant = ?1 AND epoch = ?2 AND octet_length(note) <= ?3
                       ORDER BY size DESC LIMIT 1";
            let most = bounds::bytes(bounds::NOTE_BYTES_MAX);
            let mut select = connection.prepare_cached(sql)?;
            select.query_row(params![tenant, epoch, most], |row| Ok((unsigned(row, 0)?, row.get(1)?))).optional()
        })
    }

    fn move_cursor(&self, name: &str, tenant: TenantId, leaf: u64) -> Result<u64, StoreError> {
        bounds::name("the name of a cursor", name)?;
        let leaf = bounds::number("a cursor", leaf)?;
        let tenant = self.number(tenant)?;
        self.write(name.len(), |connection, _, _| {
            let sql = "INSERT INTO cursor_at (name, tenant, leaf) VALUES (?1, ?2, ?3)
                       ON CONFLICT (name, tenant) DO UPDATE SET leaf = max(leaf, excluded.leaf) RETURNING leaf";
            let row = params![name, tenant, leaf];
            let at = connection.prepare_cached(sql).and_then(|mut put| put.query_row(row, |row| unsigned(row, 0)));
            at.map_err(fail::of)
        })
    }

    fn cursor(&self, name: &str, tenant: TenantId) -> Result<u64, StoreError> {
        self.read(tenant, |connection, tenant| {
            let sql = "SELECT leaf FROM cursor_at WHERE name = ?1 AND tenant = ?2";
            let mut select = connection.prepare_cached(sql)?;
            Ok(select.query_row(params![name, tenant], |row| unsigned(row, 0)).optional()?.unwrap_or(0))
        })
    }
}
