//! Where values may come from: a row's own bound on sources, whoever would say yes to another.

use super::Row;
use crate::action::{Bound, BoundAs};
use crate::event::Source;
use crate::json::Pointer;
use crate::reason::{Code, Reason};
use crate::source::Origin;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// Sources that values may come from, by where they stand.
pub type From = BTreeMap<FromPlace, Vec<Origin>>;

/// What stands for the addresses that are found inside texts.
const ADDRESSES: &str = "addresses";

/// A place of the arguments, with `*` for each element of a list; or the addresses inside of texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FromPlace(String);

impl FromPlace {
    /// Reads `/to/*`, or `addresses`.
    pub fn parse(text: &str) -> Option<Self> {
        let place = text == ADDRESSES || (text.starts_with('/') && Pointer::parse(text).is_ok());
        place.then(|| Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a bound value stands there.
    fn holds(&self, bound: &Bound) -> bool {
        if self.0 == ADDRESSES || bound.role == BoundAs::Found {
            return self.0 == ADDRESSES && bound.role == BoundAs::Found;
        }
        let own = bound.pointer.to_string();
        let (mut place, mut found) = (self.0.split('/'), own.split('/'));
        loop {
            match (place.next(), found.next()) {
                (None, None) => return true,
                (Some("*"), Some(index)) if index.parse::<u64>().is_ok() => {}
                (Some(token), Some(own)) if token == own => {}
                _ => return false,
            }
        }
    }
}

impl fmt::Display for FromPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for FromPlace {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for FromPlace {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let expected = "expected a place of the arguments as `/to/*`, or `addresses`";
        crate::read_text::parsed(d, |text| Self::parse(text).ok_or(expected))
    }
}

impl Row {
    /// Whether every value comes from where this row allows; else the first that does not.
    pub(crate) fn lets_in(&self, bound: &[Bound], sources: &[Source]) -> Result<(), Reason> {
        let broken = bound.iter().zip(sources).find_map(|(bound, source)| {
            let held = self.from.iter().filter(|(place, _)| place.holds(bound)).map(|(_, held)| held);
            held.into_iter().find(|held| !held.contains(&source.source)).map(|held| (source, held))
        });
        let Some((source, held)) = broken else { return Ok(()) };
        let most = held.iter().map(|origin| origin.as_str()).collect::<Vec<_>>().join(", ");
        Err(Reason::new(Code::SourceNotGranted).at(&source.pointer).asked(source.source.as_str()).most(most))
    }
}

#[cfg(test)]
mod tests;
