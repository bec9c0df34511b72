//! What an argument seems to be, by its format, its type and its name.

use super::nature::parts;
use bailiwick_core::Effect;
use bailiwick_core::json::Json;

/// Names of arguments, by any of their words, and the kind that they seem to be; the first that fits counts.
const KINDS: [(&str, &[&str]); 13] = [
    ("secret", &["password", "secret", "apikey", "passphrase"]),
    ("iban", &["iban"]),
    ("email", &["email", "mail", "recipient", "recipients", "cc", "bcc", "attendee", "attendees"]),
    ("phone", &["phone", "tel", "mobile", "fax"]),
    ("url", &["url", "uri", "link", "href", "webhook", "endpoint"]),
    ("host", &["host", "hostname", "domain"]),
    ("path", &["path", "paths", "file", "files", "filename", "directory", "folder", "dir"]),
    ("date", &["date", "due", "deadline", "since", "until", "when", "timestamp"]),
    ("title", &["title", "subject", "headline"]),
    (
        "content",
        &[
            "body",
            "content",
            "contents",
            "text",
            "message",
            "html",
            "markdown",
            "comment",
            "description",
            "note",
            "code",
            "prompt",
        ],
    ),
    ("party", &["payee", "vendor", "supplier", "customer", "company"]),
    ("person", &["user", "username", "assignee", "owner", "author", "member"]),
    ("name", &["name", "names", "repo", "repository", "channel", "branch", "ref", "label", "tag", "project", "team"]),
];
/// Numbers that say how much of an answer there is, and nothing of what is done.
const HOW_MANY: [&str; 16] = [
    "limit", "max", "page", "offset", "size", "count", "timeout", "depth", "lines", "head", "tail", "start", "index",
    "per", "context", "length",
];

/// The binding of one argument, and what it rests on. `tool` are the words of the tool's name.
pub(super) fn argument(name: &str, schema: &Json, effect: Effect, tool: &[String]) -> (Json, &'static str) {
    let words = parts(name);
    let has = |word: &str| words.iter().any(|own| own == word);
    let kind = |type_name: &str| match schema.get("type") {
        Some(Json::Array(types)) => types.iter().any(|one| one.as_str() == Some(type_name)),
        Some(one) => one.as_str() == Some(type_name),
        None => false,
    };
    let harmless = || Json::object([("role", Json::from("harmless"))]);
    if words.join("_").contains("idempotency") {
        return (
            Json::object([("role", Json::from("idempotency"))]),
            "what the caller calls the act, from its name alone",
        );
    }
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        return (harmless(), "one of a list that the server fixes");
    }
    if kind("boolean") {
        return (harmless(), "a flag: it says how, if its name is true");
    }
    if kind("integer") || kind("number") {
        return match () {
            () if words.iter().any(|word| HOW_MANY.contains(&&**word)) => {
                (harmless(), "a size or a place, from its name alone")
            }
            () if has("id") => {
                (bound(&id_kind(&words, tool), effect, tool, &words), "the id of an object, from its name alone")
            }
            () => (
                Json::object([("kind", Json::from("text"))]),
                "a number, and nothing says of what: an amount is to be a measure",
            ),
        };
    }
    let by_format = match schema.get("format").and_then(Json::as_str) {
        Some("email") => Some("email"),
        Some("uri" | "url") => Some("url"),
        Some("date" | "date-time") => Some("date"),
        Some("hostname") => Some("host"),
        _ => None,
    };
    if let Some(kind) = by_format {
        return (bound(kind, effect, tool, &words), "its schema says so by a format");
    }
    if words.last().is_some_and(|last| last == "id" || last == "ids") {
        return (bound(&id_kind(&words, tool), effect, tool, &words), "the id of an object, from its name alone");
    }
    match KINDS.iter().find(|(_, names)| names.iter().any(|own| has(own))) {
        Some((kind, _)) => (bound(kind, effect, tool, &words), "from its name alone"),
        None => (
            Json::object([("kind", Json::from("text"))]),
            "nothing says what it is: as text it is searched for addresses",
        ),
    }
}

/// `invoice_id` is of an invoice, a bare `id` of what the tool is named after.
fn id_kind(words: &[String], tool: &[String]) -> String {
    let own = words.iter().rev().find(|word| !matches!(&***word, "id" | "ids"));
    let noun = own.or_else(|| tool.last()).map_or("object", String::as_str);
    let plain: String = noun.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit()).take(32).collect();
    format!("id:{}", if plain.is_empty() { "object" } else { &plain })
}

/// With the role that it seems to have: where something goes, what it is about, or no more than its value.
fn bound(kind: &str, effect: Effect, tool: &[String], words: &[String]) -> Json {
    let sends = matches!(effect, Effect::Share | Effect::Transfer | Effect::Export | Effect::Permission);
    let role = match kind {
        "email" | "iban" | "phone" if sends => "destination",
        "url" | "host" => "destination",
        "path" => "resource",
        // `channel` of what posts is where it posts
        "name" if sends && words.iter().any(|word| word == "channel") => "destination",
        _ if kind.starts_with("id:") && tool.iter().any(|word| kind.get(3..) == Some(&**word)) => "resource",
        _ => "value",
    };
    let mut members = vec![("kind", Json::from(kind))];
    if role != "value" {
        members.push(("role", Json::from(role)));
    }
    if kind == "date" && effect != Effect::Read {
        members.push(("binds", Json::from(true)));
    }
    Json::object(members)
}
