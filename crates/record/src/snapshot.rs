//! A cache of a stream's state, sealed: it opens at the place that it was made for, whole as it was made, or not at all.
//!
//! `place` is `"bailiwick/snapshot/1" 0x00, tenant (16), stream (16), seq (u64be), hash of that event (32), epoch (u32be),
//! version of the fold (i32be)`. From the data key, by HKDF-SHA256 with salt `"bailiwick/snapshot/1" 0x00`:
//! * the mark's key: info `"mark" 0x00`; the mark is `HMAC-SHA-256(the mark's key, place, state)`;
//! * the key of the state: info `"state" 0x00, place, mark`.
//!
//! `sealed = 0x01, mark, AES-256-GCM(key of the state, nonce of zeroes, place, state)` with its tag. As with bodies, the
//! nonce may be fixed because the key is derived from the content, and the same state sealed again is the same bytes.

use crate::keys::{Extracted, Secret, decrypt, encrypt, expand, extract, hmac_of};
use crate::seal::SealError;
use bailiwick_core::{Digest, StreamId, TenantId};
use zeroize::{Zeroize, Zeroizing};

const NAME: &[u8] = b"bailiwick/snapshot/1\0";
const MARK: &[u8] = b"mark\0";
const STATE: &[u8] = b"state\0";
const FORMAT: u8 = 1;
const NONCE: [u8; 12] = [0; 12];
const MARK_BYTES: usize = 32;

/// Which state of which stream: what a snapshot of it opens under, and nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPlace {
    /// Whose.
    pub tenant: TenantId,
    /// Of which stream.
    pub stream: StreamId,
    /// The last event folded into it.
    pub seq: u64,
    /// The hash of that event.
    pub head: Digest,
    /// The epoch that it was folded in.
    pub epoch: u32,
    /// The version of the fold.
    pub fold: i32,
}

impl SnapshotPlace {
    fn bytes(&self) -> Vec<u8> {
        let (seq, epoch, fold) = (self.seq.to_be_bytes(), self.epoch.to_be_bytes(), self.fold.to_be_bytes());
        [NAME, self.tenant.bytes(), self.stream.bytes(), &seq, self.head.bytes(), &epoch, &fold].concat()
    }

    /// Seals a state under the stream's data key, and wipes it.
    ///
    /// # Errors
    /// [`SealError::Form`] when the cipher refuses, which no size that is kept brings about.
    pub fn seal(&self, key: &Secret, mut state: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let (extracted, place) = (extract(NAME, key), self.bytes());
        let mark = mark(&extracted, &place, &state);
        // The cipher works in place, and its tag must not make the buffer move and leave what was there behind.
        let mut bytes = Vec::with_capacity(state.len() + MARK_BYTES + 32);
        bytes.extend_from_slice(&state);
        state.zeroize();
        encrypt(&state_key(&extracted, &place, &mark), NONCE, &place, &mut bytes).map_err(|_| SealError::Form)?;
        bytes.splice(..0, [FORMAT].iter().chain(mark.bytes()).copied());
        Ok(bytes)
    }

    /// Opens what was sealed for this place under this key.
    ///
    /// # Errors
    /// [`SealError`] when it was sealed for another place or under another key, or was changed since.
    pub fn open(&self, key: &Secret, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (extracted, place) = (extract(NAME, key), self.bytes());
        let body = sealed.strip_prefix(&[FORMAT]).ok_or(SealError::Form)?;
        let (said, body) = body.split_first_chunk::<MARK_BYTES>().ok_or(SealError::Form)?;
        let said = Digest::new(*said);
        let mut body = Zeroizing::new(body.to_vec());
        let state = decrypt(&state_key(&extracted, &place, &said), NONCE, &place, &mut body);
        let length = state.map_err(|_| SealError::NotOurs)?.len();
        body.truncate(length);
        // AES-GCM alone does not commit to its key; this does.
        if mark(&extracted, &place, &body) != said {
            return Err(SealError::Commit);
        }
        Ok(body)
    }
}

fn mark(extracted: &Extracted, place: &[u8], state: &[u8]) -> Digest {
    Digest::new(*hmac_of(expand(extracted, &[MARK]).expose(), &[place, state]).expose())
}

fn state_key(extracted: &Extracted, place: &[u8], mark: &Digest) -> Secret {
    expand(extracted, &[STATE, place, mark.bytes()])
}

#[cfg(test)]
mod tests;
