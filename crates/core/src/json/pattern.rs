//! Pointers with `*` for every element.

use super::{
    Json,
    pointer::{self, BadPointer, Pointer},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// The most segments of a pattern.
const SEGMENTS_MAX: usize = 32;

/// A JSON Pointer in which a segment `*` is every element of an array and every member of an object.
///
/// A member that is itself called `*` can be named by no pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Segment {
    Every,
    Token(Arc<str>),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadPattern {
    /// It is no JSON Pointer.
    Pointer(BadPointer),
    /// It has more than 32 segments.
    TooLong,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(bad) => bad.fmt(f),
            Self::TooLong => write!(f, "expected a pattern of at most {SEGMENTS_MAX} segments"),
        }
    }
}

impl std::error::Error for BadPattern {}

impl Pattern {
    /// Reads a pattern: a JSON Pointer whose segments may be `*`.
    ///
    /// # Errors
    /// [`BadPattern`] when it is no JSON Pointer or too long.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let tokens = pointer::split(text).map_err(BadPattern::Pointer)?;
        if tokens.len() > SEGMENTS_MAX {
            return Err(BadPattern::TooLong);
        }
        let segment = |token: Arc<str>| if &*token == "*" { Segment::Every } else { Segment::Token(token) };
        Ok(Self(tokens.into_iter().map(segment).collect()))
    }

    /// Whether it names at most one place, which is then this.
    pub fn as_pointer(&self) -> Option<Pointer> {
        self.0.iter().try_fold(Pointer::root(), |pointer, segment| match segment {
            Segment::Every => None,
            Segment::Token(token) => Some(pointer.join(token.clone())),
        })
    }

    /// Whether it names this place.
    pub fn matches(&self, place: &Pointer) -> bool {
        let tokens = place.tokens();
        tokens.len() == self.0.len()
            && self.0.iter().zip(tokens).all(|(segment, token)| match segment {
                Segment::Every => true,
                Segment::Token(own) => &**own == token,
            })
    }

    /// Level by level, so that the work is bounded by the document's own size.
    pub(super) fn select<'a>(&self, document: &'a Json) -> Vec<(Pointer, &'a Json)> {
        self.0.iter().fold(vec![(Pointer::root(), document)], |level, segment| {
            level.into_iter().flat_map(|(place, value)| below(&place, value, segment)).collect()
        })
    }
}

fn below<'a>(place: &Pointer, value: &'a Json, segment: &Segment) -> Vec<(Pointer, &'a Json)> {
    match (segment, value) {
        (Segment::Token(token), _) => {
            value.step(token).map(|child| (place.clone().join(token.clone()), child)).into_iter().collect()
        }
        (Segment::Every, Json::Array(items)) => {
            items.iter().enumerate().map(|(at, child)| (place.clone().index(at), child)).collect()
        }
        (Segment::Every, Json::Object(members)) => {
            members.members().iter().map(|(key, child)| (place.clone().join(key.clone()), child)).collect()
        }
        (Segment::Every, _) => Vec::new(),
    }
}

impl From<&Pointer> for Pattern {
    /// The pattern for this place alone; a token `*` becomes every element.
    fn from(place: &Pointer) -> Self {
        let segment = |token: &str| if token == "*" { Segment::Every } else { Segment::Token(token.into()) };
        Self(place.tokens().into_iter().map(segment).collect())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Every => f.write_str("/*"),
            Segment::Token(token) => pointer::write_token(token, f),
        })
    }
}
impl std::str::FromStr for Pattern {
    type Err = BadPattern;
    fn from_str(text: &str) -> Result<Self, BadPattern> {
        Self::parse(text)
    }
}
impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}

#[cfg(test)]
mod tests;
