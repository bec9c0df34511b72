//! Which rules a proof can be about. A proof is over questions that are as the schema says; a question may also lack what
//! could not be read. A rule that reads what is missing errs and does not match, so nothing is lost by leaving those out,
//! unless the rule can tell that it is missing, or compares a whole record, which may hold units that no rule names.

use crate::attribute::{Kind, Presence, attribute};
use serde_json::{Map, Value};

/// The most objects of the JSON form of a rule's conditions, some five a comparison. The time that a question takes to make
/// grows faster than the rule, and nothing else ends it.
const OBJECTS_MAX: usize = 100;

/// Whether all that a rule's conditions do is what questions of the schema can show, and there is not too much of it.
pub(crate) fn fits(policy: &Value) -> bool {
    let conditions = policy.get("conditions");
    let bodies = conditions.and_then(Value::as_array).into_iter().flatten();
    conditions.is_some_and(|all| objects(all) <= OBJECTS_MAX)
        && bodies.into_iter().all(|condition| condition.get("body").is_some_and(expression))
}

/// How many objects stand in a value.
fn objects(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(objects).sum(),
        Value::Object(members) => members.values().map(objects).fold(1, usize::saturating_add),
        _ => 0,
    }
}

fn expression(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(expression),
        Value::Object(members) => object(members),
        _ => true,
    }
}

fn object(members: &Map<String, Value>) -> bool {
    if members.contains_key("Value") {
        return true;
    }
    // its members may be called like operators
    if let Some(record) = members.get("Record").and_then(Value::as_object) {
        return record.values().all(expression);
    }
    if let Some(operands) = members.get("has") {
        let Some(path) = path(operands) else { return members.values().all(expression) };
        // `has` of what every sound question has is a way to see that it is missing
        return path.first().and_then(|name| attribute(name)).is_some_and(|of| {
            let sometimes = of.presence == Presence::Sometimes;
            (sometimes && path.len() == 1) || (record(of.kind) && path.len() == 2 && inner(operands))
        });
    }
    if let Some(operands) = members.get(".") {
        let Some(path) = path(operands) else { return members.values().all(expression) };
        return path.first().and_then(|name| attribute(name)).is_some_and(|of| record(of.kind) == (path.len() == 2));
    }
    // the context as a whole
    members.get("Var").and_then(Value::as_str) != Some("context") && members.values().all(expression)
}

fn record(kind: Kind) -> bool {
    matches!(kind, Kind::Amounts | Kind::Args | Kind::ArgSources | Kind::Destination)
}

/// Whether it is `context.amounts has EUR`, which reads `amounts`, and not `context has amounts.EUR`, which asks for it.
fn inner(operands: &Value) -> bool {
    operands.get("left").is_some_and(|left| left.get(".").is_some())
}

/// The names after `context`, where it is that which is read.
fn path(operands: &Value) -> Option<Vec<&str>> {
    let left = operands.get("left")?;
    let mut names = match (left.get("Var").and_then(Value::as_str), left.get(".")) {
        (Some("context"), _) => Vec::new(),
        (None, Some(inner)) => path(inner)?,
        _ => return None,
    };
    match operands.get("attr")? {
        Value::Array(more) => names.extend(more.iter().filter_map(Value::as_str)),
        name => names.push(name.as_str()?),
    }
    Some(names)
}

#[cfg(test)]
mod tests;
