//! What the newer era says twice, in headers for those who route by them and in the body: the two must agree, or somebody
//! on the way was shown another request than we decide (MCP 2026-07-28, Transports).

use super::head::one;
use crate::era::{META_CAPABILITIES, claimed_version};
use crate::rpc::{HEADER_MISMATCH, RpcError, quoted};
use crate::session::Mirrored;
use bailiwick_core::json::{Json, Object};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

pub(super) const VERSION: &str = "mcp-protocol-version";
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
/// The newer era's headers that repeat arguments begin so.
const PARAMETER: &str = "mcp-param-";

/// The parameter that `Mcp-Name` repeats.
fn named(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        // the tasks extension, Streamable HTTP, routing headers
        "tasks/get" | "tasks/update" | "tasks/cancel" => Some("taskId"),
        _ => None,
    }
}

/// Compares the headers with the message. A message whose envelope is not whole is left to whoever reads that.
pub(super) fn check(headers: &HeaderMap, method: &str, params: &Object) -> Result<(), RpcError> {
    let Some(version) = claimed_version(params).and_then(Json::as_str) else { return Ok(()) };
    let capabilities = params.get("_meta").and_then(|meta| meta.get(META_CAPABILITIES));
    if capabilities.and_then(Json::as_object).is_none() {
        return Ok(());
    }
    agree(headers, VERSION, version)?;
    agree(headers, METHOD, method)?;
    match named(method).and_then(|member| params.get(member)).and_then(Json::as_str) {
        Some(name) => agree(headers, NAME, name),
        None => Ok(()),
    }
}

/// What headers say of the arguments.
pub(super) fn parameters(headers: &HeaderMap) -> Mirrored {
    let names = headers.keys().filter_map(|name| Some((name.as_str(), name.as_str().strip_prefix(PARAMETER)?)));
    names.map(|(whole, name)| (name.to_owned(), one(headers, whole).ok().flatten().and_then(decode))).collect()
}

/// Whether a header says the same as the body.
pub(super) fn agree(headers: &HeaderMap, name: &str, body: &str) -> Result<(), RpcError> {
    let mismatch = |found: String| {
        let message = format!("expected the header `{name}` to be as in the body, `{}`, found {found}", quoted(body));
        Err(RpcError::new(HEADER_MISMATCH, message))
    };
    match one(headers, name) {
        Ok(Some(text)) => match decode(text) {
            Some(value) if value == body => Ok(()),
            _ => mismatch(format!("`{}`", quoted(text))),
        },
        Ok(None) => mismatch("none".to_owned()),
        Err(()) => mismatch("several, or one that is no text".to_owned()),
    }
}

/// Values that are not plain visible ASCII come as `=?base64?…?=`; `None` for one that says so and is not.
fn decode(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Some(text.to_owned());
    };
    String::from_utf8(STANDARD.decode(inner).ok()?).ok()
}

#[cfg(test)]
mod tests;
