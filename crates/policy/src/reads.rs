//! What a rule reads: which attributes of the context, and how deep its expression nests.

use cedar_policy::Policy;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What one rule reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Attributes of the context, by name.
    pub(crate) attributes: BTreeSet<String>,
    /// Members of attributes of the context, as `("amounts", "EUR")`.
    pub(crate) members: BTreeSet<(String, String)>,
    /// The context as a whole: then everything is read.
    pub(crate) whole: bool,
    /// The resource itself, in a condition.
    pub(crate) itself: bool,
    /// Whether it adds, subtracts or multiplies: a number may come to be none.
    pub(crate) reckons: bool,
    /// How deep the expression nests.
    pub(crate) depth: usize,
}

impl Reads {
    /// What a rule reads; the error is Cedar's own, for a rule that has no JSON form.
    pub(crate) fn of(policy: &Policy) -> Result<Self, String> {
        let json = policy.to_json().map_err(|error| error.to_string())?;
        let mut reads = Self::default();
        reads.walk(json.get("conditions").unwrap_or(&Value::Null), 0);
        Ok(reads)
    }

    /// Whether its conditions tell resources apart.
    pub(crate) fn resource(&self) -> bool {
        self.itself || self.whole || self.attributes.contains("resource")
    }

    fn walk(&mut self, value: &Value, depth: usize) {
        self.depth = self.depth.max(depth);
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, depth)),
            Value::Object(members) => self.object(members, depth),
            _ => {}
        }
    }

    fn object(&mut self, members: &Map<String, Value>, depth: usize) {
        if let Some((parent, name, member)) = accessed(members) {
            if is_context(parent) {
                self.attributes.insert(name.to_owned());
                self.members.extend(member.map(|member| (name.to_owned(), member.to_owned())));
                return;
            }
            let inner = parent.as_object().and_then(accessed).filter(|(of, ..)| is_context(of));
            if let Some((_, attribute, _)) = inner {
                self.members.insert((attribute.to_owned(), name.to_owned()));
            }
        }
        match members.get("Var").and_then(Value::as_str) {
            Some("context") => self.whole = true,
            Some("resource") => self.itself = true,
            _ => {}
        }
        self.reckons |= ["+", "-", "*", "neg"].iter().any(|operator| members.contains_key(*operator));
        // An operator and its operands are two levels of JSON and one of the expression.
        let deeper = depth + usize::from(!members.contains_key("left") && !members.contains_key("arg"));
        members.values().for_each(|member| self.walk(member, deeper));
    }
}

/// `parent.name` and `parent has name`; of `parent has name.other` the first two names.
fn accessed(members: &Map<String, Value>) -> Option<(&Value, &str, Option<&str>)> {
    let operands = members.get(".").or_else(|| members.get("has"))?;
    let (first, second) = match operands.get("attr")? {
        Value::Array(names) => (names.first()?.as_str()?, names.get(1).and_then(Value::as_str)),
        name => (name.as_str()?, None),
    };
    Some((operands.get("left")?, first, second))
}

fn is_context(value: &Value) -> bool {
    value.get("Var").and_then(Value::as_str) == Some("context")
}

#[cfg(test)]
mod tests;
