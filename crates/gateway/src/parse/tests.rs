use super::*;
use bailiwick_core::json::Limits;
use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

const BYTES_MAX: usize = 4096;
const MESSAGES: [&str; 4] = [
    r#"{"id":7,"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"a":[1,"é"]},"name":"echo"}}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.5,"progressToken":"t"}}"#,
    r#"{"id":"x","jsonrpc":"2.0","result":{"content":[]}}"#,
    r#"{"error":{"code":-32600,"data":{"a":1},"message":"no"},"id":null,"jsonrpc":"2.0"}"#,
];
const STREAM: &str =
    "\u{feff}: hello\r\nid: 1\nevent: message\ndata: {\"a\":\rdata:1}\n\nevent: other\ndata: b\n\ndata: c\n\n";
const HEAD: [(&str, &str); 7] = [
    ("accept", "application/json, text/event-stream"),
    ("content-type", "application/json; charset=utf-8"),
    ("mcp-protocol-version", "2026-07-28"),
    ("mcp-method", "tools/call"),
    ("mcp-name", "=?base64?ZWNobw==?="),
    ("mcp-param-a", "b"),
    ("mcp-session-id", "s"),
];
const PARAMS: &str = r#"{"_meta":{"io.modelcontextprotocol/clientCapabilities":{},
    "io.modelcontextprotocol/protocolVersion":"2026-07-28"},"name":"echo"}"#;

/// The input with something else in it, or its end cut off.
fn spoilt(good: &[u8], at: prop::sample::Index, cut: bool, noise: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let at = at.index(bytes.len() + 1);
    if cut {
        bytes.truncate(at);
    }
    bytes.splice(at..at, noise.iter().copied());
    bytes
}

fn head(spoil: impl Fn(usize, &str) -> Vec<u8>) -> HeaderMap {
    let pairs = HEAD.iter().enumerate().filter_map(|(at, (name, value))| {
        Some((HeaderName::from_static(name), HeaderValue::from_bytes(&spoil(at, value)).ok()?))
    });
    pairs.collect()
}

fn params() -> Json {
    Json::parse(PARAMS.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn each_parser_takes_what_is_good() {
    for message in MESSAGES {
        assert_eq!(parse_message(message.as_bytes(), BYTES_MAX).unwrap(), message);
    }
    let messages = parse_events(std::iter::once(STREAM.as_bytes()), BYTES_MAX).unwrap();
    assert_eq!(messages, [b"{\"a\":\n1}".to_vec(), b"c".to_vec()]);
    let good = head(|_, value| value.as_bytes().to_vec());
    assert_eq!(parse_head(&good, "tools/call", &params()), Ok(()));
    assert!(parse_head(&good, "prompts/get", &params()).is_err(), "the head names another method");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_message_that_is_read_is_read_again_from_what_is_written_of_it(
        n in 0usize..4, at in any::<prop::sample::Index>(), cut in any::<bool>(), noise in prop::collection::vec(any::<u8>(), 0..8)
    ) {
        match parse_message(&spoilt(MESSAGES[n].as_bytes(), at, cut, &noise), BYTES_MAX) {
            Ok(written) => prop_assert_eq!(parse_message(written.as_bytes(), BYTES_MAX), Ok(written)),
            Err(told) => prop_assert!(told.len() < 2048, "a sentence is bounded"),
        }
    }

    #[test]
    fn events_are_the_same_however_the_stream_is_cut(
        at in any::<prop::sample::Index>(), cut in any::<bool>(), noise in "[\r\n:a-d]{0,8}", size in 1usize..9, most in 0usize..24
    ) {
        let stream = spoilt(STREAM.as_bytes(), at, cut, noise.as_bytes());
        let whole = parse_events(std::iter::once(stream.as_slice()), most);
        prop_assert_eq!(parse_events(stream.chunks(size), most), whole);
    }

    #[test]
    fn a_head_that_is_let_through_says_what_the_body_says(
        n in 0usize..7, at in any::<prop::sample::Index>(), cut in any::<bool>(), noise in prop::collection::vec(32u8.., 0..8)
    ) {
        let headers = head(|which, value| {
            if which == n { spoilt(value.as_bytes(), at, cut, &noise) } else { value.as_bytes().to_vec() }
        });
        let said = parse_head(&headers, "tools/call", &params());
        let same = headers.get("mcp-method").is_some_and(|value| value.as_bytes().trim_ascii() == b"tools/call");
        prop_assert!(said.is_err() || same, "{headers:?}");
    }
}
