//! Typed values in what a person wrote in their own words: shown in a list of their own, and said yes to with it.

use super::money::amounts;
use crate::normal::{Kind, normal};
use std::fmt;

/// The most values that are listed of one text: more is no list that anybody reads.
const STATED_MAX: usize = 32;
/// The most words that one value is written in, as an IBAN in groups of four.
const WORDS_MAX: usize = 9;

/// A value that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// What it is, as `iban`.
    pub kind: Kind,
    /// Its whole normal form; of an amount with its currency.
    pub value: String,
}

impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.value)
    }
}

/// The values of a text, in the order that they stand there; each once. What is cut off at [`STATED_MAX`] is not stated.
pub(super) fn stated(text: &str) -> Vec<Stated> {
    let mut out: Vec<Stated> = Vec::new();
    let mut put = |kind: Kind, value: String| {
        let stated = Stated { kind, value };
        if out.len() < STATED_MAX && !out.contains(&stated) {
            out.push(stated);
        }
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut rest = words.as_slice();
    while let Some((first, after)) = rest.split_first() {
        match longest(rest) {
            Some((kind, value, taken)) => {
                put(kind, value);
                rest = rest.get(taken..).unwrap_or_default();
            }
            None => {
                if let Some((kind, value)) = one(bare(first)) {
                    put(kind, value);
                }
                rest = after;
            }
        }
    }
    for found in amounts(text) {
        // A sign that may mean several currencies states none.
        if let (Some(amount), [currency]) = (found.amount, found.currencies.as_slice()) {
            put(Kind::Amount, format!("{amount} {currency}"));
        }
    }
    out
}

/// What may be written in several words: the longest that is a value.
fn longest(words: &[&str]) -> Option<(Kind, String, usize)> {
    let first = words.first()?;
    let kind = match bare(first).as_bytes() {
        [b'+', ..] => Kind::Phone,
        [a, b, c, d, ..]
            if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit() =>
        {
            Kind::Iban
        }
        _ => return None,
    };
    (1..=WORDS_MAX.min(words.len())).rev().find_map(|taken| {
        let joined = words.get(..taken)?.join(" ");
        Some((kind.clone(), normal(&kind, bare(&joined))?, taken))
    })
}

/// A value of one word.
fn one(word: &str) -> Option<(Kind, String)> {
    let kind = if word.contains("://") {
        Kind::Url
    } else if word.contains('@') {
        Kind::Email
    } else if word.starts_with('/') {
        Kind::Path
    } else if word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('-') {
        Kind::Date
    } else if named_host(word) {
        Kind::Host
    } else {
        return None;
    };
    let value = normal(&kind, word)?;
    Some((kind, value))
}

/// Whether a word is written as a domain: a point, and letters after the last one.
fn named_host(word: &str) -> bool {
    let last = word.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| last.chars().count() > 1 && last.chars().all(char::is_alphabetic))
}

/// A word without the marks of the sentence around it.
fn bare(word: &str) -> &str {
    let mark =
        |c: char| matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | '(' | ')' | '[' | ']' | '<' | '>') || quotes(c);
    word.trim_matches(mark)
}

const fn quotes(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»')
}

#[cfg(test)]
mod tests;
