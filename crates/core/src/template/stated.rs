//! Typed values in what a person wrote in their own words: shown in a list of their own, and said yes to with it.

mod days;
mod names;

use super::money::amounts;
use crate::normal::{Kind, normal};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most values that are listed of one text: more is no list that anybody reads.
const STATED_MAX: usize = 64;
/// The most words that one value is written in, as an IBAN in groups of four.
const WORDS_MAX: usize = 9;

/// A value that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// What it is, as `iban`. A `name` is what something is called, whatever it is.
    pub kind: Kind,
    /// Which part of what the person said it stands in: values of one part belong together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Its whole normal form; of an amount with its currency. Of a day without its year, `--05-26`.
    pub value: String,
}

impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.value)
    }
}

impl Stated {
    /// What it stands for, by kind: what the person calls something by may be a person, a title or a file, and who names a
    /// host names its first page.
    pub(crate) fn forms(&self) -> Vec<(String, String)> {
        let own = (self.kind.to_string(), self.value.clone());
        let other = |kind: Kind| normal(&kind, &self.value).map(|form| (kind.to_string(), form));
        match self.kind {
            Kind::Name => {
                let kinds = [Kind::Title, Kind::Person, Kind::Party, Kind::Path];
                let others = kinds.into_iter().filter_map(other);
                [own].into_iter().chain(others).collect()
            }
            Kind::Host => {
                let page = |scheme: &str| normal(&Kind::Url, &format!("{scheme}//{}/", self.value));
                let pages = ["https:", "http:", ""].into_iter().filter_map(page);
                [own].into_iter().chain(pages.map(|page| (Kind::Url.to_string(), page))).collect()
            }
            // Who names an account names whom it goes to.
            Kind::Iban => [own].into_iter().chain(other(Kind::Party)).collect(),
            _ => vec![own],
        }
    }
}

/// The values of a text, in the order that they stand there; each once. What is cut off at [`STATED_MAX`] is not stated.
pub(super) fn stated(text: &str) -> Vec<Stated> {
    let mut out: Vec<Stated> = Vec::new();
    let mut put = |part: usize, kind: Kind, value: String| {
        let known = |of: &Stated| of.kind == kind && of.value == value;
        if out.len() < STATED_MAX && !out.iter().any(known) {
            out.push(Stated { kind, part: Some(format!("sentence {}", part + 1)), value });
        }
    };
    for (part, sentence) in sentences(text).into_iter().enumerate() {
        let (quoted, unquoted) = names::quoted(sentence);
        for name in quoted {
            put(part, Kind::Name, name);
        }
        for day in days::said(sentence) {
            put(part, Kind::Date, day);
        }
        let words: Vec<&str> = sentence.split_whitespace().collect();
        let mut rest = words.as_slice();
        while let Some((first, after)) = rest.split_first() {
            match longest(rest) {
                Some((kind, value, taken)) => {
                    put(part, kind, value);
                    rest = rest.get(taken..).unwrap_or_default();
                }
                None => {
                    if let Some((kind, value)) = one(bare(first)) {
                        put(part, kind, value);
                    }
                    rest = after;
                }
            }
        }
        for name in names::called(&unquoted) {
            put(part, Kind::Name, name);
        }
        for found in amounts(sentence) {
            // A sign that may mean several currencies states none.
            if let (Some(amount), [currency]) = (found.amount, found.currencies.as_slice()) {
                put(part, Kind::Amount, format!("{amount} {currency}"));
            }
        }
    }
    out
}

/// Whether these words stand in a text, one after another and whole, in whatever case.
pub(crate) fn words_of(text: &str, title: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let each = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        each.map(str::to_lowercase).collect()
    };
    let (text, title) = (words(text), words(title));
    !title.is_empty() && text.windows(title.len()).any(|part| part == title)
}

/// Words after which a person says how a name begins.
const BEGINS: [&str; 4] = ["starting with", "beginning with", "starts with", "begins with"];
/// The fewest characters of such a beginning.
const BEGINNING_CHARS_MIN: usize = 4;

/// Whether a person said of something that its name begins as this one does.
pub(crate) fn begins_as_said(text: &str, name: &str) -> bool {
    BEGINS.iter().flat_map(|words| text.split(words).skip(1)).any(|after| {
        let beginning = after.split_whitespace().next().map(bare).unwrap_or_default();
        beginning.chars().count() >= BEGINNING_CHARS_MIN && name.starts_with(beginning)
    })
}

/// The most characters that stand in the place of a form's name.
const FORM_NAME_CHARS_MAX: usize = 64;

/// Whether a title has a form that stands in quotes in a text, as `Dinner at {name}`: what stands for the name is a name.
pub(crate) fn form_of(text: &str, title: &str) -> bool {
    let fits = |form: &str| {
        let (before, rest) = form.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        let name = title.strip_prefix(before)?.strip_suffix(after)?;
        let says = before.chars().chain(after.chars()).any(char::is_alphanumeric);
        let named = says && !name.trim().is_empty() && name.chars().count() <= FORM_NAME_CHARS_MAX;
        // A sentence is no name, and neither is an address.
        let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '-' | '&');
        (named && name.chars().all(plain) && !form.get(before.len() + 1..)?.contains('{')).then_some(())
    };
    sentences(text).into_iter().flat_map(|sentence| names::quoted(sentence).0).any(|form| fits(&form).is_some())
}

/// The sentences of a text: what ends with a mark and goes on after a space, or stands in a line of its own.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    let (mut earlier, mut before) = (' ', ' ');
    for (at, c) in text.char_indices() {
        let marked = matches!(before, '.' | '!' | '?' | ';');
        // Some forget the space: no host is written `example.com.They`.
        let goes_on = || text.get(at..).and_then(|rest| rest.chars().nth(1)).is_some_and(char::is_lowercase);
        let forgotten = before == '.' && earlier.is_lowercase() && c.is_uppercase() && goes_on();
        if c == '\n' || (c.is_whitespace() && marked) || forgotten {
            out.extend(text.get(from..at));
            from = at;
        }
        (earlier, before) = (before, c);
    }
    out.extend(text.get(from..));
    out.retain(|sentence| !sentence.trim().is_empty());
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
    } else if names::file(word) || names::code(word) {
        Kind::Name
    } else if named_host(word) {
        Kind::Host
    } else if word.split_once('/').is_some_and(|(host, _)| named_host(host)) {
        Kind::Url
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
