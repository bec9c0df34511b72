//! Forms that ask a person for a secret: these are never shown. MCP forbids them to servers too (Elicitation, security):
//! what is secret goes to a page of the server's own, by a URL.

use bailiwick_core::json::Json;

/// Words that mean a secret wherever they stand in a name, a title, a description or the question itself, in small
/// letters and without anything between them.
const INSIDE: [&str; 22] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "credential",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "refreshtoken",
    "cardnumber",
    "creditcard",
    "securitycode",
    "seedphrase",
    "recoveryphrase",
    "mnemonic",
    "onetimecode",
];
/// Words that mean one when they stand alone.
const ALONE: [&str; 11] = ["pwd", "pin", "otp", "totp", "mfa", "2fa", "cvc", "cvv", "cvc2", "cvv2", "token"];
/// Schemas nested deeper are none of a form.
const DEPTH_MAX: usize = 8;

/// Whether a form with this question asks for a secret. What a person can only choose or tick is none.
pub(super) fn asks_for_secret(message: &str, schema: &Json) -> bool {
    let properties = schema.get("properties").and_then(Json::as_object);
    let mut free = false;
    for (name, property) in properties.into_iter().flat_map(|properties| properties.iter()) {
        if property.get("format").and_then(Json::as_str) == Some("password") {
            return true;
        }
        if is_chosen(property) {
            continue;
        }
        free = true;
        if means_secret(name) || says_secret(property, 0) {
            return true;
        }
    }
    free && means_secret(message)
}

/// A tick, or one or more of a list that the server has already.
fn is_chosen(property: &Json) -> bool {
    let listed = |property: &Json| ["enum", "oneOf", "anyOf", "const"].iter().any(|name| property.get(name).is_some());
    property.get("type").and_then(Json::as_str) == Some("boolean")
        || listed(property)
        || property.get("items").is_some_and(listed)
}

fn says_secret(value: &Json, depth: usize) -> bool {
    match value {
        Json::String(text) => means_secret(text),
        Json::Array(items) => items.iter().any(|item| says_secret(item, depth + 1)),
        Json::Object(members) => {
            depth > DEPTH_MAX
                || members.iter().any(|(name, member)| {
                    // a default is the server's own value, and `type` and `format` are the schema's words
                    !matches!(name, "default" | "type" | "format") && says_secret(member, depth + 1)
                })
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

fn means_secret(text: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut before_is_small = false;
    for c in text.chars() {
        // `apiKey` is two words, `API` is one
        let begins = c.is_uppercase() && before_is_small;
        before_is_small = c.is_lowercase();
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        if begins || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    let joined: String = words.concat();
    INSIDE.iter().any(|secret| joined.contains(secret))
        || words.iter().any(|word| ALONE.contains(&word.as_str()) || word.strip_suffix('s').is_some_and(is_plural))
}

fn is_plural(word: &str) -> bool {
    ALONE.contains(&word)
}
