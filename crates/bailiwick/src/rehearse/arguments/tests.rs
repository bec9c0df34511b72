use super::super::copied::Copied;
use super::super::values::MARK;
use super::*;
use bailiwick_core::json::Limits;
use bailiwick_core::{Effect, ToolId};

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn act(schema: &str, bind: &str, row: &str) -> Act {
    let tool = format!(r#"{{"kind":"tool","tool":"bank/pay","bind":{{"arguments":{bind}}}}}"#);
    let copied = Copied { documents: vec![json(&tool)], ..Copied::default() };
    let words = json(&format!(r#"{{"name":"pay","inputSchema":{schema}}}"#));
    Act::of(&copied, ToolId::parse("bank/pay").unwrap(), Effect::Transfer, &words, &json(row), &Filled::new())
}

#[test]
fn a_condition_with_a_pattern_is_met_by_a_text_of_its_form() {
    let schema = r#"{"type":"object","properties":{"reference":{"type":"string"}}}"#;
    let act = act(schema, "{}", r#"{"when":{"/reference":{"pattern":"INV-[0-9]{6}","length":10}}}"#);
    assert_eq!(act.arguments.canonical(), r#"{"reference":"INV-111111"}"#);
    assert_eq!(act.cannot, Vec::<String>::new());
}

#[test]
fn a_condition_that_no_value_was_found_for_is_told_by_name() {
    let schema = r#"{"type":"object","properties":{"reference":{"type":"string"}}}"#;
    let act = act(schema, "{}", r#"{"when":{"/reference":{"pattern":"INV-[0-9]{6}","length":9}}}"#);
    assert_eq!(
        act.cannot,
        ["no value was found that the condition of `bank/pay` at `/reference` takes (length, pattern)"]
    );
}

#[test]
fn limits_and_lists_of_a_condition_are_met_and_the_schemas_own_form_is() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"string","pattern":"^[0-9]{1,9}(\\.[0-9]{2})?$"}},"required":["c"]}"#;
    let act = act(
        schema,
        "{}",
        r#"{"when":{"/a":{"least":"40","most":"50"},"/b":{"one_of":["x","yy"],"pattern":"..","length":4}}}"#,
    );
    assert_eq!(act.cannot, Vec::<String>::new());
    let given = |name: &str| act.arguments.get(name).unwrap().canonical();
    assert_eq!((given("a"), given("b")), ("40".to_owned(), r#""yy""#.to_owned()));
    assert!(is_in_form(act.arguments.get("c").unwrap().as_str().unwrap(), &json(r#"{"pattern":"^[0-9]+$"}"#)));
}

#[test]
fn arguments_within_arguments_are_given_read_and_put() {
    let schema = r#"{"type":"object","required":["order"],"properties":{"order":{"type":"object","properties":{"parts":{"type":"array","items":{"type":"object","properties":{"iban":{"type":"string"},"sum":{"type":"string"},"currency":{"type":"string"},"more":{"type":"string"}}}}}}}}"#;
    let bind = r#"{"/order/parts/*/iban":{"kind":"iban","role":"destination"},"/order/parts/*/sum":{"role":"measure","currency_at":"/order/parts/*/currency"}}"#;
    let act = act(schema, bind, r#"{"meters":{"USD":{"total":"5"}}}"#);
    let own = r#"{"order":{"parts":[{"currency":"USD","iban":"DE89370400440532013000","sum":"1.00"}]}}"#;
    assert_eq!(act.arguments.canonical(), own);
    let bound = act.role("destination").unwrap();
    assert_eq!(act.value(&bound.at).as_deref(), Some("DE89370400440532013000"));
    let changed = act.with(&bound.at, MARK).unwrap().canonical();
    assert_eq!(changed, own.replace("DE89370400440532013000", MARK));
    assert_eq!(act.amount.as_ref().unwrap().0, "/order/parts/*/sum");
}

#[test]
fn a_unit_that_no_binding_reads_is_as_the_schema_has_it() {
    let schema = r#"{"type":"object","required":["amount","currency"],"properties":{"amount":{"type":"string"},"currency":{"type":"string","enum":["USD"]}}}"#;
    let act = act(schema, "{}", "{}");
    assert_eq!(act.arguments.canonical(), r#"{"amount":"1.00","currency":"USD"}"#);
}
