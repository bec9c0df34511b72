use crate::testing::{STDIO, World, json, keyed};
use crate::{Call, Catalogue, Looked, Read};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Code, Standing};

const SEND: &str = r#"{"name":"send","inputSchema":{"type":"object","properties":{"draft":{"type":"string"},
    "etag":{"type":"string","maxLength":4}}}}"#;
const GET: &str = r#"{"name":"get","inputSchema":{"type":"object","properties":{"id":{"type":"string"}}},
    "annotations":{"readOnlyHint":true}}"#;
const BIND: &str = r#"{"arguments":{"/draft":{"kind":"id:draft"}},"referents":[{"at":"/draft","read":{"tool":"get",
    "arguments":{"/id":"/draft"},"version":"/rev","show":["/to","/body"]},"send":"/etag"}]}"#;

fn ruled(bind: &str) -> String {
    format!(r#"{{"kind":"tool","tool":"s/send","effect":"share","reversibility":"irreversible","bind":{bind}}}"#)
}

fn catalogue(bind: &str) -> Catalogue {
    let world = World::new(STDIO).with(SEND, Standing::Reviewed).with(GET, Standing::Reviewed);
    world.ruled(&ruled(bind)).catalogue()
}

fn call(arguments: &str) -> Call {
    let (tool, arguments) = (World::id("send"), json(arguments));
    Call { tool, arguments, beside: Json::Null, idempotency: None, key: None }
}

fn seen(result: Option<&str>) -> [Looked; 1] {
    [Looked { pointer: Pointer::parse("/draft").unwrap(), seen: result.map(json) }]
}

fn read(bind: &str, arguments: &str, result: Option<&str>) -> Read {
    catalogue(bind).read_looked(&call(arguments), &seen(result), &keyed).unwrap()
}

const V7: &str = r#"{"content":[],"structuredContent":{"rev":7,"to":"a@b.example","body":{"text":"hi"},"by":"x"}}"#;

#[test]
fn a_call_says_what_it_points_to_and_how_to_look_at_it() {
    let catalogue = catalogue(BIND);
    assert_eq!(catalogue.problems(), []);
    let looks = catalogue.looks(&World::id("send"), &json(r#"{"draft":"d-1"}"#));
    assert_eq!(looks.len(), 1);
    assert_eq!(
        (looks[0].tool.to_string().as_str(), looks[0].arguments.canonical().as_str()),
        ("s/get", r#"{"id":"d-1"}"#)
    );
    assert_eq!(catalogue.looks(&World::id("send"), &json("{}")), [], "it points to nothing");
    let unread = catalogue.read(&call(r#"{"draft":"d-1"}"#), &keyed).unwrap();
    assert!(unread.action.unread() && unread.refused.is_none());
}

#[test]
fn what_was_seen_is_a_version_and_what_people_are_shown_of_it() {
    let read = read(BIND, r#"{"draft":"d-1"}"#, Some(V7));
    assert_eq!(read.refused, None);
    let referent = &read.action.referents[0];
    assert_eq!(referent.version.as_deref(), Some("7"));
    let shown: Vec<(String, &str)> =
        referent.shown.iter().map(|shown| (shown.at.to_string(), shown.value.as_str())).collect();
    assert_eq!(shown, [("/to".to_owned(), "a@b.example"), ("/body".to_owned(), r#"{"text":"hi"}"#)]);
}

#[test]
fn where_no_version_is_named_all_that_the_server_says_is_the_version() {
    let bind = BIND.replace(r#""version":"/rev","#, "");
    let version = |result: &str| {
        let read = read(&bind.replace(r#","send":"/etag""#, ""), r#"{"draft":"d-1"}"#, Some(result));
        read.action.referents[0].version.clone().unwrap()
    };
    assert_eq!(version(V7), version(V7));
    assert_ne!(version(V7), version(&V7.replace(r#""by":"x""#, r#""by":"y""#)));
    assert_eq!(version(r#"{"content":[{"type":"text","text":"plain"}]}"#).len(), 64);
}

#[test]
fn what_could_not_be_seen_whole_refuses_the_call() {
    let long = V7.replace("hi", &"a".repeat(20 << 10));
    for (result, why) in [
        (None, "nothing came back"),
        (Some(r#"{"content":[],"isError":true}"#), "failed"),
        (Some(r#"{"content":[],"structuredContent":{"to":"x"}}"#), "which version"),
        (Some(r#"{"content":[],"structuredContent":{"rev":""}}"#), "empty"),
        (Some(r#"{"content":[],"structuredContent":{"rev":{"a":1}}}"#), "which version"),
        (Some(long.as_str()), "too long to be shown whole"),
    ] {
        let reason = read(BIND, r#"{"draft":"d-1"}"#, result).refused.unwrap();
        assert_eq!(reason.code, Code::ReferentUnread);
        assert!(reason.asked.as_deref().unwrap().contains(why), "{reason:?}");
    }
    let nothing = catalogue(BIND).read_looked(&call(r#"{"draft":"d-1"}"#), &[], &keyed).unwrap();
    assert_eq!(nothing.refused.map(|reason| reason.code), Some(Code::ReferentUnread));
}

#[test]
fn the_version_goes_along_where_the_server_takes_it_and_another_one_is_refused() {
    let plain = read(BIND, r#"{"draft":"d-1"}"#, Some(V7));
    assert_eq!(String::from_utf8(plain.forward).unwrap(), r#"{"draft":"d-1","etag":"7"}"#);
    assert_eq!(plain.replaced.unwrap().canonical(), r#"{"draft":"d-1","etag":"7"}"#);
    let same = read(BIND, r#"{"draft":"d-1","etag":"7"}"#, Some(V7));
    assert_eq!((same.refused, same.replaced), (None, None));
    let stale = read(BIND, r#"{"draft":"d-1","etag":"6"}"#, Some(V7)).refused.unwrap();
    assert_eq!((stale.code, stale.at.unwrap().to_string().as_str()), (Code::ReferentChanged, "/etag"));
    let long = read(BIND, r#"{"draft":"d-1"}"#, Some(&V7.replace("7", "77777"))).refused.unwrap();
    assert_eq!(long.code, Code::ReferentUnread, "the schema takes no such version");
}

#[test]
fn only_a_tool_of_the_same_server_that_reads_looks() {
    for (bind, why) in [
        (BIND.replace(r#""tool":"get""#, r#""tool":"gone""#), "which its server does not have"),
        (BIND.replace(r#""tool":"get""#, r#""tool":"send""#), "only what reads looks"),
        (BIND.replace(r#""at":"/draft""#, r#""at":"/draf""#), "which the schema does not have"),
    ] {
        let world = World::new(STDIO)
            .with(
                &SEND.replacen("\"properties\"", "\"additionalProperties\":false,\"properties\"", 1),
                Standing::Reviewed,
            )
            .with(GET, Standing::Reviewed);
        let catalogue = world.ruled(&ruled(&bind)).catalogue();
        assert!(catalogue.problems().iter().any(|problem| problem.why.contains(why)), "{:?}", catalogue.problems());
        let refused = catalogue.read(&call(r#"{"draft":"d-1"}"#), &keyed).unwrap().refused;
        assert_eq!(refused.map(|reason| reason.code), Some(Code::UnderReview));
    }
}
