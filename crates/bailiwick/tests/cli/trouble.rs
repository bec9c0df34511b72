//! What went wrong: on standard error, in words or as one object, and by an exit code that says whose it is to mend.

use crate::world::{World, beginning, ended};
use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

#[test]
fn no_node_and_no_home_are_your_input_and_the_next_command_is_said() {
    let world = World::empty();
    for args in [&["status"][..], &["agent", "list"], &["apply", "--remove", "person/x"]] {
        let said = world.run(args);
        assert!(said.code == 2 && said.err.contains(&format!("next: {}", world.told("serve"))), "{said:?}");
        let problem = world.run(&[&["--json"], args].concat()).problem();
        assert_eq!((&problem["code"], &problem["next"]), (&"no_node".into(), &world.told("serve").into()), "{problem}");
    }
    let file = world.file("home", "a file where a home should be");
    let said = world.run(&["serve", "--user"]);
    assert!(said.code == 2 && said.err.contains("no node can live here"), "{file}: {said:?}");
}

#[test]
fn what_was_typed_wrong_is_told_as_json_as_well() {
    let world = World::empty();
    for args in [&["frob"][..], &["agent", "show"], &["event", "show", "x"], &["apply"]] {
        let said = world.run(args);
        assert!(
            said.code == 2 && said.err.starts_with("bailiwick: ") && said.err.contains("\nnext: bailiwick"),
            "{said:?}"
        );
        let problem = world.run(&[&["--json"], args].concat()).problem();
        assert_eq!(problem["code"], "usage", "{problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{problem}");
    }
    assert_eq!(world.run(&["--json", "agent"]).problem()["detail"], "a command is missing");
    assert!(world.done(&["--json", "--help"]).out.contains("Usage"), "help is data");
}

#[test]
fn a_file_that_is_missing_there_already_or_no_bundle_is_your_input() {
    let world = World::running();
    let there = world.file("there", "x");
    let address = world.address.clone();
    for (args, expected) in [
        (&["agent", "key", "clerk", "--out", &there][..], "there already"),
        (&["agent", "key", "clerk", "--out", "/nothing/there/x.key"], "/nothing/there/x.key"),
        (&["agent", "key", "PAYER", "--out", "x.key"], "an agent name"),
        (&["connect", &address, "--agent", "clerk", "--key", "/nothing/x.key"], "/nothing/x.key"),
        (&["connect", &address, "--agent", "clerk", "--key", &there], "there: "),
        (&["connect", "ftp://127.0.0.1", "--agent", "clerk", "--key", &there], "expected the node as"),
        (&["verify", &there, "--key", "x"], "key"),
        (&["apply", "/nothing/there.yaml"], "/nothing/there.yaml: "),
        (&["log", "export", "--whole", "--output", "/nothing/there/x"], "/nothing/there/x"),
        (&["serve", "--listen", "0.0.0.0:0", "--store", "sqlite:x.db"], "already answers"),
    ] {
        let said = world.run(args);
        assert!(said.code == 2 && said.err.contains(expected), "{args:?}: {said:?}");
    }
    let key = world.folder.join("log.key");
    std::fs::write(&key, world.done(&["log", "key"]).out).unwrap();
    for text in ["", "just words\n", "{\"kind\":\"person\"}\n"] {
        let said = world.run(&["verify", &world.file("bundle", text), "--key", key.to_str().unwrap()]);
        assert!(said.code == 2 && said.err.contains("not a bundle"), "{text:?}: {said:?}");
    }
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "x");
}

#[test]
fn a_port_that_is_taken_and_a_network_in_the_clear_are_your_input() {
    let world = World::empty();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (listen, expected) in [(address.as_str(), "choose another with --listen"), ("0.0.0.0:0", "in the clear")] {
        let said = world.run(&["serve", "--listen", listen]);
        assert!(said.code == 2 && said.err.contains(expected), "{said:?}");
    }
    let store = world.run(&["serve", "--listen", "127.0.0.1:0", "--store", "mysql:x"]);
    assert!(store.code == 2 && store.err.contains("expected a store as `sqlite:PATH`"), "{store:?}");
    let secret = world.run(&["serve", "--listen", "127.0.0.1:0", "--secret", "X=/nothing/there"]);
    assert!(secret.code == 2 && secret.err.contains("/nothing/there"), "{secret:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_trouble_and_ends_what_prints_for_ever() {
    let world = World::furnished();
    for args in [&["completions", "bash"][..], &["event", "tail", "--last", "1000"], &["log", "export", "--whole"]] {
        let mut child =
            world.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        // whoever would read is gone before the first byte
        drop(child.stdout.take());
        if args.contains(&"tail") {
            world.task();
        }
        assert_eq!(ended(&mut child), Some(0), "{args:?}");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_task_of_connect_is_named_by_its_beginning_where_a_node_can_be_asked() {
    let world = World::furnished();
    let key = world.folder.join("payer.key");
    let key = key.to_str().unwrap();
    world.done(&["agent", "key", "clerk", "--out", key, "--enroll"]);
    let task = world.task();
    let connect =
        |task: &str| world.run(&["connect", &world.address, "--agent", "clerk", "--key", key, "--task", task]);
    assert_eq!(connect(beginning(&task, 12)).code, 0);
    let none = connect("zz");
    assert!(none.code == 2 && none.err.contains("no task begins with `zz`"), "{none:?}");
    let alone = World::empty();
    let said = alone.run(&["connect", &world.address, "--agent", "clerk", "--key", key, "--task", "3f2a"]);
    assert!(said.code == 2 && said.err.contains("its whole id"), "{said:?}");
}
