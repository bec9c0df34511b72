//! Arguments of several tools that are called alike and bound as different kinds. What one of them was refused, charged or said
//! to be is nothing to the other: a destination's sum, a source and a no are of a kind.

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{ControlState, ToolId};
use std::collections::BTreeMap;

/// The most that are told of.
const TOLD_MAX: usize = 16;

/// What of an argument's place is compared: its last name, without marks and as if all of it were small.
fn name(place: &str) -> Option<String> {
    let place = Pointer::parse(place).ok()?;
    let last = place.tokens().iter().rev().find(|token| **token != "*")?.to_lowercase();
    let name: String = last.chars().filter(|c| c.is_alphanumeric()).collect();
    (!name.is_empty()).then_some(name)
}

/// The kind of an argument that names somebody, some place or some thing.
fn kind(argument: &Json) -> Option<&str> {
    let role = argument.get("role").and_then(Json::as_str);
    let names = role.is_none_or(|role| matches!(role, "destination" | "resource" | "value"));
    argument.get("kind").and_then(Json::as_str).filter(|kind| names && *kind != "text" && *kind != "amount")
}

/// What of it is to be looked at, for `doctor`: name and words.
pub(crate) fn checked(state: &ControlState) -> Vec<(String, String)> {
    let mut kinds: BTreeMap<String, BTreeMap<&str, &ToolId>> = BTreeMap::new();
    for (tool, rule) in &state.tool_rules {
        let arguments = rule.bind.get("arguments").and_then(Json::as_object);
        for (place, argument) in arguments.into_iter().flat_map(|members| members.iter()) {
            if let (Some(name), Some(kind)) = (name(place), kind(argument)) {
                kinds.entry(name).or_default().entry(kind).or_insert(tool);
            }
        }
    }
    let several = kinds.into_iter().filter(|(_, kinds)| kinds.len() > 1);
    let told = several.map(|(name, kinds)| {
        let each: Vec<String> = kinds.iter().map(|(kind, tool)| format!("`{kind}` to {tool}")).collect();
        let words = format!("is bound as {}: what one was refused or charged is nothing to the other", each.join(", "));
        (format!("argument {name}"), words)
    });
    told.take(TOLD_MAX).collect()
}

#[cfg(test)]
mod tests;
