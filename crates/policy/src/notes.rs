//! Annotations of rules: those that mean something here, and no others. One that is misspelt would make a rule forbid that
//! was to ask, in silence.

use crate::problem::{PolicyProblem, nearest};
use crate::rules::Rule;
use crate::step_up;
use crate::validate::told_of;
use std::collections::BTreeSet;

/// Those of any rule: its name, and what its author says of it.
const OF_ALL: [&str; 2] = ["id", "description"];

/// Annotations that mean nothing, or nothing on this rule.
pub(crate) fn annotations(rule: &Rule) -> Vec<PolicyProblem> {
    let known: BTreeSet<String> = OF_ALL.iter().chain(&step_up::ANNOTATIONS).map(|name| (*name).to_owned()).collect();
    let mut out = Vec::new();
    for (name, _) in rule.policy.annotations() {
        if !known.contains(name) {
            let hint = format!("{}; what people are to read goes into `@description`", nearest(name, &known));
            out.push(told_of(rule, format!("the annotation `@{name}` means nothing")).expected(hint));
        } else if rule.asks.is_none() && step_up::ANNOTATIONS.contains(&name) {
            let found = format!("`@{name}` on a rule that asks nobody");
            out.push(told_of(rule, found).expected("it stands beside `@step_up`, on a forbid"));
        }
    }
    out
}
