use super::*;
use bailiwick_core::json::Limits;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn a_result_for_the_newer_era_says_that_it_is_one_and_whose() {
    let shaped = result(Era::Modern, "tools/call", json(r#"{"content":[],"x-new":1,"_meta":{"a/b":2}}"#));
    assert_eq!(shaped.get("resultType"), Some(&Json::from("complete")));
    assert_eq!(shaped.get("ttlMs"), None);
    assert_eq!(shaped.get("x-new"), Some(&Json::from(1u64)));
    let meta = shaped.get("_meta").unwrap();
    assert!(meta.get(META_SERVER).is_some() && meta.get("a/b").is_some());
}

#[test]
fn what_depends_on_the_grant_is_never_to_be_kept_whatever_the_server_says() {
    let shaped = result(Era::Modern, "resources/read", json(r#"{"contents":[],"ttlMs":9000,"cacheScope":"public"}"#));
    assert_eq!(shaped.get("ttlMs"), Some(&Json::from(0u64)));
    assert_eq!(shaped.get("cacheScope"), Some(&Json::from("private")));
}

#[test]
fn the_older_era_sees_nothing_of_the_newer() {
    let text = r#"{"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{}},"structuredContent":[1,2.50],"content":[]}"#;
    let shaped = result(Era::Legacy, "tools/call", json(text));
    assert_eq!(shaped.canonical(), r#"{"content":[{"text":"[1,2.5]","type":"text"}]}"#);
}

#[test]
fn structured_content_that_is_an_object_stays() {
    let text = r#"{"content":[],"structuredContent":{"a":1}}"#;
    assert_eq!(result(Era::Legacy, "tools/call", json(text)), json(text));
}

#[test]
fn a_missing_resource_has_each_eras_code() {
    let missing = RpcError::new(RESOURCE_NOT_FOUND, "no");
    assert_eq!(error(Era::Modern, missing.clone()).code, INVALID_PARAMS);
    assert_eq!(error(Era::Legacy, missing).code, RESOURCE_NOT_FOUND);
}
