//! Two texts of one policy, rule by rule: what comes, goes or changes, and what of it lets more happen.

use crate::rules::{self, Rule};
use bailiwick_core::{ChangeLine, PolicyText};
use cedar_policy::Effect;
use std::collections::BTreeMap;

/// The rules that are not as they were. A permit that comes loosens, and a forbid that goes; of a rule that changed
/// nobody can tell which way, so it does. A text that cannot be read is told as one line.
pub fn difference(old: Option<&PolicyText>, new: Option<&PolicyText>) -> Vec<ChangeLine> {
    let (Some(old), Some(new)) = (named(old), named(new)) else {
        return vec![ChangeLine::whole("the text changes", true)];
    };
    let mut out = Vec::new();
    for (name, (effect, text)) in &old {
        let what = word(*effect);
        match new.get(name) {
            None => out.push(line(name, format!("{what} removed"), *effect == Effect::Forbid)),
            Some((now, after)) if (now, after) != (effect, text) => {
                let words =
                    if now == effect { format!("{what} changed") } else { format!("{what} becomes {}", word(*now)) };
                // from permit to forbid is the one change that surely narrows
                let narrows = *effect == Effect::Permit && *now == Effect::Forbid;
                out.push(line(name, words, !narrows));
            }
            Some(_) => {}
        }
    }
    let came = new.iter().filter(|(name, _)| !old.contains_key(*name));
    out.extend(
        came.map(|(name, (effect, _))| line(name, format!("{} added", word(*effect)), *effect == Effect::Permit)),
    );
    out
}

fn line(name: &str, words: String, loosens: bool) -> ChangeLine {
    ChangeLine { at: format!("rule {name}"), words, loosens }
}

const fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permit",
        Effect::Forbid => "forbid",
    }
}

/// The rules of a text by their names; none of a text that is not there. `None` where it cannot be read.
fn named(text: Option<&PolicyText>) -> Option<BTreeMap<String, (Effect, String)>> {
    let rules = rules::read(text.into_iter()).ok()?;
    let one = |rule: &Rule| {
        let id = rule.policy.id().to_string();
        let name = id.split_once('.').map_or(id.as_str(), |(_, name)| name).to_owned();
        (name, (rule.policy.effect(), rule.policy.to_string()))
    };
    Some(rules.iter().map(one).collect())
}

#[cfg(test)]
mod tests;
