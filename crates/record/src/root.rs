//! The root key in a file: a line a version, newest last, readable by its owner only.

use crate::file::{Contents, lock, read_private, replace};
use crate::keys::{Fill, KeyError, KeyName, Root, Secret, Wrapped, keyed_hash, unwrap, wrap};
use bailiwick_core::Digest;
use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FORM: &str = "bailiwick-root-1";
/// The most versions a file may hold.
pub const ROOT_VERSIONS_MAX: usize = 1000;
/// More than a file of so many lines has.
const FILE_BYTES_MAX: u64 = 128 << 10;

/// Why a root key file cannot be used.
#[derive(Debug)]
pub enum RootError {
    /// It could not be read or written.
    Io(PathBuf, io::Error),
    /// Its group or others may read or write it.
    Exposed(PathBuf, u32),
    /// It is not a root key file of ours, or was changed. It is never written over.
    Form(PathBuf),
    /// There was no randomness.
    Key(KeyError),
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, why) => write!(f, "the root key file `{}` cannot be used: {why}", path.display()),
            Self::Exposed(path, mode) => {
                write!(f, "the root key file `{}` has mode `{mode:o}`, not `600`", path.display())
            }
            Self::Form(path) => write!(f, "`{}` is not a root key file", path.display()),
            Self::Key(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for RootError {}

impl From<KeyError> for RootError {
    fn from(why: KeyError) -> Self {
        Self::Key(why)
    }
}

/// Root keys read from a file.
#[derive(Debug)]
pub struct RootFile {
    newest: (i32, Secret),
    older: Vec<(i32, Secret)>,
}

impl RootFile {
    /// Reads the file; `None` when there is none.
    ///
    /// # Errors
    /// [`RootError`] when it is readable by others, is not ours, or cannot be read.
    pub fn open(path: &Path) -> Result<Option<Self>, RootError> {
        Self::read(path)
    }

    /// Reads the file, or makes one with a fresh key when there is none. Of two that make it at once, both read one key.
    ///
    /// # Errors
    /// [`RootError`] when it is readable by others, is not ours, or cannot be read or made.
    pub fn open_or_create(path: &Path, fill: Fill<'_>) -> Result<Self, RootError> {
        if let Some(root) = Self::read(path)? {
            return Ok(root);
        }
        Self::change(path, fill, |found| found.is_none())
    }

    /// Adds a version, which wraps from now on. What older ones wrapped is still opened by them.
    ///
    /// # Errors
    /// [`RootError`] as for opening; the file must be there.
    pub fn rotate(path: &Path, fill: Fill<'_>) -> Result<Self, RootError> {
        Self::read(path)?.ok_or_else(|| RootError::Form(path.to_owned()))?;
        Self::change(path, fill, |_| true)
    }

    /// Adds a version if `wanted`, under the lock.
    fn change(path: &Path, fill: Fill<'_>, wanted: fn(Option<&Self>) -> bool) -> Result<Self, RootError> {
        let io = |why| RootError::Io(path.to_owned(), why);
        let held = lock(path).map_err(io)?;
        let found = Self::read(path)?;
        match found {
            Some(root) if !wanted(Some(&root)) => Ok(root),
            found => {
                let fresh = Secret::draw(fill)?;
                let root = match found {
                    Some(Self { newest, mut older }) => {
                        let next = newest.0.checked_add(1).ok_or_else(|| RootError::Form(path.to_owned()))?;
                        older.push(newest);
                        Self { newest: (next, fresh), older }
                    }
                    None => Self { newest: (1, fresh), older: Vec::new() },
                };
                if root.older.len() >= ROOT_VERSIONS_MAX {
                    return Err(RootError::Form(path.to_owned()));
                }
                replace(&held, path, root.text().as_bytes()).map_err(io)?;
                Ok(root)
            }
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, RootError> {
        match read_private(path, FILE_BYTES_MAX).map_err(|why| RootError::Io(path.to_owned(), why))? {
            Contents::Absent => Ok(None),
            Contents::Exposed(mode) => Err(RootError::Exposed(path.to_owned(), mode)),
            Contents::Odd => Err(RootError::Form(path.to_owned())),
            Contents::Text(text) => Self::parse(&text).map(Some).ok_or_else(|| RootError::Form(path.to_owned())),
        }
    }

    /// Lines `bailiwick-root-1 VERSION HEX`, versions from 1 on without a gap.
    fn parse(text: &str) -> Option<Self> {
        let mut older = Vec::new();
        for (line, due) in text.strip_suffix('\n')?.split('\n').zip(1_i32..) {
            let (version, hex) = line.strip_prefix(FORM)?.strip_prefix(' ')?.split_once(' ')?;
            if version != due.to_string() || older.len() >= ROOT_VERSIONS_MAX {
                return None;
            }
            let mut bytes = Zeroizing::new([0; 32]);
            from_hex(hex, &mut bytes)?;
            older.push((due, Secret::take(&mut bytes)));
        }
        let newest = older.pop()?;
        Some(Self { newest, older })
    }

    fn text(&self) -> Zeroizing<String> {
        let all = self.older.iter().chain([&self.newest]);
        let room = (self.older.len() + 1) * (FORM.len() + 80);
        all.fold(Zeroizing::new(String::with_capacity(room)), |mut text, (version, key)| {
            // Writing to a string does not fail.
            let _ = write!(text, "{FORM} {version} ");
            key.expose().iter().for_each(|byte| {
                let _ = write!(text, "{byte:02x}");
            });
            text.push('\n');
            text
        })
    }

    fn key(&self, version: i32) -> Option<&Secret> {
        self.older.iter().chain([&self.newest]).find(|(other, _)| *other == version).map(|(_, key)| key)
    }
}

fn from_hex(text: &str, out: &mut [u8; 32]) -> Option<()> {
    if text.len() != 64 || text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (slot, pair) in out.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(())
}

impl Root for RootFile {
    fn version(&self) -> i32 {
        self.newest.0
    }

    fn mark(&self) -> Digest {
        let (version, key) = &self.newest;
        keyed_hash(key, "bailiwick root mark", &version.to_be_bytes())
    }

    fn wrap(&self, name: &KeyName, key: &Secret, fill: Fill<'_>) -> Result<Wrapped, KeyError> {
        wrap(self.newest.0, &self.newest.1, name, key, fill)
    }

    fn unwrap(&self, name: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        unwrap(self.key(wrapped.by).ok_or(KeyError::Version(wrapped.by))?, name, wrapped)
    }
}

#[cfg(test)]
pub(crate) mod tests;
