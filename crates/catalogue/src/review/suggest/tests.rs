use super::*;
use crate::testing::json;
use crate::testing::{STDIO, World};
use bailiwick_core::Standing;

fn of(entry: &str) -> Suggestion {
    suggest(&ToolWords::read(&json(entry)).unwrap())
}

fn bound(entry: &str, at: &str) -> String {
    of(entry).bind.get("arguments").unwrap().get(at).map(Json::canonical).unwrap_or_default()
}

#[test]
fn the_worse_of_a_name_and_what_the_server_says_is_proposed() {
    for (name, hints, expected) in [
        ("list_files", r#"{"readOnlyHint":true,"openWorldHint":false}"#, (Effect::Read, Egress::None)),
        ("list_files", "{}", (Effect::Read, Egress::Open)),
        ("list_files", r#"{"readOnlyHint":false}"#, (Effect::Write, Egress::Open)),
        ("delete_file", r#"{"readOnlyHint":true,"openWorldHint":false}"#, (Effect::Delete, Egress::None)),
        ("sendMessage", r#"{"openWorldHint":false}"#, (Effect::Share, Egress::Open)),
        ("list_payments", r#"{"openWorldHint":false}"#, (Effect::Read, Egress::None)),
        ("pay", r#"{"openWorldHint":false}"#, (Effect::Transfer, Egress::None)),
        ("run_query", "{}", (Effect::Execute, Egress::Open)),
        ("frobnicate", "{}", (Effect::Execute, Egress::Open)),
        ("frobnicate", r#"{"readOnlyHint":true}"#, (Effect::Read, Egress::Open)),
    ] {
        let found = of(&format!(r#"{{"name":"{name}","inputSchema":{{}},"annotations":{hints}}}"#));
        assert_eq!((found.effect, found.egress), expected, "{name} {hints}");
        assert!(found.why.iter().any(|(part, why)| part == "effect" && why.contains(':')), "{name}: no reason");
    }
}

#[test]
fn arguments_are_proposed_by_format_type_and_name_with_a_reason_each() {
    let entry = r#"{"name":"send_message","inputSchema":{"type":"object","properties":{
        "to":{"type":"array","items":{"type":"string","format":"email"}},"subject":{"type":"string"},"body":{"type":"string"},
        "due":{"type":"string","format":"date"},"limit":{"type":"integer"},"urgent":{"type":"boolean"},
        "kind":{"enum":["a","b"]},"message_id":{"type":"string"},"idempotency_key":{"type":"string"},
        "files":{"type":"array","items":{"type":"object","properties":{"path":{"type":"string"}}}},"odd":{}}}}"#;
    for (at, expected) in [
        ("/to/*", r#"{"kind":"email","role":"destination"}"#),
        ("/subject", r#"{"kind":"title"}"#),
        ("/body", r#"{"kind":"content"}"#),
        ("/due", r#"{"binds":true,"kind":"date"}"#),
        ("/limit", r#"{"role":"harmless"}"#),
        ("/urgent", r#"{"role":"harmless"}"#),
        ("/kind", r#"{"role":"harmless"}"#),
        ("/message_id", r#"{"kind":"id:message","role":"resource"}"#),
        ("/idempotency_key", r#"{"role":"idempotency"}"#),
        ("/files/*/path", r#"{"kind":"path","role":"resource"}"#),
        ("/odd", r#"{"kind":"text"}"#),
    ] {
        assert_eq!(bound(entry, at), expected, "{at}");
        assert!(of(entry).why.iter().any(|(part, why)| part == at && !why.is_empty()), "{at}: no reason");
    }
}

#[test]
fn what_is_proposed_can_be_applied_and_leaves_nothing_unbound() {
    for entry in [
        r#"{"name":"t","inputSchema":{}}"#,
        r#"{"name":"t","inputSchema":{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}},"c/d":{"type":"string"}}}}"#,
        r#"{"name":"t","inputSchema":{"type":"object","properties":{"e":{"type":"array","items":{"type":"array","items":{"type":"string"}}}}}}"#,
    ] {
        let found = of(entry);
        let rule = Json::object([
            ("bind", found.bind.clone()),
            ("effect", Json::from(found.effect.to_string().as_str())),
            ("kind", Json::from("tool")),
            ("reversibility", Json::from("irreversible")),
            ("tool", Json::from("s/t")),
        ]);
        let world = World::new(STDIO).with(entry, Standing::Reviewed).ruled(&rule.canonical());
        let catalogue = world.catalogue();
        assert_eq!(catalogue.problems(), [], "{entry}");
        assert_eq!(catalogue.unbound(&World::id("t")), <[&str; 0]>::default(), "{entry}");
    }
}
