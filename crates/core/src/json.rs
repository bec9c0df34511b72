//! JSON read strictly, held in one order, written in one form.
//!
//! Whatever two readers could understand differently is refused when it is read (I-JSON, RFC 7493, and more), so that
//! what is decided, hashed and forwarded is one value. Objects are held in the order of RFC 8785; a number is held as
//! its canonical text. No float leaves this module.

mod convert;
mod error;
mod key;
mod number;
mod object;
mod parse;
mod pattern;
mod pointer;
mod strings;
mod wire;
mod write;

pub use error::{Fault, JsonError, Place};
pub use number::Number;
pub use object::{KeyClash, Object};
pub use pattern::{BadPattern, Pattern};
pub use pointer::{BadPointer, Pointer};

use std::sync::Arc;

/// A JSON value read strictly (I-JSON, RFC 7493) and held in RFC 8785 order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its canonical text.
    Number(Number),
    /// A text without surrogates and noncharacters.
    String(Arc<str>),
    /// Values in the order given.
    Array(Vec<Json>),
    /// Members in RFC 8785 order.
    Object(Object),
}

/// What a document may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of the whole document.
    pub bytes: usize,
    /// The most arrays and objects within each other; never above [`DEPTH_MAX`].
    pub depth: usize,
    /// The most values, the outermost included.
    pub nodes: usize,
}

/// No limit may allow deeper documents: values are dropped and written by recursion.
pub const DEPTH_MAX: usize = 128;

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 64, nodes: 100_000 }
    }
}

impl Limits {
    /// For bytes that we wrote ourselves: as large as an event may be, and a little deeper than any caller's.
    pub const fn stored() -> Self {
        Self { bytes: 4 << 20, depth: 100, nodes: 400_000 }
    }
}

impl Json {
    /// Reads a whole document.
    ///
    /// # Errors
    /// [`JsonError`] with the place and what was expected: anything but well-formed JSON, and anything that two
    /// readers could take for two values (see [`Fault`]).
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, JsonError> {
        parse::document(bytes, limits)
    }

    /// The RFC 8785 form.
    pub fn canonical(&self) -> String {
        let mut out = Vec::with_capacity(128);
        self.write_canonical(&mut out);
        // by INVARIANT of `write`: only whole texts are appended
        String::from_utf8(out).unwrap_or_default()
    }

    /// Appends the RFC 8785 form.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        write::value(self, out);
    }

    /// The value at a pointer (RFC 6901 section 4), if there is one.
    pub fn pointer(&self, pointer: &Pointer) -> Option<&Self> {
        pointer.tokens().into_iter().try_fold(self, |value, token| value.step(token))
    }

    /// All values that a pattern names, in document order. Never more than the document has values; each pointer
    /// shares its parent's tokens.
    pub fn select<'a>(&'a self, pattern: &Pattern) -> Vec<(Pointer, &'a Self)> {
        pattern.select(self)
    }

    /// The member or element that one token of a pointer names.
    pub(crate) fn step(&self, token: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(token),
            Self::Array(items) => items.get(pointer::array_index(token)?),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub const fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as an unsigned integer, if it is one of at most 64 bits.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The number as a signed integer, if it is one of at most 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// Whether this is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of value this is, in a user's words.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests;
