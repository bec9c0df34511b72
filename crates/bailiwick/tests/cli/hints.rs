//! What a person is told to do next: with the home that they named, and with what there is in the place of what is not.

use crate::world::{BINARY, World, example};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// The number of a task's grant, an event and the like that is nobody's.
const NONE: &str = "4711";

#[test]
fn each_command_that_is_told_of_names_the_home_that_was_named() {
    let world = World::furnished();
    let (home, named) = (world.folder.join("home"), world.told(""));
    let task = world.task();
    for (args, next) in [
        (&["breaker", "close", NONE][..], "breaker list"),
        (&["task", "show", "zz"], "task list"),
        (&["task", "erase", &task, "--reason", "x"], "task revoke"),
        (&["break-glass", "close", NONE, "--findings", "x"], "break-glass list"),
        (&["friction", "--days", "x"], "friction --help"),
        (&["wish", "refuse", &task, NONE, "--reason", "x"], "wish list --task"),
        (&["server", "review", "bank"], "server review bank --all"),
        (&["template", "show", "pay-one-invoice"], "task start pay-one-invoice"),
    ] {
        let said = world.run(args);
        let both = format!("{}{}", said.out, said.err);
        assert!(both.contains(&format!("{named}{next}")), "{args:?}: {both}");
        for told in both.split("`bailiwick ").skip(1).chain(both.split("next: bailiwick ").skip(1)) {
            assert!(told.starts_with("--home "), "{args:?} tells of a command without the home: {both}");
        }
    }
    world.done(&["agent", "suspend", "clerk"]);
    let status = world.done(&["status"]).out;
    assert!(status.contains(&format!("`{named}agent resume NAME`")), "{status}");
    let suspended = world.done(&["--json", "event", "list", "--kind", "control.agent"]).lines().pop().unwrap();
    let told = world.done(&["explain", &suspended["leaf"].to_string()]).out;
    assert!(told.contains(&format!("{named}agent resume clerk")), "{told}");
    // where no home was named none is told
    let mut usual = std::process::Command::new(BINARY);
    let out = usual.args(["task", "show", "zz"]).env("BAILIWICK_HOME", &home).output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("see `bailiwick task list`"), "{said}");
}

#[test]
fn a_number_that_is_nothing_open_is_your_input_and_says_where_such_are_listed() {
    let world = World::furnished();
    world.done(&["person", "invite", "ann"]);
    let invited = world.done(&["--json", "event", "list", "--kind", "control.invited"]).lines().pop().unwrap();
    let (leaf, own) = (invited["leaf"].to_string(), invited["seq"].to_string());
    for (args, detail, next) in [
        (&["breaker", "close", NONE][..], "there is no breaker 4711 that is open", "breaker list"),
        (&["observe", "end", NONE], "there is no observation 4711 that is open", "observe list"),
        (&["person", "uninvite", "ann", NONE], "there is no invitation 4711 that is open", "person show ann"),
        (&["approval", "show", NONE], "there is no request 4711 that is yours to see", "approval list --all"),
        (&["approval", "refuse", NONE, "--reason", "x"], "there is no request 4711", "approval list --all"),
        (&["change", "show", NONE], "there is no change 4711 that waits", "change list"),
    ] {
        let problem = world.run(&[&["--json"], args].concat()).problem();
        assert!(problem["detail"].as_str().unwrap().starts_with(detail), "{args:?}: {problem}");
        assert!(problem["next"].as_str().unwrap().ends_with(next) && problem["exit"] == 2, "{args:?}: {problem}");
    }
    if leaf != own {
        let said = world.run(&["person", "uninvite", "ann", &leaf]).err;
        assert!(said.contains(&format!("{leaf} is the number of the event that made invitation {own}")), "{said}");
    }
    world.done(&["person", "uninvite", "ann", &own]);
}

#[test]
fn names_that_are_not_there_say_what_may_have_been_meant_wherever_they_are_given() {
    let world = World::furnished();
    for (args, expected) in [
        (&["observe", "begin", "--agent", "clerk", "--server", "banck", "--reason", "x"][..], "did you mean `bank`?"),
        (&["observe", "begin", "--agent", "clark", "--server", "bank", "--reason", "x"], "did you mean `clerk`?"),
        (&["propose", "--agent", "clark"], "did you mean `clerk`?"),
        (&["migrate", "--store", "foo"], "bailiwick: expected a store as `sqlite:PATH` or `postgres://"),
    ] {
        let said = world.run(args);
        assert!(said.code == 2 && said.err.contains(expected), "{args:?}: {said:?}");
    }
    let gone = world.task();
    world.done(&["task", "revoke", &gone]);
    let said = world.run(&["task", "attach", &gone]);
    assert!(said.code == 2 && said.err.contains("the task has ended: no instance gets it any more"), "{said:?}");
    assert!(said.err.contains("task list --live"), "{said:?}");
    let held = world.task();
    let said = world.done(&["task", "attach", &held]).out;
    assert!(said.contains("the next `connect` of clerk gets task"), "{said}");
}

#[test]
fn a_server_that_the_node_does_not_have_and_a_node_that_is_not_there_are_told_by_connect() {
    let world = World::furnished();
    let key = world.folder.join("clerk.key").to_str().unwrap().to_owned();
    world.done(&["agent", "key", "clerk", "--out", &key, "--enroll"]);
    let no_server = format!("{}/mcp/bonk", world.address);
    for (url, expected) in
        [(no_server.as_str(), "/mcp/bonk` is no door of its node"), ("http://127.0.0.1:1", "cannot reach")]
    {
        let mut connect = world.command(&["connect", url, "--agent", "clerk", "--key", &key]);
        let mut child = connect.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let hello = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        writeln!(child.stdin.as_mut().unwrap(), "{hello}").unwrap();
        let mut said = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(said.contains(expected), "{url}: {said}");
    }
}

#[test]
fn what_cannot_be_proven_says_how_it_could_be() {
    let world = World::empty();
    let rule = "@id(\"all\")\npermit (principal, action, resource);\n";
    std::fs::create_dir_all(world.folder.join("rules")).unwrap();
    std::fs::write(world.folder.join("rules/own.cedar"), rule).unwrap();
    let mut check = world.command(&["policy", "check", "rules", "--prove"]);
    let out = check.current_dir(&world.folder).env("BAILIWICK_CVC5", "/nothing/there").output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("`/nothing/there` is not there") && out.status.code() == Some(2), "{said}");
    assert!(said.contains("apt-get install cvc5") && said.contains("BAILIWICK_CVC5"), "{said}");
}

#[test]
fn a_confirmation_of_no_value_that_was_pasted_is_answered_with_those_that_there_are() {
    let world = World::furnished();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/own-words");
    world.done(&["apply", own]);
    let mail = world.file("mail.txt", "Please pay 120 EUR to DE89370400440532013000.\n");
    let paste = format!("wanted={mail}");
    let start = |confirm: &str| {
        let task =
            ["task", "start", "look-into", "wanted=Do what is asked here", "--only", "mail/*", "--agent", "clerk"];
        world.run(&[&task[..], &["--paste", &paste, "--confirm", confirm]].concat())
    };
    for confirm in ["wanted=DE89370400440532013000", "wanted=iban FR1420041010050500013M02606", "nosuch=amount 120 EUR"]
    {
        let said = start(confirm);
        assert!(said.code == 2 && said.err.contains("`--confirm NAME=VALUE`"), "{confirm}: {said:?}");
        assert!(said.err.contains("`wanted=iban DE89370400440532013000`"), "{confirm}: {said:?}");
    }
    let said = start("amount");
    assert!(said.code == 2 && said.err.contains("`amount`: expected `--confirm NAME=VALUE`"), "{said:?}");
    let taken = start("wanted=iban DE89370400440532013000");
    assert!(taken.err.contains("of what you pasted these are your own word"), "{taken:?}");
}

#[test]
fn a_new_template_says_what_it_may_be_given_to_read_and_notes_stand_at_the_line_of_their_rule() {
    let world = World::running();
    let said = world.done(&["apply", "-f", example(), "--dry-run"]).out;
    let (_, template) = said.split_once("new template pay-one-invoice\n").unwrap();
    assert!(template.contains("read: be given data of the classes mail, payments"), "{template}");

    let rules =
        "@id(\"all\")\npermit (principal, action, resource);\n\n@id(\"none\")\npermit (principal, action, resource);\n";
    let own = world.file("own.cedar", rules);
    let said = world.done(&["apply", &own, "--dry-run"]).err;
    assert!(said.contains("own.cedar:4:1: rule `own.none`"), "{said}");
    let note = |lines: Vec<Value>| lines.into_iter().find(|line| line["note"]["why"].to_string().contains("own.none"));
    let told = note(world.done(&["--json", "apply", &own, "--dry-run"]).lines()).unwrap();
    assert_eq!(told["note"]["line"], 4, "{told}");
    let indented: String = rules.lines().map(|line| format!("  {line}\n")).collect();
    let yaml = world.file("own.yaml", &format!("kind: policy\nname: own\ncedar: |\n{indented}"));
    let said = world.done(&["apply", &yaml, "--dry-run"]).err;
    assert!(said.contains("line 4 of it: rule `own.none`"), "{said}");
}
