//! Whether an answer is one to its form: JSON Schema is checked by the checker of tools' arguments, and the formats that MCP
//! names for forms here.

use bailiwick_catalogue::{Openness, Validator};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::normal::{Kind, normal};

/// What is wrong with the values of a form, the field first.
pub(super) fn wrong(form: &Json, values: &Object) -> Option<String> {
    let required = form.get("required").and_then(Json::as_array).unwrap_or_default();
    if let Some(name) = required.iter().filter_map(Json::as_str).find(|name| !values.contains_key(name)) {
        return Some(format!("`content.{}`: expected a value, found nothing", name.escape_debug()));
    }
    let validator = Validator::compile(form);
    for (name, value) in values.iter() {
        let field = form.get("properties").and_then(|fields| fields.get(name));
        let Some(field) = field else {
            return Some(format!("`content.{}`: a value that was not asked for", name.escape_debug()));
        };
        let format = field.get("format").and_then(Json::as_str);
        if let (Some(format), Some(text)) = (format, value.as_str())
            && !fits(format, text)
        {
            return Some(format!("`content.{}`: expected {}", name.escape_debug(), called(format)));
        }
    }
    let fault = validator.check(&Json::Object(values.clone()), Openness::Closed).err()?;
    let place = fault.at.to_string().replace('/', ".");
    Some(format!("`content{}`: {}", place.escape_debug(), fault.why))
}

/// MCP 2025-11-25, Elicitation, supported schema types: `email`, `uri`, `date`, `date-time`. Another asks nothing.
fn fits(format: &str, text: &str) -> bool {
    match format {
        "date" => !text.contains('T') && normal(&Kind::Date, text).is_some(),
        // RFC 3339 section 5.6: with the time of day and its offset
        "date-time" => normal(&Kind::Date, text).is_some_and(|normal| normal.contains('T') && normal.ends_with('Z')),
        "email" => {
            let parts: Vec<&str> = text.split('@').collect();
            let [name, host] = parts.as_slice() else { return false };
            !name.is_empty() && !host.is_empty() && !text.chars().any(char::is_whitespace)
        }
        "uri" => {
            // RFC 3986 section 3.1
            let Some((scheme, rest)) = text.split_once(':') else { return false };
            let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(named)
                && !rest.is_empty()
                && !text.chars().any(char::is_whitespace)
        }
        _ => true,
    }
}

fn called(format: &str) -> &'static str {
    match format {
        "date" => "a date as `2026-03-01`",
        "date-time" => "a date and time as `2026-03-01T09:30:00Z`",
        "email" => "an e-mail address",
        _ => "a URI, as `https://example.com`",
    }
}
