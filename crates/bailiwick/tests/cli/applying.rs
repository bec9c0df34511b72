//! `apply`: what would change and what of it loosens, and what is wrong, at its file, line and field.

use crate::world::{World, example};
use serde_json::Value;

const TEMPLATE: &str = r#"kind: template
name: small
purpose: test
intent: "Pay {payee}"
parameters: {payee: {kind: party}}
start: {who: [anyone], agents: [payer]}
window: 1h
grant:
  - tools: [bank/pay]
    effect: transfer
    when: {/iban: {equals: DE89370400440532013000}}
    meters: {EUR: {each: "10.00", total: "10.00"}}
"#;

/// The changes of one document, as `loosens at: words`.
fn changes(lines: &[Value], name: &str) -> Vec<String> {
    let own = lines.iter().filter(|line| line["change"]["name"] == name);
    let fields = own.flat_map(|line| line["change"]["lines"].as_array().unwrap());
    let text = |field: &Value, name: &str| field[name].as_str().unwrap().to_owned();
    fields.map(|field| format!("{} {}: {}", field["loosens"], text(field, "at"), text(field, "words"))).collect()
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let world = World::furnished();
    let before = world.json(&["log", "show"])["size"].clone();
    let file = world.file("small.yaml", TEMPLATE);
    let said = world.done(&["--json", "apply", &file, "--dry-run"]).lines();
    assert_eq!(changes(&said, "small"), [
        "true : anyone may start it: Pay {payee}".to_owned(),
        "true grant: transfer with bank/pay; only where iban is \"DE89370400440532013000\"; at most 10.00 EUR each; at most 10.00 EUR in total".to_owned(),
    ]);
    let end = said.last().unwrap();
    assert!(
        end["dry_run"] == true && end["changed"] == true && end["loosens"] == true && end["event"].is_null(),
        "{end}"
    );
    assert_eq!(world.json(&["log", "show"])["size"], before);
    assert_eq!(world.run(&["template", "show", "small"]).code, 2);
    let words = world.done(&["apply", &file, "--dry-run"]);
    assert!(words.out.contains("new template small\n           anyone may start it"), "{words:?}");
    assert!(words.err.contains("nothing was applied"), "{words:?}");

    let applied = world.done(&["apply", &file]);
    assert!(!applied.out.contains("LOOSENS") && applied.out.contains("applied; event "), "{applied:?}");
    assert!(world.done(&["apply", &file]).out.contains("nothing changed"));
    let other = world.file("small.yaml", &TEMPLATE.replace("each: \"10.00\"", "each: \"11.00\"").replace("1h", "30m"));
    let said = world.done(&["--json", "apply", &other]).lines();
    assert_eq!(
        changes(&said, "small"),
        ["true grant[0].meters.EUR.each: from `10.00` to `11.00`", "false window: from `1h` to `30m`",]
    );

    let gone = world.done(&["--json", "apply", "--remove", "template/small"]).lines();
    assert_eq!(changes(&gone, "small"), ["false : template small goes"]);
    assert_eq!(world.run(&["template", "show", "small"]).code, 2);
    let vain = world.run(&["apply", "--remove", "template/smal"]);
    assert!(vain.code == 2 && vain.err.contains("there is no template `smal` to remove"), "{vain:?}");
}

#[test]
fn a_forbid_that_goes_is_said_to_loosen() {
    let world = World::running();
    let both =
        "@id(\"all\")\npermit (principal, action, resource);\n\n@id(\"none\")\nforbid (principal, action, resource);\n";
    world.done(&["apply", &world.file("own.cedar", both)]);
    let permit = both.split("\n\n").next().unwrap();
    let said = world.done(&["--json", "apply", &world.file("own.cedar", permit), "--dry-run"]).lines();
    assert_eq!(changes(&said, "own"), ["true rule none: forbid removed"]);
    let said = world.done(&["--json", "apply", "--remove", "policy/own", "--dry-run"]).lines();
    assert_eq!(changes(&said, "own"), ["false rule all: permit removed", "true rule none: forbid removed"]);
}

#[test]
fn a_rule_that_names_what_is_not_there_is_wrong_and_nothing_is_applied() {
    let world = World::furnished();
    let fine = "@id(\"no\")\nforbid (principal, action == Action::\"bank/pay\", resource)\nwhen { context.purpose == \"fraud\" };\n";
    for (from, to, expected) in [
        ("bank/pay", "bank/pya", "`Action::\"bank/pya\"` names no tool; did you mean `bank/pay`?"),
        ("context.purpose", "context.purpse", "`context` has no attribute `purpse`; did you mean `purpose`?"),
        ("(principal,", "(principal is Agnet,", "unrecognized entity type `Agnet`; did you mean `Agent`?"),
        ("\"fraud\"", "7", "rule `own.no`"),
    ] {
        let file = world.file("own.cedar", &fine.replace(from, to));
        let said = world.run(&["apply", &file]);
        assert!(said.code == 2 && said.err.contains(expected), "{to}: {said:?}");
    }
    assert!(!world.done(&["policy", "document"]).out.contains("own.no"));
    world.done(&["apply", &world.file("own.cedar", fine)]);
    assert!(world.done(&["policy", "document"]).out.contains("own.no"));
}

#[test]
fn what_is_wrong_is_told_at_file_line_and_field_and_nothing_is_applied() {
    let world = World::furnished();
    let fine = "kind: person\nname: otto\n---\n";
    let server = "kind: server\nname: s\ntransport:\n  http:\n    url: URL\n";
    let bind = "kind: tool\ntool: bank/pay\neffect: transfer\nreversibility: by-others\nbind:\n  arguments:\n    /ibann: {kind: iban, role: destination}\n";
    for (text, at, expected) in [
        (
            TEMPLATE.replace("bank/pay", "bank/pya"),
            "12:13",
            "`grant[0].tools[0]`: `bank` has no such tool; is `bank/pay` meant?",
        ),
        (TEMPLATE.replace("bank/pay", "bonk/pay"), "12:13", "`grant[0].tools[0]`: there is no server `bonk`"),
        (TEMPLATE.replace("/iban:", "/ibann:"), "14:12", "no tool of this row has an argument at `/ibann`"),
        (
            TEMPLATE.replace("agents: [payer]", "agents: [payer, pair]"),
            "9:40",
            "`start.agents[1]`: there is no agent `pair`",
        ),
        (TEMPLATE.replace("window: 1h", "window: 25h"), "10:1", "`window`: at most 24h"),
        (TEMPLATE.replace("effect:", "efect:"), "13:5", "`grant[0].efect`: there is no field `efect`"),
        (server.replace("URL", "file:///etc/passwd"), "8:5", "`transport.http.url`: expected `https://`"),
        (server.replace("URL", "https://a:b@x.example"), "8:5", "a name or password has no place"),
        (server.replace("URL", "https://169.254.169.254/"), "8:5", "no server may be at"),
        (
            format!("{}    headers: {{host: x}}\n", server.replace("URL", "https://x.example")),
            "9:15",
            "this header is set for each request",
        ),
        (
            format!("{}    headers: {{Mcp-Param-Amount: x}}\n", server.replace("URL", "https://x.example")),
            "9:15",
            "this header is set for each request",
        ),
        (bind.to_owned(), "8:1", "`bind` names `/ibann`, which the schema does not have"),
        (bind.replace("role: destination", "role: boss"), "8:1", "`arguments./ibann.role`"),
        ("kind: person\nname: otto\n".to_owned(), "5:1", "person `otto` stands twice"),
        (TEMPLATE.replace("test", "!secret x"), "6:18", "the tag `!secret` means nothing here"),
    ] {
        let file = world.file("wrong.yaml", &format!("{fine}{text}"));
        let said = world.run(&["apply", &file]);
        assert_eq!(said.code, 2, "{text}: {said:?}");
        assert!(
            said.err.contains(&format!("wrong.yaml:{at}: ")) && said.err.contains(expected),
            "{at} {expected}:\n{}",
            said.err
        );
        let problem = world.run(&["--json", "apply", &file]).problem();
        assert_eq!(problem["code"], "bad_document", "{problem}");
        let place = &problem["places"][0];
        assert_eq!(format!("{}:{}", place["line"], place["column"]), at, "{problem}");
        assert!(place["file"].as_str().unwrap().ends_with("wrong.yaml"), "{problem}");
    }
    let people = world.run(&["apply", "--remove", "person/otto", "--dry-run"]);
    assert_eq!(people.code, 2, "nothing of a file that is wrong is applied: {people:?}");
    for (name, text) in [("empty.yaml", ""), ("words.yaml", "# nothing\n---\n")] {
        let said = world.run(&["apply", &world.file(name, text)]);
        assert!(said.code == 2 && said.err.contains("there is no document in it"), "{said:?}");
    }
    let folder = world.folder.join("nothing");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(world.run(&["apply", folder.to_str().unwrap()]).code, 2);
    let rule = world.file(
        "rules.cedar",
        "permit (principal, action, resource);\n\nforbid (principal, action, resource)\nwhen { context.nothing };\n",
    );
    let said = world.run(&["apply", &rule]);
    assert!(said.code == 2 && said.err.contains("rules.cedar:3:1: "), "{said:?}");
}

#[test]
fn what_cannot_be_looked_at_yet_is_a_note_and_not_a_no() {
    let world = World::running();
    let said = world.done(&["apply", "-f", example(), "--dry-run"]);
    assert!(said.err.contains("note: ") && said.err.contains("`bank` was never seen yet"), "{said:?}");
    let lines = world.done(&["--json", "apply", "-f", example(), "--dry-run"]).lines();
    assert!(lines.iter().any(|line| line["note"]["line"] == 16), "{lines:?}");
    let nobody = TEMPLATE
        .replace("bank/pay", "\"{bank}/pay\"")
        .replace("payee: {kind: party}", "payee: {kind: party}, bank: {kind: server}");
    let file = world.file("role.yaml", &nobody.replace("[anyone]", "[\"role:clerk\"]"));
    let said = world.done(&["apply", &file]);
    assert!(said.err.contains("role.yaml:6:15: `start.who[0]`: no person has the role `clerk`"), "{said:?}");
}

#[test]
fn a_server_that_cannot_be_reached_says_why() {
    let world = World::running();
    let text = "kind: server\nname: tickets\ntransport: {stdio: {command: bailiwick, args: [demo-server, bank], env: {T: \"secret:TICKETS\"}}}\n---\nkind: server\nname: gone\ntransport: {stdio: {command: /nothing/there}}\n";
    world.done(&["apply", &world.file("servers.yaml", text)]);
    let shown = world.until(&["server", "show", "tickets"], |shown| !shown["trouble"].is_null());
    assert!(shown["trouble"].as_str().unwrap().contains("TICKETS"), "{shown}");
    world.until(&["server", "show", "gone"], |shown| !shown["trouble"].is_null());
    let words = world.done(&["server", "show", "tickets"]).out;
    assert!(words.contains("cannot be used: ") && words.contains("TICKETS"), "{words}");
    assert!(world.done(&["server", "list"]).out.contains("cannot be used"));
    assert!(world.done(&["status"]).out.contains("cannot be used"));
    let review = world.run(&["server", "review", "gone", "--yes"]);
    assert!(review.code == 2 && review.err.contains("cannot be reviewed"), "{review:?}");
}

#[test]
fn what_is_reviewed_is_shown_in_words_that_say_where_it_is_whole() {
    let world = World::running();
    world.done(&["apply", "-f", example()]);
    let shown = world.until(&["server", "show", "bank"], |shown| !shown["now"].is_null());
    let words = world.done(&["server", "show", "bank"]).out;
    assert!(words.contains("idempotency_key") && !words.contains('…') && !words.contains("u{2026}"), "{words}");
    assert!(
        words.contains("bank --all; of each argument too: bailiwick --home ")
            && words.contains(" --json server show bank"),
        "{words}"
    );
    let description = "Pays an amount in euros to an IBAN, at once. The same idempotency_key pays once.";
    assert!(shown["now"]["offered"].to_string().contains(description), "{shown}");
    assert!(shown["now"]["lines"].to_string().contains("Chosen by the caller; the same key pays once"), "{shown}");
}

#[test]
fn the_schema_of_documents_is_printed_without_a_node() {
    let world = World::empty();
    let said = world.done(&["apply", "--schema"]);
    let schema: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(schema["$defs"]["person"]["properties"]["kind"]["const"], "person");
}

#[test]
fn init_writes_once_and_what_it_wrote_is_what_a_new_node_has() {
    let world = World::running();
    let folder = world.folder.join("first");
    let folder = folder.to_str().unwrap();
    let wrote = world.json(&["init", folder]);
    assert_eq!(wrote["written"].as_array().unwrap().len(), 2, "{wrote}");
    assert_eq!(wrote["next"], world.told(&format!("apply {folder}")));
    let again = world.done(&["init", folder]);
    assert!(again.out.is_empty() && again.err.contains("left alone"), "{again:?}");
    assert!(again.err.contains("also one that cannot be undone"), "{again:?}");
    let applied = world.done(&["--json", "apply", folder]).lines();
    assert_eq!(applied.last().unwrap()["changed"], false, "{applied:?}");
}

#[test]
fn what_is_new_says_what_it_allows_and_changes_nothing_that_stood() {
    let world = World::furnished();
    let file = world.file(
        "new.yaml",
        "kind: person\nname: dana\nroles: [clerk]\nuid: 4711\n---\nkind: tool\ntool: bank/unseen\neffect: write\n\
         reversibility: irreversible\nbind:\n  arguments:\n    /note: {kind: text, role: harmless}\n---\n\
         kind: policy\nname: wide\ncedar: \"permit(principal, action, resource);\"\n",
    );
    let said = world.done(&["apply", &file, "--dry-run"]).out;
    assert!(said.contains("\n           a person with the roles clerk, whose account here is uid 4711\n"), "{said}");
    assert!(said.contains("a tool that was not seen yet: write, irreversible, stays"), "{said}");
    assert!(said.contains("bind.arguments: `/note` does not matter and is not read"), "{said}");
    // a rule acts on all that stands
    assert_eq!(said.matches("LOOSENS").count(), 1, "{said}");
    assert!(said.rsplit_once("new policy wide\n  LOOSENS ").is_some(), "{said}");
}

#[test]
fn mistakes_of_fields_and_of_names_are_told_in_one_go_each_at_its_line() {
    let world = World::furnished();
    let bad =
        TEMPLATE.replace("agents: [payer]", "agents: [nobody, noone]").replace("window: 1h", "window: 1h\nwhom: me");
    let first = world.file("a.yaml", &bad);
    let second = world.file("b.yaml", "kind: agent\nname: x\nowner: ann\ncontact: c\nrun_by: own\nautonomy: execute\nreview: \"2031-01-01\"\nrole: absent\nwhere: here\n");
    let refused = world.run(&["apply", &first, &second]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for (file, line, field) in [
        ("a.yaml", 6, "start.agents[0]"),
        ("a.yaml", 6, "start.agents[1]"),
        ("a.yaml", 8, "whom"),
        ("b.yaml", 8, "role"),
        ("b.yaml", 9, "where"),
    ] {
        let told = refused
            .err
            .lines()
            .any(|said| said.contains(&format!("{file}:{line}:")) && said.contains(&format!("`{field}`")));
        assert!(told, "{file}:{line} {field}: {refused:?}");
    }
    assert_eq!(refused.err.matches(".yaml:").count(), 5, "{refused:?}");
}
