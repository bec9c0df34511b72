//! From a result to what was observed: measures, values, classes of data, and whether it says that something was done.

mod classes;
mod redact;
mod sanitize;
mod values;

pub use redact::Redacted;
pub(crate) use sanitize::{CHOICE_CHARS_MAX, CHOICES_MAX, Closed, NUMBER_MAX};

use crate::binding::{Counted, Told};
use crate::catalogue::Entry;
use crate::measure::Measured;
use crate::path::Step;
use bailiwick_core::json::{Json, Limits, Pointer};
use bailiwick_core::normal::Kind;
use bailiwick_core::{Amount, DataClass, Digest, Effect, Egress, FAILED, Measure, Observed, sha256};
use std::collections::BTreeSet;

/// The most bytes of a result that an event keeps.
pub(crate) const KEPT_BYTES_MAX: u64 = 16 << 10;
/// What a result may cost to read; a larger one is measured by its size alone.
const RESULT_LIMITS: Limits = Limits { bytes: 4 << 20, depth: 64, nodes: 200_000 };

/// Where a result says what kind it is, and what one says that asks (MCP 2026-07-28, multi round-trip requests).
const RESULT_TYPE: &str = "resultType";
const ASKS: &str = bailiwick_core::ASKED;

/// What a result says of the act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was done.
    Done,
    /// The result is one that the catalogue names as "nothing was done".
    NotDone,
    /// It says that something failed: nobody can tell what was done.
    Doubt(&'static str),
}

/// A result, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// What core settles and records.
    pub observed: Observed,
    /// What it says of the act.
    pub ending: Ending,
    /// The classes of data that are really in it.
    pub classes: BTreeSet<DataClass>,
}

impl Entry {
    /// Reads the bytes of a `CallToolResult`. `kept_bytes_max` says how much of it the template keeps; `key` hashes a
    /// normal form of a kind.
    pub(crate) fn observe(
        &self,
        result: &[u8],
        kept_bytes_max: u64,
        key: &dyn Fn(&Kind, &str) -> Digest,
    ) -> Observation {
        let json = Json::parse(result, &RESULT_LIMITS).ok();
        let failed = match &json {
            Some(json) => json.get("isError").is_some_and(|flag| flag.as_bool() != Some(false)),
            None => failed_leniently(result),
        };
        let content = json.as_ref().and_then(structured);
        let size = u64::try_from(result.len()).unwrap_or(u64::MAX);
        let mut observed = Observed { failed, size, digest: Some(sha256(result)), ..Observed::default() };
        self.measured(content.as_ref(), size, failed || json.as_ref().is_some_and(asks), &mut observed);
        // What a secret looks like when it is said again is not known: an address in a text may be one.
        let searches = !self.binding.gives_secrets();
        observed.values = values::read(&self.binding.result, result, json.as_ref(), content.as_ref(), (key, searches));
        let classes = classes::of(&self.binding.result.fields, &self.classes, json.as_ref(), content.as_ref());
        let typed = json.as_ref().is_some_and(|json| json.get("structuredContent").is_some());
        let asks = json.as_ref().is_some_and(asks);
        // What is neither the server's structure nor said to be an error may be what the caller wrote, given back.
        let told = content.as_ref().or(json.as_ref()).filter(|_| typed || failed);
        let ending = self.ending(told, failed, asks);
        observed.kept = json.filter(|_| size <= kept_bytes_max.min(KEPT_BYTES_MAX));
        if self.binding.gives_secrets() {
            // The text beside the structure says the same again, and a digest lets whoever has the rest try what it is.
            (observed.kept, observed.digest) = (None, None);
        }
        Observation { observed, ending, classes }
    }

    /// A result that nobody may look into: nothing of it is known but its size.
    pub(crate) fn unseen(&self, size: u64) -> Observed {
        let untold = self.binding.measures.iter().filter_map(|counted| match counted {
            Counted::After { unit, told: Told::At(_) | Told::Count(_) } => Some(unit.clone()),
            Counted::After { told: Told::Size, .. } | Counted::Calls => None,
        });
        let sized = self.binding.measures.iter().filter_map(|counted| match counted {
            Counted::After { unit, told: Told::Size } => Some((unit.clone(), Amount::from_whole(size)?)),
            Counted::After { .. } | Counted::Calls => None,
        });
        Observed { measured: sized.collect(), unmeasured: untold.collect(), size, ..Observed::default() }
    }

    /// `told` is where the server may say that nothing was done: what bindings look into; where there is none, the result
    /// itself, since most errors are one line of text. That it asks is said around the content, and never within.
    fn ending(&self, told: Option<&Json>, failed: bool, asks: bool) -> Ending {
        let named = self.binding.result.not_done.iter().any(|(at, equals)| {
            if matches!(at.steps(), [Step::Member(name)] if **name == *RESULT_TYPE) {
                return asks && equals.as_str() == Some(ASKS);
            }
            let found = told.map(|told| at.find(told));
            found.is_some_and(|found| matches!(found.hits.as_slice(), [hit] if hit.value == equals))
        });
        let harmless = self.nature.effect == Effect::Read && self.nature.egress == Egress::None;
        match failed {
            _ if named => Ending::NotDone,
            // The server ran and wants to be told more: what it has done by then only its own word tells.
            _ if asks => Ending::Doubt(bailiwick_core::ASKED),
            // A failed read that stays where it is has an outcome: nothing was learnt.
            true if !harmless => Ending::Doubt(FAILED),
            true | false => Ending::Done,
        }
    }

    fn measured(&self, content: Option<&Json>, size: u64, failed: bool, observed: &mut Observed) {
        let mut measured = Measured::default();
        if let Some(content) = content {
            self.binding.result.measured.iter().for_each(|from| from.read(content, &mut measured));
        }
        for counted in &self.binding.measures {
            let Counted::After { unit, told } = counted else { continue };
            let amount = match (told, content) {
                (Told::Size, _) => Amount::from_whole(size),
                (Told::Count(path), Some(content)) => {
                    let found = path.find(content);
                    let count = u64::try_from(found.hits.len()).ok().filter(|_| !found.over && found.missing.is_none());
                    count.and_then(Amount::from_whole)
                }
                (Told::At(from), Some(content)) => {
                    let mut one = Measured::default();
                    from.read(content, &mut one);
                    one.measures.into_iter().next().and_then(|measure| measure.amount.known().copied())
                }
                (Told::Count(_) | Told::At(_), None) => None,
            };
            match amount {
                Some(amount) => observed.measured.push((unit.clone(), amount)),
                None if !failed => observed.unmeasured.push(unit.clone()),
                None => {}
            }
        }
        // What could not be read settles at its reserve.
        observed.measured.extend(
            measured
                .measures
                .into_iter()
                .filter_map(|Measure { amount, unit, .. }| Some((unit.known()?.clone(), *amount.known()?))),
        );
    }
}

/// Whether it asks for input in the place of a result. Of an older era's server the edge takes the word out before.
fn asks(result: &Json) -> bool {
    result.get(RESULT_TYPE).and_then(Json::as_str) == Some(ASKS)
}

/// What bindings look into: the structured content, else a text that is whole, strict JSON, else the result of a method
/// as it is.
pub(crate) fn structured(result: &Json) -> Option<Json> {
    if let Some(content) = result.get("structuredContent") {
        return Some(content.clone());
    }
    let Some(content) = result.get("content") else { return Some(result.clone()) };
    let [only] = content.as_array()? else { return None };
    let text = only.pointer(&Pointer::root().join("text"))?.as_str()?;
    Json::parse(text.as_bytes(), &RESULT_LIMITS)
        .ok()
        .filter(|json| json.as_object().is_some() || json.as_array().is_some())
}

/// A result that is not strict JSON is passed on as it is; whether it says that it failed is read as any client would.
fn failed_leniently(result: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Flag {
        #[serde(rename = "isError", default)]
        is_error: Option<bool>,
    }
    // What nobody can read is no success.
    serde_json::from_slice::<Flag>(result).map_or(true, |flag| flag.is_error == Some(true))
}

#[cfg(test)]
mod tests;
