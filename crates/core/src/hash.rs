//! SHA-256, the one hash of the model. The record has its own; this one makes digests of actions and documents.

use crate::Digest;
use sha2::{Digest as _, Sha256};

/// SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}

/// SHA-256 over a domain and parts, each with its length before it, so that no two lists of parts meet.
pub(crate) fn sha256_parts(domain: &str, parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(domain.as_bytes());
    hasher.update([0]);
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    Digest::new(hasher.finalize().into())
}
