//! A value of YAML with the place of each of its parts.

use bailiwick_core::json::{Json, Limits, Object, Pointer};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::sync::Arc;

/// One part.
type Part = Spanned<Node>;

/// A value, with places.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Scalar(Json),
    List(Vec<Part>),
    Members(Vec<(Spanned<String>, Part)>),
}

impl Node {
    /// The value alone.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::Scalar(json) => json.clone(),
            Self::List(items) => Json::array(items.iter().map(|item| item.value.json())),
            Self::Members(members) => {
                Json::object(members.iter().map(|(name, part)| (name.value.as_str(), part.value.json())))
            }
        }
    }

    /// The line and column of the part that is nearest to the pointer; (0, 0) where that is the whole.
    pub(super) fn locate(&self, at: &Pointer) -> (u64, u64) {
        let mut found = (0, 0);
        let mut node = self;
        for token in at.tokens() {
            let next = match node {
                Self::Members(members) => members.iter().find(|(name, _)| name.value == token).map(|(name, part)| {
                    found = (name.referenced.line(), name.referenced.column());
                    part
                }),
                Self::List(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)).inspect(|part| {
                    found = (part.referenced.line(), part.referenced.column());
                }),
                Self::Scalar(_) => None,
            };
            let Some(part) = next else { break };
            node = &part.value;
        }
        found
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

/// A scalar, read as strictly as JSON is.
fn scalar<E: Error, T: Serialize>(value: T) -> Result<Node, E> {
    let text = serde_json::to_vec(&value).map_err(E::custom)?;
    Json::parse(&text, &Limits::default()).map(Node::Scalar).map_err(E::custom)
}

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        scalar(value)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        scalar(value)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        scalar(value)
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        scalar(value)
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        scalar(value)
    }
    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Json::Null))
    }
    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Json::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Node, D::Error> {
        Node::deserialize(value)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element()? {
            out.push(item);
        }
        Ok(Node::List(out))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut out: Vec<(Spanned<String>, Part)> = Vec::new();
        while let Some(name) = members.next_key::<Spanned<String>>()? {
            if out.iter().any(|(known, _)| known.value == name.value) {
                return Err(A::Error::custom(format_args!("the key `{}` stands twice", name.value.escape_debug())));
            }
            out.push((name, members.next_value()?));
        }
        let names = out.iter().map(|(name, _)| (Arc::from(name.value.as_str()), Json::Null)).collect();
        // two names that differ in case alone are one name to some readers
        Object::from_members(names).map_err(A::Error::custom)?;
        Ok(Node::Members(out))
    }
}
