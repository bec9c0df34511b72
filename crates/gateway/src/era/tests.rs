use super::*;
use bailiwick_core::json::Limits;

fn params(text: &str) -> Object {
    match Json::parse(text.as_bytes(), &Limits::default()).unwrap() {
        Json::Object(members) => members,
        other => panic!("{}", other.kind()),
    }
}

const VERSION: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
const CAPABILITIES: &str = r#""io.modelcontextprotocol/clientCapabilities":{}"#;

#[test]
fn a_request_without_a_version_is_of_the_older_era() {
    let mut asked = params(r#"{"name":"x","_meta":{"progressToken":3,"vendor/x":1}}"#);
    let meta = take_meta(&mut asked).unwrap();
    assert_eq!(meta.envelope, None);
    assert_eq!(meta.progress.unwrap().as_i64(), Some(3));
    assert_eq!(asked.keys().collect::<Vec<_>>(), ["name"]);
}

#[test]
fn a_modern_request_must_declare_its_capabilities() {
    let error = take_meta(&mut params(&format!("{{\"_meta\":{{{VERSION}}}}}"))).unwrap_err();
    assert_eq!(error.code, INVALID_PARAMS);
    assert!(error.message.contains(META_CAPABILITIES), "{}", error.message);
    assert!(take_meta(&mut params(&format!("{{\"_meta\":{{{VERSION},{CAPABILITIES}}}}}"))).unwrap().envelope.is_some());
}

#[test]
fn another_version_is_told_what_is_supported() {
    let text = format!("{{\"_meta\":{{{},{CAPABILITIES}}}}}", VERSION.replace("2026-07-28", "v999.0.0"));
    let error = take_meta(&mut params(&text)).unwrap_err();
    assert_eq!(error.code, UNSUPPORTED_VERSION);
    assert_eq!(error.data.unwrap().canonical(), r#"{"requested":"v999.0.0","supported":["2026-07-28"]}"#);
}

#[test]
fn wrong_meta_is_refused_with_its_place() {
    for (members, place) in [
        (r#""progressToken":1.5"#, "progressToken"),
        (r#""bailiwick.dev/idempotency-key":7"#, META_IDEMPOTENCY),
        (r#""io.modelcontextprotocol/logLevel":"loud""#, META_LEVEL),
        (r#""io.modelcontextprotocol/clientInfo":"me""#, META_CLIENT),
    ] {
        let error =
            take_meta(&mut params(&format!("{{\"_meta\":{{{members},{VERSION},{CAPABILITIES}}}}}"))).unwrap_err();
        assert_eq!(error.code, INVALID_PARAMS);
        assert!(error.message.contains(place), "{}", error.message);
    }
    assert!(take_meta(&mut params(r#"{"_meta":[]}"#)).is_err());
}

#[test]
fn an_unknown_older_version_is_offered_our_newest() {
    assert_eq!(negotiate("2025-06-18"), "2025-06-18");
    assert_eq!(negotiate("2025-11-25"), "2025-11-25");
    assert_eq!(negotiate("2024-11-05"), "2025-11-25");
    assert_eq!(negotiate("2025-03-26"), "2025-11-25");
}
