//! A head that is let through says what the body says, in values that stand once.
#![no_main]

use bailiwick_core::json::{Json, Limits};
use bailiwick_gateway::parse_head;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

const PARAMS: &str = r#"{"_meta":{"io.modelcontextprotocol/clientCapabilities":{},
    "io.modelcontextprotocol/protocolVersion":"2026-07-28"},"name":"echo"}"#;
const NAMES: [&str; 6] =
    ["accept", "content-type", "content-encoding", "mcp-protocol-version", "mcp-method", "mcp-name"];

fuzz_target!(|lines: Vec<(u8, &[u8])>| {
    let params = Json::parse(PARAMS.as_bytes(), &Limits::default()).expect("it is JSON");
    let lines = lines.iter().filter_map(|(name, value)| {
        let name = NAMES.get(usize::from(*name) % (NAMES.len() + 1)).copied().unwrap_or("mcp-param-a");
        Some((HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?))
    });
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name, value);
    }
    if parse_head(&headers, "tools/call", &params).is_ok() {
        for name in ["content-type", "mcp-protocol-version", "mcp-method", "mcp-name"] {
            assert_eq!(headers.get_all(name).iter().count(), 1, "`{name}` stands once");
        }
    }
});
