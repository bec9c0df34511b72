//! A statement of a log about something else than itself, signed with the log's key: a note of two lines, its kind and the
//! SHA-256 of what is stated. A checkpoint has three lines, so neither is ever taken for the other.

use crate::hash::sha256_of;
use crate::note::{Note, NoteError, NoteKey, SignatureKind, VerifierKey};

fn text(kind: &str, body: &[u8]) -> Result<String, NoteError> {
    let plain = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain {
        return Err(NoteError::Form("the kind of a statement is a word of ASCII"));
    }
    Ok(format!("{kind}\n{}\n", sha256_of(&[body])))
}

/// Signs a statement of this kind. `body` is what is stated, byte for byte.
///
/// # Errors
/// [`NoteError`] when the key is not a log's, or the kind is no word.
pub fn sign_statement(key: &NoteKey, kind: &str, body: &[u8]) -> Result<Note, NoteError> {
    if key.verifier().kind() != SignatureKind::Ed25519 {
        return Err(NoteError::Key("a log signs with an Ed25519 key"));
    }
    let text = text(kind, body)?;
    let signature = key.sign(&[], text.as_bytes());
    Ok(Note::new(text, signature))
}

/// Checks that the log stated this, under this kind.
///
/// # Errors
/// [`NoteError`] when it did not sign, or signed something else.
pub fn check_statement(note: &Note, log: &VerifierKey, kind: &str, body: &[u8]) -> Result<(), NoteError> {
    note.verify(log)?;
    if note.text() == text(kind, body)? { Ok(()) } else { Err(NoteError::Form("it states something else")) }
}

#[cfg(test)]
mod tests;
