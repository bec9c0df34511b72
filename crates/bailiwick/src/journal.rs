//! The node's own log: what it says, with the time, in a file that is rotated before it grows past its bound. What agents
//! and servers are told, and what they say, is not in it.

use crate::print::time;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file of the log is rotated before it grows past this.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// A link in place of the file is refused: what it leads to is not ours to write to.
const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
/// How many older files are kept.
const OLDER_MAX: u32 = 4;

/// The log of this process, once it has one.
static OPEN: Mutex<Option<Journal>> = Mutex::new(None);

/// An open log.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: File,
    /// Whether standard error is the same file: nobody else reads it.
    alone: bool,
    bytes_max: u64,
}

/// From here on what this process says is in the file as well; where `alone`, in the file only, with whatever else is
/// written to standard error.
///
/// # Errors
/// When the file cannot be opened for its owner only.
pub(crate) fn open(path: &Path, alone: bool) -> io::Result<()> {
    let journal = Journal::open(path, alone, FILE_BYTES_MAX)?;
    *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(journal);
    Ok(())
}

/// Writes what is said. Answers whether somebody hears it on standard error as well.
pub(crate) fn say(line: &str) -> bool {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(journal) = open.as_mut() else { return true };
    // A full disk stops no node; that it is full is told elsewhere.
    let _lost = journal.write(line, now());
    !journal.alone
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time beside a line of the log, for people; nothing is decided by it"
)]
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

fn open_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(NO_LINK).open(path)?;
    // One that was made when others could read it.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

impl Journal {
    fn open(path: &Path, alone: bool, bytes_max: u64) -> io::Result<Self> {
        let journal = Self { path: path.to_owned(), file: open_file(path)?, alone, bytes_max };
        journal.take_stderr()?;
        Ok(journal)
    }

    fn take_stderr(&self) -> io::Result<()> {
        if self.alone {
            rustix::stdio::dup2_stderr(&self.file)?;
        }
        Ok(())
    }

    fn write(&mut self, line: &str, at: u64) -> io::Result<()> {
        // What a line break begins belongs to the line before.
        let text = format!("{} {}\n", time(at), line.replace('\n', "\n  "));
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.file.metadata()?.len().saturating_add(length) > self.bytes_max {
            self.rotate()?;
        }
        self.file.write_all(text.as_bytes())
    }

    fn older(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        name.into()
    }

    /// Each file takes the name of the next older one; the oldest is written over.
    fn rotate(&mut self) -> io::Result<()> {
        for number in (0..OLDER_MAX).rev() {
            let from = if number == 0 { self.path.clone() } else { self.older(number) };
            match fs::rename(&from, self.older(number + 1)) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
        }
        self.file = open_file(&self.path)?;
        self.take_stderr()
    }
}

#[cfg(test)]
mod tests;
