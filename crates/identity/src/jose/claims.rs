//! JSON objects of headers and payloads, read strictly: no member twice, no `null` where a value is meant.

use super::jws::JOSE_BYTES_MAX;
use bailiwick_core::json::{Json, Limits};
use serde::{
    Serialize, Serializer,
    de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};

/// Deep enough for the longest lineage in `act`.
const DEPTH_MAX: usize = 32;
const VALUES_MAX: usize = 1024;
const LIMITS: Limits = Limits { bytes: JOSE_BYTES_MAX, depth: DEPTH_MAX, nodes: VALUES_MAX };

/// Reads one object of type `T`. RFC 7515 §4 and RFC 7519 §4 let a parser take the last of two members of one name;
/// we refuse more than that, at any depth: two parsers must never read two things.
pub(crate) fn strict<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    Json::parse(json, &LIMITS).ok()?;
    serde_json::from_slice::<Obj<T>>(json).ok().map(|Obj(value)| value)
}

/// An object inside another. Without this, serde would also take a list of the members' values.
#[derive(Debug)]
pub(crate) struct Obj<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Obj<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Map<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Map<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        d.deserialize_map(Map(PhantomData)).map(Self)
    }
}

impl<T: Serialize> Serialize for Obj<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

/// For an optional member: absent is `None`, `null` is refused.
pub(crate) fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// For a member that only has to be noticed, whatever its value.
pub(crate) fn present<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(d).map(|_| true)
}

#[cfg(test)]
mod tests;
