//! SHA-256 and HMAC over it.

use bailiwick_core::Digest;
use sha2::{Digest as _, Sha256};

const BLOCK_BYTES: usize = 64;

/// SHA-256 of the pieces, one after another.
pub(crate) fn sha256_of(pieces: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    pieces.iter().for_each(|piece| hasher.update(piece));
    Digest::new(hasher.finalize().into())
}

/// HMAC-SHA-256 under a key that is not longer than a block (RFC 2104, 2).
pub(crate) fn hmac(key: &Digest, value: &[u8]) -> Digest {
    let pad = |with: u8| {
        let mut block = [with; BLOCK_BYTES];
        block.iter_mut().zip(key.bytes()).for_each(|(slot, byte)| *slot ^= byte);
        block
    };
    let inner = sha256_of(&[&pad(0x36), value]);
    sha256_of(&[&pad(0x5c), inner.bytes()])
}

/// A length as every hashed list writes it. What is hashed here is bounded far below this.
pub(crate) fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests;
