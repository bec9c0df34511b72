//! A form as the client is shown it: rebuilt from the members that MCP names (2025-11-25, Elicitation, requested schema).

use super::question::{Unasked, is_plain, label};
use bailiwick_core::json::{Json, Object};

const HIDES: Unasked = Unasked::Malformed("the form holds characters that cannot be seen");
/// The most choices of one field.
const CHOICES_MAX: usize = 1024;

/// The form, without what MCP does not name: its own title and description too, that could speak for another server.
pub(super) fn form(schema: &Json) -> Result<Json, Unasked> {
    let mut fields = Object::default();
    for (name, said) in schema.get("properties").and_then(Json::as_object).into_iter().flat_map(Object::iter) {
        if !is_plain(name) {
            return Err(HIDES);
        }
        fields.insert(name, field(said)?);
    }
    let mut out = Object::default();
    if let Some(required) = schema.get("required").and_then(Json::as_array) {
        let named = |name: &&Json| name.as_str().is_some_and(|name| fields.contains_key(name));
        out.insert("required", Json::array(required.iter().filter(named).cloned()));
    }
    out.insert("properties", Json::Object(fields));
    out.insert("type", Json::from("object"));
    Ok(Json::Object(out))
}

fn field(said: &Json) -> Result<Json, Unasked> {
    let simple = Unasked::Malformed("expected the form to ask for texts, numbers, ticks and choices");
    if said.as_object().is_none() {
        return Err(simple);
    }
    let mut out = Object::default();
    match said.get("type").map(Json::as_str) {
        None => {}
        Some(Some(kind @ ("string" | "number" | "integer" | "boolean" | "array"))) => {
            drop(out.insert("type", Json::from(kind)))
        }
        Some(_) => return Err(simple),
    }
    for name in ["title", "description"] {
        if let Some(text) = said.get(name).and_then(Json::as_str) {
            out.insert(name, Json::from(label(text)));
        }
    }
    for name in ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"] {
        if let Some(number) = said.get(name).filter(|value| value.as_number().is_some()) {
            out.insert(name, number.clone());
        }
    }
    if let Some(format) = said.get("format").and_then(Json::as_str) {
        if !is_plain(format) {
            return Err(HIDES);
        }
        out.insert("format", Json::from(format));
    }
    if let Some(default) = said.get("default") {
        out.insert("default", value(default)?);
    }
    choices(said, &mut out)?;
    if let Some(names) = said.get("enumNames").and_then(Json::as_array) {
        let named = names.iter().map(|name| Json::from(label(name.as_str().unwrap_or_default())));
        out.insert("enumNames", Json::array(named));
    }
    if let Some(items) = said.get("items") {
        let mut of = Object::default();
        if let Some(kind) = items.get("type").and_then(Json::as_str).filter(|kind| *kind == "string") {
            of.insert("type", Json::from(kind));
        }
        choices(items, &mut of)?;
        out.insert("items", Json::Object(of));
    }
    Ok(Json::Object(out))
}

fn choices(said: &Json, out: &mut Object) -> Result<(), Unasked> {
    let listed = |name: &str| said.get(name).and_then(Json::as_array).filter(|listed| listed.len() <= CHOICES_MAX);
    if let Some(listed) = listed("enum") {
        out.insert("enum", Json::array(listed.iter().map(value).collect::<Result<Vec<_>, _>>()?));
    }
    for name in ["oneOf", "anyOf"] {
        let Some(listed) = listed(name) else { continue };
        let mut choices = Vec::new();
        for choice in listed {
            let mut one = Object::default();
            if let Some(own) = choice.get("const") {
                one.insert("const", value(own)?);
            }
            if let Some(title) = choice.get("title").and_then(Json::as_str) {
                one.insert("title", Json::from(label(title)));
            }
            if let Some(kind) = choice.get("type").and_then(Json::as_str).filter(|kind| is_plain(kind)) {
                one.insert("type", Json::from(kind));
            }
            choices.push(Json::Object(one));
        }
        out.insert(name, Json::array(choices));
    }
    Ok(())
}

/// A value of the server's own, that may come back: kept as it is.
fn value(said: &Json) -> Result<Json, Unasked> {
    // by this sign alone nothing is hidden: it gives others their colours
    let seen = |text: &str| is_plain(&text.replace(['\u{fe0f}', '\n', '\t'], ""));
    let sound = match said {
        Json::String(text) => seen(text),
        Json::Array(items) => items.iter().all(|item| item.as_str().is_some_and(seen)),
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
        Json::Object(_) => false,
    };
    if sound { Ok(said.clone()) } else { Err(HIDES) }
}
