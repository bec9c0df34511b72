//! Policy texts become named rules.

use crate::attribute::surely_there;
use crate::bounds::{self, DEPTH_MAX, RULES_MAX};
use crate::problem::PolicyProblem;
use crate::reads::Reads;
use crate::rego;
use crate::step_up;
use crate::trace;
use bailiwick_core::{Ask, PolicyText};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use std::collections::BTreeSet;
use std::str::FromStr;

/// The longest `@id` of a rule.
const ID_BYTES_MAX: usize = 64;

/// One rule, named `document.id`.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Whom it asks, where it is one of the soft set.
    pub(crate) asks: Option<Ask>,
    pub(crate) document: String,
    /// The line on which it begins.
    pub(crate) line: Option<usize>,
    pub(crate) policy: Policy,
    pub(crate) reads: Reads,
}

impl Rule {
    /// Whether asking it may fail: an error refuses, also where another rule permits, so such a rule bounds what is allowed.
    pub(crate) fn may_err(&self) -> bool {
        let reads = &self.reads;
        reads.whole || reads.reckons || !reads.attributes.iter().all(|name| surely_there(name))
    }
}

/// A rule, as its tests speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRule {
    /// As `policy.rule`.
    pub name: String,
    /// The policy.
    pub document: String,
    /// The line on which it begins.
    pub line: Option<usize>,
    /// `permit`, `forbid` or `ask`.
    pub does: &'static str,
    /// How many `when` and `unless` it has.
    pub conditions: usize,
}

/// All rules of these texts.
///
/// # Errors
/// Every [`PolicyProblem`] that keeps a text from being read.
pub fn named_rules<'a>(texts: impl Iterator<Item = &'a PolicyText>) -> Result<Vec<NamedRule>, Vec<PolicyProblem>> {
    let named = |rule: Rule| NamedRule {
        name: rule.policy.id().to_string(),
        line: rule.line,
        does: match (rule.policy.effect(), &rule.asks) {
            (Effect::Permit, _) => "permit",
            (Effect::Forbid, None) => "forbid",
            (Effect::Forbid, Some(_)) => "ask",
        },
        conditions: trace::conditions(&rule.policy),
        document: rule.document,
    };
    let texts: Vec<&PolicyText> = texts.collect();
    let mut out: Vec<NamedRule> = read(texts.iter().copied())?.into_iter().map(named).collect();
    for read in texts.into_iter().filter_map(rego::read) {
        out.extend(read?.named());
    }
    Ok(out)
}

/// Reads all texts in Cedar. Every text is read, so that one look shows all that is wrong.
pub(crate) fn read<'a>(texts: impl Iterator<Item = &'a PolicyText>) -> Result<Vec<Rule>, Vec<PolicyProblem>> {
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    for text in texts.filter(|text| text.cedar.is_some()) {
        match read_one(text) {
            Ok(found) if rules.len() + found.len() > RULES_MAX => {
                let problem = PolicyProblem::new(&text.name, "too many rules in all");
                problems.push(problem.expected(format_args!("at most {RULES_MAX} in one tenant")));
                break;
            }
            Ok(found) => rules.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

fn read_one(text: &PolicyText) -> Result<Vec<Rule>, Vec<PolicyProblem>> {
    let name = &text.name;
    let lines = bounds::check(name, text.cedar_text()).map_err(|problem| vec![problem])?;
    let set = PolicySet::from_str(text.cedar_text()).map_err(|errors| {
        errors.iter().map(|error| PolicyProblem::of(name, text.cedar_text(), error)).collect::<Vec<_>>()
    })?;
    let mut problems = Vec::new();
    if set.num_of_templates() > 0 {
        let problem = PolicyProblem::new(name, "a rule with `?principal` or `?resource`");
        problems.push(problem.expected("rules without slots: Cedar templates are not linked here"));
    }
    let mut found: Vec<&Policy> = set.policies().collect();
    found.sort_by_key(|policy| place(policy));
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for policy in found {
        let id = policy.annotation("id").map_or_else(|| policy.id().to_string(), str::to_owned);
        let rule = format!("{name}.{id}");
        let line = place(policy).and_then(|place| lines.get(place).copied());
        let problem = |found: &str| PolicyProblem::new(name, found).line(line).rule(&rule);
        if !plain(&id) {
            let problem = PolicyProblem::new(name, format!("`@id` is `{id}`")).line(line);
            problems.push(
                problem.expected(format_args!("expected 1 to {ID_BYTES_MAX} characters of a-z, A-Z, 0-9, - and _")),
            );
            continue;
        }
        if !seen.insert(id.clone()) {
            problems.push(problem("two rules of this name").expected("give each rule an `@id` of its own"));
            continue;
        }
        let asks = match step_up::ask(policy) {
            Ok(asks) => asks,
            Err(bad) => {
                problems.push(problem(&bad.found).expected(bad.expected));
                continue;
            }
        };
        match Reads::of(policy) {
            Ok(reads) if reads.depth > DEPTH_MAX => {
                let found = format!("the expression nests {} deep", reads.depth);
                problems.push(problem(&found).expected(format_args!("at most {DEPTH_MAX}; split the rule")));
            }
            Ok(reads) => {
                let policy = policy.new_id(PolicyId::new(&rule));
                rules.push(Rule { asks, document: name.clone(), line, policy, reads });
            }
            Err(error) => problems.push(problem(&error)),
        }
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// Cedar names rules `policy0`, `policy1`, … by their place in the text.
fn place(policy: &Policy) -> Option<usize> {
    policy.id().to_string().strip_prefix("policy")?.parse().ok()
}

fn plain(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests;
