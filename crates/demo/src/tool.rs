//! What a tool says of itself, and what a call of it comes to.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A tool as `tools/list` shows it.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) hints: Hints,
    pub(crate) input: Value,
    pub(crate) output: Value,
}

/// The annotations, said in full: their defaults in MCP are the dangerous ones.
#[derive(Clone, Copy)]
pub(crate) struct Hints {
    pub(crate) read_only: bool,
    pub(crate) destructive: bool,
    pub(crate) idempotent: bool,
    pub(crate) open_world: bool,
}

pub(crate) const READS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };

/// A call that the tool itself could not do: a result with `isError`, so that a model can read it.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Failed {
    #[error("the arguments do not fit the tool: {0}")]
    Arguments(String),
    #[error("{0}")]
    Said(String),
    /// Ours: the books could not be read or kept.
    #[error("the books could not be kept: {0}")]
    Books(String),
}

pub(crate) type Done = Result<Value, Failed>;

impl Tool {
    pub(crate) fn shown(&self) -> Value {
        let Hints { read_only, destructive, idempotent, open_world } = self.hints;
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input,
            "outputSchema": self.output,
            "annotations": {
                "readOnlyHint": read_only, "destructiveHint": destructive,
                "idempotentHint": idempotent, "openWorldHint": open_world,
            },
        })
    }
}

/// An object schema: every named property is required, others are refused.
pub(crate) fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().map(|named| named.keys().collect()).unwrap_or_default();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

pub(crate) fn text(description: &str) -> Value {
    json!({"type": "string", "description": description, "maxLength": 4000})
}

pub(crate) fn amount() -> Value {
    object(json!({"value": {"type": "string"}, "currency": {"type": "string", "enum": ["EUR"]}}))
}

/// The arguments as the tool's own type, which refuses what it does not name.
pub(crate) fn arguments<T: DeserializeOwned>(given: Option<Value>) -> Result<T, Failed> {
    let given = given.unwrap_or_else(|| Value::Object(Map::new()));
    serde_json::from_value(given).map_err(|error| Failed::Arguments(error.to_string()))
}

/// What a call came to, as the body of a `tools/call` result.
pub(crate) fn result(done: Done) -> Value {
    match done {
        Ok(value) => json!({
            "content": [{"type": "text", "text": value.to_string()}],
            "structuredContent": value,
            "isError": false,
        }),
        Err(failed) => json!({"content": [{"type": "text", "text": failed.to_string()}], "isError": true}),
    }
}
