//! JSON-RPC 2.0 messages as MCP uses them: one object a message, ids are strings or integers, no batches.

mod salvage;

pub(crate) use salvage::salvage_id;

use bailiwick_core::json::{Json, Limits, Number, Object};
use std::fmt;
use std::sync::Arc;

/// No JSON.
pub(crate) const PARSE_ERROR: i64 = -32700;
/// JSON, but no message.
pub(crate) const INVALID_REQUEST: i64 = -32600;
/// No such method here.
pub(crate) const METHOD_NOT_FOUND: i64 = -32601;
/// The parameters are not those of the method.
pub(crate) const INVALID_PARAMS: i64 = -32602;
/// Refused, or failed on our side.
pub(crate) const INTERNAL_ERROR: i64 = -32603;
/// The older era's "no such resource"; the newer one says [`INVALID_PARAMS`].
pub(crate) const RESOURCE_NOT_FOUND: i64 = -32002;
/// The older era's "open this page first": a question, in an error (MCP 2025-11-25, Elicitation).
pub(crate) const URL_ELICITATION_REQUIRED: i64 = -32042;
/// Headers and body disagree (MCP 2026-07-28).
pub(crate) const HEADER_MISMATCH: i64 = -32020;
/// The server needs what the client did not declare (MCP 2026-07-28).
pub(crate) const MISSING_CAPABILITY: i64 = -32021;
/// Another protocol version was asked for (MCP 2026-07-28).
pub(crate) const UNSUPPORTED_VERSION: i64 = -32022;

/// How deep a message may be. The arguments in it are three levels down.
const DEPTH: usize = 96;
/// The most values of one message.
const NODES: usize = 1_000_000;
/// The most bytes of a request's id.
const ID_BYTES_MAX: usize = 256;

/// Which request: a string or an integer, never null.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    /// An integer, as its canonical digits.
    Integer(i64),
    /// A string.
    Text(Arc<str>),
}

impl Id {
    pub(crate) fn read(value: &Json) -> Option<Self> {
        match value {
            Json::String(text) if text.len() <= ID_BYTES_MAX => Some(Self::Text(text.clone())),
            Json::Number(number) => number.as_i64().map(Self::Integer),
            _ => None,
        }
    }

    pub(crate) fn json(&self) -> Json {
        match self {
            Self::Integer(number) => Json::Number(Number::from(*number)),
            Self::Text(text) => Json::String(text.clone()),
        }
    }
}

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Option<Json>,
}

impl RpcError {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    #[must_use]
    pub(crate) fn with(mut self, data: Json) -> Self {
        self.data = Some(data);
        self
    }

    /// As the `error` member.
    pub(crate) fn json(&self) -> Json {
        let mut error = Object::default();
        error.insert("code", Json::from(self.code));
        error.insert("message", Json::from(self.message.as_str()));
        if let Some(data) = &self.data {
            error.insert("data", data.clone());
        }
        Json::Object(error)
    }

    /// Of an `error` member, if it is one.
    pub(crate) fn read(value: &Json) -> Option<Self> {
        let members = value.as_object()?;
        let code = members.get("code")?.as_i64()?;
        let message = members.get("message")?.as_str()?.to_owned();
        Some(Self { code, message, data: members.get("data").cloned() })
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// Wants an answer.
    Request { id: Id, method: Arc<str>, params: Object },
    /// Wants none.
    Notification { method: Arc<str>, params: Object },
    /// Is one. The id is `None` where the peer could not read ours.
    Response { id: Option<Id>, outcome: Result<Json, RpcError> },
}

/// Why bytes are no message; with the request's id where it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadMessage {
    pub(crate) id: Option<Id>,
    pub(crate) error: RpcError,
}

/// Reads one message.
pub(crate) fn read(bytes: &[u8], bytes_max: usize) -> Result<Message, BadMessage> {
    let limits = Limits { bytes: bytes_max, depth: DEPTH, nodes: NODES };
    let value = Json::parse(bytes, &limits).map_err(|error| {
        let id = salvage_id(bytes, bytes_max);
        BadMessage { id, error: RpcError::new(PARSE_ERROR, error.to_string()) }
    })?;
    let members = match value {
        Json::Object(members) => members,
        // batches went with MCP 2025-06-18
        Json::Array(_) => return Err(invalid(None, "expected one message, found a batch")),
        other => return Err(invalid(None, format!("expected an object, found {}", other.kind()))),
    };
    message(members)
}

fn invalid(id: Option<Id>, message: impl Into<String>) -> BadMessage {
    BadMessage { id, error: RpcError::new(INVALID_REQUEST, message) }
}

fn message(mut members: Object) -> Result<Message, BadMessage> {
    let raw = members.remove("id");
    let id = raw.as_ref().and_then(Id::read);
    // JSON-RPC 2.0 section 4
    if members.remove("jsonrpc").as_ref().and_then(Json::as_str) != Some("2.0") {
        return Err(invalid(id, "expected `jsonrpc` to be `2.0`"));
    }
    if members.contains_key("result") || members.contains_key("error") {
        // two readers could take it for two things
        if members.contains_key("method") {
            return Err(invalid(id, "expected a request or an answer, found both"));
        }
        return response(raw.as_ref(), members);
    }
    let method = match members.remove("method") {
        Some(Json::String(method)) => method,
        Some(other) => return Err(invalid(id, format!("expected `method` to be a string, found {}", other.kind()))),
        None => return Err(invalid(id, "expected `method`, `result` or `error`")),
    };
    let params = match members.remove("params") {
        None => Object::default(),
        Some(Json::Object(params)) => params,
        Some(other) => {
            let error =
                RpcError::new(INVALID_PARAMS, format!("expected `params` to be an object, found {}", other.kind()));
            return Err(BadMessage { id, error });
        }
    };
    // We refuse more than JSON-RPC 2.0: a member that it does not name
    if let Some(name) = members.keys().next() {
        return Err(invalid(id, format!("`{}` is no member of a request", quoted(name))));
    }
    match (raw, id) {
        (None, _) => Ok(Message::Notification { method, params }),
        (Some(_), Some(id)) => Ok(Message::Request { id, method, params }),
        (Some(raw), None) => Err(invalid(
            None,
            format!("expected `id` to be an integer or a string of at most {ID_BYTES_MAX} bytes, found {}", raw.kind()),
        )),
    }
}

fn response(raw: Option<&Json>, mut members: Object) -> Result<Message, BadMessage> {
    let id = raw.and_then(Id::read);
    let outcome = match (members.remove("result"), members.remove("error")) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => match RpcError::read(&error) {
            Some(error) => Err(error),
            None => return Err(invalid(id, "expected `error` to have a `code` and a `message`")),
        },
        _ => return Err(invalid(id, "expected `result` or `error`, found both")),
    };
    if id.is_none() && outcome.is_ok() {
        return Err(invalid(None, "expected a result to name its request"));
    }
    Ok(Message::Response { id, outcome })
}

/// Text from outside in a message of ours: escaped and cut.
pub(crate) fn quoted(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    // a quotation mark harms nothing where backticks quote
    let escaped = |c: char| if matches!(c, '\'' | '"') { c.to_string() } else { c.escape_debug().to_string() };
    let mut out: String = text.chars().take(CHARS_MAX).map(escaped).collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out.replace('`', "'")
}

/// A request as its bytes.
pub(crate) fn request(id: &Json, method: &str, params: Object) -> Json {
    Json::object([
        ("id", id.clone()),
        ("jsonrpc", Json::from("2.0")),
        ("method", Json::from(method)),
        ("params", Json::Object(params)),
    ])
}

/// A notification.
pub(crate) fn notification(method: &str, params: Object) -> Json {
    Json::object([("jsonrpc", Json::from("2.0")), ("method", Json::from(method)), ("params", Json::Object(params))])
}

/// The word that a resource may be another (the older era).
pub(crate) fn updated(uri: &str) -> Json {
    notification("notifications/resources/updated", [("uri", Json::from(uri))].into_iter().collect())
}

/// An answer.
pub(crate) fn answer(id: Option<&Id>, outcome: &Result<Json, RpcError>) -> Json {
    let (name, value) = match outcome {
        Ok(result) => ("result", result.clone()),
        Err(error) => ("error", error.json()),
    };
    Json::object([("id", id.map_or(Json::Null, Id::json)), ("jsonrpc", Json::from("2.0")), (name, value)])
}

#[cfg(test)]
mod tests;
