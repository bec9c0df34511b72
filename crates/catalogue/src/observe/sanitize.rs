//! A result as a sanitizer gives it: values of closed types alone, each at its place. Whoever wrote what the tool read can choose
//! among them and say nothing else, so what is given counts as written by nobody outside.

use super::{RESULT_LIMITS, structured};
use crate::catalogue::Entry;
use crate::path::{Path, Step};
use crate::read::typed;
use bailiwick_core::json::{Json, Object};
use bailiwick_core::normal::{Kind, normal};

/// The most of a closed type: how many values one has, and how long each is.
pub(crate) const CHOICES_MAX: usize = 64;
pub(crate) const CHOICE_CHARS_MAX: usize = 64;
/// How far a number may go from nought.
pub(crate) const NUMBER_MAX: i64 = 1_000_000_000;

/// A type of which all values are known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Closed {
    /// One of these texts.
    OneOf(Vec<String>),
    /// A whole number in a range.
    Number(i64, i64),
    /// A day, as `2026-05-01`.
    Date,
    /// Yes or no.
    Boolean,
    /// The id of something that stands in a list which nobody outside writes.
    Id(Kind),
}

impl Closed {
    /// Whether a value is one of its own. `known` says of an id whether such a list showed it to this task.
    fn holds(&self, value: &Json, known: &dyn Fn(&Kind, &str) -> bool) -> bool {
        match (self, value) {
            (Self::OneOf(all), Json::String(text)) => all.iter().any(|one| **one == **text),
            (Self::Number(from, to), Json::Number(number)) => {
                // Another way to write the same number says something too.
                let read: Option<i64> = number.as_str().parse().ok();
                read.is_some_and(|read| (*from..=*to).contains(&read) && read.to_string() == number.as_str())
            }
            (Self::Date, Json::String(text)) => {
                text.len() == 10 && normal(&Kind::Date, text).as_deref() == Some(&**text)
            }
            (Self::Boolean, Json::Bool(_)) => true,
            (Self::Id(kind), value) => typed(kind, value).is_some_and(|form| {
                let as_it_is = value.as_str().is_none_or(|text| *text == *form);
                as_it_is && known(kind, &form)
            }),
            _ => false,
        }
    }
}

impl Entry {
    /// Whether its results are values of closed types alone.
    pub(crate) fn is_sanitizer(&self) -> bool {
        !self.binding.result.sanitizes.is_empty()
    }

    /// The ids that a result says, of which is to be asked whether they are known.
    pub(crate) fn ids(&self, result: &[u8]) -> Vec<(Kind, String)> {
        let json = Json::parse(result, &RESULT_LIMITS).ok();
        let Some(content) = json.as_ref().and_then(structured) else { return Vec::new() };
        let ids = self.binding.result.sanitizes.iter().filter_map(|(path, closed)| match closed {
            Closed::Id(kind) => typed(kind, one(path, &content)?).map(|form| (kind.clone(), form)),
            _ => None,
        });
        ids.collect()
    }

    /// What is given of a result: of what it has no closed type for nothing, nor of what is not of its type. `None` where it
    /// cannot be read.
    pub(crate) fn sanitize(&self, result: &[u8], known: &dyn Fn(&Kind, &str) -> bool) -> Option<Vec<u8>> {
        let json = Json::parse(result, &RESULT_LIMITS).ok()?;
        let content = structured(&json)?;
        let mut out = Object::default();
        for (path, closed) in &self.binding.result.sanitizes {
            if let Some(value) = one(path, &content).filter(|value| closed.holds(value, known)) {
                put(&mut out, path.steps(), value);
            }
        }
        let content = Json::Object(out);
        let text = Json::object([("text", Json::from(content.canonical().as_str())), ("type", Json::from("text"))]);
        let whole = Json::object([("content", Json::array([text])), ("structuredContent", content)]);
        Some(whole.canonical().into_bytes())
    }
}

fn one<'a>(path: &Path, content: &'a Json) -> Option<&'a Json> {
    match path.find(content).hits.as_slice() {
        [hit] => Some(hit.value),
        _ => None,
    }
}

fn put(into: &mut Object, steps: &[Step], value: &Json) {
    let Some((Step::Member(name), rest)) = steps.split_first() else { return };
    if rest.is_empty() {
        into.insert(&**name, value.clone());
        return;
    }
    let mut inner = into.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    put(&mut inner, rest, value);
    into.insert(&**name, Json::Object(inner));
}

#[cfg(test)]
mod tests;
