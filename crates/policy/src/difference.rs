//! Two texts of one policy, rule by rule: what comes, goes or changes, and what of it lets more happen.

use crate::rules::{self, Rule};
use bailiwick_core::{ChangeLine, PolicyText};
use cedar_policy::Effect;
use std::collections::BTreeMap;

/// The rules that are not as they were. A permit that comes loosens, and a forbid or a step-up that goes; a permit that
/// goes, where it may fail: its error refused what others permit. Of a rule that changed nobody can tell which way, so it
/// does. A text that cannot be read is told as one line.
pub fn difference(old: Option<&PolicyText>, new: Option<&PolicyText>) -> Vec<ChangeLine> {
    let cedar = |text: Option<&PolicyText>| text.is_none_or(|text| text.cedar.is_some());
    if !cedar(old) || !cedar(new) {
        return in_rego(old, new);
    }
    let (Some(old), Some(new)) = (named(old), named(new)) else {
        return vec![ChangeLine::whole("the text changes", true)];
    };
    let mut out = Vec::new();
    for (name, was) in &old {
        let what = word(was.does);
        // what it permitted is lost; what its error refused would be won
        let bounds = was.does != Does::Permit || was.may_err;
        match new.get(name) {
            None if bounds && was.does == Does::Permit => {
                out.push(line(name, format!("{what} removed, which could fail and so refuse"), true));
            }
            None => out.push(line(name, format!("{what} removed"), bounds)),
            Some(now) if (now.does, &now.text) != (was.does, &was.text) => {
                let turned = now.does != was.does;
                let words =
                    if turned { format!("{what} becomes {}", word(now.does)) } else { format!("{what} changed") };
                // from a permit that never fails to a forbid or a step-up is the one change that surely narrows
                let narrows = turned && !bounds;
                out.push(line(name, words, !narrows));
            }
            Some(_) => {}
        }
    }
    let came = new.iter().filter(|(name, _)| !old.contains_key(*name));
    let permits = |rule: &Named| rule.does == Does::Permit;
    out.extend(came.map(|(name, rule)| line(name, format!("{} added", word(rule.does)), permits(rule))));
    out
}

/// What an engine outside is told goes to its address, so each part of its document is said as it is.
fn outside(old: Option<&PolicyText>, new: Option<&PolicyText>) -> Option<Vec<ChangeLine>> {
    let of = |text: Option<&PolicyText>| {
        text.and_then(|text| text.opa.as_ref()).map(|opa| serde_json::to_string(opa).unwrap_or_default())
    };
    match (of(old), of(new)) {
        (None, None) => None,
        (None, Some(new)) => {
            Some(vec![ChangeLine::whole(format!("an engine outside is asked, and told of every call: {new}"), true)])
        }
        (Some(_), None) => Some(vec![ChangeLine::whole("an engine outside is asked no more", true)]),
        (Some(old), Some(new)) => {
            Some(vec![ChangeLine::whole(format!("an engine outside was {old} and is {new}"), true)])
        }
    }
}

/// Of a policy in Rego nobody can tell which way a change of it points, so any loosens: one that comes may permit where others
/// in Rego did not, and without one the others may be all that must permit.
fn in_rego(old: Option<&PolicyText>, new: Option<&PolicyText>) -> Vec<ChangeLine> {
    if let Some(lines) = outside(old, new) {
        return lines;
    }
    let words = match (old, new) {
        (None, _) => "rules in Rego are added",
        (_, None) => "rules in Rego are removed",
        _ => "rules in Rego change",
    };
    vec![ChangeLine::whole(words, true)]
}

/// What a rule does where its condition holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Permit,
    Forbid,
    Ask,
}

impl Does {
    fn of(rule: &Rule) -> Self {
        match rule.policy.effect() {
            Effect::Permit => Self::Permit,
            Effect::Forbid if rule.asks.is_some() => Self::Ask,
            Effect::Forbid => Self::Forbid,
        }
    }
}

struct Named {
    does: Does,
    text: String,
    may_err: bool,
}

fn line(name: &str, words: String, loosens: bool) -> ChangeLine {
    ChangeLine { at: format!("rule {name}"), words, loosens }
}

const fn word(does: Does) -> &'static str {
    match does {
        Does::Permit => "permit",
        Does::Forbid => "forbid",
        Does::Ask => "step-up",
    }
}

/// The rules of a text by their names; none of a text that is not there. `None` where it cannot be read.
fn named(text: Option<&PolicyText>) -> Option<BTreeMap<String, Named>> {
    let rules = rules::read(text.into_iter()).ok()?;
    let one = |rule: &Rule| {
        let id = rule.policy.id().to_string();
        let name = id.split_once('.').map_or(id.as_str(), |(_, name)| name).to_owned();
        (name, Named { does: Does::of(rule), text: rule.policy.to_string(), may_err: rule.may_err() })
    };
    Some(rules.iter().map(one).collect())
}

#[cfg(test)]
mod tests;
