//! What a node keeps for its servers: values with names, from files that nobody else can read, or from the environment
//! of the node. No agent and no document ever holds one.

use bailiwick_catalogue::Secret;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use zeroize::Zeroizing;

/// The most bytes of a secret.
const SECRET_BYTES_MAX: u64 = 64 << 10;
/// The most characters of a secret's name.
const NAME_CHARS_MAX: usize = 64;

/// Secrets by name.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, Zeroizing<String>>);

/// Names only.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a secret was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadSecret {
    /// The name has other characters than letters, digits, `-`, `_`, or too many.
    Name(String),
    /// There are two of this name.
    Twice(String),
    /// The file is not read.
    File(String, String),
    /// Others than its owner can read or change the file.
    Mode(String, u32),
    /// Somebody else owns the file.
    Owner(String, u32),
    /// Empty, too long, or with a NUL or bytes that are no UTF-8.
    Value(String),
}

impl fmt::Display for BadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "`{}` is no name of a secret: expected 1 to {NAME_CHARS_MAX} letters, digits, `-` or `_`",
                crate::rpc::quoted(name)
            ),
            Self::Twice(name) => write!(f, "there are two secrets `{name}`"),
            Self::File(name, why) => write!(f, "the file of secret `{name}` is not read: {why}"),
            Self::Mode(name, mode) => {
                write!(f, "the file of secret `{name}` has mode {mode:04o}: expected 0600, for its owner only")
            }
            Self::Owner(name, uid) => write!(f, "the file of secret `{name}` belongs to uid {uid}, not to this user"),
            Self::Value(name) => {
                write!(f, "secret `{name}` is empty, longer than {SECRET_BYTES_MAX} bytes, or no plain text")
            }
        }
    }
}
impl std::error::Error for BadSecret {}

impl Secrets {
    /// Takes a value, as the node's configuration named a variable of its environment for it.
    ///
    /// # Errors
    /// [`BadSecret`] when it is none.
    pub fn put(&mut self, name: &str, value: Zeroizing<String>) -> Result<(), BadSecret> {
        let formed = (1..=NAME_CHARS_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !formed {
            return Err(BadSecret::Name(name.to_owned()));
        }
        let long = u64::try_from(value.len()).unwrap_or(u64::MAX) > SECRET_BYTES_MAX;
        if value.trim().is_empty() || long || value.contains('\0') {
            return Err(BadSecret::Value(name.to_owned()));
        }
        if self.0.contains_key(name) {
            return Err(BadSecret::Twice(name.to_owned()));
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// Takes what stands in a file; one line break at its end is the editor's.
    ///
    /// # Errors
    /// [`BadSecret`] when it cannot be read, or others than this user can.
    pub fn put_file(&mut self, name: &str, path: &Path) -> Result<(), BadSecret> {
        let failed = |error: std::io::Error| BadSecret::File(name.to_owned(), error.to_string());
        // a pipe in its place answers at once instead of waiting for who writes
        let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file = std::fs::OpenOptions::new().read(true).custom_flags(at_once).open(path).map_err(failed)?;
        // of the file that is open: its path may mean another by now
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(BadSecret::File(name.to_owned(), "it is no file".into()));
        }
        let mode = about.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(BadSecret::Mode(name.to_owned(), mode));
        }
        let us = rustix::process::geteuid().as_raw();
        if about.uid() != us && about.uid() != 0 {
            return Err(BadSecret::Owner(name.to_owned(), about.uid()));
        }
        // one buffer of the right size from the first: what grows leaves copies behind
        let room = usize::try_from(about.len().min(SECRET_BYTES_MAX)).unwrap_or(0) + 2;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| BadSecret::Value(name.to_owned()))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        self.put(name, Zeroizing::new(text.to_owned()))
    }

    /// The value of a name, for what is not a server's.
    pub fn value(&self, name: &str) -> Option<Zeroizing<String>> {
        self.0.get(name).cloned()
    }

    /// A value of a document with its secret in place: `secret:NAME`, whole or after words such as `Bearer`. What is
    /// to be searched for in answers comes beside it.
    ///
    /// # Errors
    /// The name that means nothing here.
    pub(super) fn fill(&self, value: &str) -> Result<(Zeroizing<String>, Option<Secret>), String> {
        let Some((before, name)) = bailiwick_core::secret_named(value) else {
            return Ok((Zeroizing::new(value.to_owned()), None));
        };
        let secret = self.0.get(name).ok_or_else(|| name.to_owned())?;
        let mut filled = Zeroizing::new(String::with_capacity(before.len() + secret.len()));
        filled.push_str(before);
        filled.push_str(secret);
        Ok((filled, Some(Secret::new(secret.as_bytes()))))
    }
}

#[cfg(test)]
mod tests;
