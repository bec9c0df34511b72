use super::*;
use crate::compiled::Compiled;
use crate::validate;
use crate::world::World;
use bailiwick_core::{Answer, Digest, Policy, Reading};
use std::sync::Arc;

fn outside(more: &str) -> Outside {
    serde_json::from_str(&format!(r#"{{"url":"https://opa","path":"authz","rules":[]{more}}}"#)).unwrap()
}

fn said(answer: &str) -> Result<EngineSaid, String> {
    engine_said(&outside(""), answer.as_bytes())
}

fn with_engine(more: &str) -> World {
    let mut world = World::new().with_rego("guard", "package guard\nallow := true");
    let text = PolicyText { rego: None, opa: Some(outside(more)), ..PolicyText::in_rego("corporate", "") };
    world.control.policies.insert("corporate".to_owned(), (Arc::new(text), Digest::new([4; 32])));
    world
}

#[test]
fn an_engine_forbids_or_asks_and_permits_nothing() {
    for (result, forbids) in [
        (r#"{"deny":[]}"#, false),
        (r#"{"deny":["no"]}"#, true),
        (r#"{"deny":true}"#, true),
        (r#"{"deny":false}"#, false),
        (r#"{"allow":true}"#, false),
        (r#"{"allow":false}"#, true),
        (r#"{"allow":true,"deny":["no"],"helper":{"x":1}}"#, true),
    ] {
        let said = said(&format!(r#"{{"result":{result}}}"#)).unwrap();
        assert_eq!((said.forbids, said.asks.len()), (forbids, 0), "{result}");
    }
    let asks = said(r#"{"result":{"step_up":["role:finance:2","owner"]},"decision_id":"4ca6"}"#).unwrap();
    assert_eq!((asks.forbids, asks.asks.len(), asks.decision.as_deref()), (false, 2, Some("4ca6")));
}

#[test]
fn a_rule_that_is_undefined_is_no_answer_where_the_document_says_that_it_is_there() {
    let usual: Outside = serde_json::from_str(r#"{"url":"https://opa","path":"authz"}"#).unwrap();
    let forbids = |of: &Outside, result: &str| engine_said(of, format!(r#"{{"result":{result}}}"#).as_bytes());
    assert!(forbids(&usual, r#"{"deny":[]}"#).unwrap_err().contains("has no `allow`"));
    assert!(!forbids(&usual, r#"{"allow":true,"deny":[]}"#).unwrap().forbids);
    let both = Outside { rules: ["deny", "step_up"].map(str::to_owned).into(), ..usual };
    assert!(forbids(&both, r#"{"step_up":[]}"#).unwrap_err().contains("has no `deny`"));
    assert!(!forbids(&both, r#"{"deny":false,"step_up":[]}"#).unwrap().forbids);
}

#[test]
fn what_fits_no_form_is_no_answer_and_none_of_its_words_are_kept() {
    for answer in [
        "",
        "null",
        "[]",
        "{}",
        "<html>secret</html>",
        r#"{"result":null}"#,
        r#"{"result":true}"#,
        r#"{"result":{}}"#,
        r#"{"result":{"deny":"secret"}}"#,
        r#"{"result":{"deny":[{"msg":"secret"}]}}"#,
        r#"{"result":{"deny":{"secret":true}}}"#,
        r#"{"result":{"deny":null}}"#,
        r#"{"result":{"deny":0}}"#,
        r#"{"result":{"allow":"true"}}"#,
        r#"{"result":{"allow":1}}"#,
        r#"{"result":{"deny":[],"allow":null}}"#,
        r#"{"result":{"step_up":"owner"}}"#,
        r#"{"result":{"step_up":["secret"]}}"#,
        r#"{"result":{"step_up":[1]}}"#,
        r#"{"result":{"deny":[]},"result":{"deny":["no"]}}"#,
        r#"{"result":{"deny":[]},"decision_id":"a secret"}"#,
        r#"{"result":{"deny":[]},"decision_id":7}"#,
        r#"{"code":"internal_error","message":"secret"}"#,
    ] {
        let why = said(answer).unwrap_err();
        assert!(!why.contains("secret") && why.chars().count() < 200, "{answer}: {why}");
    }
    let many = vec![r#""owner""#; 17].join(",");
    assert!(said(&format!(r#"{{"result":{{"step_up":[{many}]}}}}"#)).is_err());
    let deep = format!(r#"{{"result":{{"deny":[],"x":{}1{}}}}}"#, "[".repeat(60), "]".repeat(60));
    assert!(said(&deep).is_err(), "a deep answer");
    let long = format!(r#"{{"result":{{"deny":[],"x":"{}"}}}}"#, "x".repeat(ENGINE_ANSWER_BYTES_MAX));
    assert!(said(&long).is_err(), "a long answer");
}

#[test]
fn the_revision_is_of_the_bundle_that_is_named_and_the_one_that_is_wanted() {
    let answer =
        |bundles: &str| format!(r#"{{"result":{{"deny":[]}},"provenance":{{"version":"1","bundles":{bundles}}}}}"#);
    let of =
        |more: &str, bundles: &str| engine_said(&outside(more), answer(bundles).as_bytes()).map(|said| said.revision);
    let two = r#"{"a":{"revision":"r1"},"b":{"revision":"r2"}}"#;
    assert_eq!(of("", r#"{"a":{"revision":"r1"}}"#).unwrap(), "r1");
    assert_eq!(of("", two).unwrap(), "");
    assert_eq!(of(r#","bundle":"b""#, two).unwrap(), "r2");
    assert_eq!(of(r#","bundle":"b","revision":"r2""#, two).unwrap(), "r2");
    assert!(of(r#","bundle":"b","revision":"r1""#, two).is_err());
    assert!(of(r#","bundle":"c""#, two).is_err());
    assert!(of(r#","bundle":"c""#, r#"{"c":{}}"#).is_err());
    assert!(of("", r#"{"a":{"revision":"of\nlines"}}"#).is_err());
}

#[test]
fn an_engine_is_told_who_does_what_and_of_the_context_what_its_document_names() {
    let world = with_engine("");
    let compiled = Compiled::compile(&world.control).unwrap();
    let told = |more| compiled.told(&world.question(), &outside(more)).unwrap();
    assert_eq!(
        told(""),
        r#"{"action":"bank/pay","context":{},"principal":{"agent":"payer","role":"payers","zone":"own"}}"#
    );
    let more = told(r#","context":["amounts","touched","hour","subject"]"#);
    assert!(more.contains(r#""amounts":{"EUR":1205000}"#) && more.contains(r#""touched":["#), "{more}");
    assert!(!more.contains("effect") && !more.contains("subject"), "{more}");
}

#[test]
fn an_engine_is_not_asked_about_what_could_not_be_read() {
    let mut world = with_engine("");
    world.action.measures[0].amount = Reading::Unknown;
    let compiled = Compiled::compile(&world.control).unwrap();
    let why = compiled.told(&world.question(), &outside(r#","context":["amounts"]"#)).unwrap_err();
    assert!(why.contains("input.context.amounts"), "{why}");
    assert!(compiled.told(&world.question(), &outside("")).is_ok());
}

#[test]
fn a_document_of_an_engine_says_nothing_by_itself_and_permits_nothing_alone() {
    let mut world = with_engine("");
    let ask = |world: &World| Compiled::compile(&world.control).unwrap().ask(&world.question());
    assert_eq!(ask(&world), Answer::Permit(vec!["guard.allow".to_owned()]));
    world.control.policies.remove("guard");
    assert_eq!(ask(&world), Answer::Nothing);
}

#[test]
fn what_no_question_has_is_told_when_it_is_applied_and_so_is_one_engine_too_many() {
    let told = |world: &World| validate(&world.control, &[]).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(&with_engine("")), [""; 0]);
    let found = told(&with_engine(r#","context":["amounts","amount"]"#));
    assert!(found.len() == 1 && found[0].contains("`amount`"), "{found:?}");
    let mut world = with_engine("");
    for name in ["a", "b", "c", "d"] {
        let text = PolicyText { name: name.to_owned(), ..(*world.control.policies["corporate"].0).clone() };
        world.control.policies.insert(name.to_owned(), (Arc::new(text), Digest::new([5; 32])));
    }
    assert!(told(&world).iter().any(|problem| problem.contains("at most 4")), "{:?}", told(&world));
}
