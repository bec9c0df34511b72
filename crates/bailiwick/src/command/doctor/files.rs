//! The home: who may read what is in it, and whether there is room.

use super::Check;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Less room than this is wrong: a full disk allows nothing.
const ROOM_BYTES_MIN: u64 = 64 << 20;
/// Less room than this is to be known.
const ROOM_BYTES_LOW: u64 = 1 << 30;
/// The most files that are looked at.
const FILES_MAX: usize = 10_000;
/// Files in the home that only its owner may read begin with one of these.
const OWN: [&str; 4] = ["bailiwick.db", "checkpoints", "node.", "root.key"];

/// The folder, and each of its files that others could read or change.
pub(super) fn home(state: &Path) -> Vec<Check> {
    let shown = state.display();
    let about = match fs::metadata(state) {
        Ok(about) if about.is_dir() => about,
        Ok(_) => {
            return vec![Check::wrong("home", format!("`{shown}` is no folder"), "choose another with --home DIR")];
        }
        Err(why) if why.kind() == ErrorKind::NotFound => {
            return vec![Check::note("home", format!("`{shown}` is not there yet: the first node makes it"))];
        }
        Err(why) => {
            return vec![Check::wrong("home", format!("`{shown}` cannot be read: {why}"), "run this as its owner")];
        }
    };
    let mut checks = vec![mode("home", state, about.mode(), 0o700)];
    let entries = match fs::read_dir(state) {
        Ok(entries) => entries,
        Err(why) => {
            checks.push(Check::wrong("files", format!("`{shown}` cannot be listed: {why}"), "run this as its owner"));
            return checks;
        }
    };
    let mut count = 0;
    for entry in entries.take(FILES_MAX).flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| OWN.iter().any(|own| name.starts_with(own)));
        // One that is gone by now needs no look.
        let Some(about) = entry.metadata().ok().filter(|about| ours && !about.is_symlink()) else { continue };
        count += 1;
        if about.permissions().mode() & 0o077 != 0 {
            checks.push(mode("file", &entry.path(), about.mode(), 0o600));
        }
    }
    if checks.iter().all(|check| check.name != "file") {
        checks.push(Check::well("files", format!("{count} files of the node, for their owner only")));
    }
    checks
}

fn mode(name: &str, path: &Path, mode: u32, expected: u32) -> Check {
    let (mode, shown) = (mode & 0o7777, path.display());
    let words = format!("`{shown}` has mode `{mode:o}`");
    if mode & 0o077 == 0 {
        return Check::well(name, words);
    }
    Check::wrong(name, format!("{words}: others than its owner may use it"), format!("chmod {expected:o} {shown}"))
}

/// What is left of the disk.
pub(super) fn room(state: &Path) -> Check {
    // A home that is not there yet will be where its parents are.
    let there = state.ancestors().find(|path| path.exists()).unwrap_or(state);
    match rustix::fs::statvfs(there) {
        Ok(about) => left(about.f_bavail.saturating_mul(about.f_frsize)),
        Err(why) => Check::note("disk", format!("`{}`: {why}", there.display())),
    }
}

fn left(bytes: u64) -> Check {
    let words = format!("{} MiB are left", bytes >> 20);
    match bytes {
        0..ROOM_BYTES_MIN => Check::wrong("disk", format!("{words}: a full disk allows nothing"), "make room"),
        ROOM_BYTES_MIN..ROOM_BYTES_LOW => Check::note("disk", words),
        _ => Check::well("disk", words),
    }
}

#[cfg(test)]
mod tests;
