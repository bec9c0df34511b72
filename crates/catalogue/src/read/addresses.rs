//! Addresses inside the texts of a call: whoever gets the text can send something there.

use crate::binding::{Binding, Role};
use crate::measure::{MeasureFrom, UnitFrom};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::normal::{Kind, found};
use bailiwick_core::{Bound, BoundAs, Reading, sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The most addresses of one call. One more is one of which nothing is known.
const FOUND_MAX: usize = 64;
/// The most bytes of their forms together: an event has to hold them.
const FORMS_BYTES_MAX: usize = 16 << 10;

/// What is to be done with the texts at a place and below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// Nothing is said of it.
    Unbound,
    /// It is a value of its own kind, and compared whole; or a person says that it does not matter.
    Whole,
    /// It is text.
    Text,
}

/// The addresses in texts and contents; where `unbound`, also in what no binding names.
pub(super) fn addresses(binding: &Binding, arguments: &Json, unbound: bool) -> Vec<Bound> {
    let mut search = Search { unbound, out: Vec::new(), unknown: BTreeSet::new(), bytes: 0, over: false };
    search.walk(arguments, &modes(binding, arguments));
    search.out
}

/// How each place is bound that is. What is text by one binding is text.
fn modes(binding: &Binding, arguments: &Json) -> BTreeMap<String, Mode> {
    let mut modes = BTreeMap::new();
    let mut put = |pointer: &Pointer, mode: Mode| {
        let known = modes.entry(pointer.to_string()).or_insert(mode);
        *known = mode.max(*known);
    };
    for argument in &binding.arguments {
        let mode = match (&argument.role, &argument.kind) {
            (Role::Harmless | Role::Idempotency, _) => Mode::Whole,
            (_, Some(Kind::Content | Kind::Text | Kind::Title)) => Mode::Text,
            _ => Mode::Whole,
        };
        argument.at.find(arguments).hits.iter().for_each(|hit| put(&hit.pointer, mode));
        if let Role::Measure(MeasureFrom { unit: UnitFrom::At(currency), .. }) = &argument.role {
            currency.find(arguments).hits.iter().for_each(|hit| put(&hit.pointer, Mode::Whole));
        }
    }
    modes
}

struct Search {
    unbound: bool,
    out: Vec<Bound>,
    /// Where an address of a kind stands that has no form: another there says no more.
    unknown: BTreeSet<(Kind, String)>,
    bytes: usize,
    over: bool,
}

impl Search {
    fn walk(&mut self, arguments: &Json, modes: &BTreeMap<String, Mode>) {
        let mut rest = vec![(Pointer::root(), Mode::Unbound, arguments)];
        while let Some((at, above, value)) = rest.pop() {
            if self.over {
                return;
            }
            let mode = if modes.is_empty() { above } else { modes.get(&at.to_string()).copied().unwrap_or(above) };
            let searched = mode == Mode::Text || (mode == Mode::Unbound && self.unbound);
            match value {
                Json::String(text) if searched => self.text(text, &at),
                Json::Array(items) => {
                    rest.extend(items.iter().enumerate().rev().map(|(i, item)| (at.clone().index(i), mode, item)));
                }
                Json::Object(members) => {
                    let mut inner = Vec::with_capacity(members.len());
                    for (name, member) in members.iter() {
                        let place = at.clone().join(name);
                        // whoever fills an open object writes its names too
                        if searched {
                            self.text(name, &place);
                        }
                        inner.push((place, mode, member));
                    }
                    rest.extend(inner.into_iter().rev());
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
            }
        }
    }

    fn text(&mut self, text: &str, at: &Pointer) {
        let all = found(text, FOUND_MAX + 1);
        for one in all.found {
            if one.normal.is_none() && !self.unknown.insert((one.kind.clone(), at.to_string())) {
                continue;
            }
            self.bytes += one.normal.as_ref().map_or(0, String::len);
            if self.out.len() == FOUND_MAX || self.bytes > FORMS_BYTES_MAX {
                return self.more(at);
            }
            let digest = sha256(Json::from(one.excerpt.as_str()).canonical().as_bytes());
            self.put(one.kind, one.normal, at, digest);
        }
        if all.over {
            self.more(at);
        }
    }

    /// There are more than are told apart: one stands for the others.
    fn more(&mut self, at: &Pointer) {
        self.over = true;
        self.put(Kind::Url, None, at, sha256(b"\"\""));
    }

    fn put(&mut self, kind: Kind, normal: Option<String>, at: &Pointer, digest: bailiwick_core::Digest) {
        self.out.push(Bound {
            digest,
            group: None,
            kind: kind.to_string(),
            normal: normal.map_or(Reading::Unknown, Reading::Known),
            pointer: at.clone(),
            role: BoundAs::Found,
            unit: None,
        });
    }
}

#[cfg(test)]
mod tests;
