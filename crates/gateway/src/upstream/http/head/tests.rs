use super::*;
use zeroize::Zeroizing;

fn heads(headers: &[(&str, &str)]) -> Result<Heads, String> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned())));
    let target = HttpTarget::new("https://example.com/mcp", headers.collect());
    Heads::new(Place::read(&target.url).unwrap(), &target)
}

fn header(request: &Request<Full<Bytes>>, name: &str) -> Option<String> {
    request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

#[test]
fn values_that_no_header_can_hold_are_encoded() {
    for (value, expected) in [
        ("us-west1", "us-west1"),
        ("two words", "two words"),
        ("", ""),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ] {
        assert_eq!(encoded(value).to_str().unwrap(), expected, "{value:?}");
    }
}

#[test]
fn a_credential_cannot_take_the_place_of_what_the_transport_says() {
    for name in ["Host", "content-length", "Transfer-Encoding", "Mcp-Session-Id", "mcp-name", "no name", ""] {
        assert!(heads(&[(name, "x")]).is_err(), "{name}");
    }
    assert!(heads(&[("Authorization", "Bearer a\r\nX: y")]).is_err());
    let heads = heads(&[("Authorization", "Bearer abc")]).unwrap();
    let request = heads.post(Bytes::new(), Routed { method: "tools/list", ..Routed::default() });
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer abc"));
    assert!(!format!("{heads:?}{request:?}").contains("abc"));
}

#[test]
fn each_era_says_what_it_must_and_no_more() {
    let mut heads = heads(&[]).unwrap();
    let param = [("Mcp-Param-Region".to_owned(), "eu".to_owned())];
    let routed = Routed { method: "tools/call", name: Some("pay"), headers: &param };
    let modern = heads.post(Bytes::new(), routed);
    for (name, value) in [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "pay"),
        ("mcp-param-region", "eu"),
        ("host", "example.com"),
        ("accept", "application/json, text/event-stream"),
    ] {
        assert_eq!(header(&modern, name).as_deref(), Some(value), "{name}");
    }
    heads.speak(Era::Legacy);
    let first = heads.post(Bytes::new(), routed);
    for name in ["mcp-protocol-version", "mcp-method", "mcp-name", "mcp-param-region", "mcp-session-id"] {
        assert_eq!(header(&first, name), None, "{name}");
    }
    let mut answer = HeaderMap::new();
    answer.insert(SESSION, HeaderValue::from_static("abc"));
    heads.keep_session(&answer);
    heads.agree("2025-11-25");
    for request in [heads.post(Bytes::new(), routed), heads.get(), heads.delete()] {
        assert_eq!(header(&request, "mcp-protocol-version").as_deref(), Some("2025-11-25"));
        assert_eq!(header(&request, "mcp-session-id").as_deref(), Some("abc"));
    }
}

#[test]
fn a_session_id_that_is_none_is_not_kept() {
    let mut heads = heads(&[]).unwrap();
    let long = "x".repeat(SESSION_BYTES_MAX + 1);
    for id in ["", "two words", long.as_str()] {
        let mut answer = HeaderMap::new();
        answer.insert(SESSION, HeaderValue::from_str(id).unwrap());
        heads.keep_session(&answer);
        assert!(!heads.has_session(), "{id:?}");
    }
}
