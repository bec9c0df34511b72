//! A copy of the file in one consistent state, made while it is written to, and how such a copy is read.

use super::{fail, file};
use crate::{Entry, StoreCopy, StoreError, copy::CopiedLog, schema::PLAN};
use bailiwick_core::TenantId;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
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

/// How many stores of before are kept beside one.
const ASIDE_MAX: u32 = 1_000;

/// Puts a copy in the place of a store that nobody has open. What stood there is moved aside.
pub(crate) fn put_back(copy: &Path, store: &Path) -> Result<Option<PathBuf>, StoreError> {
    let cannot = |path: &Path, why: std::io::Error| {
        StoreError::Unavailable(format!("`{}` cannot be put in place: {why}", path.display()))
    };
    let _sole = file::Sole::take(store)?;
    let store = store.canonicalize().map_err(|why| cannot(store, why))?;
    let beside = |suffix: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let fresh = beside(".restoring");
    match std::fs::remove_file(&fresh) {
        // A crash left it.
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(cannot(&fresh, why)),
        _ => {}
    }
    let mut from = File::open(copy).map_err(|why| cannot(copy, why))?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh);
    let mut made = made.map_err(|why| cannot(&fresh, why))?;
    std::io::copy(&mut from, &mut made).and_then(|_| made.sync_all()).map_err(|why| cannot(&fresh, why))?;
    let free = (1..=ASIDE_MAX).map(|n| format!(".before-{n}")).find(|suffix| !beside(suffix).exists());
    let aside = free.ok_or_else(|| StoreError::Refused("too many stores of before are kept beside this one".into()))?;
    let held = std::fs::metadata(&store).map_err(|why| cannot(&store, why))?.len() > 0;
    // What SQLite keeps beside the file goes with it: another file would be read together with it.
    for suffix in ["", "-wal", "-shm"] {
        let (now, then) = (beside(suffix), beside(&format!("{aside}{suffix}")));
        let moved = if held { std::fs::rename(&now, &then) } else { std::fs::remove_file(&now) };
        match moved {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(cannot(&now, why)),
            _ => {}
        }
    }
    std::fs::rename(&fresh, &store).map_err(|why| cannot(&store, why))?;
    let folder = store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|why| cannot(folder, why))?;
    Ok(held.then(|| beside(&aside)))
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
