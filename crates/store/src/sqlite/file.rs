//! The file: who may have it open, how it is made, and which tables it holds.

use super::fail;
use crate::{
    Migrated, StoreError, bounds,
    clock::RunningClock,
    schema::{Found, Plan, Step},
};
use bailiwick_core::Micros;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, limits::Limit};
use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a statement waits for another program's lock.
const BUSY_MS_MAX: u64 = 500;
/// The most digits of a process's number.
const PID_CHARS_MAX: usize = 10;
/// Statements kept ready on one connection.
const STATEMENTS_KEPT: usize = 64;
/// The most bytes of any value or row: twice the largest that we write. Whoever can write the file could put more there.
const VALUE_BYTES_MAX: i32 = 16 << 20;
/// Marks the file as ours: "BWK1".
const APPLICATION_ID: i32 = 0x4257_4b31;
const SCHEMA: &str = include_str!("schema.sql");

/// One process has the file open; the locks go with it, however it ends.
pub(super) struct Sole([File; 2]);

impl Drop for Sole {
    fn drop(&mut self) {
        // Not left to the closing of the files: a child that another thread begins has them too, until it is the program that
        // it becomes, and a lock stays for as long as anybody has its file.
        for file in &self.0 {
            // What cannot be given up goes with the file.
            let _given_up = file.unlock();
        }
    }
}

impl Sole {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let cannot_open = |path: &Path, why: std::io::Error| {
            StoreError::Unavailable(format!("`{}` cannot be opened: {why}", path.display()))
        };
        let own = private(path).map_err(|why| cannot_open(path, why))?;
        let about = own.metadata().map_err(|why| cannot_open(path, why))?;
        if !about.is_file() {
            return Err(cannot_open(path, std::io::Error::other("it is no file")));
        }
        // What SQLite keeps beside a file goes by its name: under another name of the same file a second program would
        // write past it.
        if about.nlink() > 1 {
            return Err(StoreError::Unavailable(format!(
                "`{}` has `{}` names (hard links): one of two programs would not see what the other writes; leave it one",
                path.display(),
                about.nlink()
            )));
        }
        // A file has one lock, whatever symbolic links lead to it.
        let real = path.canonicalize().map_err(|why| cannot_open(path, why))?;
        let mut beside = real.into_os_string();
        beside.push(".lock");
        let beside = PathBuf::from(beside);
        let lock = private(&beside).map_err(|why| cannot_open(&beside, why))?;
        if lock.metadata().is_ok_and(|lock| lock.uid() != about.uid()) {
            // Made by the superuser: the owner of the file could not take it. Where that is not us, we could not either.
            let _kept = fchown(&lock, Some(about.uid()), Some(about.gid()));
        }
        held(&lock, path, &beside)?;
        // For the words of whoever comes next; without it they are the same, but for the number.
        let _said = lock.set_len(0).and_then(|()| lock.write_all_at(std::process::id().to_string().as_bytes(), 0));
        // Where locks of this kind and those of SQLite do not meet, the file itself is locked as well: it may be seen at
        // two places, whose other files differ.
        #[cfg(target_os = "linux")]
        held(&own, path, &beside)?;
        Ok(Self([lock, own]))
    }
}

fn held(file: &File, path: &Path, beside: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let who = holder(beside).map_or_else(String::new, |pid| format!(": process {pid}"));
            let next = "where that is a node, `bailiwick stop` ends it";
            Err(StoreError::Unavailable(format!("another process has `{}` open{who}; {next}", path.display())))
        }
        Err(TryLockError::Error(why)) => {
            Err(StoreError::Unavailable(format!("`{}` cannot be locked: {why}", path.display())))
        }
    }
}

/// Which process wrote itself down as the one that has the lock.
fn holder(beside: &Path) -> Option<u32> {
    let mut bytes = [0; PID_CHARS_MAX];
    let count = File::open(beside).ok()?.read_at(&mut bytes, 0).ok()?;
    std::str::from_utf8(bytes.get(..count)?).ok()?.parse().ok()
}

/// Opens or makes a file that nobody else may read: it holds wrapped keys.
pub(super) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // A pipe in its place answers at once instead of waiting for who writes.
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    options.mode(0o600).custom_flags(at_once).open(path)
}

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fail::of)?;
    connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX)).map_err(fail::of)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX).map_err(fail::of)?;
    // Else a statement whose plan looked at a bound value is planned anew each time that it is bound: half of a look at the log.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fail::of)?;
    // FULL: the log is synced at each commit. A thread of ours checkpoints, so that no append pays for it.
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON;")
        .map_err(fail::of)?;
    Ok(connection)
}

pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.execute_batch("PRAGMA query_only = ON;").map_err(fail::of)?;
    Ok(connection)
}

/// Opens the writer. An empty file gets its tables; any other is left as it is.
pub(super) fn writer(path: &Path, plan: &Plan) -> Result<Connection, StoreError> {
    let cannot = |why| StoreError::Unavailable(format!("`{}` cannot be opened: {why}", path.display()));
    private(path).map_err(cannot)?;
    let connection = connect(path)?;
    if found(&connection)? == Found::Empty {
        make(&connection, plan)?;
    }
    plan.usable(found(&connection)?)?;
    // Read back: a file that another program took out of WAL would lose what FULL promises.
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(fail::of)?;
    if mode != "wal" {
        return Err(StoreError::Broken(format!("the file's journal mode is `{mode}`, expected `wal`")));
    }
    Ok(connection)
}

/// Brings the tables to the plan's version, all steps or none. No node may have the file open.
pub(crate) fn migrate(path: &Path, plan: &Plan) -> Result<Migrated, StoreError> {
    let _sole = Sole::take(path)?;
    let connection = connect(path)?;
    let from = found(&connection)?;
    if from == Found::Empty {
        make(&connection, plan)?;
        return Ok(plan.migrated(from));
    }
    let steps = plan.steps_from(from)?;
    if !steps.is_empty() {
        let each = |step: &Step| format!("{};\nUPDATE store SET tables = {};\n", step.sqlite, step.to);
        let script: String = steps.iter().map(each).collect();
        connection.execute_batch(&format!("BEGIN EXCLUSIVE;\n{script}COMMIT;")).map_err(fail::of)?;
    }
    Ok(plan.migrated(from))
}

pub(super) fn found(connection: &Connection) -> Result<Found, StoreError> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(fail::of)?;
    let ours: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(fail::of)?;
    if tables == 0 {
        return Ok(Found::Empty);
    }
    if ours != APPLICATION_ID {
        return Ok(Found::Foreign);
    }
    let version =
        connection.query_row("SELECT tables FROM store", [], |row| row.get(0)).optional().map_err(fail::of)?;
    Ok(version.map_or(Found::Foreign, Found::Version))
}

/// Page size and vacuum stand before the first table or never; the tables come in one transaction, so a crash between
/// leaves an empty file or a whole one.
fn make(connection: &Connection, plan: &Plan) -> Result<(), StoreError> {
    let made = bounds::clamped(RunningClock::start(Micros(0)).now().0);
    let pragmas = "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;";
    connection.execute_batch(pragmas).map_err(fail::of)?;
    let script = format!(
        "BEGIN EXCLUSIVE; PRAGMA application_id = {APPLICATION_ID};\n{SCHEMA}
         INSERT INTO store (one, tables, made) VALUES (1, {}, {made}); COMMIT;",
        plan.version
    );
    connection.execute_batch(&script).map_err(fail::of)
}

/// The last time that the log holds, over all tenants: the clock starts no earlier.
pub(super) fn last_time(connection: &Connection) -> Result<Micros, StoreError> {
    let sql = "SELECT max(e.at) FROM tenant_log l JOIN event e ON e.place = (l.tenant << 40) + l.size - 1";
    let last: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).map_err(fail::of)?;
    Ok(Micros(last.and_then(|at| u64::try_from(at).ok()).unwrap_or(0)))
}

#[cfg(test)]
mod tests;
