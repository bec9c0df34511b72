//! Addresses inside a text: what somebody who reads it, or a program, could send something to.
//!
//! A text is looked through as it is written, and once more with each usual disguise undone. What is recognised as an
//! address and has no normal form (look-alike letters, unseen characters, user information) is found without one: it
//! equals nothing, so it is judged as unknown. An address that is told in other ways (numbers as words, "the usual site",
//! a picture) is not found. The list of top-level names grows, so what was found is recorded and not found again later.

mod base64;
mod disguise;
mod names;
mod numbers;
mod plain;
mod text;

use super::{Kind, chars};
use std::collections::BTreeSet;

/// The most characters of an excerpt.
const EXCERPT_CHARS_MAX: usize = 120;
/// How often base64 within base64 is looked into.
const NESTED_MAX: usize = 2;

/// An address that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// `url`, `host`, `email`, `iban`, `phone` or `card`.
    pub kind: Kind,
    /// Its whole normal form; `None` where it has none.
    pub normal: Option<String>,
    /// How it is written, once its disguise is undone; cut where it is long.
    pub excerpt: String,
}

/// All addresses of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    /// Each once, in the order that they were found in.
    pub found: Vec<Found>,
    /// There were more than were asked for, or more to look at than is looked at.
    pub over: bool,
}

/// Looks for the addresses in a text, at most so many. The work is linear in the text.
pub fn found(text: &str, most: usize) -> Addresses {
    let mut search = Search { most, all: Addresses::default(), seen: BTreeSet::new() };
    search.through(text, true);
    if !text.is_ascii() {
        let folded = chars::folded(text);
        if folded != text {
            search.through(&folded, false);
        }
    }
    search.all
}

struct Search {
    most: usize,
    all: Addresses,
    seen: BTreeSet<(Kind, Option<String>, String)>,
}

impl Search {
    /// The text and what its disguises hide, and the same of what escapes in it stand for. Where it is not what was written but
    /// what that looks like, nothing in it has a normal form, unless it was found before.
    fn through(&mut self, text: &str, as_written: bool) {
        self.layers(text, as_written);
        if let Some(plain) = disguise::unescaped(text) {
            self.layers(&plain, as_written);
        }
    }

    fn layers(&mut self, text: &str, as_written: bool) {
        self.written(text, as_written);
        if let Some(decoded) = disguise::decoded(text) {
            self.written(&decoded, as_written);
        }
        if let Some(joined) = disguise::spaced(text) {
            self.written(&joined, as_written);
        }
        let mut inner = base64::decoded(text);
        for _ in 0..NESTED_MAX {
            let Some(decoded) = inner else { break };
            self.written(&decoded, as_written);
            let plain = disguise::unescaped(&decoded);
            if let Some(plain) = &plain {
                self.written(plain, as_written);
            }
            if let Some(decoded) = disguise::decoded(&decoded) {
                self.written(&decoded, as_written);
            }
            inner = base64::decoded(plain.as_ref().unwrap_or(&decoded));
        }
    }

    fn written(&mut self, text: &str, as_written: bool) {
        self.plain(text, as_written);
        let plain = disguise::written(text, false);
        if let Some(plain) = &plain {
            self.plain(plain, as_written);
        }
        if let Some(joined) = disguise::written(text, true).filter(|joined| Some(joined) != plain.as_ref()) {
            self.plain(&joined, as_written);
        }
    }

    fn plain(&mut self, text: &str, as_written: bool) {
        let mut scan = plain::scan(text);
        self.all.over |= scan.over;
        scan.spans.sort_by_key(|span| (span.from, span.to));
        for span in scan.spans {
            let excerpt: String = text.get(span.from..span.to).unwrap_or("").chars().take(EXCERPT_CHARS_MAX).collect();
            let known = |normal: &Option<String>| (span.kind.clone(), normal.clone(), String::new());
            if !as_written && span.normal.is_some() && self.seen.contains(&known(&span.normal)) {
                continue;
            }
            let normal = span.normal.filter(|_| as_written);
            let key = match &normal {
                Some(_) => known(&normal),
                None => (span.kind.clone(), None, excerpt.clone()),
            };
            if self.seen.contains(&key) {
                continue;
            }
            if self.all.found.len() >= self.most {
                self.all.over = true;
                return;
            }
            self.seen.insert(key);
            self.all.found.push(Found { kind: span.kind, normal, excerpt });
        }
    }
}

#[cfg(test)]
mod tests;
