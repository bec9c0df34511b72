//! Small files that must be whole or not there: written beside, forced to disk, renamed over.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Held while a file is read and written again, so that two processes do not undo each other. Freed when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Waits for the lock beside `path`.
pub(crate) fn lock(path: &Path) -> io::Result<Lock> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(beside(path, ".lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => file.lock()?,
        Err(TryLockError::Error(why)) => return Err(why),
    }
    Ok(Lock { _file: file })
}

/// Puts the bytes in place of the file, readable by its owner only. The lock is held.
pub(crate) fn replace(_held: &Lock, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = beside(path, ".new");
    // A crash from here on leaves a `.new` file that nobody reads and the next write removes.
    match std::fs::remove_file(&fresh) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A crash from here on leaves the old file or the new one, each whole.
    std::fs::rename(&fresh, path)?;
    // Before this the name may still lead to the old file after a power cut; after it, never.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// What a private file held.
pub(crate) enum Contents {
    /// There is no such file.
    Absent,
    /// Its group or others may read or write it: the mode.
    Exposed(u32),
    /// It is not a file, is larger than it may be, or is not text.
    Odd,
    /// Its text.
    Text(Zeroizing<String>),
}

/// Reads a file that only its owner may read.
pub(crate) fn read_private(path: &Path, bytes_max: u64) -> io::Result<Contents> {
    // A pipe in its place answers at once instead of waiting for who writes.
    let at_once = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = match OpenOptions::new().read(true).custom_flags(at_once).open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Contents::Absent),
        Err(why) => return Err(why),
    };
    // Asked of the open file, not of the name, which may lead elsewhere by now.
    let about = file.metadata()?;
    let mode = about.permissions().mode() & 0o777;
    if !about.is_file() || about.len() > bytes_max {
        return Ok(Contents::Odd);
    }
    if mode & 0o077 != 0 {
        return Ok(Contents::Exposed(mode));
    }
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let room = usize::try_from(about.len()).unwrap_or(usize::MAX).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(about.len()).read_to_end(&mut bytes)?;
    Ok(match std::str::from_utf8(&bytes) {
        Ok(text) => Contents::Text(Zeroizing::new(text.to_owned())),
        Err(_) => Contents::Odd,
    })
}
