//! A copy of the file in one consistent state, made while it is written to, and how such a copy is read.

use super::{fail, file};
use crate::{Entry, StoreCopy, StoreError, copy::CopiedLog, schema::PLAN};
use bailiwick_core::TenantId;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Writes the copy in one read transaction: nothing that is appended meanwhile is in it, and nobody waits for it. What was
/// erased is not in it either, since free pages are left out.
pub(super) fn write(from: &Path, to: &Path) -> Result<(), StoreError> {
    let cannot = |why: std::io::Error| StoreError::Unavailable(format!("`{}` cannot be written: {why}", to.display()));
    let text = to.to_str().ok_or_else(|| StoreError::Refused("the path of a copy must be UTF-8".into()))?;
    // Ours from the first byte: a file that is there is never written over.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(cannot)?;
    let written = file::connect(from)
        .and_then(|connection| connection.execute("VACUUM INTO ?1", [text]).map(drop).map_err(fail::of))
        .and_then(|()| made.sync_all().map_err(cannot));
    if written.is_err() {
        // What is left of it is no copy.
        let _gone = std::fs::remove_file(to);
    }
    written
}

struct Copied(Connection);

/// Opens a copy to read it; makes no file beside it.
pub(crate) fn open(path: &Path) -> Result<Box<dyn StoreCopy>, StoreError> {
    // SQLite would make a file that is not there look damaged.
    File::open(path).map_err(|why| StoreError::Unavailable(format!("`{}` cannot be read: {why}", path.display())))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fail::of)?;
    PLAN.usable(file::found(&connection)?)?;
    Ok(Box::new(Copied(connection)))
}

impl StoreCopy for Copied {
    fn whole(&self) -> Result<(), StoreError> {
        let found: String = self.0.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(fail::of)?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Broken(format!("the copy is damaged: {found}"))) }
    }

    fn logs(&self) -> Result<Vec<CopiedLog>, StoreError> {
        let sql = "SELECT t.uuid, t.name, l.epoch, l.size FROM tenant t JOIN tenant_log l ON l.tenant = t.tenant ORDER BY t.name";
        let read = |row: &Row<'_>| {
            let tenant = TenantId::new(row.get(0)?);
            Ok(CopiedLog { tenant, name: row.get(1)?, epoch: row.get(2)?, size: super::unsigned(row, 3)? })
        };
        let mut select = self.0.prepare(sql).map_err(fail::of)?;
        select.query_map([], read).and_then(Iterator::collect).map_err(fail::of)
    }

    fn entries(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
        let sql = "SELECT tenant FROM tenant WHERE uuid = ?1";
        let number: Option<i64> =
            self.0.query_row(sql, [tenant.bytes()], |row| row.get(0)).optional().map_err(fail::of)?;
        super::entries(&self.0, number.ok_or(StoreError::NoTenant)?, from_leaf, most).map_err(fail::of)
    }
}
