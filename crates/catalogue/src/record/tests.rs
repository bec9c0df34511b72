use crate::testing::{STDIO, World, json, keyed};
use crate::{Binding, Call, Catalogue, OnRecord};
use bailiwick_core::Standing;
use bailiwick_core::json::Json;

const PAY: &str = r#"{"name":"pay","inputSchema":{"type":"object","properties":{"key":{"type":"string"},
    "amount":{"type":"string"}}}}"#;
const FIND: &str = r#"{"name":"find","inputSchema":{"type":"object","properties":{"reference":{"type":"string"}}},
    "annotations":{"readOnlyHint":true,"openWorldHint":false}}"#;
const BIND: &str = r#"{"arguments":{"/key":{"role":"idempotency"},"/amount":{"role":"measure","currency":"EUR"}},
    "outcome":{"tool":"find","arguments":{"/reference":"/key"},
        "done":[{"at":"/status","equals":"booked"}],"not_done":[{"at":"/status","equals":"rejected"}],
        "measured":[{"at":"/booked","currency":"EUR"}]}}"#;

fn of(bind: &str, find: &str) -> Catalogue {
    let ruled =
        format!(r#"{{"kind":"tool","tool":"s/pay","effect":"write","reversibility":"irreversible","bind":{bind}}}"#);
    World::new(STDIO).with(PAY, Standing::Reviewed).with(find, Standing::Reviewed).ruled(&ruled).catalogue()
}

fn says(result: &str) -> Option<OnRecord> {
    of(BIND, FIND).on_record(&World::id("pay"), &json(result))
}

fn of_structure(content: &str) -> Option<OnRecord> {
    says(&format!(r#"{{"content":[],"structuredContent":{content}}}"#))
}

#[test]
fn the_record_is_asked_by_what_was_forwarded_and_by_nothing_less() {
    let catalogue = of(BIND, FIND);
    assert_eq!(catalogue.problems(), []);
    let pay = World::id("pay");
    let call = catalogue.record_call(&pay, &json(r#"{"key":"f00d","amount":"1.00"}"#)).unwrap();
    assert_eq!(
        (call.tool.to_string().as_str(), call.arguments.canonical().as_str()),
        ("s/find", r#"{"reference":"f00d"}"#)
    );
    assert_eq!(catalogue.record_call(&pay, &json(r#"{"amount":"1.00"}"#)), None, "nothing names the act");
    assert_eq!(catalogue.record_call(&World::id("find"), &json("{}")), None, "no binding says how");
    // what is forwarded of a key is in the arguments as they go
    let arguments = json(r#"{"key":"mine","amount":"1.00"}"#);
    let key = Some(bailiwick_core::sha256(b"mine"));
    let call = Call { tool: pay.clone(), arguments, beside: Json::Null, idempotency: None, key };
    let forwarded = catalogue.read(&call, &keyed).unwrap().replaced.unwrap();
    assert!(!catalogue.record_call(&pay, &forwarded).unwrap().arguments.canonical().contains("mine"));
}

#[test]
fn only_an_exact_word_tells_and_what_says_both_or_neither_tells_nothing() {
    let done = of_structure(r#"{"status":"booked","booked":"0.80"}"#).unwrap();
    assert!(done.done);
    assert_eq!(
        done.observed.measured.iter().map(|(unit, sum)| format!("{sum} {unit}")).collect::<Vec<_>>(),
        ["0.8 EUR"]
    );
    let unsaid = of_structure(r#"{"status":"booked"}"#).unwrap();
    assert!(unsaid.done && unsaid.observed.measured.is_empty(), "it settles at the reserve");
    let not = of_structure(r#"{"status":"rejected","booked":"0.80"}"#).unwrap();
    assert!(!not.done && not.observed.measured.is_empty());
    let nothing = [r#"{"status":"Rejected"}"#, r#"{"status":["rejected"]}"#, r#"{"state":"rejected"}"#, "{}", "[]"];
    for content in nothing {
        assert_eq!(of_structure(content), None, "{content}");
    }
    assert_eq!(says(r#"{"content":[],"isError":true,"structuredContent":{"status":"rejected"}}"#), None);
    assert_eq!(says(r#"{"content":[{"type":"text","text":"rejected"}]}"#), None);
    let both = BIND.replace("\"rejected\"", "\"booked\"");
    assert_eq!(
        of(&both, FIND).on_record(&World::id("pay"), &json(r#"{"structuredContent":{"status":"booked"}}"#)),
        None
    );
}

#[test]
fn a_form_that_names_no_key_or_no_answer_is_none() {
    let cases = [
        ("\"/reference\":\"/key\"", "\"/reference\":\"/amount\"", "outcome.arguments"),
        ("\"tool\":\"find\"", "\"tool\":\"t/find\"", "outcome.tool"),
        (r#""equals":"rejected""#, r#""equals":null"#, "outcome.not_done[0].equals"),
        (r#""equals":"booked""#, r#""like":"booked""#, "outcome.done[0].like"),
        (r#""at":"/booked""#, r#""at":"""#, "outcome.measured[0].at"),
    ];
    for (from, to, place) in cases {
        let bind = BIND.replacen(from, to, 1);
        assert_ne!(bind, BIND, "{place}");
        assert_eq!(Binding::read(&json(&bind)).unwrap_err().place, place);
    }
    let silent =
        r#"{"arguments":{"/key":{"role":"idempotency"}},"outcome":{"tool":"find","arguments":{"/reference":"/key"}}}"#;
    assert_eq!(Binding::read(&json(silent)).unwrap_err().place, "outcome");
}

#[test]
fn the_record_is_read_by_a_tool_that_reads_and_stays_where_it_is() {
    let cases = [
        (FIND.replace("\"find\"", "\"other\""), "does not have"),
        (FIND.replace("\"readOnlyHint\":true", "\"readOnlyHint\":false"), "only what reads looks"),
        (FIND.replace("\"openWorldHint\":false", "\"openWorldHint\":true"), "sends what its caller chose"),
    ];
    for (find, why) in cases {
        let catalogue = of(BIND, &find);
        assert!(
            catalogue.problems().iter().any(|problem| problem.why.contains(why)),
            "{why}: {:?}",
            catalogue.problems()
        );
        let pay = World::id("pay");
        assert_eq!(catalogue.record_call(&pay, &json(r#"{"key":"f00d"}"#)), None, "{why}");
    }
}
