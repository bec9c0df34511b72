//! What a server says of what is subscribed to: which resource, and nothing else of the message.

use crate::era::META_SUBSCRIPTION;
use bailiwick_core::json::{Json, Object};
use std::sync::Arc;

/// How many of these may wait for who hears them; who misses one takes it that all resources may be others.
pub(super) const SAID_WAITING_MAX: usize = 256;
/// The most bytes of a resource's name.
pub(crate) const URI_BYTES_MAX: usize = 8 << 10;

/// One thing that a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The subscription that this request of ours asked for has begun (the newer era).
    Acknowledged(u64),
    /// This resource may be another.
    Updated(Arc<str>),
}

impl Said {
    pub(super) fn updated(params: &Object) -> Option<Self> {
        match params.get("uri")? {
            Json::String(uri) if uri.len() <= URI_BYTES_MAX => Some(Self::Updated(uri.clone())),
            _ => None,
        }
    }

    pub(super) fn acknowledged(params: &Object) -> Option<Self> {
        params.get("_meta")?.get(META_SUBSCRIPTION)?.as_u64().map(Self::Acknowledged)
    }
}
