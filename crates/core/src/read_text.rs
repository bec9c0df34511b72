//! Reads a value that is written as one JSON string, without keeping the string: most of what an event holds is such values.

use serde::{Deserializer, de};
use std::fmt;
use std::marker::PhantomData;

/// What is read off a string by a function.
struct Parsed<F, T>(F, PhantomData<T>);

impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> de::Visitor<'_> for Parsed<F, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<D: de::Error>(self, text: &str) -> Result<T, D> {
        (self.0)(text).map_err(D::custom)
    }
}

/// Reads a string by `parse`.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    d: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    d.deserialize_str(Parsed(parse, PhantomData))
}
