//! A result as the client's era wants it. Members that we do not know survive.

use crate::era::{Era, META_SERVER, ourselves};
use crate::rpc::{INVALID_PARAMS, RESOURCE_NOT_FOUND, RpcError};
use crate::upstream::{ASKS, AsTask, TASK};
use bailiwick_core::json::{Json, Object};

/// Methods whose results say how long they may be kept (MCP 2026-07-28, Caching).
const CACHED: [&str; 6] =
    ["server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"];

/// The result of a method, for a client of this era.
pub(super) fn result(era: Era, method: &str, result: Json) -> Json {
    let Json::Object(mut members) = result else {
        // by INVARIANT of both eras: a result is an object; what else came is given as text
        return self::result(era, method, text_result(&result.canonical()));
    };
    match era {
        Era::Modern => modern(method, &mut members),
        Era::Legacy => legacy(&mut members),
    }
    Json::Object(members)
}

fn text_result(text: &str) -> Json {
    Json::object([("content", Json::array([text_block(text)]))])
}

fn text_block(text: &str) -> Json {
    Json::object([("text", Json::from(text)), ("type", Json::from("text"))])
}

fn modern(method: &str, members: &mut Object) {
    // by INVARIANT of `round.rs` and `mcp_task.rs`: only our own question and our own task have another type here
    if !matches!(members.get("resultType").and_then(Json::as_str), Some(ASKS | TASK)) {
        members.insert("resultType", Json::from("complete"));
    }
    if CACHED.contains(&method) {
        // what is seen depends on the grant: it is nobody else's, and not to be kept
        members.insert("ttlMs", Json::from(0u64));
        members.insert("cacheScope", Json::from("private"));
    }
    let mut meta = match members.remove("_meta") {
        Some(Json::Object(meta)) => meta,
        _ => Object::default(),
    };
    meta.insert(META_SERVER, ourselves());
    members.insert("_meta", Json::Object(meta));
}

fn legacy(members: &mut Object) {
    for name in ["resultType", "ttlMs", "cacheScope"] {
        members.remove(name);
    }
    if let Some(Json::Object(mut meta)) = members.remove("_meta") {
        meta.remove(META_SERVER);
        if !meta.is_empty() {
            members.insert("_meta", Json::Object(meta));
        }
    }
    // the older era's structured content is an object (MCP 2025-11-25, CallToolResult)
    if members.get("structuredContent").is_some_and(|content| content.as_object().is_none()) {
        let content = members.remove("structuredContent").unwrap_or_default();
        let there = members.get("content").and_then(Json::as_array).is_some_and(|blocks| !blocks.is_empty());
        if !there {
            members.insert("content", Json::array([text_block(&content.canonical())]));
        }
    }
}

/// An error of a server, with the code that the client's era has for it.
pub(super) fn error(era: Era, mut error: RpcError) -> RpcError {
    if era == Era::Modern && error.code == RESOURCE_NOT_FOUND {
        error.code = INVALID_PARAMS;
    }
    error
}

/// An entry of a list, for a client of this era: what we do not serve is not declared.
pub(super) fn tool(era: Era, mut entry: Object) -> Object {
    // the newer era's server says by its answer that it is a task
    if era == Era::Modern || AsTask::of(&Json::Object(entry.clone())).is_none() {
        entry.remove("execution");
    }
    let object = |schema: &Json| schema.get("type").and_then(Json::as_str) == Some("object");
    if era == Era::Legacy && entry.get("outputSchema").is_some_and(|schema| !object(schema)) {
        entry.remove("outputSchema");
    }
    entry
}

#[cfg(test)]
mod tests;
