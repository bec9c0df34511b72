//! Whether opened fields are the ones that an event commits to.

use crate::form::OpenedField;
use crate::hash::{hmac, length};
use bailiwick_core::Digest;
use sha2::{Digest as _, Sha256};

const COMMIT: &[u8] = b"bailiwick/commit/1\0";
/// The most private fields of one event.
pub(crate) const FIELDS_MAX: usize = 1024;

/// `SHA-256("bailiwick/commit/1" 0x00, number of fields (u32be), then for each field, sorted by pointer: length of pointer
/// (u32be), pointer, HMAC-SHA-256(blind, value))`. A pointer stands once: twice, it could be opened to two values.
pub(crate) fn commits(commit: &Digest, opened: &[OpenedField<'_>]) -> bool {
    if opened.is_empty() || opened.len() > FIELDS_MAX || !opened.is_sorted_by(|a, b| a.pointer < b.pointer) {
        return false;
    }
    let mut hasher = Sha256::new();
    hasher.update(COMMIT);
    hasher.update(u32::try_from(opened.len()).unwrap_or(u32::MAX).to_be_bytes());
    for field in opened {
        hasher.update(length(field.pointer.as_bytes()));
        hasher.update(field.pointer.as_bytes());
        hasher.update(hmac(&field.blind, field.value.as_bytes()).bytes());
    }
    let made: [u8; 32] = hasher.finalize().into();
    made == *commit.bytes()
}

#[cfg(test)]
mod tests;
