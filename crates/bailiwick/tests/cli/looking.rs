//! What people see of tasks, servers and keys: what stands, what waits, what differs.

use crate::world::{World, example};

const START: [&str; 8] =
    ["task", "start", "pay-one-invoice", "payee=X", "iban=DE89370400440532013000", "max=100", "--agent", "clerk"];

#[test]
fn what_nobody_consented_to_is_never_shown_as_allowed() {
    let world = World::furnished();
    let id = world.json(&[&START[..], &["--yes"]].concat())["task"].as_str().unwrap().to_owned();
    let grant = world.json(&["task", "show", &id])["grants"][0]["grant"].as_str().unwrap().to_owned();
    let how = format!("waits for consent: {}", world.told(&format!("task consent {id}")));
    for args in [["task", "show", &id], ["grant", "show", &grant]] {
        let shown = world.done(&args).out;
        let rows: Vec<&str> = shown.lines().filter(|line| line.contains("transfer with bank/pay")).collect();
        assert!(rows.len() == 1 && rows[0].contains("not yet  ") && rows[0].ends_with(&how), "{shown}");
    }
    for args in [&["task", "list"][..], &["grant", "list"], &["status"]] {
        assert!(world.done(args).out.contains("(waits for consent)"), "{args:?}");
    }
    let listed = world.done(&["task", "list"]).out;
    assert!(listed.contains("clerk for ") && listed.contains("Z  live"), "{listed}");
    let consented = world.done(&["task", "consent", &id, "--yes"]).out;
    assert!(consented.contains("allows   transfer with bank/pay") && !consented.contains("waits"), "{consented}");
    let before = world.json(&["log", "show"])["size"].clone();
    let again = world.done(&["task", "consent", &id, "--yes"]).out;
    assert!(again.contains("nothing of this task waits for consent"), "{again}");
    assert_eq!(world.json(&["log", "show"])["size"], before);
    assert!(!world.done(&["task", "list"]).out.contains("waits for consent"));
}

#[test]
fn a_server_differs_only_where_what_it_offers_is_not_what_stands() {
    let world = World::running();
    world.done(&["apply", "-f", example()]);
    let said = world.done(&["server", "review", "bank", "--yes"]).err;
    for words in [
        "pay: transfer, by-others, as your document says; new",
        "balance: read, read-only, as the server says; new",
        "says     Pays an amount in euros to an IBAN, at once.",
        "takes    amount, currency, iban, idempotency_key, payee, reference",
    ] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    assert!(!said.contains("differs:"), "nothing stood before: {said}");
    let shown = world.done(&["server", "show", "bank"]).out;
    assert!(shown.contains("reviewed") && !shown.contains("differs:"), "{shown}");
    assert_eq!(world.json(&["server", "show", "bank"])["now"]["lines"], serde_json::json!([]));
    let other = "kind: server\nname: bank\ntransport: {stdio: {command: bailiwick, args: [demo-server, mail]}}\n";
    world.done(&["apply", &world.file("other.yaml", other)]);
    world.until(&["server", "show", "bank"], |shown| shown["same"] == false);
    let shown = world.done(&["server", "show", "bank"]).out;
    assert!(shown.contains("differs: pay: - "), "{shown}");
}

#[test]
fn the_example_changes_nothing_that_a_new_node_begins_with() {
    let world = World::running();
    let said = world.done(&["apply", "-f", example(), "--dry-run"]).out;
    assert!(said.contains("new template pay-one-invoice") && !said.contains("changed "), "{said}");
}

#[test]
fn a_key_that_was_enrolled_is_said_to_be_and_where_its_file_is() {
    let world = World::furnished();
    let path = world.folder.join("clerk.key");
    let said = world.done(&["agent", "key", "clerk", "--out", path.to_str().unwrap(), "--enroll"]).out;
    assert!(said.contains(path.to_str().unwrap()) && said.contains("is enrolled; event "), "{said}");
}

#[test]
fn a_command_waits_for_a_node_that_was_started_in_the_same_breath() {
    let mut world = World::empty();
    let mut asks = world.command(&["--json", "log", "show"]);
    world.starts();
    let out = asks.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn the_next_command_names_what_is_known() {
    let world = World::furnished();
    let task = world.task();
    world.done(&["task", "revoke", &task]);
    let problem = world.run(&["--json", "task", "consent", &task, "--yes"]).problem();
    let next = problem["next"].as_str().unwrap_or_default();
    assert_eq!(next, world.told("template show pay-one-invoice"), "{problem}");
}

#[test]
fn an_event_is_shown_in_words_and_whole_as_json() {
    let world = World::furnished();
    let shown = world.done(&["event", "show", "0"]).out;
    assert!(shown.contains("control.opened") && shown.contains("\n  name ") && !shown.contains('{'), "{shown}");
    assert_eq!(world.json(&["event", "show", "0"])["kind"], "control.opened");
}
