//! C2SP signed notes, checkpoints and cosignatures, read and checked with Ed25519 (RFC 8032).

use crate::hash::sha256_of;
use crate::tree::{LEAVES_MAX, TreeHead};
use bailiwick_core::Digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;

/// The most bytes of a note.
pub(crate) const NOTE_BYTES_MAX: usize = 64 << 10;
/// The most signature lines of a note.
const SIGNATURES_MAX: usize = 32;
const KEY_TEXT_BYTES_MAX: usize = 512;
const LOG: u8 = 0x01;
const WITNESS: u8 = 0x04;

/// Why a key or a note does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNote {
    /// Not a key in the form `name+id+base64`, or not of the kind that is asked for.
    Key(&'static str),
    /// Not a checkpoint in the form of a signed note.
    Form(&'static str),
    /// The key did not sign it.
    NotSigned,
    /// A line of the key does not hold.
    Forged,
}

impl fmt::Display for BadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(why) => write!(f, "not a key that can check a log: {why}"),
            Self::Form(why) => write!(f, "not a signed checkpoint: {why}"),
            Self::NotSigned => f.write_str("the key given did not sign this checkpoint"),
            Self::Forged => f.write_str("a signature on the checkpoint does not hold"),
        }
    }
}

impl std::error::Error for BadNote {}

/// A public key with its name, in the C2SP `vkey` form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: u8,
    id: [u8; 4],
    key: VerifyingKey,
    text: String,
}

impl VerifierKey {
    /// Reads `name+id+base64`.
    ///
    /// # Errors
    /// [`BadNote::Key`] saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, BadNote> {
        if text.len() > KEY_TEXT_BYTES_MAX {
            return Err(BadNote::Key("it is too long"));
        }
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadNote::Key("expected `name+id+key`"));
        };
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BadNote::Key("its name is empty or has spaces"));
        }
        let bytes = STANDARD.decode(key).map_err(|_| BadNote::Key("it is not base64"))?;
        let (kind, public) = bytes.split_first().ok_or(BadNote::Key("it is empty"))?;
        if !matches!(*kind, LOG | WITNESS) {
            return Err(BadNote::Key("only Ed25519 keys of logs and witnesses are read"));
        }
        let public: &[u8; 32] = public.try_into().map_err(|_| BadNote::Key("an Ed25519 key has 32 bytes"))?;
        let key = VerifyingKey::from_bytes(public).map_err(|_| BadNote::Key("it is no point of the curve"))?;
        // signed-note, Signatures: the id is the first four bytes of SHA-256(name, newline, kind, key).
        let digest = sha256_of(&[name.as_bytes(), b"\n", &bytes]);
        let made = digest.bytes().first_chunk().copied().unwrap_or_default();
        if format!("{:08x}", u32::from_be_bytes(made)) != id {
            return Err(BadNote::Key("its id is not that of the key"));
        }
        Ok(Self { name: name.to_owned(), kind: *kind, id: made, key, text: text.to_owned() })
    }

    /// Its name: for a log, the origin of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The `vkey` form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Whether it signs as a log.
    #[must_use]
    pub const fn is_log(&self) -> bool {
        self.kind == LOG
    }
    /// Whether it signs as a witness.
    #[must_use]
    pub const fn is_witness(&self) -> bool {
        self.kind == WITNESS
    }
    pub(crate) fn same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), BadNote> {
        let signature = Signature::from_slice(signature).map_err(|_| BadNote::Forged)?;
        self.key.verify_strict(message, &signature).map_err(|_| BadNote::Forged)
    }
}

/// One signature line, taken apart.
struct Line<'a> {
    name: &'a str,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// A checkpoint as read; nothing in it counts before a key has checked it.
pub(crate) struct Checkpoint<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
    pub(crate) origin: &'a str,
    pub(crate) head: TreeHead,
}

impl<'a> Checkpoint<'a> {
    pub(crate) fn parse(note: &'a str) -> Result<Self, BadNote> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(BadNote::Form("it is too long"));
        }
        // signed-note, Format: no control characters but newline; the last empty line parts text and signatures.
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(BadNote::Form("it has a control character"));
        }
        let split = note.rfind("\n\n").ok_or(BadNote::Form("it has no empty line before signatures"))?;
        let (text, below) = note.split_at_checked(split + 1).ok_or(BadNote::Form("it has no text"))?;
        let below = below.strip_prefix('\n').and_then(|below| below.strip_suffix('\n'));
        let below = below.ok_or(BadNote::Form("it does not end in a newline"))?;
        if below.split('\n').count() > SIGNATURES_MAX {
            return Err(BadNote::Form("it has too many signatures"));
        }
        let lines = below.split('\n').map(line).collect::<Result<_, _>>()?;
        // tlog-checkpoint, Note text, allows lines of extension. We refuse more than that.
        let mut parts = text.strip_suffix('\n').unwrap_or_default().split('\n');
        let (Some(origin), Some(size), Some(root), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadNote::Form("it has other lines than origin, size and root"));
        };
        let number = size.parse().ok().filter(|number: &u64| number.to_string() == size && *number <= LEAVES_MAX);
        let size = number.ok_or(BadNote::Form("its size is not a number"))?;
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok()).map(Digest::new);
        let root = root.ok_or(BadNote::Form("its root is not 32 bytes of base64"))?;
        Ok(Self { text, lines, origin, head: TreeHead { size, root } })
    }

    fn of<'k>(&'k self, key: &'k VerifierKey) -> impl Iterator<Item = &'k Line<'a>> {
        self.lines.iter().filter(move |line| line.name == key.name && line.id == key.id)
    }

    /// Whether the log signed it; every line of its key must hold.
    pub(crate) fn check(&self, log: &VerifierKey) -> Result<(), BadNote> {
        if !log.is_log() {
            return Err(BadNote::Key("a witness's key signs no checkpoint alone"));
        }
        let mut lines = self.of(log).peekable();
        if self.origin != log.name || lines.peek().is_none() {
            return Err(BadNote::NotSigned);
        }
        lines.try_for_each(|line| log.check(self.text.as_bytes(), &line.bytes))
    }

    /// When the witness signed it, at the latest, in seconds since 1970; `None` when it did not.
    pub(crate) fn witnessed(&self, witness: &VerifierKey) -> Result<Option<u64>, BadNote> {
        if !witness.is_witness() {
            return Err(BadNote::Key("a log's key is no witness's"));
        }
        let mut latest = None;
        for line in self.of(witness) {
            let (time, signature) = line.bytes.split_first_chunk().ok_or(BadNote::Forged)?;
            let seconds = u64::from_be_bytes(*time);
            // tlog-cosignature, Format: the time MUST NOT exceed 2^63 - 1.
            if seconds > i64::MAX.unsigned_abs() {
                return Err(BadNote::Forged);
            }
            let message = format!("cosignature/v1\ntime {seconds}\n{}", self.text);
            witness.check(message.as_bytes(), signature)?;
            latest = latest.max(Some(seconds));
        }
        Ok(latest)
    }
}

fn line(line: &str) -> Result<Line<'_>, BadNote> {
    let form = BadNote::Form("a signature line is not `— name base64`");
    let (name, encoded) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or(form)?;
    let all = STANDARD.decode(encoded).map_err(|_| form)?;
    let (id, bytes) = all.split_first_chunk().ok_or(form)?;
    if name.is_empty() || bytes.is_empty() {
        return Err(form);
    }
    Ok(Line { name, id: *id, bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests;
