//! Backups of an embedded store: a copy of one moment, compared with the log that it was taken of before it is called one.

use crate::keeper::blocking;
use crate::log::LogError;
use crate::node::Node;
use bailiwick_core::{Digest, TenantId};
use bailiwick_record::{Compact, Guard, Mark, Standing, leaf_hash};
use bailiwick_store::{Entry, Store, StoreError, open_copy};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many lines one read brings.
const READ_MAX: usize = 1_000;

/// A backup that was read again and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The file.
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// The logs in it.
    pub logs: Vec<BackedLog>,
}

/// A tenant's log in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedLog {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// The log's epoch.
    pub epoch: u32,
    /// Leaves in it.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// Why there is no backup.
#[derive(Debug)]
pub enum BackupError {
    /// There is a file of this name.
    There(PathBuf),
    /// The file could not be written.
    Io(PathBuf, io::Error),
    /// The store could not be copied, or the copy not read.
    Store(StoreError),
    /// The copy is not the log that the node knows: what is different.
    Differs(String),
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There(path) => {
                write!(f, "`{}` is there already: a backup is never written over a file", path.display())
            }
            Self::Io(path, why) => write!(f, "`{}` cannot be written: {why}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Differs(what) => write!(f, "the copy is not the log that this node knows and was not kept: {what}"),
        }
    }
}
impl std::error::Error for BackupError {}
impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<LogError> for BackupError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Store(error) => Self::Store(error),
            other => Self::Differs(other.to_string()),
        }
    }
}

/// Copies a store into a file that is not there yet, reads it again, and compares its logs with the store's and with the
/// highest heads known before.
///
/// # Errors
/// [`BackupError`]; then nothing is left of it.
pub fn back_up(store: &dyn Store, known: &BTreeMap<TenantId, Mark>, file: &Path) -> Result<BackedUp, BackupError> {
    let io = |why| BackupError::Io(file.to_owned(), why);
    // The name is ours from here on; what stands under it is empty until the copy is whole.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => {}
        Err(why) if why.kind() == ErrorKind::AlreadyExists => return Err(BackupError::There(file.to_owned())),
        Err(why) => return Err(io(why)),
    }
    let mut beside = std::ffi::OsString::from(".");
    beside.push(file.file_name().unwrap_or_default());
    beside.push(".bailiwick-part");
    let beside = file.with_file_name(beside);
    let written = written(store, known, &beside).and_then(|logs| {
        let bytes = fs::metadata(&beside).map_err(io)?.len();
        fs::rename(&beside, file).map_err(io)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        Ok(BackedUp { file: file.to_owned(), bytes, logs })
    });
    if written.is_err() {
        // A file that cannot be removed is empty, or is in the way of the next one, which says so.
        let _left = (fs::remove_file(&beside), fs::remove_file(file));
    }
    written
}

fn written(store: &dyn Store, known: &BTreeMap<TenantId, Mark>, beside: &Path) -> Result<Vec<BackedLog>, BackupError> {
    match fs::remove_file(beside) {
        // A crash left it.
        Ok(()) => {}
        Err(why) if why.kind() == ErrorKind::NotFound => {}
        Err(why) => return Err(BackupError::Io(beside.to_owned(), why)),
    }
    store.copy_to(beside)?;
    let copy = open_copy(beside)?;
    copy.whole()?;
    let mut out = Vec::new();
    for log in copy.logs()? {
        let at = known.get(&log.tenant).copied().filter(|mark| mark.epoch == log.epoch);
        let read = |from| copy.entries(log.tenant, from, READ_MAX);
        let (root, at_mark) = roots(log.size, at.map(|mark| mark.size), |from, most| {
            let copied = read(from)?;
            let own = store.entries(log.tenant, from, copied.len().min(most))?;
            if copied.get(..own.len()) != Some(own.as_slice()) || own.is_empty() {
                return Err(BackupError::Differs(format!("leaf `{from}` of `{}`, or one after it", log.name)));
            }
            Ok(hashes(own))
        })?;
        if let Some(mark) = at
            && at_mark != Some(mark.root)
        {
            let (name, size) = (&log.name, log.size);
            let what =
                format!("`{name}` has `{size}` leaves, and those `{}` that were seen are not among them", mark.size);
            return Err(BackupError::Differs(what));
        }
        out.push(BackedLog { tenant: log.tenant, name: log.name, epoch: log.epoch, size: log.size, root });
    }
    Ok(out)
}

fn hashes(lines: Vec<Entry>) -> Vec<Digest> {
    lines.into_iter().map(|line| line.hash).collect()
}

/// The root over all leaves, and the root over the first `at` of them.
fn roots<E>(
    size: u64,
    at: Option<u64>,
    mut hashes: impl FnMut(u64, usize) -> Result<Vec<Digest>, E>,
) -> Result<(Digest, Option<Digest>), E> {
    let mut tree = Compact::default();
    let mut at_root = None;
    loop {
        if at == Some(tree.size()) {
            at_root = Some(tree.root());
        }
        if tree.size() >= size {
            return Ok((tree.root(), at_root));
        }
        let most = usize::try_from(size - tree.size()).unwrap_or(READ_MAX).min(READ_MAX);
        let read = hashes(tree.size(), most)?;
        let before = tree.size();
        for hash in read.iter().take(most) {
            if at == Some(tree.size()) {
                at_root = Some(tree.root());
            }
            tree.push(leaf_hash(hash));
        }
        if tree.size() == before {
            // The log ends early: the caller finds another size than it expects.
            return Ok((tree.root(), at_root));
        }
    }
}

/// How the logs of a store that no node serves stand to what is remembered of them.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub fn standings(store: &dyn Store, guard: &Guard) -> Result<Vec<(String, u64, Standing)>, StoreError> {
    let mut out = Vec::new();
    for (tenant, name) in store.tenants()? {
        let log = store.log(tenant)?;
        let standing = guard.compare(tenant, log.epoch, log.size, |size| {
            roots(size, None, |from, most| store.entries(tenant, from, most).map(hashes)).map(|(root, _)| root)
        })?;
        out.push((name, log.size, standing));
    }
    Ok(out)
}

impl Node {
    /// Writes a backup of the store while it is served.
    ///
    /// # Errors
    /// [`BackupError`]; then nothing is left of it.
    pub async fn back_up(self: &Arc<Self>, file: PathBuf) -> Result<BackedUp, BackupError> {
        let node = Arc::clone(self);
        blocking(move || {
            // Before the copy: what is known already must be in it, and what somebody changed is worth no copy.
            let known = node.marks()?;
            for tenant in known.keys() {
                node.reaches().compare(node.store().as_ref(), node.vault(), *tenant)?;
            }
            back_up(node.store().as_ref(), &known, &file)
        })
        .await
    }
}

#[cfg(test)]
mod tests;
