//! Where a server's books are kept: in memory, or in a file that several processes share.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest state file that is read back.
const STATE_BYTES_MAX: u64 = 4 << 20;

/// The place of a server's books.
#[derive(Debug)]
pub struct State {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Option<Vec<u8>>),
    File(PathBuf),
}

impl State {
    /// Books that end with the process.
    pub fn memory() -> Self {
        Self { place: Place::Memory(None) }
    }

    /// Books in this file; it is made from the seed when it is not there. A lock beside it (`NAME.lock`) lets several
    /// processes share it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::File(path.into()) }
    }

    /// Reads the books, changes them and, if they changed, keeps them before it returns.
    pub(crate) fn with<B, T>(&mut self, change: impl FnOnce(&mut B) -> T) -> io::Result<T>
    where
        B: Default + Serialize + DeserializeOwned,
    {
        match &mut self.place {
            Place::Memory(kept) => {
                let (done, after) = changed(kept.as_deref(), change)?;
                if let Some(after) = after {
                    *kept = Some(after);
                }
                Ok(done)
            }
            Place::File(path) => {
                let lock = File::create(beside(path, "lock"))?;
                lock.lock()?;
                let (done, after) = changed(read(path)?.as_deref(), change)?;
                if let Some(after) = after {
                    // a crash before the rename leaves the old books, after it the new ones
                    let fresh = beside(path, "new");
                    fs::write(&fresh, after)?;
                    fs::rename(&fresh, path)?;
                }
                Ok(done)
            }
        }
    }
}

fn changed<B, T>(kept: Option<&[u8]>, change: impl FnOnce(&mut B) -> T) -> io::Result<(T, Option<Vec<u8>>)>
where
    B: Default + Serialize + DeserializeOwned,
{
    let mut books =
        kept.map_or_else(|| Ok(B::default()), |bytes| serde_json::from_slice(bytes).map_err(io::Error::from))?;
    let done = change(&mut books);
    let after = serde_json::to_vec(&books)?;
    Ok((done, (kept != Some(after.as_slice())).then_some(after)))
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(STATE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
pub(crate) mod tests;
