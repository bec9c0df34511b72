use super::*;
use crate::{over, read_cases, shapes};
use bailiwick_core::json::Limits;
use bailiwick_core::{ControlState, Digest, Document};
use std::sync::Arc;

const DOCUMENTS: &str = r#"[
{"kind":"server","name":"bank","transport":{"stdio":{"command":"bank"}}},
{"kind":"role","name":"payers","allow":[]},
{"kind":"agent","name":"payer","owner":"ada","contact":"ada","run_by":"own","autonomy":"execute","role":"payers","review":"2100-01-01"},
{"kind":"agent","name":"boss","owner":"ada","contact":"ada","run_by":"own","autonomy":"coordinate","role":"payers","review":"2100-01-01"},
{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"by-others","bind":{"arguments":{
  "/amount":{"role":"measure","currency_at":"/currency"},"/iban":{"kind":"iban","role":"destination"}}}}
]"#;

const RULES: &str = r#"
@id("small") permit (principal, action in Effect::Action::"transfer", resource)
when { context.purpose == "invoices" };
@id("ceiling") forbid (principal, action in Effect::Action::"transfer", resource)
when { context.sums has EUR && context.sums.EUR.greaterThan(decimal("1000.0")) };
@id("ask") @step_up("role:boss") @count("2") forbid (principal, action in Effect::Action::"transfer", resource)
when { context.sums_to_destination has EUR && context.sums_to_destination.EUR.greaterThan(decimal("500.0")) };
@id("night") forbid (principal, action, resource) when { context.hour < 6 };
"#;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn supposed() -> Supposed {
    let policy =
        Json::object([("cedar", Json::from(RULES)), ("kind", Json::from("policy")), ("name", Json::from("p"))]);
    let documents = json(DOCUMENTS);
    let all = documents.as_array().unwrap().iter().chain([&policy]);
    let read: Vec<Document> = all.map(|document| Document::read(document).unwrap()).collect();
    let nothing: std::collections::BTreeMap<Digest, Arc<[u8]>> = std::collections::BTreeMap::new();
    over(&ControlState::default(), &nothing, &read).unwrap()
}

fn ran(cases: &str) -> Ran {
    let (cases, _) = read_cases(&json(&format!(r#"{{"cases":[{cases}]}}"#))).unwrap();
    try_cases(&supposed(), &cases).unwrap()
}

const PAY: &str = r#""agent":"payer","tool":"bank/pay","purpose":"invoices""#;
const CALL: &str = r#""arguments":{"amount":"120.50","currency":"EUR","iban":"DE02120300000000202051"}"#;

/// What a case comes to.
fn said(more: &str) -> String {
    let ran = ran(&format!(r#"{{"name":"a",{PAY},"expect":"allow",{more}}}"#));
    ran.cases.first().unwrap().said.as_ref().map_or_else(|| ran.cases[0].wrong.join(";"), ToString::to_string)
}

#[test]
fn a_call_is_read_by_the_binding_and_decided_by_the_rules() {
    assert_eq!(said(CALL), "allow by `p.small`");
    assert_eq!(said(&format!(r#"{CALL},"charged":{{"EUR":"879.50"}}"#)), "allow by `p.small`");
    assert_eq!(said(&format!(r#"{CALL},"charged":{{"EUR":"879.51"}}"#)), "deny by `p.ceiling`");
    let to = r#""charged":{"EUR":"400"},"charged_to_destination":{"EUR":"400"}"#;
    assert_eq!(said(&format!("{CALL},{to}")), "ask by `p.small`, `p.ask`, asking 2 of role:boss");
    assert_eq!(said(&format!(r#"{CALL},"now":"2026-05-01T05:59:59Z""#)), "deny by `p.night`");
    assert_eq!(said(&format!(r#"{CALL},"now":"2026-05-01T06:00:00Z""#)), "allow by `p.small`");
}

#[test]
fn what_the_case_says_stands_in_the_place_of_what_was_read() {
    assert_eq!(said(r#""amounts":{"EUR":"1000.01"}"#), "deny by `p.ceiling`");
    assert_eq!(said(&format!(r#"{CALL},"amounts":{{"EUR":"1000.01"}}"#)), "deny by `p.ceiling`");
    assert!(
        said(r#""unread":["amounts"]"#).starts_with("deny, for `p.ceiling` fails"),
        "{}",
        said(r#""unread":["amounts"]"#)
    );
    assert!(said(r#""unread":["amonts"]"#).contains("expected `amounts`"));
    assert!(said(r#""arguments":{"amount":"many","currency":"EUR"}"#).starts_with("deny, for `p."));
}

#[test]
fn what_is_not_there_is_told_and_fails() {
    let of = |case: &str| ran(case).cases[0].wrong.join(";");
    assert!(of(r#"{"name":"a","agent":"nobody","tool":"bank/pay","expect":"deny"}"#).contains("no agent `nobody`"));
    assert!(of(r#"{"name":"a","agent":"payer","tool":"bank/pya","expect":"deny"}"#).contains("no tool `bank/pya`"));
    assert!(of(&format!(r#"{{"name":"a",{PAY},"template":"t","expect":"deny"}}"#)).contains("no template `t`"));
    assert!(of(&format!(r#"{{"name":"a",{PAY},"now":"2026-02-29T00:00:00Z","expect":"deny"}}"#)).contains("`now`"));
    assert!(of(&format!(r#"{{"name":"a",{PAY},"expect":"allow","by":["p.smal"]}}"#)).contains("no such rule"));
}

#[test]
fn a_case_says_where_the_argument_at_a_place_came_from() {
    let rules = r#"
    @id("all") permit (principal, action, resource);
    @id("vouched") forbid (principal, action == Action::"bank/pay", resource)
    when { context.arg_sources has "/iban" && !context.arg_sources["/iban"].contains("intent") };
    @id("none") forbid (principal, action, resource) when { context.sources.contains("unknown") };"#;
    let policy =
        Json::object([("cedar", Json::from(rules)), ("kind", Json::from("policy")), ("name", Json::from("s"))]);
    let documents = json(DOCUMENTS);
    let all = documents.as_array().unwrap().iter().chain([&policy]);
    let read: Vec<Document> = all.map(|document| Document::read(document).unwrap()).collect();
    let nothing: std::collections::BTreeMap<Digest, Arc<[u8]>> = std::collections::BTreeMap::new();
    let supposed = over(&ControlState::default(), &nothing, &read).unwrap();
    let said = |more: &str| {
        let cases = json(&format!(r#"{{"cases":[{{"name":"a",{PAY},{CALL},"expect":"allow"{more}}}]}}"#));
        let ran = try_cases(&supposed, &read_cases(&cases).unwrap().0).unwrap();
        ran.cases[0].said.as_ref().map_or_else(|| ran.cases[0].wrong.join(";"), ToString::to_string)
    };
    assert_eq!(said(""), "allow by `s.all`", "nothing is said of any");
    let both = r#","arg_sources":{"/iban":["intent"],"/amount":["proposed"]}"#;
    assert_eq!(said(both), "allow by `s.all`");
    assert_eq!(said(r#","arg_sources":{"/*":["intent"]}"#), "allow by `s.all`");
    assert_eq!(said(r#","arg_sources":{"/iban":["intent"]}"#), "deny by `s.none`", "of the amount nobody knows");
    assert_eq!(said(r#","arg_sources":{"/iban":["own"],"/amount":["intent"]}"#), "deny by `s.vouched`");
    assert!(said(r#","arg_sources":{"/ibna":["intent"]}"#).contains("`/ibna`, where no binding reads an argument"));
}

#[test]
fn what_is_not_as_expected_is_told() {
    let of = |more: &str| ran(&format!(r#"{{"name":"a",{PAY},{CALL},{more}}}"#)).cases[0].wrong.join(";");
    assert_eq!(of(r#""expect":"deny""#), "expected deny, found allow by `p.small`");
    assert_eq!(of(r#""expect":"allow","by":["p.small"]"#), "");
    assert_eq!(of(r#""expect":"allow","by":["p.ceiling"]"#), "expected it by `p.ceiling`, found allow by `p.small`");
    assert!(of(r#""expect":"allow","approvals":["owner"]"#).contains("expected owner to be asked"));
}

#[test]
fn a_lineage_is_read_from_its_root() {
    let ran = ran(&format!(r#"{{"name":"a",{PAY},{CALL},"lineage":["boss"],"expect":"allow"}}"#));
    assert!(ran.cases[0].wrong.is_empty(), "{ran:?}");
}

#[test]
fn coverage_counts_rules_that_matched_and_conditions_that_held() {
    let ran = ran(&format!(r#"{{"name":"a",{PAY},{CALL},"expect":"allow"}}"#));
    let of = |name: &str| ran.rules.iter().find(|covered| covered.rule.name == name).unwrap();
    assert_eq!((of("p.small").matched, of("p.small").conditions.as_slice()), (1, &[(1, 0)][..]));
    assert_eq!((of("p.ceiling").matched, of("p.ceiling").conditions.as_slice()), (0, &[(0, 1)][..]));
    assert_eq!((of("p.ask").rule.does, of("p.ask").rule.line), ("ask", Some(6)));
    let mut all = RanAll::default();
    assert_eq!((all.percent(), all.passed()), (100, true));
    all.add(ran.clone());
    all.add(ran);
    assert_eq!((all.percent(), all.passed(), all.files.len()), (25, true, 2));
    let small = all.rules.iter().find(|covered| covered.rule.name == "p.small").unwrap();
    assert_eq!((small.matched, small.conditions.as_slice()), (2, &[(2, 0)][..]));
}

#[test]
fn shapes_say_what_bindings_read() {
    let shapes = shapes(&supposed().control);
    let shape = shapes.values().next().unwrap();
    assert!(shape.any_unit && shape.destination && !shape.resource && !shape.told_after);
    assert_eq!(shape.args.iter().collect::<Vec<_>>(), ["/amount", "/iban"], "a measure is compared as well");
}
