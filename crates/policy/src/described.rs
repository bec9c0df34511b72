//! The rules of a tenant, told to people: their names, which way they point, and what their authors say of them.

use crate::{rego, rules};
use bailiwick_core::{ControlState, PolicyText};
use cedar_policy::Effect;

/// The most characters of what a rule's author says of it.
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// The most characters of a rule's own text.
const TEXT_CHARS_MAX: usize = 2_000;

/// One rule, as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name, as reasons and events have it: `document.id`.
    pub rule: String,
    /// Whether it permits; else it forbids.
    pub permits: bool,
    /// What its author says of it (`@description`), cut where it is long.
    pub description: Option<String>,
    /// The rule itself on one line, its conditions among it, without what its author says of it; cut where it is long.
    pub text: String,
}

/// The rule behind its annotations, each run of white space as one blank.
fn bare(rule: &str) -> String {
    let mut rest = rule.trim_start();
    while rest.starts_with('@') {
        let (mut quoted, mut escaped) = (false, false);
        let end = rest.char_indices().find(|(_, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = quoted,
                '"' => quoted = !quoted,
                ')' => return !quoted,
                _ => {}
            }
            false
        });
        let Some(after) = end.and_then(|(at, _)| rest.split_at_checked(at + 1)) else { break };
        rest = after.1.trim_start();
    }
    let whole = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = whole.chars().take(TEXT_CHARS_MAX).collect();
    if cut.len() < whole.len() { format!("{cut}…") } else { whole }
}

/// The rules of one text, in its order; `None` where it cannot be read.
pub fn described(text: &PolicyText) -> Option<Vec<Described>> {
    if text.cedar.is_none() {
        return rego::described(text);
    }
    let rules = rules::read(std::iter::once(text)).ok()?;
    let of = |rule: &rules::Rule| {
        let said = rule.policy.annotation("description").filter(|said| !said.trim().is_empty());
        Described {
            rule: rule.policy.id().to_string(),
            permits: rule.policy.effect() == Effect::Permit,
            description: said.map(|said| said.trim().chars().take(DESCRIPTION_CHARS_MAX).collect()),
            text: bare(&rule.policy.to_string()),
        }
    };
    Some(rules.iter().map(of).collect())
}

/// The rule of this name, as it stands now.
pub fn described_rule(control: &ControlState, name: &str) -> Option<Described> {
    // a rule in Rego that forbids may be named with what it says
    let name = if control.policies.contains_key(name.rsplit_once('.')?.0) { name } else { rego::without_message(name) };
    let (document, _) = name.rsplit_once('.')?;
    let (text, _) = control.policies.get(document)?;
    described(text)?.into_iter().find(|rule| rule.rule == name)
}

#[cfg(test)]
mod tests;
