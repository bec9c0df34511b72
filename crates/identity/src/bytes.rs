//! Base64url without padding (RFC 7515 §2), SHA-256, and drawing texts apart.

use aws_lc_rs::digest;
use bailiwick_core::Digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Padding, other alphabets, white space and stray bits in the last character are refused: one value, one text.
pub(crate) fn from_base64url(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Exactly `N` bytes of base64url.
pub(crate) fn fixed_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0u8; N];
    let len = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (len == N).then_some(bytes)
}

pub(crate) fn sha256(parts: &[&[u8]]) -> Digest {
    let mut hash = digest::Context::new(&digest::SHA256);
    for part in parts {
        hash.update(part);
    }
    let mut bytes = [0u8; 32];
    // SHA-256 gives 32 bytes, so this fills the array.
    for (slot, byte) in bytes.iter_mut().zip(hash.finish().as_ref()) {
        *slot = *byte;
    }
    Digest::new(bytes)
}

/// Takes `N` bytes off the front.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

#[cfg(test)]
mod tests;
