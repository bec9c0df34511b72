//! What an argument seems to be, by its format, its type and its name.

use super::nature::parts;
use bailiwick_core::Effect;
use bailiwick_core::json::{Json, Object};

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

/// Names of amounts.
const AMOUNTS: [&str; 3] = ["amount", "price", "sum"];
/// What says of what an amount is.
const CURRENCY: &str = "currency";

/// An argument as the schema has it.
pub(super) struct Seen<'a> {
    pub(super) name: &'a str,
    pub(super) schema: &'a Json,
    /// The members among which it stands.
    pub(super) beside: &'a Object,
    pub(super) place: &'a str,
}

fn is_amount(name: &str) -> bool {
    parts(name).iter().any(|word| AMOUNTS.contains(&&**word))
}

/// The binding of one argument, and what it rests on; nothing of what another one reads with its own. `tool` are the words of
/// the tool's name.
pub(super) fn argument(seen: &Seen<'_>, effect: Effect, tool: &[String]) -> Option<(Json, &'static str)> {
    let Seen { name, schema, beside, place } = seen;
    if is_amount(name) && beside.get(CURRENCY).is_some() {
        let beside_it = place.rsplit_once('/').map_or("", |(parent, _)| parent);
        let currency = Json::from(format!("{beside_it}/{CURRENCY}"));
        let measure = Json::object([("currency_at", currency), ("role", Json::from("measure"))]);
        return Some((measure, "an amount, of what stands beside it; say `minor` if it counts the smallest coin"));
    }
    if *name == CURRENCY && beside.keys().any(is_amount) {
        return None;
    }
    Some(by_itself(name, schema, effect, tool))
}

/// What goes to whom belongs together: where there is one of each, side by side, they are a group.
pub(super) fn together(arguments: &mut [(String, Json)], why: &mut Vec<(String, String)>) {
    let role = |binding: &Json, role: &str| binding.get("role").and_then(Json::as_str) == Some(role);
    let one = |of: &str| {
        let mut found = arguments.iter().filter(|(_, binding)| role(binding, of)).map(|(place, _)| place.clone());
        found.next().filter(|_| found.next().is_none())
    };
    let (Some(amount), Some(to)) = (one("measure"), one("destination")) else { return };
    let parent = |place: &str| place.rsplit_once('/').map(|(parent, _)| parent.to_owned());
    if parent(&amount) != parent(&to) {
        return;
    }
    for (place, binding) in arguments.iter_mut().filter(|(place, _)| *place == amount || *place == to) {
        if let Json::Object(members) = binding {
            members.insert("group", Json::from("payment"));
        }
        why.push((place.clone(), "where it goes and how much belong together".to_owned()));
    }
}

fn by_itself(name: &str, schema: &Json, effect: Effect, tool: &[String]) -> (Json, &'static str) {
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
            () if has("id") || words.last().is_some_and(|last| last == "number") && words.len() > 1 => {
                (bound(&id_kind(&words, tool), effect, tool, &words), "the id of an object, from its name alone")
            }
            () => (
                Json::object([("kind", Json::from("text"))]),
                "a number, and nothing says of what: an amount is to be a measure",
            ),
        };
    }
    if let Some(kind) = by_format(schema.get("format").and_then(Json::as_str)) {
        return (bound(kind, effect, tool, &words), "its schema says so by a format");
    }
    if words.last().is_some_and(|last| last == "id" || last == "ids") {
        return (bound(&id_kind(&words, tool), effect, tool, &words), "the id of an object, from its name alone");
    }
    match by_name(&words) {
        Some(kind) => (bound(kind, effect, tool, &words), "from its name alone"),
        None => (
            Json::object([("kind", Json::from("text"))]),
            "nothing says what it is: as text it is searched for addresses",
        ),
    }
}

/// The kind that a schema names by a format.
pub(super) fn by_format(format: Option<&str>) -> Option<&'static str> {
    match format? {
        "email" => Some("email"),
        "uri" | "url" => Some("url"),
        "date" | "date-time" => Some("date"),
        "hostname" => Some("host"),
        _ => None,
    }
}

/// The kind that the words of a name tell of.
pub(super) fn by_name(words: &[String]) -> Option<&'static str> {
    let has = |name: &&str| words.iter().any(|own| own == *name);
    KINDS.iter().find(|(_, names)| names.iter().any(&has)).map(|(kind, _)| *kind)
}

/// `invoice_id` is of an invoice, a bare `id` of what the tool, or its list, is named after.
pub(super) fn id_kind(words: &[String], tool: &[String]) -> String {
    let own = words.iter().rev().find(|word| !matches!(&***word, "id" | "ids" | "number"));
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
