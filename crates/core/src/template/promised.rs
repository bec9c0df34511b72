//! What an intent promises and no row holds: a person reads the intent first, and only the rows are enforced.

use super::money::{Found, amounts};
use crate::Amount;
use crate::document::Template;
use crate::json::Json;
use std::collections::BTreeSet;

/// Stands for a parameter's value while the words around it are read.
const VALUE: char = '\u{fffc}';
/// What opens a quotation, and what closes it.
const QUOTES: [(char, char); 7] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»')];
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
