//! What an edge is to look at before a call is decided, and what it saw.

use crate::people::text;
use bailiwick_catalogue::{Look, Looked};
use bailiwick_core::json::{Json, Pointer};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookedBody {
    pointer: Pointer,
    seen: Option<Json>,
}

/// What was seen, as the desk takes it.
pub(super) fn read(looked: Vec<LookedBody>) -> Vec<Looked> {
    looked.into_iter().map(|LookedBody { pointer, seen }| Looked { pointer, seen }).collect()
}

pub(super) fn look_json(look: Look) -> Json {
    Json::object([
        ("arguments", look.arguments),
        ("pointer", text(&look.pointer)),
        ("tool", Json::from(look.tool.tool())),
    ])
}
