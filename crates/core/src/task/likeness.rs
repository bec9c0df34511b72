//! Likeness: what two calls have in common when they are the same act under two idempotency keys.

use crate::hash::sha256_parts;
use crate::json::Json;
use crate::{Digest, IdempotencyKey, Salt, ToolId};

/// A salted hash of tool and arguments, without the key wherever it stands in them. The action digest covers every byte
/// that is sent, the key too, so it cannot tell that a second payment is the first one again.
pub(crate) fn likeness(salt: &Salt, tool: &ToolId, arguments: &Json, key: Option<&IdempotencyKey>) -> Digest {
    let arguments = key.map_or_else(|| arguments.canonical(), |key| without(arguments, key.as_str()).canonical());
    sha256_parts("bailiwick/likeness/1", &[salt.bytes(), tool.to_string().as_bytes(), arguments.as_bytes()])
}

/// A salted hash of a value in its normal form: what a task remembers of it, and what says nothing once the salt is erased.
pub fn value_hash(salt: &Salt, kind: &str, normal: &str) -> Digest {
    sha256_parts("bailiwick/value/1", &[salt.bytes(), kind.as_bytes(), normal.as_bytes()])
}

fn without(json: &Json, key: &str) -> Json {
    match json {
        Json::String(_) if json.as_str() == Some(key) => Json::Null,
        Json::Array(items) => Json::Array(items.iter().map(|item| without(item, key)).collect()),
        Json::Object(members) => {
            Json::object(members.iter().map(|(name, value)| (name.to_owned(), without(value, key))))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => json.clone(),
    }
}
