//! The stamp of a stored event: who writes to the store without the tenant's key cannot make one.
//!
//! `HMAC-SHA-256(key, "bailiwick/stamp/1" 0x00, stream (16), seq (u64be), hash (32))`, its first 16 bytes, under a key of the
//! tenant that is used for nothing else. The hash is made over the hash before it, so that the stamp of one event vouches
//! for all before it in its stream. It stands beside the event, is no part of it, and is never exported: it convinces
//! nobody but the tenant's own nodes.

use crate::hash::fill;
use crate::keys::Secret;
use aws_lc_rs::{constant_time, hmac};
use bailiwick_core::{Digest, StreamId};
use std::fmt;

const NAME: &[u8; 18] = b"bailiwick/stamp/1\0";
const STAMPED_BYTES: usize = 18 + 16 + 8 + 32;
/// Bytes of a stamp.
pub const STAMP_BYTES: usize = 16;

/// The key that stamps a tenant's events, made ready once.
pub struct StampKey(hmac::Key);

impl fmt::Debug for StampKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StampKey").finish_non_exhaustive()
    }
}

impl StampKey {
    /// Under a key of the tenant that is used for nothing else.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }

    /// The stamp of the event of this number and hash.
    #[must_use]
    pub fn stamp(&self, stream: StreamId, seq: u64, hash: &Digest) -> [u8; STAMP_BYTES] {
        let mut stamped = [0; STAMPED_BYTES];
        fill(&mut stamped, &[NAME, stream.bytes(), &seq.to_be_bytes(), hash.bytes()]);
        let mut stamp = [0; STAMP_BYTES];
        stamp.iter_mut().zip(hmac::sign(&self.0, &stamped).as_ref()).for_each(|(to, from)| *to = *from);
        stamp
    }

    /// Whether a node of this tenant wrote the event of this number and hash.
    #[must_use]
    pub fn is_of(&self, stream: StreamId, seq: u64, hash: &Digest, stamp: &[u8; STAMP_BYTES]) -> bool {
        constant_time::verify_slices_are_equal(&self.stamp(stream, seq, hash), stamp).is_ok()
    }
}

#[cfg(test)]
mod tests;
