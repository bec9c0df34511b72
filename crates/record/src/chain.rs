//! The hash of an event, and the chain that the events of one stream make.

use crate::hash::{fill, length, sha256, sha256_of};
use bailiwick_core::{Digest, StreamId, TenantId};
use std::fmt;

const NAME: &[u8; 18] = b"bailiwick/event/1\0";
/// The name, two ids, the seq, the hash before, and the length of what follows.
const HEAD_BYTES: usize = 18 + 16 + 16 + 8 + 32 + 4;
/// What is hashed in place of a body, or of a hash before the first.
const NONE: [u8; 32] = [0; 32];
/// Events up to this size are hashed from the stack, in one go.
const SHORT_BYTES_MAX: usize = 2048;

/// The hash before the first event of a stream.
pub const NO_PREVIOUS: Digest = Digest::new(NONE);

/// The hash of an event:
///
/// `SHA-256("bailiwick/event/1" 0x00, tenant (16), stream (16), seq (u64be), previous (32), length of clear (u32be),
/// clear, SHA-256(sealed) or 32 zero bytes)`.
///
/// An empty body is not no body.
#[must_use]
pub fn event_hash(
    tenant: TenantId,
    stream: StreamId,
    seq: u64,
    previous: &Digest,
    clear: &[u8],
    sealed: Option<&[u8]>,
) -> Digest {
    event_hash_of(tenant, stream, seq, previous, clear, sealed.map(sha256).as_ref())
}

/// As [`event_hash`], from the digest of the body: for an event whose body has been dropped.
#[must_use]
pub fn event_hash_of(
    tenant: TenantId,
    stream: StreamId,
    seq: u64,
    previous: &Digest,
    clear: &[u8],
    sealed: Option<&Digest>,
) -> Digest {
    let sealed = sealed.map_or(&NONE, Digest::bytes);
    let mut head = [0; HEAD_BYTES];
    fill(&mut head, &[NAME, tenant.bytes(), stream.bytes(), &seq.to_be_bytes(), previous.bytes(), &length(clear)]);
    let whole = HEAD_BYTES.saturating_add(clear.len()).saturating_add(sealed.len());
    let mut short = [0; SHORT_BYTES_MAX];
    match short.get_mut(..whole) {
        Some(buffer) => {
            fill(buffer, &[&head, clear, sealed]);
            sha256(buffer)
        }
        None => sha256_of(&[&head, clear, sealed]),
    }
}

/// Why an event is not the next of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainError {
    /// Another seq was due.
    Gap {
        /// The seq that was due.
        due: u64,
        /// The seq that came.
        came: u64,
    },
    /// The hash is not that of these bytes at this place.
    Rewritten {
        /// The seq of the event.
        seq: u64,
    },
    /// The stream has as many events as a number can count.
    Full,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { due, came } => write!(f, "event `{due}` was due and `{came}` came"),
            Self::Rewritten { seq } => write!(f, "event `{seq}` does not have the hash that its bytes make"),
            Self::Full => f.write_str("the stream can take no more events"),
        }
    }
}

impl std::error::Error for ChainError {}

/// Where a stream stands: the seq and hash of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    tenant: TenantId,
    stream: StreamId,
    seq: u64,
    hash: Digest,
}

impl Chain {
    /// A stream without events.
    #[must_use]
    pub const fn new(tenant: TenantId, stream: StreamId) -> Self {
        Self { tenant, stream, seq: 0, hash: NO_PREVIOUS }
    }
    /// A stream whose last event is known.
    #[must_use]
    pub const fn at(tenant: TenantId, stream: StreamId, seq: u64, hash: Digest) -> Self {
        Self { tenant, stream, seq, hash }
    }
    /// The seq of the last event; 0 before the first.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }
    /// The hash of the last event; zero before the first.
    #[must_use]
    pub const fn hash(&self) -> &Digest {
        &self.hash
    }

    /// Takes the next event and answers its hash.
    ///
    /// # Errors
    /// [`ChainError::Full`] when the seq cannot be counted further.
    pub fn append(&mut self, clear: &[u8], sealed: Option<&[u8]>) -> Result<Digest, ChainError> {
        self.append_of(clear, sealed.map(sha256).as_ref())
    }

    /// As [`Chain::append`], from the digest of the body.
    ///
    /// # Errors
    /// As [`Chain::append`].
    pub fn append_of(&mut self, clear: &[u8], sealed: Option<&Digest>) -> Result<Digest, ChainError> {
        let seq = self.seq.checked_add(1).ok_or(ChainError::Full)?;
        self.hash = event_hash_of(self.tenant, self.stream, seq, &self.hash, clear, sealed);
        self.seq = seq;
        Ok(self.hash)
    }

    /// Takes the next event if it has this seq and its bytes make this hash. After a no, the chain stands where it was.
    ///
    /// # Errors
    /// [`ChainError`] when another seq was due or the bytes make another hash.
    pub fn check(&mut self, seq: u64, hash: &Digest, clear: &[u8], sealed: Option<&Digest>) -> Result<(), ChainError> {
        let due = self.seq.checked_add(1).ok_or(ChainError::Full)?;
        if seq != due {
            return Err(ChainError::Gap { due, came: seq });
        }
        if event_hash_of(self.tenant, self.stream, seq, &self.hash, clear, sealed) != *hash {
            return Err(ChainError::Rewritten { seq });
        }
        (self.seq, self.hash) = (seq, *hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
