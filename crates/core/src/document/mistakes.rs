//! All that is wrong with one document: who wrote four mistakes is told of four.

use super::{BadDocument, Document};
use crate::json::Json;

/// The most mistakes that are looked for in one document.
const MISTAKES_MAX: usize = 20;
/// How a fault begins that is about a field that no document has.
pub(super) const UNKNOWN: &str = "there is no field `";
/// How one begins that is about a field that is not there.
pub(super) const MISSING: &str = "missing `";

impl Document {
    /// Reads a document, with all mistakes that can be told apart. There is a document as well where nothing but fields that
    /// are none was wrong: what it says otherwise can be looked at.
    pub fn read_all(json: &Json) -> (Option<Self>, Vec<BadDocument>) {
        let (mut json, mut faults) = (json.clone(), Vec::new());
        let mut only_unknown = true;
        loop {
            // what is looked at as a whole misses what was taken out of it: no mistake of the writer's
            let read = if only_unknown { Self::read(&json) } else { Self::read_fields(&json) };
            let fault = match read {
                Ok(document) => return (only_unknown.then_some(document), faults),
                // nor is that it is missing
                Err(fault) if !only_unknown && fault.why.starts_with(MISSING) => return (None, faults),
                Err(fault) => fault,
            };
            only_unknown &= fault.why.starts_with(UNKNOWN);
            let rest = without(&json, &fault.at.tokens());
            faults.push(fault);
            match rest {
                Some(rest) if faults.len() < MISTAKES_MAX => json = rest,
                _ => return (None, faults),
            }
        }
    }
}

/// The same without the member at this place. Elements stay: what comes after one would be told at another place.
fn without(json: &Json, path: &[&str]) -> Option<Json> {
    let (first, rest) = path.split_first()?;
    match json {
        Json::Object(members) => {
            let mut members = members.clone();
            if rest.is_empty() {
                members.remove(first)?;
            } else {
                let inner = without(members.get(first)?, rest)?;
                members.insert(*first, inner);
            }
            Some(Json::Object(members))
        }
        Json::Array(items) if !rest.is_empty() => {
            let index: usize = first.parse().ok()?;
            let inner = without(items.get(index)?, rest)?;
            let mut items = items.clone();
            *items.get_mut(index)? = inner;
            Some(Json::Array(items))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
