//! What leaves and what is kept of arguments: both are written anew from the value that was read.

use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Digest, sha256};

/// Arguments are kept whole up to this.
const WHOLE_BYTES_MAX: usize = 64 << 10;
/// Beyond that, each string over this is kept as its digest and size.
const STRING_BYTES_MAX: usize = 4 << 10;
/// What even so is larger is kept as one digest and refused: an event has to hold it.
const KEPT_BYTES_MAX: usize = 96 << 10;
const _: () = assert!(STRING_BYTES_MAX < WHOLE_BYTES_MAX && WHOLE_BYTES_MAX < KEPT_BYTES_MAX);

/// Arguments as an event keeps them.
pub(crate) struct Kept {
    pub(crate) arguments: Json,
    /// They do not fit an event even when they are reduced.
    pub(crate) too_large: bool,
}

/// Reduces arguments to what an event keeps. `forwarded` are their canonical bytes.
pub(crate) fn keep(arguments: &Json, forwarded: &[u8]) -> Kept {
    if forwarded.len() <= WHOLE_BYTES_MAX {
        return Kept { arguments: arguments.clone(), too_large: false };
    }
    let reduced = reduce(arguments);
    if reduced.canonical().len() <= KEPT_BYTES_MAX {
        return Kept { arguments: reduced, too_large: false };
    }
    Kept { arguments: digest_and_size(forwarded), too_large: true }
}

fn reduce(value: &Json) -> Json {
    match value {
        Json::String(text) if text.len() > STRING_BYTES_MAX => digest_and_size(text.as_bytes()),
        Json::Array(items) => Json::array(items.iter().map(reduce)),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name, reduce(value))).collect::<Object>())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

fn digest_and_size(bytes: &[u8]) -> Json {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Json::object([("digest", Json::from(sha256(bytes).to_string())), ("size", Json::from(size))])
}

/// The digest over all that will be sent: the tool's name, the arguments, and what goes beside them. It is that of the
/// RFC 8785 form of `{arguments, beside, tool}`.
pub(crate) fn sent(tool: &str, forwarded: &[u8], beside: &Json) -> Digest {
    let mut form = Vec::with_capacity(forwarded.len() + 128);
    form.extend_from_slice(b"{\"arguments\":");
    form.extend_from_slice(forwarded);
    form.extend_from_slice(b",\"beside\":");
    beside.write_canonical(&mut form);
    form.extend_from_slice(b",\"tool\":");
    Json::from(tool).write_canonical(&mut form);
    form.push(b'}');
    sha256(&form)
}

#[cfg(test)]
mod tests;
