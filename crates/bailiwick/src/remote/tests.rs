use super::*;
use bailiwick_core::json::Limits;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn what_is_to_be_looked_at_is_read_whole_or_nothing_is_decided() {
    let look = r#"{"arguments":{"id":"d-1"},"pointer":"/draft","tool":"read_draft"}"#;
    let told = |looks: &str| attempted(&json(&format!(r#"{{"looks":{looks},"verdict":"look"}}"#)));
    let pointer = Pointer::parse("/draft").unwrap();
    let arguments = json(r#"{"id":"d-1"}"#);
    let expected = Look { pointer: pointer.clone(), tool: "read_draft".to_owned(), arguments };
    assert_eq!(told(&format!("[{look}]")), Ok(Attempted::Look(vec![expected])));
    for strange in
        ["null", r#"[{"pointer":"/draft","tool":"t"}]"#, r#"[{"pointer":"draft","tool":"t","arguments":{}}]"#]
    {
        assert_eq!(told(strange), Err(super::strange()), "{strange}");
    }
    let nothing = seen(Looked { pointer, seen: None });
    assert_eq!(nothing.canonical(), r#"{"pointer":"/draft","seen":null}"#);
}
