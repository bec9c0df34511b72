use super::*;
use crate::testing::json;

fn open(schema: &str, arguments: &str) -> Vec<String> {
    let binding = Binding::read(&json(&format!(r#"{{"arguments":{arguments}}}"#))).unwrap();
    unread(&Validator::compile(&json(schema)), &binding)
}

#[test]
fn an_argument_is_read_by_its_binding_its_currency_or_a_word_that_it_is_harmless() {
    let schema = r#"{"type":"object","properties":{"pay":{"type":"array","items":{"type":"object","properties":{
        "amount":{"type":"string"}}}},"currency":{"type":"string"},"note":{"type":"string"},"to":{"type":"string"}}}"#;
    let bound = r#"{"/pay/*/amount":{"role":"measure","currency_at":"/currency"},"/note":{"role":"harmless"}}"#;
    assert_eq!(open(schema, bound), ["to"]);
    assert_eq!(open(schema, "{}"), ["currency", "note", "pay", "to"]);
    assert_eq!(open(schema, r#"{"/*":{"kind":"content"}}"#), <[&str; 0]>::default());
}

#[test]
fn an_argument_within_another_is_not_read_by_what_reads_the_one_beside_it() {
    let schema = r#"{"properties":{"edits":{"type":"array","items":{"properties":{"old":{},"new":{}}}},"path":{}}}"#;
    for (bound, expected) in [
        (r#"{"/edits/*/old":{"kind":"content"},"/path":{"kind":"path"}}"#, &["edits/*/new"][..]),
        (r#"{"/edits":{"kind":"content"},"/path":{"kind":"path"}}"#, &[]),
        (r#"{"/edits/*":{"kind":"content"},"/path":{"kind":"path"}}"#, &[]),
        (r#"{"/edits/0/old":{"kind":"content"},"/path":{"kind":"path"}}"#, &["edits"]),
    ] {
        assert_eq!(open(schema, bound), expected, "{bound}");
    }
}

#[test]
fn what_stands_in_a_branch_a_reference_or_a_pattern_is_an_argument() {
    for (schema, bound, expected) in [
        (r#"{"allOf":[{"properties":{"a":{}}}],"anyOf":[{"properties":{"b":{}}},true]}"#, "{}", &["a", "b"][..]),
        (r##"{"$ref":"#/$defs/d","$defs":{"d":{"properties":{"a":{}}}}}"##, "{}", &["a"]),
        (
            r#"{"if":{"required":["x"]},"then":{"properties":{"a":{}}},"else":{"properties":{"b":{}}}}"#,
            "{}",
            &["a", "b"],
        ),
        (r#"{"dependentSchemas":{"x":{"properties":{"a":{}}}}}"#, "{}", &["a"]),
        (r#"{"patternProperties":{"^x":{}}}"#, "{}", &["*"]),
        (r#"{"additionalProperties":true}"#, "{}", &["*"]),
        (r#"{"properties":{"id":{}},"additionalProperties":{"type":"string"}}"#, r#"{"/id":{"kind":"text"}}"#, &["*"]),
        (r#"{"properties":{"id":{}},"additionalProperties":false}"#, r#"{"/id":{"kind":"text"}}"#, &[]),
        (r#"{"properties":{"*":{}}}"#, r#"{"/*":{"kind":"text"}}"#, &[]),
        // a text may stand where members are named
        (
            r#"{"properties":{"to":{"anyOf":[{"type":"string"},{"type":"object","properties":{"mail":{}}}]}}}"#,
            r#"{"/to/mail":{"kind":"email"}}"#,
            &["to"],
        ),
        // of what nobody says how it looks inside, a person does
        (r#"{"properties":{"to":{"type":"object"}}}"#, r#"{"/to/mail":{"kind":"email"}}"#, &[]),
    ] {
        assert_eq!(open(schema, bound), expected, "{schema} {bound}");
    }
}

#[test]
fn a_schema_that_holds_itself_has_an_end() {
    let schema = r##"{"$defs":{"d":{"properties":{"a":{"$ref":"#/$defs/d"},"b":{"$ref":"#/$defs/d"},"c":{}}}},"$ref":"#/$defs/d"}"##;
    assert_eq!(open(schema, "{}"), ["a", "b", "c"]);
    let all = r#"{"/a":{"kind":"text"},"/b":{"kind":"text"},"/c":{"kind":"text"}}"#;
    assert_eq!(open(schema, all), <[&str; 0]>::default());
}

#[test]
fn a_schema_that_costs_much_to_look_at_is_looked_at_so_far() {
    // each link of the chain leads to all of them, and every member begins it anew
    let all: Vec<&str> = vec!["true"; 3_000];
    let link = |n: usize| {
        let next = if n < 200 {
            format!(r##""dependentSchemas":{{"x":{{"$ref":"#/$defs/d{}"}}}},"##, n + 1)
        } else {
            String::new()
        };
        format!(r##""d{n}":{{{next}"allOf":[{{"$ref":"#/$defs/all"}}]}}"##)
    };
    let chain: Vec<String> = (0..=200).map(link).collect();
    let members: Vec<String> = (0..15).map(|n| format!(r##""m{n}":{{"$ref":"#"}}"##)).collect();
    let schema = format!(
        r##"{{"allOf":[{{"$ref":"#/$defs/d0"}}],"properties":{{{}}},"$defs":{{"all":{{"allOf":[{}]}},{}}}}}"##,
        members.join(","),
        all.join(","),
        chain.join(",")
    );
    assert!(!open(&schema, "{}").is_empty(), "what was not looked at is not read");
}
