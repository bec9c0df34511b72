//! C2SP tlog-checkpoint: origin, size and root of a log, as a signed note.

use crate::note::{Note, NoteError, NoteKey, SignatureKind, VerifierKey};
use crate::tree::LEAVES_MAX;
use bailiwick_core::Digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// The head of a log: what is signed. Its log's key has the origin as its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Digest,
}

impl Checkpoint {
    fn new(origin: &str, size: u64, root: Digest) -> Option<Self> {
        (size <= LEAVES_MAX).then(|| Self { origin: origin.to_owned(), size, root })
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// Leaves in the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// The tree's root.
    #[must_use]
    pub const fn root(&self) -> &Digest {
        &self.root
    }

    /// Signs the head of the log that the key is named after. Only after comparing with the last one signed
    /// (see [`crate::Guard`]): two heads that do not fit together are a forked log for ever.
    ///
    /// # Errors
    /// [`NoteError`] when the key is not a log's, or the size is beyond what a log can have.
    pub fn sign(key: &NoteKey, size: u64, root: Digest) -> Result<Note, NoteError> {
        if key.verifier().kind() != SignatureKind::Ed25519 {
            return Err(NoteError::Key("a log signs with an Ed25519 key"));
        }
        let head = Self::new(key.verifier().name(), size, root).ok_or(NoteError::Form("the tree is too large"))?;
        let text = head.to_string();
        let signature = key.sign(&[], text.as_bytes());
        Ok(Note::new(text, signature))
    }

    /// Takes the head out of a note if the log signed it.
    ///
    /// # Errors
    /// [`NoteError`] when the log did not sign it, its form is not a checkpoint's, or it is of another log.
    pub fn open(note: &Note, log: &VerifierKey) -> Result<Self, NoteError> {
        note.verify(log)?;
        let head = Self::parse(note.text())?;
        // tlog-checkpoint, Signatures: key name and origin SHOULD match. We refuse more than that: ours always do.
        if head.origin == log.name() { Ok(head) } else { Err(NoteError::Form("it is of another log")) }
    }

    /// Reads the text of a checkpoint, which nobody need have signed.
    ///
    /// # Errors
    /// [`NoteError::Form`] when it has not the form.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::Form("it does not end in a newline"))?.split('\n');
        // tlog-checkpoint, Note text, allows lines of extension. We refuse more than that: our logs write none.
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Form("a checkpoint has three lines"));
        };
        if origin.is_empty() {
            return Err(NoteError::Form("the origin is empty"));
        }
        let number: Option<u64> = size.parse().ok();
        let number = number.filter(|number| number.to_string() == size);
        let number = number.ok_or(NoteError::Form("the size is not a decimal number without leading zeroes"))?;
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let root = root.ok_or(NoteError::Form("the root is not 32 bytes of base64"))?;
        Self::new(origin, number, Digest::new(root)).ok_or(NoteError::Form("the tree is too large"))
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.bytes()))
    }
}

#[cfg(test)]
mod tests;
