//! Rules that can be taken out of catalogue and templates, each alone: what it is good for shows without it.

use serde_json::{Value, json};

/// All of them.
pub(crate) const RULES: [&str; 6] = ["sources", "groups", "addresses", "named", "own", "conditions"];

/// What a rule does to the documents when it is taken out.
pub(crate) fn without(value: &mut Value, rule: &str) {
    match value {
        Value::Object(members) => {
            let kind = members.get("kind").and_then(Value::as_str);
            let document = matches!(kind, Some("server" | "template" | "tool"));
            match rule {
                "groups" => drop(members.remove("group")),
                "own" => drop(members.remove("own")),
                // the name of a document is no rule
                "named" if !document => drop(members.remove("name")),
                "conditions" => drop(members.remove("from")),
                // What stands inside texts is not looked for, and what a value is is not asked.
                "addresses" if members.get("kind").and_then(Value::as_str) == Some("content") => {
                    *members = [("role".to_owned(), json!("harmless"))].into_iter().collect();
                }
                "sources" => drop(members.remove("from")),
                _ => {}
            }
            if rule == "sources" && members.contains_key("arguments") && !members.contains_key("tool") {
                for argument in members.get_mut("arguments").and_then(Value::as_object_mut).into_iter().flatten() {
                    if argument.1.get("role").and_then(Value::as_str) != Some("measure") {
                        *argument.1 = json!({"role": "harmless"});
                    }
                }
            }
            members.values_mut().for_each(|value| without(value, rule));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| without(value, rule)),
        _ => {}
    }
}
