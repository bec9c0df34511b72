//! Words of tools that nobody has seen yet, made from what documents say of them.

use super::copied::Copied;
use crate::print::{list, text};
use bailiwick_core::json::Json;
use bailiwick_core::{ToolId, ToolPattern};
use std::collections::{BTreeMap, BTreeSet};

/// Makes words for tools that a document describes or a template names outright, of servers that are known, where there are none.
pub(super) fn words(copied: &mut Copied) {
    let servers: BTreeSet<String> = copied.of_kind("server").map(|server| text(server, "name").to_owned()).collect();
    let mut named: BTreeMap<String, bool> = BTreeMap::new();
    for tool in copied.of_kind("tool") {
        named.insert(text(tool, "tool").to_owned(), text(tool, "effect") == "read");
    }
    let templates: Vec<Json> = copied.of_kind("template").cloned().collect();
    for row in templates.iter().flat_map(|template| list(template, "grant")) {
        for tool in list(row, "tools").iter().filter_map(Json::as_str) {
            // a pattern of several names none
            let single = !tool.contains(['*', '{']) && ToolPattern::parse(tool).is_ok();
            if single && !named.contains_key(tool) {
                named.insert(tool.to_owned(), only_reads(row));
            }
        }
    }
    let mut made = Vec::new();
    for (tool, reads) in named {
        let Ok(id) = ToolId::parse(&tool) else { continue };
        let server = id.server().to_string();
        // a server that was seen offers what it offers: more is not made up
        if servers.contains(&server) && !copied.words.contains_key(&server) {
            made.push((server, tool.clone(), entry(copied, &id, reads, &templates)));
        }
    }
    if !made.is_empty() {
        let names: Vec<&str> = made.iter().map(|(_, tool, _)| tool.as_str()).collect();
        copied.notes.push(format!(
            "nobody has seen what these offer, so their words are made from documents: {}",
            names.join(", ")
        ));
    }
    for (server, _, entry) in made {
        copied.words.entry(server).or_default().push(entry);
    }
}

fn only_reads(row: &Json) -> bool {
    let effects = list(row, "effects");
    let one = text(row, "effect");
    (effects.is_empty() && matches!(one, "" | "read"))
        || effects.iter().all(|effect| effect.as_str() == Some("read")) && !effects.is_empty()
}

fn entry(copied: &Copied, id: &ToolId, reads: bool, templates: &[Json]) -> Json {
    let mut places: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut put = |pointer: &str, kind: &'static str| {
        let name = pointer.trim_start_matches('/');
        if !name.is_empty() && !name.contains(['/', '*']) {
            places.entry(name.to_owned()).or_insert(kind);
        }
    };
    let document = copied.tool(&id.to_string());
    let bound = document.and_then(|tool| tool.get("bind")?.get("arguments")?.as_object());
    for (pointer, how) in bound.into_iter().flat_map(|bound| bound.iter()) {
        put(pointer, "string");
        put(text(how, "currency_at"), "string");
    }
    let rows = templates.iter().flat_map(|template| list(template, "grant"));
    let names = |row: &&Json| {
        let tools = list(row, "tools").iter().filter_map(Json::as_str);
        tools.filter_map(|tool| ToolPattern::parse(tool).ok()).any(|pattern| pattern.matches(id))
    };
    for row in rows.filter(names) {
        for (pointer, condition) in row.get("when").and_then(Json::as_object).into_iter().flat_map(|when| when.iter()) {
            let number = condition.get("equals").is_some_and(|value| matches!(value, Json::Number(_)));
            put(pointer, if number { "number" } else { "string" });
        }
    }
    let required: Vec<Json> = places.keys().map(|name| Json::from(name.as_str())).collect();
    let properties = places.into_iter().map(|(name, kind)| (name, Json::object([("type", Json::from(kind))])));
    let schema = Json::object([
        ("additionalProperties", Json::from(false)),
        ("properties", Json::object(properties)),
        ("required", Json::array(required)),
        ("type", Json::from("object")),
    ]);
    Json::object([
        ("annotations", Json::object([("openWorldHint", Json::from(false)), ("readOnlyHint", Json::from(reads))])),
        ("description", Json::from("Made from documents for a rehearsal.")),
        ("inputSchema", schema),
        ("name", Json::from(id.tool())),
    ])
}
