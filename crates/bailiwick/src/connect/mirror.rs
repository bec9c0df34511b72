//! Arguments that a tool's schema wants in headers besides (MCP 2026-07-28, Transports, custom headers): a client over
//! stdio sends none, so they are made here, from the lists that it was shown.

use bailiwick_core::json::Json;
use bailiwick_gateway::mirrored;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;

/// The most tools that are remembered.
const TOOLS_MAX: usize = 4_096;
/// The code of a call whose headers and arguments disagree.
const HEADER_MISMATCH: i64 = -32_020;

/// Entries of tools that want headers, by name.
#[derive(Debug, Default)]
pub(super) struct Mirror(BTreeMap<String, Json>);

impl Mirror {
    /// Learns from an answer to `tools/list`.
    pub(super) fn learn(&mut self, answer: &Json) {
        let tools = answer.get("result").and_then(|result| result.get("tools")).and_then(Json::as_array);
        for tool in tools.unwrap_or_default() {
            let Some(name) = tool.get("name").and_then(Json::as_str) else { continue };
            let wants = tool.get("inputSchema").is_some_and(|schema| schema.canonical().contains("\"x-mcp-header\""));
            if !wants {
                self.0.remove(name);
            } else if self.0.len() < TOOLS_MAX || self.0.contains_key(name) {
                self.0.insert(name.to_owned(), tool.clone());
            }
        }
    }

    /// The headers of a call.
    pub(super) fn headers(&self, params: Option<&Json>) -> Vec<(HeaderName, HeaderValue)> {
        let name = params.and_then(|params| params.get("name")).and_then(Json::as_str);
        let Some(tool) = name.and_then(|name| self.0.get(name)) else { return Vec::new() };
        let arguments = params.and_then(|params| params.get("arguments")).unwrap_or(&Json::Null);
        let header = |(name, value): (String, String)| {
            let value = HeaderValue::from_str(&super::headers::encoded(&value)).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        };
        mirrored(tool, arguments).into_iter().filter_map(header).collect()
    }
}

/// Whether an answer says that headers and arguments disagree: then nothing was decided.
pub(super) fn is_mismatch(answer: &Json) -> bool {
    answer.get("error").and_then(|error| error.get("code")).and_then(Json::as_i64) == Some(HEADER_MISMATCH)
}

#[cfg(test)]
mod tests;
