//! Where a rehearsal has its files: a folder that goes with it. It is in memory where the machine has a place for that, for
//! nothing of it is to last; one that was killed leaves its folder behind, and the next rehearsal takes that away.

use crate::home::Trouble;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What all of them are called first.
const NAMED: &str = "bailiwick-rehearse-";
/// How often another name is drawn where somebody took the folder away as it was made.
const TRIES_MAX: usize = 8;

/// A folder that goes when it is dropped. It is locked for as long as its process lives, whatever ends that.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    pub(super) fn new() -> Result<Self, Trouble> {
        let memory = PathBuf::from("/dev/shm");
        Self::within(&if memory.is_dir() { memory } else { std::env::temp_dir() })
    }

    fn within(place: &Path) -> Result<Self, Trouble> {
        sweep(place);
        for _ in 0..TRIES_MAX {
            let mut id = [0; 8];
            bailiwick_record::system_random(&mut id)?;
            let path = place.join(format!("{NAMED}{:016x}", u64::from_be_bytes(id)));
            DirBuilder::new().mode(0o700).create(&path)?;
            // Another rehearsal may look at it before it is locked, and take it for one that was left.
            if let Some(lock) = locked(&path) {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(std::io::Error::other(format!("no folder could be kept in `{}`", place.display())).into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is taken away by the next.
        let _kept = std::fs::remove_dir_all(&self.path);
    }
}

/// The folder, locked by nobody else, and still the one of that name; `None` else.
fn locked(path: &Path) -> Option<File> {
    let folder = File::open(path).ok()?;
    folder.try_lock().ok()?;
    let (held, named) = (folder.metadata().ok()?, std::fs::symlink_metadata(path).ok()?);
    let same = (held.dev(), held.ino()) == (named.dev(), named.ino());
    (same && named.is_dir()).then_some(folder)
}

/// Takes away what rehearsals of this account left that are not there any more.
fn sweep(place: &Path) {
    let us = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(NAMED));
        let ours = || entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == us);
        if named
            && ours()
            && let Some(_lock) = locked(&entry.path())
        {
            // Whoever cannot take it away leaves it to the next.
            let _left = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
