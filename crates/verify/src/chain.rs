//! The hash of an event, which is its entry in the log and binds it to the one before it in its stream.

use crate::hash::{length, sha256_of};
use bailiwick_core::{Digest, MandateName, StreamId, TenantId};

const EVENT: &[u8] = b"bailiwick/event/1\0";
const CONTROL: &[u8] = b"bailiwick/control/1\0";
const MANDATE: &[u8] = b"bailiwick/mandate/1\0";
/// What is hashed in place of a body, or of the hash before the first event.
pub(crate) const NONE: Digest = Digest::new([0; 32]);

/// `SHA-256("bailiwick/event/1" 0x00, tenant, stream, seq (u64be), previous, length of clear (u32be), clear, SHA-256 of the
/// sealed body or 32 zero bytes)`.
pub(crate) fn event_hash(
    tenant: TenantId,
    stream: StreamId,
    seq: u64,
    previous: &Digest,
    clear: &[u8],
    sealed: Option<&Digest>,
) -> Digest {
    let sealed = sealed.unwrap_or(&NONE);
    sha256_of(&[
        EVENT,
        tenant.bytes(),
        stream.bytes(),
        &seq.to_be_bytes(),
        previous.bytes(),
        &length(clear),
        clear,
        sealed.bytes(),
    ])
}

/// The id of a tenant's control stream: the first 16 bytes of `SHA-256("bailiwick/control/1" 0x00, tenant)`.
pub(crate) fn control_stream(tenant: TenantId) -> StreamId {
    let digest = sha256_of(&[CONTROL, tenant.bytes()]);
    StreamId::new(digest.bytes().first_chunk().copied().unwrap_or_default())
}

/// The id of a mandate's stream: the first 16 bytes of `SHA-256("bailiwick/mandate/1" 0x00, tenant, name)`.
pub(crate) fn mandate_stream(tenant: TenantId, name: &MandateName) -> StreamId {
    let digest = sha256_of(&[MANDATE, tenant.bytes(), name.as_str().as_bytes()]);
    StreamId::new(digest.bytes().first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests;
