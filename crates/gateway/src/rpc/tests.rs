use super::*;

fn check(text: &str) -> Result<Message, BadMessage> {
    read(text.as_bytes(), 1 << 20)
}

#[test]
fn the_three_kinds_of_messages_are_told_apart() {
    let request = check(r#"{"method":"ping","params":{},"jsonrpc":"2.0","id":0}"#).unwrap();
    assert_eq!(request, Message::Request { id: Id::Integer(0), method: "ping".into(), params: Object::default() });
    let notification = check(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
    assert!(matches!(notification, Message::Notification { .. }));
    let response = check(r#"{"jsonrpc":"2.0","id":"a","result":{}}"#).unwrap();
    assert!(matches!(response, Message::Response { id: Some(Id::Text(_)), outcome: Ok(_) }));
    let error = check(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}"#).unwrap();
    assert!(matches!(error, Message::Response { id: None, outcome: Err(RpcError { code: -32000, .. }) }));
}

#[test]
fn what_is_no_message_is_refused_with_its_code_and_the_id_where_it_can_be_read() {
    let deep =
        format!(r#"{{"id":7,"jsonrpc":"2.0","method":"ping","params":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for (text, code, id) in [
        ("{", PARSE_ERROR, None),
        ("", PARSE_ERROR, None),
        (r#"{"id":4,"jsonrpc":"2.0","method":"ping","method":"tools/call"}"#, PARSE_ERROR, Some(4)),
        (r#"{"id":4,"ID":5,"jsonrpc":"2.0","method":"ping"}"#, PARSE_ERROR, Some(4)),
        (r#"{"id":4,"id":5,"jsonrpc":"2.0","method":"ping"}"#, PARSE_ERROR, None),
        (
            r#"{"id":4,"jsonrpc":"2.0","method":"tools/call","params":{"a":0.1000000000000000055}}"#,
            PARSE_ERROR,
            Some(4),
        ),
        (deep.as_str(), PARSE_ERROR, Some(7)),
        ("[]", INVALID_REQUEST, None),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, INVALID_REQUEST, None),
        ("3", INVALID_REQUEST, None),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, INVALID_REQUEST, Some(1)),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, INVALID_REQUEST, None),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, INVALID_REQUEST, None),
        (r#"{"jsonrpc":"2.0","id":1}"#, INVALID_REQUEST, Some(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":3}"#, INVALID_REQUEST, Some(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, INVALID_PARAMS, Some(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","extra":1}"#, INVALID_REQUEST, Some(1)),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#, INVALID_REQUEST, Some(1)),
        (r#"{"jsonrpc":"2.0","result":{}}"#, INVALID_REQUEST, None),
    ] {
        let bad = check(text).unwrap_err();
        assert_eq!((bad.error.code, bad.id), (code, id.map(Id::Integer)), "{text}: {}", bad.error.message);
        assert!(!bad.error.message.is_empty());
    }
}

#[test]
fn a_message_over_its_limit_is_refused_before_it_is_read() {
    let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#, "x".repeat(4000));
    let bad = read(text.as_bytes(), 1000).unwrap_err();
    assert_eq!(bad.error.code, PARSE_ERROR);
    assert!(bad.error.message.contains("at most 1000 bytes"), "{}", bad.error.message);
}

#[test]
fn an_id_inside_the_parameters_is_not_the_requests() {
    assert_eq!(salvage_id(br#"{"params":{"id":3},"x":"\"id\":4"}"#, 100), None);
    assert_eq!(salvage_id(br#"{"params":{"id":3},"id":"a\"b"}"#, 100), Some(Id::Text("a\"b".into())));
}

#[test]
fn an_answer_names_its_request_and_an_unreadable_one_names_null() {
    let error = Err(RpcError::new(PARSE_ERROR, "no"));
    assert_eq!(
        answer(None, &error).canonical(),
        r#"{"error":{"code":-32700,"message":"no"},"id":null,"jsonrpc":"2.0"}"#
    );
    let ok = Ok(Json::Object(Object::default()));
    assert_eq!(answer(Some(&Id::Integer(3)), &ok).canonical(), r#"{"id":3,"jsonrpc":"2.0","result":{}}"#);
}

#[test]
fn a_message_that_is_a_request_and_an_answer_is_neither() {
    for both in [r#""method":"ping","result":{}"#, r#""method":"ping","error":{"code":1,"message":"m"}"#] {
        let bad = read(format!(r#"{{"jsonrpc":"2.0","id":1,{both}}}"#).as_bytes(), 1024).unwrap_err();
        assert_eq!(bad.error.code, INVALID_REQUEST);
    }
}
