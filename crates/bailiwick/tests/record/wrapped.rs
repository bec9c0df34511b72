//! What becomes of a wrapper's task, and what a client is told when its server cannot be started.

use crate::world::{BINARY, World, Wrapped, succeeded, verify, verify_python};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How the newest task stands, once it no longer lives.
pub(crate) fn ended(world: &World) -> Value {
    for _ in 0..200 {
        let tasks = world.listed();
        let standing = tasks[0]["standing"].clone();
        if standing["live"] == false {
            return standing;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the task still lives")
}

#[test]
fn a_wrappers_task_ends_with_it_however_it_ends() {
    let world = World::furnished("wrap-ends");
    for killed in [false, true] {
        let mut agent = world.wrap();
        agent.open().unwrap();
        assert!(succeeded(&agent.pay(1, &format!("killed-{killed}")).unwrap()));
        let tasks = world.listed();
        assert_eq!(tasks[0]["standing"]["live"], true, "{tasks:?}");
        if killed {
            agent.kill()
        } else {
            agent.close()
        }
        let why = if killed { "client_gone" } else { "completed" };
        assert_eq!(ended(&world)["why"], why, "killed: {killed}");
        assert!(world.done(&["task", "list"]).contains(&format!("ended ({why})")));
    }
    let status = world.json(&["status"]);
    assert_eq!(status["sessions"], 0, "{status}");
    assert_eq!(world.tasks().len(), 2);
    // who ended it stands in the record, and both verifiers decide it again: nobody did, where the client was just gone
    for task in world.tasks() {
        let bundle = world.folder.0.join(format!("{task}.bwb"));
        std::fs::write(&bundle, world.export(&task, &[])).unwrap();
        assert_eq!(verify(&bundle, &world.key(), &[])["answer"], "confirmed");
        if let Some(report) = verify_python(&bundle, &world.key(), &[]) {
            assert_eq!(report["answer"], "confirmed", "{report}");
        }
        let ends = world.done(&["--json", "event", "list", "--task", &task, "--kind", "task.ended"]);
        let end: Value = serde_json::from_str(ends.trim()).unwrap();
        assert_eq!(end["data"]["by"].is_null(), end["data"]["why"] == "client_gone", "{end}");
    }
}

#[test]
fn the_certificate_of_an_agent_that_goes_names_the_processes_that_worked_for_it() {
    let world = World::furnished("wrap-offboarded");
    let mut agents = [world.wrap(), world.wrap()];
    for (number, agent) in agents.iter_mut().enumerate() {
        agent.open().unwrap();
        assert!(succeeded(&agent.pay(1, &format!("before-{number}")).unwrap()));
    }
    let live = world.listed();
    let certified = world.json(&["agent", "offboard", "personal"]);
    let sessions = certified["certificate"]["sessions"].as_array().unwrap();
    let texts = |name: &str| {
        let of = sessions.iter().map(|session| session[name].as_str().unwrap().to_owned());
        of.collect::<std::collections::BTreeSet<_>>()
    };
    let tasks = live.iter().map(|task| task["task"].as_str().unwrap().to_owned()).collect();
    assert_eq!((sessions.len(), texts("task")), (2, tasks), "{certified}");
    assert_eq!(texts("instance").len(), 2, "two processes are two: {certified}");
    assert_eq!(certified["certificate"]["left"], 0, "{certified}");
    assert_eq!(world.json(&["status"])["sessions"], 0);
    for agent in agents {
        agent.kill();
    }
}

/// The head and the body of a request on the node's socket.
fn request(method: &str, path: &str, secret: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: node\r\nbailiwick-session: {secret}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_wrapper_that_is_gone_before_it_held_its_session_leaves_none() {
    let world = World::furnished("wrap-unheld");
    let socket = || UnixStream::connect(world.home.join("node.sock")).unwrap();
    let opens = |secret: &str| {
        let body = json!({"secret": secret, "command": ["bank"], "agent": "personal", "instance": "1"}).to_string();
        let mut stream = socket();
        stream.write_all(request("POST", "/v1/wrap", secret, &body).as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        stream
    };
    let mut stays = opens(&"s".repeat(32));
    drop(opens(&"o".repeat(32)));
    let standing = ended(&world);
    assert_eq!(standing["why"], "client_gone", "{standing}");
    assert_eq!(world.json(&["status"])["sessions"], 1, "the one whose opener is there stands");
    stays.write_all(request("DELETE", "/v1/wrap", &"s".repeat(32), "").as_bytes()).unwrap();
    let closed = (0..600).any(|_| world.json(&["status"])["sessions"] == 0);
    assert!(closed, "it was closed in good order");
}

#[test]
fn a_client_whose_server_is_not_there_is_told_and_the_exit_says_so() {
    let world = World::furnished("wrap-nothing");
    let plain = world.folder.0.join("plain");
    std::fs::write(&plain, "no program").unwrap();
    let cases = [
        ("/no/such/cmd", "is not there"),
        ("no-such-program-anywhere", "in PATH"),
        (plain.to_str().unwrap(), "not executable"),
    ];
    for (command, why) in cases {
        let mut agent = world.wrap_of("nothing", &[command]);
        let answer = agent.ask("initialize", json!({"protocolVersion": "2025-11-25"})).unwrap();
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(command) && message.contains(why), "{answer}");
        let (code, said) = agent.last_words();
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(command) && said.contains(why), "{said}");
    }
    assert_eq!(world.tasks().len(), 0, "nothing was started for them");
}

#[test]
fn a_client_whose_server_ends_at_once_is_told_its_last_words() {
    let world = World::furnished("wrap-ends-at-once");
    let mut agent = world.wrap_of("short", &["sh", "-c", "echo the key is missing >&2; exit 3"]);
    let answer = agent.ask("initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}})).unwrap();
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("it ended while it started") && message.contains("the key is missing"), "{answer}");
    let (code, said) = agent.ended_by_its_client();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the key is missing") && said.contains("the server `short`"), "{said}");
    assert_eq!(ended(&world)["why"], "server_gone");
}

#[test]
fn a_wrapper_that_is_refused_leaves_no_document_no_task_and_no_process() {
    let world = World::furnished("wrap-refused");
    let started = world.folder.0.join("started");
    let script = format!("touch {}; exec sleep 30", started.display());
    let enforced = world.folder.0.join("enforced.yaml");
    let text = "kind: server\nname: own\ntransport: {stdio: {command: /bin/false, args: []}}\n";
    std::fs::write(&enforced, text).unwrap();
    world.done(&["apply", enforced.to_str().unwrap()]);
    let servers = world.done(&["--json", "server", "list"]).lines().count();
    let refused = |name: &str, expected: &str| {
        let mut agent = world.wrap_of(name, &["sh", "-c", &script]);
        let answer = agent.ask("initialize", json!({"protocolVersion": "2025-11-25"})).unwrap();
        assert!(answer["error"]["message"].as_str().unwrap().contains(expected), "{answer}");
        let (code, said) = agent.last_words();
        assert!(code != Some(0) && said.contains(expected), "{said}");
    };
    refused("own", "is a server that the node itself starts or reaches: choose another with --name");
    world.done(&["agent", "suspend", "personal"]);
    refused("fresh", "the agent is suspended");
    world.done(&["agent", "resume", "personal"]);
    world.done(&["tenant", "stop"]);
    refused("fresh", "all work of this tenant is stopped");
    assert_eq!(world.done(&["--json", "server", "list"]).lines().count(), servers);
    assert!(world.tasks().is_empty() && !started.exists());
    for args in
        [&["wrap", "--print", "cursor", "--name", "bad name", "--", "x"][..], &["wrap", "--name", "B", "--", "sh"]]
    {
        let out = world.run(args);
        assert!(out.status.code() == Some(2) && out.stdout.is_empty(), "{args:?}: {out:?}");
    }
}

#[test]
fn a_command_that_fetches_or_reads_what_it_runs_is_shown_as_floating() {
    let world = World::furnished("wrap-floats");
    let status = |world: &World, name: &str| {
        let all = world.json(&["status"]);
        let servers = all["servers"].as_array().unwrap().clone();
        servers.into_iter().find(|server| server["name"] == name).unwrap()["floating"].clone()
    };
    assert!(status(&world, "bank").is_null(), "it was not seen yet");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert_eq!(status(&world, "bank"), false);
    let words = world.done(&["status"]);
    assert!(!words.contains("floating"), "{words}");
    let script = format!("exec {BINARY} demo-server bank");
    let mut floats = world.wrap_of("floats", &["sh", "-c", &script]);
    floats.open().unwrap();
    assert_eq!(status(&world, "floats"), true);
    for args in [&["status"][..], &["server", "list"]] {
        let words = world.done(args);
        let lines: Vec<&str> =
            words.lines().filter(|line| line.contains("floating: what it runs may change")).collect();
        assert!(lines.len() == 1 && lines[0].trim_start().starts_with("floats "), "{words}");
    }
}

/// The bank's command with other books.
fn other_books(world: &World) -> Vec<String> {
    let (books, hold) = (world.folder.0.join("other.json"), world.hold());
    let words = [BINARY, "demo-server", "bank", "--state", books.to_str().unwrap(), "--hold", hold.to_str().unwrap()];
    words.map(str::to_owned).to_vec()
}

fn wrapped(world: &World, name: &str, command: &[String]) -> Wrapped {
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    world.wrap_of(name, &command)
}

fn unnamed(world: &World, command: &[String]) -> Wrapped {
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    world.wrap_with(&[], &command)
}

#[test]
fn a_given_name_is_kept_and_another_command_behind_it_waits_for_review() {
    let world = World::furnished("wrap-renamed");
    let mut first = world.wrap();
    first.open().unwrap();
    assert!(succeeded(&first.pay(1, "first").unwrap()));

    let command = other_books(&world);
    let mut other = wrapped(&world, "bank", &command);
    other.open().unwrap();
    let answer = other.pay(1, "other").unwrap();
    assert!(!succeeded(&answer) && answer.to_string().contains("server_changed"), "{answer}");
    let names: Vec<_> = world.done(&["--json", "server", "list"]).lines().map(str::to_owned).collect();
    assert_eq!(names.len(), 1, "no server of another name: {names:?}");
    let shown = world.done(&["server", "show", "bank"]);
    assert!(shown.contains("other.json"), "{shown}");

    // The one that stood is started again and looked at: what runs behind the name since is another still.
    first.close();
    let mut again = world.wrap();
    again.open().unwrap();
    assert!(succeeded(&again.pay(1, "again").unwrap()));
    let answer = other.pay(1, "beside").unwrap();
    assert!(answer.to_string().contains("server_changed"), "{answer}");
    again.close();
    other.close();

    let mut other = wrapped(&world, "bank", &command);
    other.open().unwrap();
    // what was first used was taken as it is; whoever reviews it has to name what nobody reads
    world.done(&["server", "review", "bank", "--yes", "--accept-finding", "*:unbound"]);
    let answer = other.pay(1, "reviewed").unwrap();
    assert!(succeeded(&answer), "{answer}");
    let (_, said) = other.ended_by_its_client();
    assert!(said.contains("bailiwick server review bank"), "{said}");
    let mut old = world.wrap();
    old.open().unwrap();
    assert!(old.pay(1, "old").unwrap().to_string().contains("server_changed"));
}

#[test]
fn a_number_after_a_name_is_explained() {
    let world = World::furnished("wrap-numbered");
    let command = other_books(&world);
    let out = world.run(&[&["wrap", "--"], command.iter().map(String::as_str).collect::<Vec<_>>().as_slice()].concat());
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("is governed") && !said.contains("already"), "a name that is free needs no words: {said}");
    let first = said.lines().find_map(|line| line.split_once(" is governed")).unwrap().0.to_owned();
    let mut more = command.clone();
    more.extend(["--state".to_owned(), world.folder.0.join("third.json").display().to_string()]);
    let out = world.run(&[&["wrap", "--"], more.iter().map(String::as_str).collect::<Vec<_>>().as_slice()].concat());
    let said = String::from_utf8(out.stderr).unwrap();
    let first = first.trim_start_matches("bailiwick: ");
    assert!(said.contains(&format!("`{first}` is another command already")) && said.contains("--name"), "{said}");
    assert!(said.contains(&format!("`bailiwick server review {first}-2`")), "{said}");
}

#[test]
fn another_command_of_a_name_that_was_made_from_it_waits_for_review() {
    let world = World::furnished("wrap-second");
    let mut command = other_books(&world);
    let mut first = unnamed(&world, &command);
    first.open().unwrap();
    let answer = first.pay(1, "first").unwrap();
    assert!(succeeded(&answer), "the first of a name is taken at first use: {answer}");
    // the same program with another argument: it may be told to do anything by it
    command[4] = world.folder.0.join("third.json").display().to_string();
    for (what, reviewed) in [("second", false), ("again", false), ("reviewed", true), ("stays", true)] {
        let mut second = unnamed(&world, &command);
        second.open().unwrap();
        if what == "reviewed" {
            let names = world.done(&["--json", "server", "list"]);
            let name = names.split('"').find(|word| word.ends_with("-2")).unwrap_or_else(|| panic!("{names}"));
            let taken = ["--accept-finding", "*:alike", "--accept-finding", "*:unbound"];
            world.done(&[&["server", "review", name, "--yes"], &taken[..]].concat());
        }
        let answer = second.pay(1, what).unwrap();
        assert_eq!(succeeded(&answer), reviewed, "{what}: {answer}");
        assert!(reviewed || answer.to_string().contains("under_review"), "{what}: {answer}");
        second.close();
    }
}

#[test]
fn a_command_that_never_answered_as_a_server_holds_no_name() {
    let world = World::furnished("wrap-unborn");
    let mut failed = world.wrap_of("books", &["/bin/sh", "-c", "exit 1"]);
    let _refused = failed.open();
    let (code, said) = failed.ended_by_its_client();
    assert!(code != Some(0) && said.contains("it ended while it started"), "{said}");
    let command = other_books(&world);
    for name in ["first", "second"] {
        let mut agent = wrapped(&world, "books", &command);
        agent.open().unwrap();
        let answer = agent.pay(1, name).unwrap();
        assert!(succeeded(&answer), "{answer}");
        let (_, said) = agent.ended_by_its_client();
        assert!(!said.contains("another command"), "{said}");
    }
    assert!(
        world.done(&["server", "show", "books", "--json"]).contains("other.json"),
        "the name means the one that answered"
    );
}
