use crate::testing::{STDIO, World, json, keyed};
use crate::{Binding, Call};
use bailiwick_core::json::Json;
use bailiwick_core::normal::Kind;
use bailiwick_core::{Action, Code, Standing, hidden, sha256};

const SECRET: &str = "hunter2hunter2";

/// A tool that sets secrets, bound so.
fn read(arguments: &str) -> (Action, Option<Code>, String) {
    let words = r#"{"name":"t","inputSchema":{"type":"object","properties":{"user":{"type":"string"},"password":{"type":"string"},
        "more":{"type":"array","items":{"type":"object","properties":{"key":
        {"type":["object","integer","string","null"],"properties":{"a":{"type":"string"}}}}}}}}}"#;
    let bind = r#"{"kind":"tool","tool":"s/t","effect":"credential","reversibility":"by-others","bind":{"arguments":
        {"/user":{"kind":"name"},"/password":{"kind":"secret"},"/more/*/key":{"kind":"secret"}}}}"#;
    let world = World::new(STDIO).with(words, Standing::Reviewed).ruled(bind);
    let call =
        Call { tool: World::id("t"), arguments: json(arguments), beside: Json::Null, idempotency: None, key: None };
    let read = world.catalogue().read(&call, &keyed).unwrap();
    let forward = String::from_utf8(read.forward).unwrap();
    (read.action, read.refused.map(|reason| reason.code), forward)
}

fn stands_for(secret: &str) -> String {
    hidden(&keyed(json(secret).canonical().as_bytes()))
}

#[test]
fn a_secret_is_forwarded_and_stands_nowhere_else() {
    let arguments =
        format!(r#"{{"more":[{{"key":{{"a":"{SECRET}"}}}},{{"key":1234}}],"password":"{SECRET}","user":"ann"}}"#);
    let (action, refused, forward) = read(&arguments);
    assert_eq!((refused, forward.as_str()), (None, arguments.as_str()), "what is forwarded is the caller's own");
    let all = format!("{action:?}");
    assert!(!all.contains(SECRET), "{all}");
    let stands = stands_for(&format!("\"{SECRET}\""));
    assert_eq!(action.arguments.get("password").and_then(Json::as_str), Some(stands.as_str()));
    assert_eq!(action.arguments.get("user").and_then(Json::as_str), Some("ann"));
    let bound = action.bound.iter().find(|bound| bound.pointer.to_string() == "/password").unwrap();
    assert_eq!((bound.kind.as_str(), bound.normal.known()), ("secret", Some(&stands)));
    assert_ne!(bound.digest, sha256(format!("\"{SECRET}\"").as_bytes()), "nobody can try what it is");
    assert_ne!(action.sent, crate::write::sent("t", forward.as_bytes(), &Json::Null));
}

#[test]
fn the_same_secret_is_the_same_act_and_another_is_another() {
    let one = |secret: &str| read(&format!(r#"{{"password":"{secret}"}}"#)).0;
    assert_eq!(one("a-b"), one("a-b"));
    assert!(one("a-b").sent != one("a-c").sent && one("a-b").arguments != one("a-c").arguments);
    let number = read(r#"{"more":[{"key":1}]}"#).0;
    assert_ne!(number.sent, read(r#"{"more":[{"key":"1"}]}"#).0.sent, "another value leaves");
    // who writes what stands for a secret has another secret
    let stands = stands_for("\"a-b\"");
    assert_ne!(one(&stands).arguments, one("a-b").arguments);
}

#[test]
fn nothing_is_kept_of_a_call_with_secrets_that_its_schema_refuses() {
    for wrong in [format!(r#"{{"passwort":"{SECRET}"}}"#), format!(r#"{{"user":["{SECRET}"],"password":"x"}}"#)] {
        let (action, refused, _) = read(&wrong);
        assert_eq!(refused, Some(Code::ArgumentMalformed), "{wrong}");
        assert!(!format!("{action:?}").contains(SECRET) && action.bound.is_empty(), "{action:?}");
    }
    let (null, refused, _) = read(r#"{"more":[{"key":null}]}"#);
    assert!(
        refused.is_none() && null.bound.is_empty() && !null.arguments.canonical().contains("hmac"),
        "what is not given is no secret"
    );
}

#[test]
fn a_secret_is_no_key_and_nothing_is_read_by_it() {
    let with = |more: &str| Binding::read(&json(&format!(r#"{{"arguments":{{"/auth":{{"kind":"secret"}}{more}}}"#)));
    assert!(with("}").is_ok());
    let key = with(r#","/auth/key":{"role":"idempotency"}}"#).unwrap_err();
    assert!(key.why.contains("`/auth/key` is a secret"), "{key}");
    let own = Binding::read(&json(r#"{"arguments":{"/key":{"role":"idempotency","kind":"secret"}}}"#)).unwrap_err();
    assert!(own.why.contains("no idempotency key"), "{own}");
    let points =
        with(r#"},"referents":[{"at":"/auth","read":{"tool":"get","arguments":{"/id":"/auth"}}}]"#).unwrap_err();
    assert!(points.why.contains("points to nothing"), "{points}");
}

#[test]
fn of_a_result_with_a_secret_neither_body_nor_digest_is_kept() {
    let bind = r#"{"kind":"tool","tool":"s/t","effect":"read","reversibility":"read-only",
        "bind":{"result":{"values":[{"at":"/key","kind":"secret"},{"at":"/id","kind":"id:key"}]}}}"#;
    let world = World::new(STDIO).with(r#"{"name":"t","inputSchema":{}}"#, Standing::Reviewed).ruled(bind);
    let result = format!(r#"{{"structuredContent":{{"id":"k-1","key":"{SECRET}"}}}}"#);
    let key = |kind: &Kind, form: &str| sha256(format!("{kind} {form}").as_bytes());
    let seen = world.catalogue().observe(&World::id("t"), result.as_bytes(), 1 << 20, &key).unwrap().observed;
    assert!(seen.kept.is_none() && seen.digest.is_none(), "{seen:?}");
    assert!(seen.values.iter().any(|value| value.kind == "secret") && seen.values.len() == 2, "{seen:?}");
    let takes = r#"{"kind":"tool","tool":"s/t","effect":"write","reversibility":"by-others","bind":{"arguments":{"/password":{"kind":"secret"}}}}"#;
    let words = r#"{"name":"t","inputSchema":{"type":"object","properties":{"password":{"type":"string"}}}}"#;
    let echo = World::new(STDIO).with(words, Standing::Reviewed).ruled(takes).catalogue();
    let seen = echo.observe(&World::id("t"), br#"{"content":[]}"#, 1 << 20, &key).unwrap().observed;
    assert!(seen.kept.is_none() && seen.digest.is_none(), "a server may say back what it was told");
    // what a call points to is shown and written down, so nothing that gives secrets reads it
    let pay = r#"{"kind":"tool","tool":"s/p","effect":"write","reversibility":"by-others","bind":{"arguments":
        {"/id":{"kind":"id:key"}},"referents":[{"at":"/id","read":{"tool":"t","arguments":{"/id":"/id"}}}]}}"#;
    let words = r#"{"name":"p","inputSchema":{"type":"object","properties":{"id":{"type":"string"}}}}"#;
    let catalogue = world.with(words, Standing::Reviewed).ruled(pay).catalogue();
    let problem = catalogue.problems().first().map(ToString::to_string).unwrap_or_default();
    assert!(problem.contains("whose result may hold a secret"), "{problem}");
}
