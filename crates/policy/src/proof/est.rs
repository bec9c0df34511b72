//! Expressions of Cedar in their JSON form, so that no text of others is ever read as a rule.

use cedar_policy::EntityUid;
use serde_json::{Value, json};

fn binary(operator: &str, left: Value, right: Value) -> Value {
    json!({operator: {"left": left, "right": right}})
}

pub(crate) fn var(name: &str) -> Value {
    json!({"Var": name})
}
/// An attribute of the context.
pub(crate) fn context(attribute: &str) -> Value {
    member(var("context"), attribute)
}
pub(crate) fn member(of: Value, name: &str) -> Value {
    json!({".": {"left": of, "attr": name}})
}
pub(crate) fn has(of: Value, name: &str) -> Value {
    json!({"has": {"left": of, "attr": name}})
}
pub(crate) fn text(text: &str) -> Value {
    json!({"Value": text})
}
pub(crate) fn long(number: i64) -> Value {
    json!({"Value": number})
}
pub(crate) fn zero() -> Value {
    json!({"decimal": [{"Value": "0.0"}]})
}
pub(crate) fn entity(id: &EntityUid) -> Value {
    json!({"Value": {"__entity": {"type": id.type_name().to_string(), "id": id.id().unescaped()}}})
}
pub(crate) fn eq(left: Value, right: Value) -> Value {
    binary("==", left, right)
}
pub(crate) fn at_most(left: Value, right: Value) -> Value {
    binary("<=", left, right)
}
/// Of decimals.
pub(crate) fn as_much(left: Value, right: Value) -> Value {
    json!({"greaterThanOrEqual": [left, right]})
}
pub(crate) fn within(left: Value, right: Value) -> Value {
    binary("in", left, right)
}
pub(crate) fn contains(set: Value, element: Value) -> Value {
    binary("contains", set, element)
}
pub(crate) fn contains_all(set: Value, other: Value) -> Value {
    binary("containsAll", set, other)
}
pub(crate) fn not(of: Value) -> Value {
    json!({"!": {"arg": of}})
}
pub(crate) fn and(left: Value, right: Value) -> Value {
    binary("&&", left, right)
}
pub(crate) fn or(left: Value, right: Value) -> Value {
    binary("||", left, right)
}
/// Where the first holds the second does. Written so, Cedar knows in the second what the first asked for.
pub(crate) fn then(first: Value, second: Value) -> Value {
    json!({"if-then-else": {"if": first, "then": second, "else": {"Value": true}}})
}
