use super::*;
use crate::gateway::call::{arguments, message};

#[test]
fn a_call_of_the_bench_is_answered_with_a_kib() {
    let body = message(7, &arguments());
    let message: Message<'_> = serde_json::from_slice(&body).unwrap();
    let result = Upstream { paid: paid() }.result(&message).unwrap();
    assert_eq!(result.len(), 1_024);
    assert_eq!(serde_json::from_str::<Value>(&result).unwrap()["resultType"], "complete");
}

#[test]
fn what_is_no_call_of_its_tool_is_not_paid() {
    for (text, code) in [
        (r#"{"id":1,"method":"tools/call"}"#, INVALID_PARAMS),
        (r#"{"id":1,"method":"tools/call","params":{"name":"other","arguments":{}}}"#, INVALID_PARAMS),
        (r#"{"id":1,"method":"initialize"}"#, METHOD_NOT_FOUND),
    ] {
        let message: Message<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(Upstream { paid: paid() }.result(&message).unwrap_err().0, code, "{text}");
    }
}
