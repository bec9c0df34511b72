//! A result without the fields that may not be read.

use super::classes::{self, Place, says_the_same};
use super::{RESULT_LIMITS, structured};
use crate::catalogue::Entry;
use bailiwick_core::DataClass;
use bailiwick_core::json::{Json, Object, Pointer};
use std::collections::BTreeSet;

/// The most places that are named as taken out; what is beyond was taken out too.
const PLACES_MAX: usize = 64;
/// Where a result says which of its fields were taken out.
const WITHHELD: &str = "bailiwick.dev/withheld";

/// How text beside the structure is named where it was taken out.
const BESIDE: &str = "/content";

/// What may be given out of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redacted {
    /// All of it, as it came.
    Whole,
    /// The rest of it, written anew.
    Without {
        /// The result to give out. It says what is not in it.
        bytes: Vec<u8>,
        /// Places that were taken out, with `*` for every element of a list; the first 64.
        removed: Vec<String>,
    },
    /// Nothing: what may be read of it cannot be told from what may not.
    Withheld,
}

impl Entry {
    /// What may be given out of a result to somebody who may read the classes of data that `readable` says. Text beside
    /// what bindings look into may say again what was taken out, so it goes too.
    pub(crate) fn redact(&self, result: &[u8], readable: &dyn Fn(&DataClass) -> bool) -> Redacted {
        let fields = &self.binding.result.fields;
        let json = Json::parse(result, &RESULT_LIMITS).ok();
        let content = json.as_ref().and_then(structured);
        let all = classes::of(fields, &self.classes, json.as_ref(), content.as_ref());
        // What may not be read may stand in any text, and in whatever has not the form that the binding knows.
        let unreadable = fields.iter().any(|(_, class)| !readable(class));
        let texts = json.as_ref().and_then(|json| json.get("content")?.as_array()).unwrap_or_default();
        let beside = |content: &Json| texts.iter().any(|item| !says_the_same(item, content));
        let told = unreadable && content.as_ref().is_none_or(beside);
        if all.iter().all(readable) && !told {
            return Redacted::Whole;
        }
        let (Some(json), Some(content)) = (json, content) else { return Redacted::Withheld };
        let others = self.classes.iter().all(readable);
        let mut cut = Cut { readable, others, removed: BTreeSet::new() };
        if told {
            cut.removed.insert(BESIDE.to_owned());
        }
        let Some(rest) = cut.keep(&content, &Place::root(fields), &Pointer::root()) else { return Redacted::Withheld };
        let removed: Vec<String> = cut.removed.into_iter().take(PLACES_MAX).collect();
        let bytes = written(&json, &content, &rest, others, &removed).canonical().into_bytes();
        Redacted::Without { bytes, removed }
    }
}

struct Cut<'a> {
    readable: &'a dyn Fn(&DataClass) -> bool,
    /// Whether what the binding does not name may be read.
    others: bool,
    removed: BTreeSet<String>,
}

impl Cut<'_> {
    /// What of a value may be read; nothing where none of it may. `at` has `*` for elements.
    fn keep(&mut self, value: &Json, place: &Place<'_>, at: &Pointer) -> Option<Json> {
        let good = match place.classes() {
            [] => self.others,
            own => own.iter().all(|class| (self.readable)(class)),
        };
        // one answer for all that stands below
        if place.is_even() && !good && !value.is_null() {
            if self.removed.len() <= PLACES_MAX {
                self.removed.insert(at.to_string());
            }
            return None;
        }
        match value {
            Json::Object(members) => {
                let kept = members.iter().filter_map(|(name, member)| {
                    Some((name, self.keep(member, &place.member(name), &at.clone().join(name))?))
                });
                Some(Json::Object(kept.collect::<Object>()))
            }
            // the others stay where they are: a row has its columns
            Json::Array(items) => {
                let kept = items.iter().enumerate().map(|(index, item)| {
                    let index = index.to_string();
                    let named = if place.names(&index) { &*index } else { "*" };
                    self.keep(item, &place.member(&index), &at.clone().join(named)).unwrap_or(Json::Null)
                });
                Some(Json::array(kept.collect::<Vec<_>>()))
            }
            Json::Null => Some(Json::Null),
            Json::Bool(_) | Json::Number(_) | Json::String(_) if good => Some(value.clone()),
            Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                if self.removed.len() <= PLACES_MAX {
                    self.removed.insert(at.to_string());
                }
                None
            }
        }
    }
}

/// The result with the rest of its content, and with the places that are not in it.
fn written(json: &Json, content: &Json, rest: &Json, others: bool, removed: &[String]) -> Json {
    let places = Json::array(removed.iter().map(|place| Json::from(place.as_str())));
    let named = json.get("structuredContent").is_some();
    let texts = json.get("content").and_then(Json::as_array);
    let mut out = match (named || texts.is_some(), rest) {
        (false, Json::Object(members)) => members.clone(),
        _ => Object::default(),
    };
    if named {
        out.insert("structuredContent", rest.clone());
    }
    if let Some(items) = texts {
        let same = items.iter().filter(|item| says_the_same(item, content));
        let said = same.map(|item| match item {
            Json::Object(members) => {
                let mut members = members.clone();
                members.insert("text", Json::from(rest.canonical().as_str()));
                Json::Object(members)
            }
            _ => item.clone(),
        });
        let note =
            format!("Not given out, because its class of data may not be read in this task: {}", removed.join(", "));
        let note = Json::object([("text", Json::from(note.as_str())), ("type", Json::from("text"))]);
        out.insert("content", Json::array(said.chain([note]).collect::<Vec<_>>()));
    }
    for name in ["isError", "resultType"] {
        if let Some(member) = json.get(name).filter(|_| named || texts.is_some()) {
            out.insert(name, member.clone());
        }
    }
    let mut meta = json.get("_meta").filter(|_| others).and_then(Json::as_object).cloned().unwrap_or_default();
    meta.insert(WITHHELD, places);
    out.insert("_meta", Json::Object(meta));
    Json::Object(out)
}

#[cfg(test)]
mod tests;
