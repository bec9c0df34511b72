use super::*;
use crate::testing::json;
use crate::testing::{STDIO, World};
use bailiwick_core::Standing;

fn of(entry: &str) -> Suggestion {
    suggest(&ToolWords::read(&json(entry)).unwrap(), &[])
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

#[test]
fn an_amount_is_read_with_its_currency_and_belongs_to_where_it_goes() {
    let pay = r#"{"name":"pay","inputSchema":{"type":"object","properties":{"iban":{"type":"string"},
        "amount":{"type":"string"},"currency":{"type":"string"}}}}"#;
    assert_eq!(bound(pay, "/amount"), r#"{"currency_at":"/currency","group":"payment","role":"measure"}"#);
    assert_eq!(bound(pay, "/iban"), r#"{"group":"payment","kind":"iban","role":"destination"}"#);
    assert_eq!(bound(pay, "/currency"), "", "the amount reads it");
    // nothing says of what it is: a person has to
    let bare = r#"{"name":"pay","inputSchema":{"type":"object","properties":{"amount":{"type":"number"}}}}"#;
    assert_eq!(bound(bare, "/amount"), r#"{"kind":"text"}"#);
    let world = World::new(STDIO).with(&pay.replace(r#""pay""#, r#""t""#), Standing::Reviewed);
    let rule = Json::object([
        ("bind", of(pay).bind),
        ("effect", Json::from("transfer")),
        ("kind", Json::from("tool")),
        ("reversibility", Json::from("irreversible")),
        ("tool", Json::from("s/t")),
    ]);
    let catalogue = world.ruled(&rule.canonical()).catalogue();
    assert_eq!((catalogue.problems(), catalogue.unbound(&World::id("t"))), (&[][..], Default::default()));
}

#[test]
fn what_an_id_points_to_is_read_by_the_tool_that_shows_it_if_the_call_says_all_that_it_needs() {
    let tool = |entry: &str| ToolWords::read(&json(entry)).unwrap();
    let taking = |name: &str, properties: &str, required: &str| {
        tool(&format!(
            r#"{{"name":"{name}","inputSchema":{{"type":"object","properties":{properties},"required":{required}}}}}"#
        ))
    };
    let merge = taking("merge_pull", r#"{"repo":{"type":"string"},"pull_number":{"type":"number"}}"#, "[]");
    let get = taking(
        "get_pull",
        r#"{"repo":{"type":"string"},"pull_number":{"type":"number"}}"#,
        r#"["repo","pull_number"]"#,
    );
    let files = taking("get_pull_changed_files", r#"{"repo":{"type":"string"},"pull_number":{"type":"number"}}"#, "[]");
    let more = taking("get_pull", r#"{"pull_number":{"type":"number"},"region":{"type":"string"}}"#, r#"["region"]"#);
    let delete = taking("delete_pull", r#"{"pull_number":{"type":"number"}}"#, "[]");
    let referents = |others: &[ToolWords]| suggest(&merge, others).bind.get("referents").map(Json::canonical);
    let want = r#"[{"at":"/pull_number","read":{"arguments":{"/pull_number":"/pull_number","/repo":"/repo"},"tool":"get_pull"}}]"#;
    assert_eq!(referents(&[files.clone(), delete.clone(), get.clone()]).as_deref(), Some(want));
    assert_eq!(referents(&[files, delete, more]), None);
    assert_eq!(
        suggest(&get, std::slice::from_ref(&get)).bind.get("referents"),
        None,
        "a read points to nothing that is done"
    );
}
