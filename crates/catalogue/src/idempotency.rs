//! What is forwarded of an idempotency key: a keyed hash of it, in a form that the argument's schema takes. The caller's
//! own text never leaves, so that it carries nothing out, and the same key of another grant is another key.

use crate::binding::{Argument, Role};
use crate::path::{Path, Step};
use crate::schema::{Openness, Validator};
use bailiwick_core::json::{Json, Object, Pointer};
use bailiwick_core::{Digest, sha256};

/// A form of the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// 32 hexadecimal digits.
    Hex,
    /// A UUID of version 8, which says nothing of what its bits are (RFC 9562 section 5.8).
    Uuid,
    /// 64 hexadecimal digits.
    LongHex,
}

impl Shape {
    const ALL: [Self; 3] = [Self::Hex, Self::Uuid, Self::LongHex];

    pub(crate) fn write(self, hash: &Digest) -> String {
        let digits: String = hash.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        match self {
            Self::LongHex => digits,
            Self::Hex => part(0, 32).to_owned(),
            Self::Uuid => {
                let variant = hash.bytes().get(8).map_or(0x8, |byte| 0x8 | ((byte >> 4) & 0x3));
                let (a, b, c) = (part(0, 8), part(8, 12), part(13, 16));
                format!("{a}-{b}-8{c}-{variant:x}{}-{}", part(17, 20), part(20, 32))
            }
        }
    }
}

/// A key as it is forwarded beside the arguments.
pub fn forwarded_key(hash: &Digest) -> String {
    Shape::Hex.write(hash)
}

/// The argument that names the key, if a binding says one.
pub(crate) fn place(arguments: &[Argument]) -> Option<&Path> {
    arguments.iter().find(|argument| argument.role == Role::Idempotency).map(|argument| &argument.at)
}

/// Forms that the schema at this place takes; all where it cannot be looked at alone.
pub(crate) fn shapes(schema: &Json, place: &Path) -> Vec<Shape> {
    let mut own = Some(schema);
    for step in place.steps() {
        own = own.and_then(|schema| match step {
            Step::Member(name) => schema.get("properties")?.get(name),
            Step::Every => None,
        });
    }
    let Some(own) = own else { return Shape::ALL.to_vec() };
    if own.get("format").and_then(Json::as_str) == Some("uuid") {
        return vec![Shape::Uuid];
    }
    // the place alone, with what it may refer to
    let mut alone = Object::default();
    for name in ["$schema", "$defs", "definitions"] {
        if let Some(value) = schema.get(name) {
            alone.insert(name, value.clone());
        }
    }
    alone.insert("type", Json::from("object"));
    alone.insert("properties", Json::object([("key", own.clone())]));
    let validator = Validator::compile(&Json::Object(alone));
    let takes = |shape: &Shape| {
        let samples = [b"a".as_slice(), b"b", b"c", b"d"];
        samples.iter().all(|sample| {
            let key = Json::from(shape.write(&sha256(sample)));
            validator.check(&Json::object([("key", key)]), Openness::Closed).is_ok()
        })
    };
    Shape::ALL.into_iter().filter(takes).collect()
}

/// The arguments with another value at a place that is there.
pub(crate) fn replaced(arguments: &Json, at: &Pointer, value: &str) -> Json {
    replace(arguments, &at.tokens(), value)
}

fn replace(json: &Json, tokens: &[&str], value: &str) -> Json {
    let Some((first, rest)) = tokens.split_first() else { return Json::from(value) };
    match json {
        Json::Object(members) => Json::object(members.iter().map(|(name, member)| {
            let member = if name == *first { replace(member, rest, value) } else { member.clone() };
            (name.to_owned(), member)
        })),
        Json::Array(items) => {
            Json::array(items.iter().enumerate().map(|(index, item)| {
                if index.to_string() == **first { replace(item, rest, value) } else { item.clone() }
            }))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
