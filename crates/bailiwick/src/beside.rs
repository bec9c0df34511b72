//! Files that are whole or not there: written beside their place, under a name of our own, and put into it at the end.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file on its way to its place. Dropped before that, it is gone.
#[derive(Debug)]
pub(crate) struct Beside {
    file: File,
    at: PathBuf,
    place: PathBuf,
}

impl Beside {
    /// Begins a file that will stand at `place`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn of(place: &Path) -> io::Result<Self> {
        let name = place.file_name().ok_or(ErrorKind::InvalidInput)?;
        let mut own = std::ffi::OsString::from(".");
        own.push(name);
        own.push(".bailiwick-part");
        let at = place.with_file_name(own);
        // What a crash left under this name goes; a link goes itself, and what it leads to stays as it is.
        match std::fs::remove_file(&at) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&at)?;
        Ok(Self { file, at, place: place.to_owned() })
    }

    /// Puts it into its place.
    ///
    /// # Errors
    /// When it could not be written whole; then it is not there.
    pub(crate) fn put(self) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.at, &self.place)
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Once it is in its place there is nothing here; what cannot be removed goes with the next try.
        let _gone = std::fs::remove_file(&self.at);
    }
}

#[cfg(test)]
mod tests;
