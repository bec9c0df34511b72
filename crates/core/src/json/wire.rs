//! Values within our own structs, through serde.
//!
//! From `serde_json` a value is read strictly from its own bytes, and to it it is written in the RFC 8785 form. Other
//! formats go through the visitor, where a float is what the format says it is.

use super::{Json, Limits, Number, object::Object};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Error as _},
    ser::{Error as _, SerializeMap as _},
};
use serde_json::value::RawValue;
use std::{fmt, sync::Arc};

/// How `serde_json` is asked for a value's own bytes. `a_value_in_a_struct_is_read_strictly` fails should it change.
const RAW: &str = "$serde_json::private::RawValue";

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if let Some(value) = self.as_u64() {
            return s.serialize_u64(value);
        }
        if let Some(value) = self.as_i64() {
            return s.serialize_i64(value);
        }
        RawValue::from_string(self.as_str().to_owned()).map_err(S::Error::custom)?.serialize(s)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.len()))?;
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => s.serialize_unit(),
            Self::Bool(value) => s.serialize_bool(*value),
            Self::Number(number) => number.serialize(s),
            Self::String(text) => s.serialize_str(text),
            Self::Array(items) => items.serialize(s),
            Self::Object(members) => members.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_newtype_struct(RAW, Outer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Json::deserialize(d)? {
            Json::Number(number) => Ok(number),
            other => Err(D::Error::custom(format_args!("expected a number, found {}", other.kind()))),
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Json::deserialize(d)? {
            Json::Object(members) => Ok(members),
            other => Err(D::Error::custom(format_args!("expected an object, found {}", other.kind()))),
        }
    }
}

/// Told by `serde_json` the bytes, by others to read on.
struct Outer;

impl<'de> de::Visitor<'de> for Outer {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, text)) if key == RAW => {
                Json::parse(text.as_bytes(), &Limits::stored()).map_err(A::Error::custom)
            }
            _ => Err(A::Error::custom("expected the bytes of a JSON value")),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, d: D) -> Result<Json, D::Error> {
        d.deserialize_any(Inner)
    }
}

/// A value of another format, or one that serde has buffered.
struct Inner;

impl<'de> de::Deserialize<'de> for InnerJson {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Inner).map(InnerJson)
    }
}

struct InnerJson(Json);

impl<'de> de::Visitor<'de> for Inner {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Json, D::Error> {
        d.deserialize_any(self)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        let number = Number::from_double(value);
        number.map(Json::Number).ok_or_else(|| E::custom("expected a number within the range of a double"))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
        match super::strings::no_noncharacter(text, 0) {
            Ok(()) => Ok(text.into()),
            Err((fault, _)) => Err(E::custom(fault)),
        }
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(InnerJson(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }
    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(Arc<str>, Json)> = Vec::new();
        while let Some((key, InnerJson(value))) = map.next_entry::<String, InnerJson>()? {
            members.push((key.into(), value));
        }
        Object::from_members(members).map(Json::Object).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests;
