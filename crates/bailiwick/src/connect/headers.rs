//! What headers repeat of a message (MCP 2026-07-28, Transports).

use super::alone::MODERN;
use bailiwick_core::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The version of the protocol, of both eras.
pub(super) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Those of a request of the newer era.
pub(super) fn modern_headers(method: &str, params: Option<&Json>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(VERSION, HeaderValue::from_static(MODERN));
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(&encoded(value)) {
            headers.insert(name, value);
        }
    };
    put(METHOD, method);
    let named = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return headers,
    };
    if let Some(value) = params.and_then(|params| params.get(named)).and_then(Json::as_str) {
        put(NAME, value);
    }
    headers
}

/// A value that is not plain visible ASCII goes as its base64.
pub(super) fn encoded(value: &str) -> String {
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let padded = value.starts_with(' ') || value.ends_with(' ') || value.starts_with("=?base64?");
    if plain && !padded { value.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(value)) }
}
