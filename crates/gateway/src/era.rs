//! The two eras of MCP: the older one opens a session with `initialize`, the newer one says with each request what it is.

use crate::asks::Able;
use crate::rpc::{self, INVALID_PARAMS, RpcError, UNSUPPORTED_VERSION, quoted};
use bailiwick_core::json::{Json, Object};

/// The newer era's one version.
pub(crate) const MODERN: &str = "2026-07-28";
/// The older era's versions that we speak with clients, newest first.
pub(crate) const LEGACY: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
/// What servers may answer `initialize` with besides.
pub(crate) const LEGACY_UPSTREAM_ALSO: &str = "2024-11-05";

pub(crate) const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
pub(crate) const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
pub(crate) const META_CLIENT: &str = "io.modelcontextprotocol/clientInfo";
/// Which stream of the newer era a notification came on.
pub(crate) const META_SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
pub(crate) const META_LEVEL: &str = "io.modelcontextprotocol/logLevel";
pub(crate) const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";
/// What a caller calls one act, so that a repetition of it is not another.
pub(crate) const META_IDEMPOTENCY: &str = "bailiwick.dev/idempotency-key";
/// Where a refusal stands in a result whose structured content belongs to the tool's own schema.
pub(crate) const META_REFUSAL: &str = "bailiwick.dev/refusal";

/// Which era a peer is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Era {
    /// 2025-11-25 and before.
    Legacy,
    /// 2026-07-28.
    Modern,
}

/// The version that an `initialize` is answered with: the one asked for if we speak it, else our newest.
pub(crate) fn negotiate(asked: &str) -> &'static str {
    // 2025-03-26 had batches, which we refuse: its clients get 2025-11-25 and may go
    let spoken = LEGACY.iter().take(2);
    spoken.copied().find(|version| *version == asked).unwrap_or("2025-11-25")
}

/// Severity of a log line (RFC 5424 section 6.2.1), least first.
const LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// A severity; a greater one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(usize);

impl Level {
    pub(crate) const LEAST: Self = Self(0);

    pub(crate) fn read(text: &str) -> Option<Self> {
        LEVELS.iter().position(|level| *level == text).map(Self)
    }
}

/// What a request of the newer era says of itself (MCP 2026-07-28, Base Protocol).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) level: Option<Level>,
    /// What the client can be asked for.
    pub(crate) able: Able,
}

/// What stands in a request's `_meta`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Meta {
    /// `None`: a request of the older era.
    pub(crate) envelope: Option<Envelope>,
    /// The client wants to hear of progress under this token.
    pub(crate) progress: Option<Json>,
    pub(crate) idempotency: Option<String>,
}

/// The version that a request claims for itself, whatever it is.
pub(crate) fn claimed_version(params: &Object) -> Option<&Json> {
    params.get("_meta")?.get(META_VERSION)
}

/// Takes `_meta` out of a request's parameters. What we do not know in it is dropped.
pub(crate) fn take_meta(params: &mut Object) -> Result<Meta, RpcError> {
    let meta = match params.remove("_meta") {
        None => return Ok(Meta::default()),
        Some(Json::Object(meta)) => meta,
        Some(other) => return Err(bad("", "an object", other.kind())),
    };
    let progress = match meta.get("progressToken") {
        None => None,
        Some(token @ Json::String(_)) => Some(token.clone()),
        Some(token @ Json::Number(number)) if number.as_i64().is_some() => Some(token.clone()),
        Some(other) => return Err(bad("progressToken", "a string or an integer", other.kind())),
    };
    let idempotency = match meta.get(META_IDEMPOTENCY) {
        None => None,
        Some(Json::String(key)) => Some(key.to_string()),
        Some(other) => return Err(bad(META_IDEMPOTENCY, "a string", other.kind())),
    };
    let envelope = if meta.contains_key(META_VERSION) { Some(envelope(&meta)?) } else { None };
    Ok(Meta { envelope, progress, idempotency })
}

fn envelope(meta: &Object) -> Result<Envelope, RpcError> {
    let version = match meta.get(META_VERSION) {
        Some(Json::String(version)) => version,
        other => return Err(bad(META_VERSION, "a string", kind(other))),
    };
    if meta.get(META_CAPABILITIES).and_then(Json::as_object).is_none() {
        return Err(bad(META_CAPABILITIES, "an object", kind(meta.get(META_CAPABILITIES))));
    }
    match meta.get(META_CLIENT) {
        None | Some(Json::Object(_)) => {}
        Some(other) => return Err(bad(META_CLIENT, "an object", other.kind())),
    }
    let level = match meta.get(META_LEVEL) {
        None => None,
        Some(level) => match level.as_str().and_then(Level::read) {
            Some(level) => Some(level),
            None => return Err(bad(META_LEVEL, "a log level", level.as_str().unwrap_or(level.kind()))),
        },
    };
    if &**version != MODERN {
        return Err(unsupported(version));
    }
    Ok(Envelope { level, able: Able::read(meta.get(META_CAPABILITIES)) })
}

/// The answer to a version that we do not speak.
pub(crate) fn unsupported(asked: &str) -> RpcError {
    let data = Json::object([("requested", Json::from(asked)), ("supported", Json::array([Json::from(MODERN)]))]);
    RpcError::new(UNSUPPORTED_VERSION, format!("expected protocol version `{MODERN}`, found `{}`", quoted(asked)))
        .with(data)
}

fn kind(value: Option<&Json>) -> &'static str {
    value.map_or("nothing", Json::kind)
}

fn bad(key: &str, expected: &str, found: &str) -> RpcError {
    let place = if key.is_empty() { String::from("params._meta") } else { format!("params._meta[\"{key}\"]") };
    RpcError::new(INVALID_PARAMS, format!("expected `{place}` to be {expected}, found {}", quoted(found)))
}

/// What we call ourselves, to servers and to clients.
pub(crate) fn ourselves() -> Json {
    Json::object([("name", Json::from("bailiwick")), ("version", Json::from(env!("CARGO_PKG_VERSION")))])
}

/// Our own envelope for a server of the newer era. Of the client's it says only what this request may be asked for.
pub(crate) fn own_meta(wants_logs: bool, able: Able) -> Object {
    let mut meta = Object::default();
    meta.insert(META_VERSION, Json::from(MODERN));
    meta.insert(META_CAPABILITIES, Json::Object(able.declared()));
    meta.insert(META_CLIENT, ourselves());
    if wants_logs {
        // one value for all: which lines the client wanted is sorted out on this side
        meta.insert(META_LEVEL, Json::from("debug"));
    }
    meta
}

/// The HTTP status that the newer era gives an error (MCP 2026-07-28, Transports).
pub(crate) const fn status_of(code: i64) -> u16 {
    match code {
        rpc::PARSE_ERROR
        | rpc::INVALID_REQUEST
        | rpc::INVALID_PARAMS
        | rpc::HEADER_MISMATCH
        | rpc::MISSING_CAPABILITY
        | rpc::UNSUPPORTED_VERSION => 400,
        rpc::METHOD_NOT_FOUND => 404,
        _ => 200,
    }
}

#[cfg(test)]
mod tests;
