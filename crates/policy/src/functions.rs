//! The functions that rules may call. Cedar has more: of addresses and of moments, which nothing in a question is, so a rule
//! that calls one could only reckon with its own constants.

use crate::problem::PolicyProblem;
use crate::rules::Rule;
use crate::validate::told_of;
use serde_json::Value;
use std::collections::BTreeSet;

/// All of them are of decimals: amounts.
const FUNCTIONS: [&str; 5] = ["decimal", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"];

/// Functions that the rule calls and may not, each once.
pub(crate) fn functions(rule: &Rule) -> Vec<PolicyProblem> {
    let mut called = BTreeSet::new();
    let json = rule.policy.to_json().unwrap_or_default();
    for condition in json.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        calls(condition.get("body").unwrap_or(&Value::Null), &mut called);
    }
    let strange = called.into_iter().filter(|name| !FUNCTIONS.contains(&name.as_str()));
    let problem = |name| told_of(rule, format!("`{name}` is no function that rules have"));
    strange.map(|name| problem(name).expected(format!("expected one of `{}`", FUNCTIONS.join("`, `")))).collect()
}

/// The functions that an expression calls. In Cedar's JSON a call is the one form whose operands stand in a list, but for
/// the elements of a set.
fn calls(expression: &Value, called: &mut BTreeSet<String>) {
    for (name, operands) in expression.as_object().into_iter().flatten() {
        match (name.as_str(), operands) {
            ("Value" | "Var" | "Slot", _) => {}
            ("Set", Value::Array(items)) => items.iter().for_each(|item| calls(item, called)),
            (_, Value::Array(arguments)) => {
                called.insert(name.clone());
                arguments.iter().for_each(|argument| calls(argument, called));
            }
            (_, Value::Object(operands)) => operands.values().for_each(|operand| calls(operand, called)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
