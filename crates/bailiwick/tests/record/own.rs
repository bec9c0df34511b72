//! The user's own node, in the folders where it usually is: what starts it, what does not, and what takes its place.

use crate::world::{BINARY, Folder};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// A user who has set nothing.
struct User {
    folder: Folder,
}

impl Drop for User {
    fn drop(&mut self) {
        let _none_ran = self.run(&["stop"]);
    }
}

impl User {
    fn new(name: &str) -> Self {
        Self { folder: Folder::new(name) }
    }

    fn state(&self) -> PathBuf {
        self.folder.0.join(".local/state/bailiwick")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.env_clear().env("HOME", &self.folder.0).env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.run(&[&["--json"], args].concat());
        serde_json::from_slice(&out.stdout).unwrap_or_else(|error| panic!("{error}: {out:?}"))
    }

    /// A client that stays: its server is wrapped by the user's own node, which it starts.
    fn wraps(&self) -> Child {
        let wrap = ["wrap", "--name", "bank", "--", BINARY, "demo-server", "bank"];
        let mut child =
            self.command(&wrap).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        assert!(errors.lines().map_while(Result::ok).any(|line| line.contains("is governed")));
        child
    }

    /// Kills a client; the node has noticed.
    fn loses(&self, client: &mut Child) {
        client.kill().unwrap();
        client.wait().unwrap();
        let noticed = (0..600).any(|_| self.json(&["status"])["sessions"] == 0);
        assert!(noticed, "its session still stands");
    }

    /// A node that is asked for, once it is ready or has said why not.
    fn serves(&self) -> (Child, Vec<String>) {
        let mut child = self.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = Vec::new();
        for line in errors.lines().map_while(Result::ok) {
            said.push(line);
            if said.last().unwrap().starts_with("node ready") {
                break;
            }
        }
        (child, said)
    }
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn status_starts_no_node_and_says_that_none_runs() {
    let user = User::new("own-status");
    let out = user.run(&["status"]);
    assert_eq!(out.status.code(), Some(2), "there is no home yet: {out:?}");
    assert!(!user.state().exists(), "looking made nothing");
    let mut client = user.wraps();
    user.loses(&mut client);
    assert_eq!(user.json(&["stop"])["ended"], true);

    let log = std::fs::metadata(user.state().join("node.log")).unwrap().len();
    let out = user.run(&["status"]);
    let said = words(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    assert!(said.starts_with("no node runs in this home") && said.contains("`task list`"), "{said}");
    assert!(said.contains(user.state().join("bailiwick.db").to_str().unwrap()), "{said}");
    let shown = user.json(&["status"]);
    assert!(shown["node"].is_null() && shown["places"]["store"].is_string(), "{shown}");
    assert_eq!(user.json(&["stop"])["ran"], false, "none was started");
    assert_eq!(std::fs::metadata(user.state().join("node.log")).unwrap().len(), log);
    // the record is read by a node: whoever asks for it is told that one was started
    let out = user.run(&["task", "list"]);
    assert!(words(&out.stdout).contains("ended (client_gone)"), "{out:?}");
    assert!(words(&out.stderr).contains("the user's own node was started"), "{out:?}");
    assert_eq!(user.json(&["status"])["node"]["own"], true);
}

#[test]
fn a_node_that_is_asked_for_takes_the_place_of_one_that_nobody_uses_and_of_no_other() {
    let user = User::new("own-place");
    let mut client = user.wraps();
    let own = user.json(&["status"])["node"]["pid"].as_u64().unwrap();
    let (mut refused, said) = user.serves();
    assert_eq!(refused.wait().unwrap().code(), Some(2), "{said:?}");
    let said = said.join("\n");
    for part in [&format!("process {own} "), "1 wrapped servers", "`bailiwick stop`"] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    user.loses(&mut client);
    let (mut node, said) = user.serves();
    assert!(said.iter().any(|line| line.contains("this one takes its place")), "{said:?}");
    let status = user.json(&["status"]);
    assert!(status["node"]["own"] == false && status["node"]["pid"] == node.id(), "{status}");
    let (mut second, said) = user.serves();
    assert_eq!(second.wait().unwrap().code(), Some(2), "{said:?}");
    assert!(said.join("\n").contains(&format!("process {}: ", node.id())), "{said:?}");
    assert_eq!(user.json(&["stop"])["ended"], true);
    node.wait().unwrap();
}
