use super::*;
use bailiwick_core::json::Limits;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn a_call_has_the_headers_that_its_tool_was_last_shown_to_want() {
    let list = |header: &str| {
        json(&format!(
            r#"{{"result":{{"tools":[{{"name":"t","inputSchema":{{"properties":{{"region":{{"type":"string"{header}}}}}}}}}]}}}}"#
        ))
    };
    let call = json(r#"{"name":"t","arguments":{"region":"é"}}"#);
    let mut mirror = Mirror::default();
    assert_eq!(mirror.headers(Some(&call)), []);
    mirror.learn(&list(r#","x-mcp-header":"Region""#));
    let headers = mirror.headers(Some(&call));
    assert_eq!(headers.len(), 1);
    assert_eq!((headers[0].0.as_str(), headers[0].1.as_bytes()), ("mcp-param-region", b"=?base64?w6k=?=".as_slice()));
    assert_eq!(mirror.headers(Some(&json(r#"{"name":"other","arguments":{"region":"é"}}"#))), []);
    mirror.learn(&list(""));
    assert_eq!(mirror.headers(Some(&call)), []);
}
