use super::{Openness, Place, Validator};
use crate::testing::json;
use bailiwick_core::{Effect, Egress};

fn fault(schema: &str, value: &str) -> Option<String> {
    let validator = Validator::compile(&json(schema));
    assert_eq!(validator.unsupported(), [], "{schema}");
    validator.check(&json(value), Openness::AsTheSchemaSays).err().map(|fault| fault.to_string())
}

/// `value` stands at the argument `v`.
fn check(schema: &str, value: &str, ok: bool) {
    let wrapped = format!(r#"{{"properties":{{"v":{schema}}}}}"#);
    let found = fault(&wrapped, &format!(r#"{{"v":{value}}}"#));
    assert_eq!(found.is_none(), ok, "{schema} {value}: {found:?}");
}

#[test]
fn the_words_of_json_schema_ask_what_they_say() {
    for (schema, good, bad) in [
        (r#"{"const":{"a":1}}"#, r#"{"a":1.0}"#, r#"{"a":2}"#),
        (r#"{"type":["string","null"]}"#, "\"x\"", "1"),
        (r#"{"type":"string","nullable":true}"#, "null", "1"),
        (r#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, r#"["a",1]"#, r#"["a","b"]"#),
        (r#"{"items":[{"type":"string"}],"additionalItems":false}"#, r#"["a"]"#, r#"["a",1]"#),
        (r#"{"contains":{"type":"integer"},"maxContains":1}"#, r#"["a",1]"#, "[1,2]"),
        (r#"{"contains":{"type":"integer"}}"#, r#"["a",1]"#, r#"["a"]"#),
        (r#"{"contains":{"type":"integer"},"minContains":0}"#, "[]", ""),
        (r#"{"not":{"type":"string"}}"#, "1", "\"x\""),
        (r#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, "4", "6"),
        (r#"{"allOf":[{"minimum":1},{"maximum":2}]}"#, "2", "3"),
        (r#"{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}"#, "\"ab\"", "4"),
        (r#"{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}"#, "5", "\"a\""),
        (r#"{"patternProperties":{"^x":{"type":"integer"}}}"#, r#"{"x1":1}"#, r#"{"x1":"a"}"#),
        (r#"{"propertyNames":{"maxLength":2}}"#, r#"{"ab":1}"#, r#"{"abc":1}"#),
        (r#"{"properties":{"a":{}},"dependentRequired":{"a":["b"]}}"#, r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
        (r#"{"dependentSchemas":{"a":{"required":["b"]}}}"#, r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
        (r#"{"dependencies":{"a":["b"],"c":{"required":["d"]}}}"#, r#"{"a":1,"b":2}"#, r#"{"c":1}"#),
        (r#"{"minProperties":1,"maxProperties":2}"#, r#"{"a":1}"#, "{}"),
        (r#"{"minLength":1,"maxLength":1}"#, "\"\u{1f600}\"", "\"\""),
        ("true", "1", ""),
        ("{}", "[]", ""),
    ] {
        check(schema, good, true);
        if !bad.is_empty() {
            check(schema, bad, false);
        }
    }
    check("false", "1", false);
}

#[test]
fn members_that_any_holding_branch_names_are_named() {
    let both = r##"{"allOf":[{"properties":{"a":{}}},{"$ref":"#/$defs/b"}],"$defs":{"b":{"properties":{"b":{}}}}}"##;
    assert_eq!(fault(both, r#"{"a":1,"b":2}"#), None);
    assert!(fault(both, r#"{"a":1,"c":2}"#).unwrap().starts_with("`/c`"));
    let any = r#"{"anyOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}]}"#;
    assert_eq!(fault(any, r#"{"b":1}"#), None);
    assert!(fault(any, r#"{"b":1,"a":7}"#).unwrap().starts_with("`/a`"), "the branch that names it does not hold");
    let nested = r#"{"anyOf":[{"properties":{"o":{"properties":{"x":{}},"additionalProperties":false}}}]}"#;
    assert!(fault(nested, r#"{"o":{"y":1}}"#).is_some());
}

#[test]
fn what_is_not_checked_is_listed_with_its_place() {
    for (schema, place) in [
        (r#"{"properties":{"a":{"pattern":"(?=x)"}}}"#, "/properties/a/pattern"),
        (r#"{"patternProperties":{"(?!a)":{}}}"#, "/patternProperties/(?!a)"),
        (r#"{"properties":{"a":{"$ref":"https://example.com/s"}}}"#, "/properties/a/$ref"),
        (r##"{"properties":{"a":{"$ref":"#/$defs/none"}}}"##, "/properties/a/$ref"),
        (r##"{"properties":{"a":{"$ref":"#name"}}}"##, "/properties/a/$ref"),
        (r##"{"$dynamicRef":"#x"}"##, "/$dynamicRef"),
        (r#"{"properties":{"a":{"minimun":1}}}"#, "/properties/a/minimun"),
        (r#"{"properties":{"a":{"$id":"https://example.com/s"}}}"#, "/properties/a/$id"),
        (r#"{"exclusiveMinimum":true}"#, "/exclusiveMinimum"),
        (r#"{"type":"text"}"#, "/type"),
        (r#"{"enum":"a"}"#, "/enum"),
        (r#"{"maxLength":-1}"#, "/maxLength"),
        (r#"{"required":"a"}"#, "/required"),
        (r#"{"properties":[]}"#, "/properties"),
        (r#"{"items":7}"#, "/items"),
        (r#"{"unevaluatedProperties":{"type":"string"}}"#, "/unevaluatedProperties"),
        (r#"{"unevaluatedItems":false}"#, "/unevaluatedItems"),
    ] {
        let validator = Validator::compile(&json(schema));
        let places: Vec<&str> = validator.unsupported().iter().map(|place| place.place.as_str()).collect();
        assert_eq!(places, [place], "{schema}");
    }
}

#[test]
fn a_schema_that_explodes_is_refused_in_bounded_work() {
    let explodes = r##"{"$ref":"#/$defs/n","$defs":{"n":{"properties":{"n":{"anyOf":[
        {"allOf":[{"$ref":"#/$defs/n"},{"required":["z"]}]},{"allOf":[{"$ref":"#/$defs/n"},{"required":["y"]}]},
        {"$ref":"#/$defs/n"}]}}}}}"##;
    let value = format!("{}{}{}", r#"{"n":"#.repeat(40), "{}", "}".repeat(40));
    let found = fault(explodes, &value).unwrap();
    assert!(found.contains("more work than a call may cost"), "{found}");
    for round in [r##"{"$ref":"#"}"##, r##"{"allOf":[{"$ref":"#"}]}"##, r##"{"not":{"$ref":"#"}}"##] {
        let found = fault(round, "{}").unwrap();
        assert!(found.contains("more work than a call may cost"), "{found}");
    }
}

#[test]
fn a_schema_too_deep_to_compile_is_listed() {
    let deep =
        format!("{}{}{}", r#"{"not":"#.repeat(60), r#"{"not":{"not":{"not":{"not":{"not":true}}}}}"#, "}".repeat(60));
    let limits = bailiwick_core::json::Limits::stored();
    let schema = bailiwick_core::json::Json::parse(deep.as_bytes(), &limits).unwrap();
    let validator = Validator::compile(&schema);
    assert!(validator.unsupported()[0].why.contains("too deep"));
}

#[test]
fn a_place_is_what_the_schema_says_of_it() {
    let validator = Validator::compile(&json(
        r##"{"properties":{"a":{"type":"integer"},"n":{"type":["integer","null"]},"s":{"type":["integer","string"]},
        "list":{"type":"array","items":{"$ref":"#/$defs/row"}},"free":{"type":"object"},"map":{"additionalProperties":{"type":"integer"}},
        "any":{"anyOf":[{"type":"string"},{"type":"integer"}]},
        "two":{"anyOf":[{"type":"number"},{"type":"integer"}]}},"$defs":{"row":{"properties":{"x":{"type":"integer"}},"additionalProperties":false}}}"##,
    ));
    for (tokens, expected) in [
        (&[Some("a")][..], Place::Integer),
        (&[Some("n")], Place::Integer),
        (&[Some("s")], Place::Named),
        (&[Some("any")], Place::Integer),
        (&[Some("two")], Place::Named),
        (&[Some("list"), None, Some("x")], Place::Integer),
        (&[Some("list"), Some("0"), Some("x")], Place::Integer),
        (&[Some("list"), None, Some("y")], Place::Nothing),
        (&[Some("free"), Some("k")], Place::Open),
        (&[Some("map"), Some("k")], Place::Integer),
        (&[Some("b")], Place::Nothing),
        (&[Some("a"), Some("x")], Place::Nothing),
    ] {
        assert_eq!(validator.place(tokens), expected, "{tokens:?}");
    }
}

#[test]
fn only_reads_and_writes_that_stay_leave_objects_open() {
    for effect in Effect::ALL {
        assert_eq!(Openness::of(effect, Egress::Open), Openness::Closed, "{effect}");
        let open = Openness::of(effect, Egress::None) == Openness::AsTheSchemaSays;
        assert_eq!(open, !effect.privileged(), "{effect}");
    }
}
