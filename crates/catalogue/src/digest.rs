//! Digests that no other digest can be taken for.

use bailiwick_core::{Digest, json::Json, sha256};

/// SHA-256 over a domain, a zero byte, and the RFC 8785 form. No domain holds a zero byte, so no two domains meet.
pub(crate) fn of(domain: &str, form: &Json) -> Digest {
    let mut bytes = Vec::with_capacity(512);
    bytes.extend_from_slice(domain.as_bytes());
    bytes.push(0);
    form.write_canonical(&mut bytes);
    sha256(&bytes)
}
