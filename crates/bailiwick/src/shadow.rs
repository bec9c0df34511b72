//! Where a candidate that runs beside the policies is kept between two starts of the node.

use bailiwick_api::ShadowKept;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A file of the node's own.
#[derive(Debug)]
pub(crate) struct ShadowFile(pub(crate) PathBuf);

impl ShadowFile {
    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        let fresh = self.0.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // killed before this, the one before goes on
        fs::rename(&fresh, &self.0)
    }
}

impl ShadowKept for ShadowFile {
    fn read(&self) -> Option<Vec<u8>> {
        fs::read(&self.0).ok()
    }

    fn keep(&self, bytes: Option<&[u8]>) -> Result<(), String> {
        let done = match bytes {
            Some(bytes) => self.write(bytes),
            None => fs::remove_file(&self.0).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            }),
        };
        done.map_err(|error| format!("{}: {error}", self.0.display()))
    }
}
