//! What a client is to bring back with its next request, sealed: it opens for one grant, for a while, and only whole.

use bailiwick_core::{Digest, Micros, Span, StreamId, TenantId, sha256};
use bailiwick_gateway::Undecided;
use bailiwick_record::{Secret, SnapshotPlace};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How long a person, or a model, may take to answer.
const LIVES: Span = Span::seconds(900);
/// The bytes of the time until which it is good, in front of what is sealed.
const UNTIL_BYTES: usize = 8;
/// Tells these from snapshots of a stream: they have versions from 1 on, and keys of their own besides.
const FOLD: i32 = -1;

/// Seals and opens under one key, for one grant. The cipher, and why its nonce may be fixed, are those of snapshots.
pub(crate) struct State {
    key: Secret,
    place: SnapshotPlace,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn new(key: Secret, tenant: TenantId, task: StreamId, grant: &[u8]) -> Self {
        let place = SnapshotPlace { tenant, stream: task, seq: 0, head: sha256(grant), epoch: 0, fold: FOLD };
        Self { key, place }
    }

    /// Of a process whose session nobody else has: its secret says which.
    pub(crate) fn of_session(secret: &str) -> Self {
        let digest = |what: &[u8]| sha256(&[what, secret.as_bytes()].concat());
        let mut key = *digest(b"bailiwick/request-state of a session/1\0").bytes();
        let nobody = [0; 16];
        let (tenant, task) = (TenantId::new(nobody), StreamId::new(nobody));
        Self::new(Secret::take(&mut key), tenant, task, Digest::new([0; 32]).bytes())
    }

    pub(crate) fn seal(&self, state: &[u8], now: Micros) -> Option<String> {
        let whole = [now.after(LIVES).0.to_be_bytes().as_slice(), state].concat();
        let sealed = self.place.seal(&self.key, whole).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    pub(crate) fn open(&self, sealed: &str, now: Micros) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let whole = self.place.open(&self.key, &sealed).ok()?;
        let (until, state) = whole.split_first_chunk::<UNTIL_BYTES>()?;
        (now.0 < u64::from_be_bytes(*until)).then(|| state.to_vec())
    }
}

/// Nothing was sealed, so nothing can be brought back.
pub(crate) fn unsealed() -> Undecided {
    Undecided::Unavailable("what the client was to bring back could not be sealed".to_owned())
}

#[cfg(test)]
mod tests;
