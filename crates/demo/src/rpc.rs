//! JSON-RPC 2.0 objects, one a line.

use serde_json::{Map, Value, json};

pub(crate) const PARSE_ERROR: i32 = -32700;
pub(crate) const INVALID_REQUEST: i32 = -32600;
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
pub(crate) const INVALID_PARAMS: i32 = -32602;
pub(crate) const UNSUPPORTED_PROTOCOL_VERSION: i32 = -32022;

/// What a line was.
#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    Request {
        id: Value,
        method: String,
        params: Map<String, Value>,
    },
    /// A notification, or an answer to a request that we never make: nothing to say.
    Nothing,
    Wrong(RpcError, Value),
}

#[derive(Debug, PartialEq)]
pub(crate) struct RpcError {
    pub(crate) code: i32,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
}

pub(crate) fn error(code: i32, message: impl Into<String>) -> RpcError {
    RpcError { code, message: message.into(), data: None }
}

impl Message {
    pub(crate) fn read(line: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return Self::Wrong(error(PARSE_ERROR, "the line is not JSON"), Value::Null);
        };
        // batches left MCP with 2025-06-18
        let Value::Object(mut object) = value else {
            return Self::Wrong(error(INVALID_REQUEST, "a message must be one JSON object"), Value::Null);
        };
        let id = object.remove("id");
        if object.get("jsonrpc") != Some(&json!("2.0")) {
            return Self::Wrong(error(INVALID_REQUEST, "`jsonrpc` must be `2.0`"), Value::Null);
        }
        let (method, id) = match (object.remove("method"), id) {
            (Some(Value::String(_)), None) | (None, Some(_)) => return Self::Nothing,
            (Some(Value::String(method)), Some(id)) if id.is_string() || id.is_i64() || id.is_u64() => (method, id),
            _ => {
                let message = "a request needs a `method` and an `id` that is a string or an integer";
                return Self::Wrong(error(INVALID_REQUEST, message), Value::Null);
            }
        };
        match object.remove("params") {
            None => Self::Request { id, method, params: Map::new() },
            Some(Value::Object(params)) => Self::Request { id, method, params },
            Some(_) => Self::Wrong(error(INVALID_PARAMS, "`params` must be an object"), id),
        }
    }
}

pub(crate) fn answer(id: &Value, outcome: Result<Value, RpcError>) -> Value {
    match outcome {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(RpcError { code, message, data: None }) => {
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
        }
        Err(RpcError { code, message, data: Some(data) }) => {
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message, "data": data}})
        }
    }
}
