//! The nonce that every proof carries: which node gave it, in which window, under the tenant's key. Nothing is kept.

use crate::bytes::{base64url, fixed_base64url, take};
use aws_lc_rs::hmac;
use bailiwick_core::{Micros, Span};
use std::fmt;

/// How long a node gives one nonce. One is good in its own window and in the next.
pub const NONCE_WINDOW: Span = Span::minutes(2);

const LABEL: &[u8] = b"bailiwick dpop nonce 1\0";
/// RFC 2104 §5 allows half the length of the hash.
const TAG_BYTES: usize = 16;
const NONCE_BYTES: usize = 8 + 8 + TAG_BYTES;

/// One node of an installation, as its nonces name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// Why a nonce is not good now. All are answered with a fresh one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NonceRefusal {
    /// Not ours, of another tenant, or altered.
    #[error("the nonce was not given by this tenant's nodes")]
    Unknown,
    /// Given too long ago.
    #[error("the nonce is {windows} windows of {seconds} s old", seconds = NONCE_WINDOW.0 / 1_000_000)]
    Old {
        /// How many windows ago.
        windows: u64,
    },
    /// Given by a node whose clock is ahead of ours.
    #[error("the nonce is of a window that has not begun here")]
    Ahead,
}

/// A nonce that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce {
    node: NodeId,
    window: u64,
}

impl Nonce {
    /// The node that gave it.
    pub const fn node(&self) -> NodeId {
        self.node
    }
    /// The number of its window since 1970.
    pub(crate) const fn window(&self) -> u64 {
        self.window
    }
}

/// The tenant's key for nonces. Shared by all its nodes, so that each can check what another gave.
pub struct NonceKey(hmac::Key);

pub(crate) const fn window_of(now: Micros) -> u64 {
    now.0 / NONCE_WINDOW.0
}

impl NonceKey {
    /// From 32 bytes that the tenant's key hierarchy derives for this use alone.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The nonce that `node` gives now, for `DPoP-Nonce`.
    pub fn issue(&self, node: NodeId, now: Micros) -> String {
        let window = window_of(now);
        let mut text = Vec::with_capacity(NONCE_BYTES);
        text.extend_from_slice(&node.0.to_be_bytes());
        text.extend_from_slice(&window.to_be_bytes());
        text.extend_from_slice(&self.tag(node, window));
        base64url(&text)
    }

    fn tag(&self, node: NodeId, window: u64) -> [u8; TAG_BYTES] {
        let mut mac = hmac::Context::with_key(&self.0);
        mac.update(LABEL);
        mac.update(&node.0.to_be_bytes());
        mac.update(&window.to_be_bytes());
        let mut tag = [0u8; TAG_BYTES];
        for (slot, byte) in tag.iter_mut().zip(mac.sign().as_ref()) {
            *slot = *byte;
        }
        tag
    }

    /// Reads a proof's nonce.
    ///
    /// # Errors
    /// [`NonceRefusal`] unless one of the tenant's nodes gave it in this window or the one before.
    pub fn read(&self, text: &str, now: Micros) -> Result<Nonce, NonceRefusal> {
        let bytes = fixed_base64url::<NONCE_BYTES>(text).ok_or(NonceRefusal::Unknown)?;
        let mut rest = bytes.as_slice();
        let (Some(node), Some(window), Some(tag)) =
            (take::<8>(&mut rest), take::<8>(&mut rest), take::<TAG_BYTES>(&mut rest))
        else {
            return Err(NonceRefusal::Unknown);
        };
        let (node, window) = (NodeId(u64::from_be_bytes(node)), u64::from_be_bytes(window));
        aws_lc_rs::constant_time::verify_slices_are_equal(&tag, &self.tag(node, window))
            .map_err(|_| NonceRefusal::Unknown)?;
        match window_of(now).checked_sub(window) {
            Some(0 | 1) => Ok(Nonce { node, window }),
            Some(windows) => Err(NonceRefusal::Old { windows }),
            None => Err(NonceRefusal::Ahead),
        }
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey")
    }
}

#[cfg(test)]
mod tests;
