//! The stamp of a stored event: who writes to the store without the tenant's key cannot make one.
//!
//! `HMAC-SHA-256(key, "bailiwick/stamp/1" 0x00, stream (16), kind (i32be), seq (u64be), time (u64be), hash (32))`, its first
//! 16 bytes, under a key of the
//! tenant that is used for nothing else. The hash is made over the hash before it, so that the stamp of one event vouches
//! for all before it in its stream. It stands beside the event, is no part of it, and is never exported: it convinces
//! nobody but the tenant's own nodes.

use crate::hash::fill;
use crate::keys::Secret;
use aws_lc_rs::{constant_time, hmac};
use bailiwick_core::{Digest, Micros, StreamId};
use std::fmt;

const NAME: &[u8; 18] = b"bailiwick/stamp/1\0";
const STAMPED_BYTES: usize = 18 + 16 + 4 + 8 + 8 + 32;
/// Bytes of a stamp.
pub const STAMP_BYTES: usize = 16;

/// The key that stamps a tenant's events, made ready once.
pub struct StampKey(hmac::Key);

impl fmt::Debug for StampKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StampKey").finish_non_exhaustive()
    }
}

/// What is stamped of an event: all that the store keeps of it in the clear beside its bytes, but for its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamped {
    /// Its stream.
    pub stream: StreamId,
    /// The stream's kind, a number of the store's.
    pub kind: i32,
    /// Its number in the stream.
    pub seq: u64,
    /// Its time.
    pub at: Micros,
    /// Its hash.
    pub hash: Digest,
}

impl StampKey {
    /// Under a key of the tenant that is used for nothing else.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }

    /// The stamp of an event.
    #[must_use]
    pub fn stamp(&self, event: &Stamped) -> [u8; STAMP_BYTES] {
        let Stamped { stream, kind, seq, at, hash } = event;
        let mut stamped = [0; STAMPED_BYTES];
        let (kind, seq, at) = (kind.to_be_bytes(), seq.to_be_bytes(), at.0.to_be_bytes());
        fill(&mut stamped, &[NAME, stream.bytes(), &kind, &seq, &at, hash.bytes()]);
        let mut stamp = [0; STAMP_BYTES];
        stamp.iter_mut().zip(hmac::sign(&self.0, &stamped).as_ref()).for_each(|(to, from)| *to = *from);
        stamp
    }

    /// Whether a node of this tenant wrote the event.
    #[must_use]
    pub fn is_of(&self, event: &Stamped, stamp: &[u8; STAMP_BYTES]) -> bool {
        constant_time::verify_slices_are_equal(&self.stamp(event), stamp).is_ok()
    }
}

#[cfg(test)]
mod tests;
