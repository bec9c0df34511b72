use super::*;
use crate::testing::json;
use crate::testing::{STDIO, World};
use bailiwick_core::Standing;

fn of(entry: &str) -> Suggestion {
    suggest(&ToolWords::read(&json(entry)).unwrap(), &[], &[])
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
    let referents = |others: &[ToolWords]| suggest(&merge, others, &[]).bind.get("referents").map(Json::canonical);
    let want = r#"[{"at":"/pull_number","read":{"arguments":{"/pull_number":"/pull_number","/repo":"/repo"},"tool":"get_pull"}}]"#;
    assert_eq!(referents(&[files.clone(), delete.clone(), get.clone()]).as_deref(), Some(want));
    assert_eq!(referents(&[files, delete, more]), None);
    assert_eq!(
        suggest(&get, std::slice::from_ref(&get), &[]).bind.get("referents"),
        None,
        "a read points to nothing that is done"
    );
}

#[test]
fn impact_is_what_follows_or_one_more_with_a_reason_and_never_less() {
    for (name, description, follows, expected) in [
        ("list_files", "Lists files of production", Impact::Low, Some(Impact::Medium)),
        ("list_all_files", "Lists files", Impact::Low, None),
        ("update_file", "Harmless, low risk, only a small change", Impact::Medium, None),
        ("update_all_files", "", Impact::Medium, Some(Impact::High)),
        ("update_file", "This cannot be undone.", Impact::Medium, Some(Impact::High)),
        ("delete_file", "This cannot be undone.", Impact::High, None),
        ("delete_everything", "", Impact::High, Some(Impact::Critical)),
        ("pay_salary", "", Impact::High, Some(Impact::Critical)),
        ("update_rooted_tree", "Of roots", Impact::Medium, None),
    ] {
        let entry = r#"{"name":"NAME","description":"SAID","inputSchema":{},"annotations":{"openWorldHint":false}}"#;
        let found = of(&entry.replace("NAME", name).replace("SAID", description));
        assert_eq!(
            (found.effect.impact(found.reversibility), found.impact),
            (follows, expected),
            "{name}: {description}"
        );
        let why = found.why.iter().find(|(part, _)| part == "impact").unwrap();
        assert!(why.1.starts_with(expected.unwrap_or(follows).as_str()), "{name}: {}", why.1);
    }
}

const LIST: &str = r#"{"name":"list_mails","annotations":{"readOnlyHint":true},
    "inputSchema":{"type":"object","properties":{"folder":{"type":"string"}}},
    "outputSchema":{"type":"object","properties":{"next":{"type":"string"},"mails":{"type":"array","items":{"type":"object","properties":{
        "id":{"type":"string"},"mail_id":{"type":"integer"},"thread_id":{"type":"string"},"created_at":{"type":"string","format":"date-time"},
        "due":{"type":"string","format":"date"},"updated":{"type":"string"},"from":{"type":"object","properties":{"id":{"type":"string"},"email":{"type":"string"}}},
        "subject":{"type":"string"},"note_id_text":{"type":"string"},"read":{"type":"boolean"},"payment":{"type":"object"},
        "id_list":{"type":"array","items":{"type":"string"}}}}}}}}"#;

fn results(entry: &str, classes: &[&str]) -> (Suggestion, String) {
    let classes: Vec<DataClass> = classes.iter().map(|class| DataClass::parse(class).unwrap()).collect();
    let found = suggest(&ToolWords::read(&json(entry)).unwrap(), &[], &classes);
    let form = found.bind.get("result").map(Json::canonical).unwrap_or_default();
    (found, form)
}

#[test]
fn of_a_result_only_what_the_system_issues_is_proposed_as_trusted() {
    let (found, form) = results(LIST, &[]);
    for (value, trusted) in [
        (r#""at":"/mails/*/id","kind":"id:mail""#, true),
        (r#""at":"/mails/*/mail_id","kind":"id:mail""#, true),
        (r#""at":"/mails/*/created_at","kind":"date""#, true),
        (r#""at":"/mails/*/thread_id","kind":"id:thread""#, false),
        (r#""at":"/mails/*/due","kind":"date""#, false),
        (r#""at":"/mails/*/from/id","kind":"id:from""#, false),
        (r#""at":"/mails/*/from/email","kind":"email""#, false),
    ] {
        let (_, rest) = form.split_once(value).unwrap_or_else(|| panic!("{value} is not in {form}"));
        let (own, _) = rest.split_once('}').unwrap();
        assert_eq!(own.contains(r#""trusted":true"#), trusted, "{value}: {form}");
    }
    assert_eq!(form.matches("trusted").count(), 3, "{form}");
    for free in ["subject", "note_id_text", "read", "next", "updated"] {
        assert!(!form.contains(&format!("/{free}\"")), "{free}: {form}");
        assert!(found.why.iter().any(|(part, why)| part.ends_with(&format!("/{free}")) && why.contains("not trusted")));
    }
}

#[test]
fn what_a_caller_may_have_said_is_trusted_by_nobody() {
    let write = r#"{"name":"write_draft","inputSchema":{"properties":{"id":{"type":"string"},"created_at":{}}},
        "outputSchema":{"properties":{"id":{"type":"string"},"draft_id":{"type":"string"},"created_at":{"type":"string"}}}}"#;
    let (_, form) = results(write, &[]);
    assert!(form.contains("/draft_id") && !form.contains("trusted"), "{form}");
    let made = write.replacen(r#""id":{"type":"string"},"created_at":{}"#, r#""text":{}"#, 1);
    assert_eq!(results(&made, &[]).1.matches(r#""trusted":true"#).count(), 3);
}

#[test]
fn a_field_has_all_classes_of_its_server_unless_its_name_says_which() {
    let (_, one) = results(LIST, &["mail"]);
    assert_eq!(one.matches(r#""class":"mail""#).count(), 14, "{one}");
    let (found, several) = results(LIST, &["mail", "payments"]);
    assert!(several.contains(r#"{"at":"/mails/*/payment","class":"payments"}"#), "{several}");
    assert!(several.contains(r#"{"at":"/mails/*/mail_id","class":"mail","#), "{several}");
    assert_eq!(several.matches("class").count(), 2, "{several}");
    assert!(found.why.iter().any(|(part, why)| part == "result" && why.contains("(mail, payments)")));
    assert!(Binding::read(&found.bind).is_ok());
}

#[test]
fn a_result_with_more_fields_than_a_binding_holds_is_proposed_as_far_as_it_goes() {
    let fields: Vec<String> = (0..100).map(|i| format!(r#""a{i}_id":{{"type":"string"}},"b{i}":{{}}"#)).collect();
    let entry = format!(
        r#"{{"name":"list","inputSchema":{{"properties":{{"q":{{}}}}}},"outputSchema":{{"properties":{{{}}}}}}}"#,
        fields.join(",")
    );
    let (found, form) = results(&entry, &["mail"]);
    assert_eq!(form.matches("\"kind\"").count(), 64, "{form}");
    assert!(Binding::read(&found.bind).is_ok() && found.bind.get("arguments").is_some());
}
