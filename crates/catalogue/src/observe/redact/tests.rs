use super::Redacted;
use crate::testing::{STDIO, World, json};
use bailiwick_core::json::Json;
use bailiwick_core::{DataClass, Standing};

const BIND: &str = r#"{"result":{"values":[{"at":"/people/*/name","kind":"name","class":"public"}],
    "fields":[{"at":"/people/*/salary","class":"payroll"},{"at":"/rows/*/1","class":"payroll"},{"at":"/total","class":"public"}]},
    "classes":["internal"]}"#;

fn redact(result: &str, readable: &[&str]) -> Redacted {
    let rule = format!(r#"{{"kind":"tool","tool":"s/t","effect":"read","reversibility":"read-only","bind":{BIND}}}"#);
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(&rule);
    let may = |class: &DataClass| readable.contains(&&*class.to_string());
    world.catalogue().redact(&World::id("t"), result.as_bytes(), &may).unwrap()
}

fn check(result: &str, readable: &[&str], places: &[&str], expected: &str) {
    let Redacted::Without { bytes, removed } = redact(result, readable) else { panic!("{result}") };
    assert_eq!(removed, places, "{result}");
    let rest = String::from_utf8(bytes).unwrap();
    let said = Json::parse(rest.as_bytes(), &bailiwick_core::json::Limits::default()).unwrap();
    let withheld = said.pointer(&"/_meta/bailiwick.dev~1withheld".parse().unwrap()).unwrap();
    assert_eq!(withheld.as_array().unwrap().len(), places.len(), "the result does not say what is not in it: {rest}");
    assert_eq!(said.get("structuredContent").map(Json::canonical).unwrap_or_default(), json(expected).canonical());
    assert!(!rest.contains("7000"), "{rest}");
}

#[test]
fn a_field_of_a_class_that_may_not_be_read_is_taken_out_and_the_others_stay() {
    check(
        r#"{"content":[],"structuredContent":{"people":[{"name":"Ann","salary":7000,"room":"2"},{"name":"Bob"}],"total":2}}"#,
        &["public", "internal"],
        &["/people/*/salary"],
        r#"{"people":[{"name":"Ann","room":"2"},{"name":"Bob"}],"total":2}"#,
    );
    check(
        r#"{"content":[],"structuredContent":{"rows":[["Ann",7000,"2"]]}}"#,
        &["public", "internal"],
        &["/rows/*/1"],
        r#"{"rows":[["Ann",null,"2"]]}"#,
    );
}

#[test]
fn what_the_binding_does_not_name_is_of_the_class_of_the_tool() {
    check(
        r#"{"content":[],"structuredContent":{"people":[{"name":"Ann","salary":7000,"room":"7000"}],"total":2,"x":{"y":"7000"}}}"#,
        &["public"],
        &["/people/*/room", "/people/*/salary", "/x"],
        r#"{"people":[{"name":"Ann"}],"total":2}"#,
    );
}

#[test]
fn text_beside_the_structure_goes_unless_it_says_the_same() {
    let same = r#"{"people":[{"name":"Ann","salary":7000}]}"#;
    let result = Json::object([
        ("_meta", json(r#"{"n":"7000"}"#)),
        (
            "content",
            Json::array([
                Json::object([("text", Json::from(same)), ("type", Json::from("text"))]),
                Json::object([("text", Json::from("Ann earns 7000")), ("type", Json::from("text"))]),
            ]),
        ),
        ("structuredContent", json(same)),
    ]);
    let Redacted::Without { bytes, .. } = redact(&result.canonical(), &["public"]) else { panic!() };
    let rest = String::from_utf8(bytes).unwrap();
    assert!(!rest.contains("7000"), "{rest}");
    assert!(rest.contains(r#"{\"people\":[{\"name\":\"Ann\"}]}"#) && rest.contains("Not given out"), "{rest}");
}

#[test]
fn a_text_that_is_json_is_written_anew() {
    let result =
        r#"{"content":[{"text":"{\"people\":[{\"name\":\"Ann\",\"salary\":7000}]}","type":"text"}],"isError":false}"#;
    let Redacted::Without { bytes, removed } = redact(result, &["public"]) else { panic!() };
    let rest = String::from_utf8(bytes).unwrap();
    assert_eq!(removed, ["/people/*/salary"]);
    assert!(!rest.contains("7000") && rest.contains("Ann") && rest.contains(r#""isError":false"#), "{rest}");
}

#[test]
fn what_cannot_be_told_apart_is_withheld_whole() {
    for result in [
        r#"{"content":[{"text":"Ann earns 7000","type":"text"}]}"#,
        r#"{"content":[],"n":0.1000000000000000055511151231257827}"#,
        "no JSON",
    ] {
        assert_eq!(redact(result, &["public"]), Redacted::Withheld, "{result}");
        assert_eq!(redact(result, &["internal"]), Redacted::Withheld, "{result}");
    }
    let secret = r#"{"content":[],"structuredContent":{"total":2}}"#;
    assert_eq!(redact(secret, &["public"]), Redacted::Whole);
    assert!(matches!(redact(secret, &[]), Redacted::Without { .. }), "what is left says nothing of it");
}
