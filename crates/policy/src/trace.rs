//! What each rule says of one question by itself: which match, which fail, and which of their conditions hold. For tests of
//! rules; nothing is decided by it.

use crate::rules::Rule;
use cedar_policy::{Decision, Policy, PolicyId, PolicySet, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What each rule says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// Rules that match, by name.
    pub matched: BTreeSet<String>,
    /// Rules that fail.
    pub failed: BTreeSet<String>,
    /// Of rules whose head fits: whether each `when` and `unless`, by its place from 1, held. What fails is in neither way.
    pub conditions: BTreeMap<(String, usize), bool>,
}

/// How many `when` and `unless` a rule has.
pub(crate) fn conditions(policy: &Policy) -> usize {
    clauses(policy).len()
}

fn clauses(policy: &Policy) -> Vec<Value> {
    let json = policy.to_json().ok();
    json.and_then(|json| json.get("conditions")?.as_array().cloned()).unwrap_or_default()
}

/// Asks every rule alone, by its head and then by each of its conditions.
pub(crate) fn of(rules: &[Rule], ask: impl Fn(&PolicySet) -> Response) -> Trace {
    let mut trace = Trace::default();
    for rule in rules {
        let name = rule.policy.id().to_string();
        let all = clauses(&rule.policy);
        match with(&rule.policy, &[]).map(|head| said(&head, &ask)) {
            Some(Some(true)) => {}
            _ => continue,
        }
        match with(&rule.policy, &all).and_then(|whole| said(&whole, &ask)) {
            Some(true) => drop(trace.matched.insert(name.clone())),
            Some(false) => {}
            None => drop(trace.failed.insert(name.clone())),
        }
        for (index, clause) in all.iter().enumerate() {
            let alone = with(&rule.policy, std::slice::from_ref(clause)).and_then(|alone| said(&alone, &ask));
            if let Some(held) = alone {
                trace.conditions.insert((name.clone(), index + 1), held);
            }
        }
    }
    trace
}

/// The rule as a permit with these conditions alone.
fn with(policy: &Policy, clauses: &[Value]) -> Option<Policy> {
    let mut json = policy.to_json().ok()?;
    let members = json.as_object_mut()?;
    members.insert("effect".to_owned(), json!("permit"));
    members.insert("conditions".to_owned(), Value::Array(clauses.to_vec()));
    Policy::from_json(Some(PolicyId::new("alone")), json).ok()
}

/// Whether it permits; `None` where it fails.
fn said(policy: &Policy, ask: &impl Fn(&PolicySet) -> Response) -> Option<bool> {
    let set = PolicySet::from_policies([policy.clone()]).ok()?;
    let response = ask(&set);
    response.diagnostics().errors().next().is_none().then(|| response.decision() == Decision::Allow)
}
