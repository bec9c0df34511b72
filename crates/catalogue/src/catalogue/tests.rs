use super::Catalogue;
use crate::testing::{STDIO, World, json, keyed};
use crate::{Call, Listed, Method, Read};
use bailiwick_core::json::Json;
use bailiwick_core::{Code, Standing, ToolId};

const PAY: &str = r#"{"name":"pay","inputSchema":{"type":"object","properties":{"iban":{"type":"string"},
    "note":{"type":"string","pattern":"^(?=a)"}}}}"#;

fn ruled(bind: &str) -> String {
    format!(r#"{{"kind":"tool","tool":"s/pay","effect":"transfer","reversibility":"irreversible","bind":{bind}}}"#)
}

fn read(catalogue: &Catalogue, tool: &ToolId, arguments: &str) -> Option<Read> {
    let arguments = json(arguments);
    catalogue.read(&Call { tool: tool.clone(), arguments, beside: Json::Null, idempotency: None, key: None }, &keyed)
}

fn refused(catalogue: &Catalogue) -> Option<Code> {
    read(catalogue, &World::id("pay"), r#"{"iban":"x"}"#).unwrap().refused.map(|reason| reason.code)
}

#[test]
fn a_pattern_that_is_not_checked_stops_the_tool_until_a_person_accepts_that_place() {
    let world = || World::new(STDIO).with(PAY, Standing::Reviewed);
    let catalogue = world().ruled(&ruled("{}")).catalogue();
    let problem = catalogue.problems()[0].to_string();
    assert!(problem.contains("`/properties/note/pattern`"), "{problem}");
    assert_eq!(refused(&catalogue), Some(Code::UnderReview));
    assert_eq!(catalogue.tools_for(|_, _| true).count(), 0);

    let accepted = world().ruled(&ruled(r#"{"unchecked":["/properties/note/pattern"]}"#)).catalogue();
    assert_eq!(accepted.problems(), []);
    assert_eq!(refused(&accepted), None);
    assert_eq!(accepted.tools_for(|_, _| true).count(), 1);
}

#[test]
fn a_binding_that_looks_where_the_schema_has_nothing_stops_the_tool() {
    let bind = r#"{"arguments":{"/ibann":{"kind":"iban"}},"unchecked":["/properties/note/pattern"]}"#;
    let closed = PAY.replacen("\"properties\"", "\"additionalProperties\":false,\"properties\"", 1);
    let catalogue = World::new(STDIO).with(&closed, Standing::Reviewed).ruled(&ruled(bind)).catalogue();
    let problem = catalogue.problems()[0].to_string();
    assert!(problem.contains("`/ibann`, which the schema does not have"), "{problem}");
    assert_eq!(refused(&catalogue), Some(Code::UnderReview));
    let open = World::new(STDIO).with(PAY, Standing::Reviewed).ruled(&ruled(bind)).catalogue();
    assert_eq!(refused(&open), Some(Code::UnderReview), "an argument that no schema names is never passed on");
}

#[test]
fn one_broken_tool_leaves_the_others_and_its_calls_can_be_recorded() {
    let mut world = World::new(STDIO)
        .with(PAY, Standing::Reviewed)
        .with(r#"{"name":"ok","inputSchema":{}}"#, Standing::Reviewed)
        .ruled(&ruled(r#"{"arguments":7}"#));
    let catalogue = world.catalogue();
    assert_eq!(refused(&catalogue), Some(Code::UnderReview));
    assert_eq!(read(&catalogue, &World::id("ok"), "{}").unwrap().refused, None);
    let lost = world.control.tools[&World::id("ok")].pinned.words;
    world.words.remove(&lost);
    let without = world.catalogue();
    assert!(without.problems().iter().any(|problem| problem.why.contains("missing")), "{:?}", without.problems());
    let call = read(&without, &World::id("ok"), "{}").unwrap();
    assert_eq!(call.refused.map(|reason| reason.code), Some(Code::UnderReview));
}

#[test]
fn words_under_the_wrong_digest_or_name_are_not_used() {
    let mut world = World::new(STDIO)
        .with(r#"{"name":"a","inputSchema":{}}"#, Standing::Reviewed)
        .with(r#"{"name":"b","inputSchema":{}}"#, Standing::Reviewed);
    let (a, b) = (World::id("a"), World::id("b"));
    let digest = |world: &World, tool: &ToolId| world.control.tools[tool].pinned.words;
    let other = world.words[&digest(&world, &b)].clone();
    world.words.insert(digest(&world, &a), other);
    assert!(world.catalogue().problems()[0].why.contains("digest"));
    let stolen = digest(&world, &b);
    world.control.tools.get_mut(&a).unwrap().pinned.words = stolen;
    assert!(world.catalogue().problems()[0].why.contains("those of `b`"));
}

#[test]
fn what_is_unknown_or_never_called_is_not_available() {
    let words = Method::ServerInstructions.words(&Listed::default(), false).unwrap();
    let read_words = Method::ResourcesRead.words(&Listed::default(), false).unwrap();
    let catalogue = World::new(STDIO)
        .with(&words.entry().canonical(), Standing::Reviewed)
        .with(&read_words.entry().canonical(), Standing::Reviewed)
        .catalogue();
    assert_eq!(read(&catalogue, &World::id("nothing"), "{}"), None);
    assert_eq!(read(&catalogue, &World::id("server:instructions"), "{}"), None);
    assert_eq!(read(&catalogue, &ToolId::parse("other/pay").unwrap(), "{}"), None);
    assert!(read(&catalogue, &World::id("resources:read"), r#"{"uri":"a:b"}"#).is_some());
    assert_eq!(catalogue.tools_for(|_, _| true).count(), 0, "methods are no tools");
    assert!(catalogue.method(&World::name(), Method::ServerInstructions).is_some());
}

#[test]
fn only_tools_that_can_be_called_now_are_shown_and_only_those_that_the_filter_names() {
    let entry = |name: &str| format!(r#"{{"name":"{name}","inputSchema":{{}}}}"#);
    let mut world = World::new(STDIO);
    for (name, standing) in [
        ("first", Standing::FirstUse),
        ("reviewed", Standing::Reviewed),
        ("reworded", Standing::Reworded),
        ("new", Standing::New),
        ("changed", Standing::Changed),
        ("gone", Standing::Gone),
        ("quarantined", Standing::Quarantined),
    ] {
        world = world.with(&entry(name), standing);
    }
    let catalogue = world.catalogue();
    let shown: Vec<&str> = catalogue.tools_for(|_, _| true).map(|shown| shown.words.name()).collect();
    assert_eq!(shown, ["first", "reviewed", "reworded"]);
    let one: Vec<&str> = catalogue.tools_for(|tool, _| tool.tool() == "first").map(|s| s.words.name()).collect();
    assert_eq!(one, ["first"]);
}

#[test]
fn a_later_catalogue_compiles_only_words_that_are_others() {
    let world = World::new(STDIO).with(PAY, Standing::FirstUse).with(r#"{"name":"a","inputSchema":{}}"#, Standing::New);
    let first = world.catalogue();
    let changed = PAY.replace("\"iban\"", "\"account\"");
    let world = world.with(&changed, Standing::Reviewed).ruled(&ruled("{}"));
    let second = first.follow(&world.control, &world.words);
    let same = |tool: &str| {
        let of = |catalogue: &Catalogue| catalogue.tools[&World::id(tool)].reviewed.clone().unwrap();
        std::sync::Arc::ptr_eq(&of(&first), &of(&second))
    };
    assert!(same("a"));
    assert!(!same("pay"));
}

#[test]
fn the_action_is_what_control_says_of_the_tool() {
    let world = World::new(&STDIO.replace("\"name\"", "\"classes\":[\"secret\"],\"name\""));
    let world = world.with(r#"{"name":"pay","inputSchema":{}}"#, Standing::Reviewed).ruled(&ruled("{}"));
    let action = read(&world.catalogue(), &World::id("pay"), "{}").unwrap().action;
    let nature = world.control.nature(&World::id("pay")).unwrap();
    assert_eq!((action.effect, action.egress, action.impact), (nature.effect, nature.egress, nature.impact));
    assert_eq!(action.pin, world.control.tools[&World::id("pay")].pinned.pin);
    assert_eq!(action.server, world.identity);
    assert_eq!(action.classes[0].as_str(), "secret");
}

#[test]
fn arguments_that_nobody_spoke_of_are_named_for_review() {
    let world = World::new(STDIO).with(PAY, Standing::New).ruled(&ruled(r#"{"arguments":{"/iban":{"kind":"iban"}}}"#));
    assert_eq!(world.catalogue().unbound(&World::id("pay")), ["note"]);
}

#[test]
fn arguments_too_large_for_an_event_are_refused_and_recorded_by_their_digest() {
    let entry = r#"{"name":"t","inputSchema":{"properties":{"list":{"type":"array"}}}}"#;
    let catalogue = World::new(STDIO).with(entry, Standing::Reviewed).catalogue();
    let list: Vec<String> = (0..40).map(|_| format!("\"{}\"", "x".repeat(4 << 10))).collect();
    let call = read(&catalogue, &World::id("t"), &format!(r#"{{"list":[{}]}}"#, list.join(","))).unwrap();
    assert_eq!(call.refused.unwrap().code, Code::ArgumentMalformed);
    assert!(call.action.arguments.canonical().len() < 200);
    assert!(call.forward.len() > 160 << 10);
}

#[test]
fn more_bound_values_than_an_event_holds_are_refused() {
    let entry = r#"{"name":"pay","inputSchema":{"properties":{"to":{"type":"array"}}}}"#;
    let bind = r#"{"arguments":{"/to/*":{"kind":"id:x","role":"destination"}}}"#;
    let catalogue = World::new(STDIO).with(entry, Standing::Reviewed).ruled(&ruled(bind)).catalogue();
    let list: Vec<String> = (0..300).map(|id| format!("\"i{id}\"")).collect();
    let call = read(&catalogue, &World::id("pay"), &format!(r#"{{"to":[{}]}}"#, list.join(","))).unwrap();
    assert_eq!(call.refused.unwrap().code, Code::ArgumentMalformed);
    assert_eq!(call.action.destination, Some(bailiwick_core::Reading::Unknown));
}
