use super::*;
use crate::testing::settings;
use crate::upstream::fake::json;

fn object(text: &str) -> Object {
    json(text).as_object().unwrap().clone()
}

fn session() -> Arc<Session> {
    Session::new(Scope::All, Settings { open_requests_max: 2, ..settings() })
}

fn code(admitted: Result<Admitted, RpcError>) -> i64 {
    admitted.err().expect("a refusal").code
}

const HELLO: &str = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#;

#[test]
fn an_id_is_taken_while_its_request_is_open_and_no_longer() {
    let session = session();
    let (one, two, three) = (Id::Integer(1), Id::Text("1".into()), Id::Integer(3));
    let first = session.admit(&one, "ping", &Object::default()).ok().unwrap();
    assert_eq!(code(session.admit(&one, "ping", &Object::default())), INVALID_REQUEST);
    let second = session.admit(&two, "ping", &Object::default()).ok();
    assert!(second.is_some(), "a text is another id than a number");
    assert_eq!(code(session.admit(&three, "ping", &Object::default())), INTERNAL_ERROR, "no room");
    drop(first);
    assert!(session.admit(&one, "ping", &Object::default()).is_ok());
    drop(second);
}

#[test]
fn a_session_is_initialized_once_and_only_by_a_version() {
    let session = session();
    assert_eq!(code(session.admit(&Id::Integer(1), "initialize", &Object::default())), INVALID_PARAMS);
    assert_eq!(session.version(), None);
    assert!(session.admit(&Id::Integer(1), "initialize", &object(HELLO)).is_ok());
    assert_eq!(session.version(), Some("2025-11-25"));
    assert_eq!(code(session.admit(&Id::Integer(2), "initialize", &object(HELLO))), INVALID_REQUEST);
}

#[test]
fn a_cancellation_cuts_the_request_that_it_names() {
    let session = session();
    let one = session.admit(&Id::Integer(1), "tools/call", &Object::default()).ok().unwrap();
    let two = session.admit(&Id::Integer(2), "tools/call", &Object::default()).ok().unwrap();
    for (method, params) in [
        ("notifications/cancelled", r#"{"requestId":"1"}"#),
        ("notifications/cancelled", r#"{"requestId":3}"#),
        ("notifications/cancelled", "{}"),
        ("notifications/progress", r#"{"requestId":1}"#),
        ("made/up", r#"{"requestId":1}"#),
    ] {
        session.notification(method, &object(params));
    }
    assert_eq!((one.cut.why(), two.cut.why()), (None, None));
    session.notification("notifications/cancelled", &object(r#"{"requestId":1}"#));
    assert_eq!((one.cut.why(), two.cut.why()), (Some("cancelled"), None));
    session.cut_all("cut");
    assert_eq!((one.cut.why(), two.cut.why()), (Some("cancelled"), Some("cut")), "the first reason stays");
}
