//! Each command there is, as `--help` names them: with `--json` standard output has JSON lines and nothing else, and what went
//! wrong is one JSON object, the last line of standard error.

use crate::world::{BINARY, Said, World};
use serde_json::Value;
use std::process::{Command, Stdio};

/// Commands whose example is not run here, each with why.
const NOT_RUN: [(&str, &str); 10] = [
    ("wrap", "it prints a client's configuration, or is a server itself"),
    ("connect", "it is a server itself"),
    ("serve", "it is the node"),
    ("stop", "it ends the node that the others ask"),
    ("demo", "it has a test of its own"),
    ("demo-server", "it is a server itself"),
    ("install", "it makes accounts on this machine"),
    ("uninstall", "it takes them away"),
    ("completions", "it prints what a shell reads"),
    ("event tail", "it goes on for ever"),
];

fn help(path: &[&str]) -> String {
    let out = Command::new(BINARY).args(path).arg("--help").output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

/// The commands that a help lists.
fn below(help: &str) -> Vec<&str> {
    let commands = help.split_once("\nCommands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap());
    let lines = commands.into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect()
}

/// The words of each command that does something, and the example that its help shows.
fn leaves(path: &[&str], out: &mut Vec<(Vec<String>, String)>) {
    let text = help(path);
    let names = below(&text);
    if names.is_empty() {
        let example = text.lines().find_map(|line| line.trim().strip_prefix("Example: ")).unwrap_or_default();
        out.push((path.iter().map(|word| (*word).to_owned()).collect(), example.to_owned()));
    }
    for name in names.into_iter().filter(|name| *name != "help") {
        leaves(&[path, &[name]].concat(), out);
    }
}

fn all() -> Vec<(Vec<String>, String)> {
    let mut out = Vec::new();
    leaves(&[], &mut out);
    assert!(out.len() > 80, "{}", out.len());
    out
}

/// The words of a line as a shell takes them; what it would do with what comes out is left off.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" > ").next().unwrap().split(" && ").next().unwrap();
    let mut out = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match (index % 2, out.last_mut()) {
            (0, _) => {
                let glued = index > 0 && !part.starts_with(' ');
                assert!(!glued || part.is_empty(), "no word goes on behind a quote: {line}");
                out.extend(part.split_whitespace().map(str::to_owned));
            }
            (_, Some(last)) if last.ends_with('=') => last.push_str(part),
            _ => out.push(part.to_owned()),
        }
    }
    out
}

/// That what was said is JSON, each on its stream.
fn is_json(said: &Said, of: &str) {
    for line in said.out.lines() {
        let read: Result<Value, _> = serde_json::from_str(line);
        assert!(read.is_ok_and(|json| json.is_object()), "`{of}` prints what is no JSON object: {said:?}");
    }
    if said.code == 0 || !said.out.is_empty() {
        return;
    }
    let last = said.err.lines().last().unwrap_or_else(|| panic!("`{of}` ends with {} and says nothing", said.code));
    let problem: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("`{of}`: {error}: {said:?}"));
    assert_eq!(problem["exit"], said.code, "`{of}`: {problem}");
    for member in ["code", "detail", "example", "next", "places"] {
        assert!(problem.get(member).is_some(), "`{of}` leaves `{member}` out: {problem}");
    }
}

#[test]
fn what_each_command_is_not_typed_like_is_told_as_json_on_standard_error_and_how_it_is_typed() {
    for (path, example) in all() {
        let words = [&path[..], &["--json".to_owned(), "--no-such-option".to_owned()]].concat();
        let out = Command::new(BINARY).args(&words).stdin(Stdio::null()).output().unwrap();
        let said = Said::of(out);
        let of = path.join(" ");
        assert!(said.code == 2 && said.out.is_empty(), "`{of}`: {said:?}");
        is_json(&said, &of);
        let problem = said.problem();
        assert_eq!(problem["next"], format!("bailiwick {of} --help"), "{problem}");
        assert_eq!(problem["example"], example, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("`--no-such-option`"), "{problem}");
    }
}

#[test]
fn each_command_prints_json_lines_alone_where_json_was_asked_for_and_so_does_its_no() {
    let world = World::furnished();
    let task = world.task();
    let grant = world.json(&["task", "show", &task])["grants"][0]["grant"].as_str().unwrap().to_owned();
    let mut done = 0;
    for (path, example) in all() {
        let of = path.join(" ");
        if NOT_RUN.iter().any(|(name, _)| *name == of) {
            continue;
        }
        let example = example.replace("3f2a", &task).replace("4f1c", &task).replace("5d0c", &grant);
        let mut words = words(&example);
        assert_eq!(words.first().map(String::as_str), Some("bailiwick"), "{example}");
        words.remove(0);
        words.insert(0, "--json".to_owned());
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = Said::of(world.command(&args).current_dir(&world.folder).stdin(Stdio::null()).output().unwrap());
        is_json(&said, &example);
        done += usize::from(said.code == 0);
    }
    assert!(done > 30, "{done} examples of all came to something");
}

#[test]
fn a_shell_completes_each_command_that_help_names() {
    let world = World::empty();
    let script = world.file("bailiwick.bash", &world.done(&["completions", "bash"]).out);
    let groups: std::collections::BTreeSet<Vec<String>> =
        all().into_iter().map(|(path, _)| path[..path.len() - 1].to_vec()).collect();
    assert!(groups.len() > 15, "{groups:?}");
    for group in groups {
        let path: Vec<&str> = group.iter().map(String::as_str).collect();
        let typed = ["bailiwick"].iter().chain(&path).copied().collect::<Vec<_>>().join(" ");
        let asked = format!(
            "source '{script}'; COMP_WORDS=({typed} ''); COMP_CWORD={}; _bailiwick bailiwick '' x; echo \"${{COMPREPLY[@]}}\"",
            path.len() + 1
        );
        let out = Command::new("bash").args(["-c", &asked]).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        let offered: Vec<&str> = said.split_whitespace().collect();
        for name in below(&help(&path)).iter().chain(&["--json", "--home"]) {
            assert!(offered.contains(name), "`{typed} {name}` is not completed: {offered:?}");
        }
    }
}
