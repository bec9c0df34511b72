use crate::Document;
use crate::json::{Json, Limits};

fn read(engine: &str) -> Result<(), String> {
    let text = format!(r#"{{"kind":"policy","name":"corporate","opa":{engine}}}"#);
    let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    Document::read(&json).map(drop).map_err(|bad| bad.to_string())
}

#[test]
fn an_engine_is_reached_by_tls_on_this_machine_or_at_a_socket() {
    for url in
        ["https://opa.example.com", "https://opa.example.com:8443", "http://127.0.0.1:8181", "unix:/run/opa.sock"]
    {
        read(&format!(r#"{{"url":"{url}","path":"authz/agents"}}"#)).unwrap();
    }
    for url in
        ["", "opa", "ftp://opa", "https://", "https://opa/v1", "https://a:b@opa", "https://opa?x", "unix:opa.sock"]
    {
        let error = read(&format!(r#"{{"url":"{url}","path":"authz"}}"#)).unwrap_err();
        assert!(error.contains("`opa.url`"), "{url}: {error}");
    }
}

#[test]
fn a_path_names_one_document_and_nothing_beside_it() {
    for path in ["", "/authz", "authz/", "a//b", "authz?explain=full", "..", "a/../b", "a b", "a%2fb"] {
        let error = read(&format!(r#"{{"url":"https://opa","path":"{path}"}}"#)).unwrap_err();
        assert!(error.contains("`opa.path`"), "{path}: {error}");
    }
}

#[test]
fn an_engine_has_a_bounded_time() {
    for (ms, good) in [(0, false), (1, true), (2_000, true), (2_001, false)] {
        let found = read(&format!(r#"{{"url":"https://opa","path":"a","within_ms":{ms}}}"#));
        assert_eq!(found.is_ok(), good, "{ms}: {found:?}");
    }
}

#[test]
fn a_revision_is_of_a_bundle_and_a_certificate_is_for_tls() {
    assert!(read(r#"{"url":"https://opa","path":"a","revision":"r1"}"#).unwrap_err().contains("`opa.revision`"));
    assert!(read(r#"{"url":"unix:/opa","path":"a","ca":"PEM"}"#).unwrap_err().contains("`opa.ca`"));
    read(r#"{"url":"https://opa","path":"a","revision":"r1","bundle":"main","ca":"PEM"}"#).unwrap();
}

#[test]
fn an_engine_beside_rules_in_one_document_is_refused() {
    let text = r#"{"kind":"policy","name":"a","cedar":"","opa":{"url":"https://opa","path":"a"}}"#;
    let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    assert!(Document::read(&json).is_err());
}
