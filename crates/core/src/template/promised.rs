//! What an intent promises and no row holds: a person reads the intent first, and only the rows are enforced.

use crate::document::Template;
use crate::json::Json;
use crate::{Amount, Unit};
use std::collections::BTreeSet;

/// Stands for a parameter's value while the words around it are read.
const VALUE: char = '\u{fffc}';
/// What opens a quotation, and what closes it.
const QUOTES: [(char, char); 7] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];
/// Signs of currencies, with the codes that each is written for.
const SIGNS: [(char, &[&str]); 4] = [
    ('€', &["EUR"]),
    ('£', &["GBP"]),
    ('¥', &["JPY", "CNY"]),
    ('$', &["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD"]),
];

/// Something that an intent says and no limit holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheld {
    /// The value of this parameter.
    Parameter(String),
    /// An amount of money or a quoted name, as the template writes it.
    Words(String),
}

impl Template {
    /// Values of the intent that stand in no condition, no limit and no tool's name: parameters, amounts with a currency,
    /// quoted names. Other words promise as well; these are what a reader takes for a bound.
    pub fn unheld(&self) -> Vec<Unheld> {
        let (names, text) = parted(&self.intent);
        let held = Held::of(self);
        let mut out: Vec<Unheld> = Vec::new();
        let mut put = |unheld: Unheld| {
            if !out.contains(&unheld) {
                out.push(unheld);
            }
        };
        names.into_iter().filter(|name| !held.parameter(name)).for_each(|name| put(Unheld::Parameter(name.to_owned())));
        amounts(&text)
            .into_iter()
            .filter(|found| !held.amount(found))
            .for_each(|found| put(Unheld::Words(found.words)));
        let quoted = quotations(&text).into_iter().filter(|name| !held.name(name));
        quoted.for_each(|name| put(Unheld::Words(name.to_owned())));
        out
    }
}

/// The parameters of an intent, and its own words.
fn parted(intent: &str) -> (Vec<&str>, String) {
    let (mut names, mut text, mut rest) = (Vec::new(), String::new(), intent);
    while let Some((before, (name, after))) = rest.split_once('{').and_then(|(b, a)| Some((b, a.split_once('}')?))) {
        text.push_str(before);
        text.push(VALUE);
        names.push(name);
        rest = after;
    }
    text.push_str(rest);
    (names, text)
}

/// What the rows hold.
#[derive(Default)]
struct Held<'a> {
    /// Texts of conditions, and of limits that are parameters.
    texts: BTreeSet<String>,
    /// Amounts of limits by unit; of conditions, which name none.
    amounts: BTreeSet<(Option<&'a str>, Amount)>,
    tools: Vec<&'a str>,
}

impl<'a> Held<'a> {
    fn of(template: &'a Template) -> Self {
        let mut held = Self::default();
        for row in &template.grant {
            held.tools.extend(row.tools.iter().map(String::as_str));
            held.take(None, &row.when);
            for (unit, limit) in row.meters.as_object().into_iter().flat_map(crate::json::Object::iter) {
                held.take(Some(unit), limit);
            }
        }
        // where somebody is asked from this amount on, it is a bound as well
        for (unit, amount) in template.ask.iter().flat_map(|ask| &ask.over) {
            held.amounts.insert((Some(unit.as_str()), *amount));
        }
        held
    }

    fn take(&mut self, unit: Option<&'a str>, json: &'a Json) {
        match json {
            Json::Object(members) => members.iter().for_each(|(_, value)| self.take(unit, value)),
            Json::Array(items) => items.iter().for_each(|item| self.take(unit, item)),
            Json::String(text) => {
                self.texts.insert(text.to_string());
                self.amounts.extend(Amount::parse(text).ok().map(|amount| (unit, amount)));
            }
            Json::Number(number) => {
                self.amounts.extend(Amount::parse(number.as_str()).ok().map(|amount| (unit, amount)));
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn parameter(&self, name: &str) -> bool {
        let place = format!("{{{name}}}");
        self.texts.contains(&place) || self.tools.iter().any(|tool| tool.starts_with(&format!("{place}/")))
    }

    fn amount(&self, found: &Found) -> bool {
        let Some(amount) = found.amount else { return false };
        self.amounts.iter().any(|(unit, held)| {
            unit.is_none_or(|unit| found.currencies.iter().any(|code| code == unit)) && *held == amount
        })
    }

    /// A tool is named whole, or without its server.
    fn name(&self, name: &str) -> bool {
        let tool = |tool: &&str| *tool == name || tool.split_once('/').is_some_and(|(_, own)| own == name);
        self.texts.contains(name) || self.tools.iter().any(tool)
    }
}

/// An amount of money in words.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    words: String,
    /// Codes of the currencies that it may be in.
    currencies: Vec<String>,
    /// `None`: written in a way that no limit is.
    amount: Option<Amount>,
}

fn code(word: &str) -> Option<&str> {
    Unit::parse(word).is_ok_and(|unit| unit.is_currency()).then_some(word)
}

/// Numbers beside a currency's code or sign: `500 EUR`, `EUR 500`, `€500`, `500€`.
fn amounts(text: &str) -> Vec<Found> {
    let bare = |word: &'_ str| -> String {
        word.trim_matches(|c: char| !c.is_alphanumeric() && SIGNS.iter().all(|(sign, _)| *sign != c)).to_owned()
    };
    let words: Vec<String> = text.split_whitespace().map(bare).collect();
    let mut out = Vec::new();
    let mut taken = None;
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).filter(|before| taken != Some(*before)).and_then(|before| words.get(before));
        let after = words.get(index + 1);
        if let Some((codes, digits)) = signed(word) {
            out.push(found(digits, codes, word.clone()));
            continue;
        }
        if !is_number(word) {
            continue;
        }
        if let Some(after) = after.and_then(|after| code(after)) {
            taken = Some(index + 1);
            out.push(found(word, &[after], format!("{word} {after}")));
        } else if let Some(before) = before.and_then(|before| code(before)) {
            out.push(found(word, &[before], format!("{before} {word}")));
        }
    }
    out
}

fn found(digits: &str, codes: &[&str], words: String) -> Found {
    Found { words, currencies: codes.iter().copied().map(str::to_owned).collect(), amount: Amount::parse(digits).ok() }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\''))
}

/// A number with a sign before or after it, and what the sign may mean.
fn signed(word: &str) -> Option<(&'static [&'static str], &str)> {
    SIGNS.iter().find_map(|(sign, codes)| {
        let digits = word.strip_prefix(*sign).or_else(|| word.strip_suffix(*sign))?;
        is_number(digits).then_some((*codes, digits))
    })
}

/// What stands in quotation marks, but for values that were filled in: an opening mark begins a word, a closing one ends it.
fn quotations(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut before = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.split_at_checked(first.len_utf8()).map_or("", |(_, after)| after);
        let begins = before.is_none_or(|c: char| !c.is_alphanumeric() && c != VALUE);
        let quoted = QUOTES.iter().filter(|(open, _)| *open == first && begins).find_map(|(_, close)| {
            after.match_indices(*close).find_map(|(at, _)| {
                let (inside, from) = after.split_at_checked(at)?;
                let rest = from.split_at_checked(close.len_utf8())?.1;
                let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
                (ends && !inside.trim().is_empty()).then_some((inside, rest))
            })
        });
        (before, rest) = match quoted {
            Some((inside, after)) => {
                if !inside.contains(VALUE) {
                    out.push(inside);
                }
                (None, after)
            }
            None => (Some(first), after),
        };
    }
    out
}

#[cfg(test)]
mod tests;
