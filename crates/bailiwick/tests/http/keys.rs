//! Keys turned while the node runs, and a node that is killed in the middle of it.

use crate::node::{BINARY, Good, Node, key};
use bailiwick_core::json::{Json, Limits};
use bailiwick_record::{RootFile, system_random};
use rusqlite::{Connection, params};
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

impl Node {
    fn listed(&self) -> Value {
        serde_json::from_str(&self.cli(&["key", "list"])).unwrap()
    }

    /// The version of the root key that wraps, and the newest that there is.
    fn root(&self) -> (u64, u64) {
        let root = &self.listed()["root"];
        (root["wraps"].as_u64().unwrap(), root["newest"].as_u64().unwrap())
    }

    fn jwks(&self) -> Vec<String> {
        let host = self.base.strip_prefix("http://").unwrap();
        let asked = format!("GET /oauth/jwks HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let answer = self.raw(asked.as_bytes());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let jwks: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    fn database(&self) -> Connection {
        let store = Connection::open(self.home.join("bailiwick.db")).unwrap();
        store.busy_timeout(Duration::from_secs(10)).unwrap();
        store
    }
}

/// The tenant's key as it is wrapped: by which version, and how.
fn wrapped(store: &Connection) -> (i64, Vec<u8>) {
    store.query_row("SELECT root, wrapped FROM kek", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_before_its_key_was_turned_stays_good_and_both_keys_are_published() {
    let node = Node::start();
    node.start_task();
    let before = node.listed()["tokens"].clone();
    let (old, next) = (before["active"].as_str().unwrap(), before["next"].as_str().unwrap());
    let holder = key();
    let token = node.ask("/mcp", &holder, None).await.unwrap().token.to_string();
    let turned: Value = serde_json::from_str(&node.cli(&["key", "turn", "token"])).unwrap();
    assert_eq!(turned["tokens"]["active"], next, "the one that was published before");
    assert_eq!(turned["tokens"]["retiring"][0]["key"], old);
    let published = node.jwks();
    assert!(
        published.len() == 3 && [old, next].iter().all(|key| published.iter().any(|one| one == key)),
        "{published:?}"
    );
    let good = Good::new(&node, "/mcp", token);
    let answer = good.send(&node, &good.proof(&holder));
    assert_eq!(answer.status(), 200, "{}", answer.0);
    let fresh = node.ask("/mcp", &holder, None).await.unwrap().token.to_string();
    assert_ne!(fresh.split('.').next(), good.token.split('.').next(), "signed by the next key");
    let event = turned["event"].to_string();
    let told: Value = serde_json::from_str(&node.cli(&["event", "show", &event])).unwrap();
    assert_eq!((&told["kind"], &told["data"]["by"]["assurance"]), (&"control.keys".into(), &"local".into()), "{told}");
    assert!(
        told["sentence"].as_str().unwrap().ends_with("turned the token-signing key: token-signing key 2 is in force")
    );
    // faster than tokens expire: the oldest would be forgotten while one of its tokens lives
    (0..7).for_each(|_| drop(node.cli(&["key", "turn", "token"])));
    let output = Command::new(BINARY).arg("--home").arg(&node.home).args(["key", "turn", "token"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("8 old keys still wait"), "{said}");
}

#[test]
fn a_root_key_is_turned_wholly_or_not_at_all_wherever_the_node_is_killed() {
    let mut node = Node::start();
    let task = node.start_task().to_string();
    let first = wrapped(&node.database());
    assert_eq!((first.0, node.root()), (1, (1, 1)));
    let file = node.home.join("root.key");
    let old_file = std::fs::read(&file).unwrap();
    // killed after the file has the new version: it wraps nothing, and nothing was turned
    node.meanwhile(|home| drop(RootFile::rotate(&home.join("root.key"), &system_random).unwrap()));
    assert_eq!((node.root(), wrapped(&node.database())), ((1, 2), first.clone()));
    let turned: Value = serde_json::from_str(&node.cli(&["key", "turn", "root"])).unwrap();
    assert_eq!((&turned["version"], node.root()), (&3.into(), (3, 3)));
    assert!(
        node.cli(&["event", "show", &turned["event"].to_string()])
            .contains("turned the root key: version 3 of the root key wraps")
    );
    assert!(node.cli(&["task", "show", &task]).contains("look around"), "what was sealed before is opened");
    let last = wrapped(&node.database());
    assert!(last.0 == 3 && last.1 != first.1);
    // killed after it was recorded, before the tenant's key was wrapped again: the next start goes on
    node.meanwhile(|home| {
        let store = Connection::open(home.join("bailiwick.db")).unwrap();
        store.execute("UPDATE kek SET root = ?1, wrapped = ?2", params![first.0, first.1]).unwrap();
    });
    assert_eq!(node.root(), (3, 3));
    assert!(node.cli(&["task", "show", &task]).contains("look around"));
    // a node whose file is of before is told what it needs, and makes nothing of its own
    let new_file = std::fs::read(&file).unwrap();
    node.meanwhile(|home| {
        std::fs::write(home.join("root.key"), &old_file).unwrap();
        let output = Command::new(BINARY).arg("--home").arg(home).args(["serve", "--listen", "127.0.0.1:0"]).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let expected = "keep that file aside, and put there the one of the node where the root key was turned";
        assert!(output.status.code() == Some(2) && said.contains(expected), "{said}");
        let looked = Command::new(BINARY).arg("--home").arg(home).arg("doctor").output().unwrap();
        let said = String::from_utf8_lossy(&looked.stdout).into_owned();
        assert!(said.contains("WRONG  root key: the store's keys are wrapped by a root key that"), "{said}");
        std::fs::write(home.join("root.key"), &new_file).unwrap();
    });
    // and killed where it happens to be
    for wait in [0, 3, 9, 20] {
        let home = node.home.clone();
        let turning = std::thread::spawn(move || {
            Command::new(BINARY).arg("--home").arg(&home).args(["key", "turn", "root"]).output().unwrap()
        });
        std::thread::sleep(Duration::from_millis(wait));
        node.meanwhile(|_| ());
        turning.join().unwrap();
        assert!(node.cli(&["task", "show", &task]).contains("look around"), "killed after {wait} ms");
        let (wraps, newest) = node.root();
        assert!(wraps >= 3 && wraps <= newest, "{wraps} of {newest}");
    }
    // each turn is decided again by who checks the record
    let (bundle, log_key) = (node.home.join("log.bwb"), node.home.join("log.key"));
    let written = Json::parse(node.cli(&["log", "key"]).trim().as_bytes(), &Limits::default()).unwrap();
    std::fs::write(&log_key, written.get("key").unwrap().as_str().unwrap()).unwrap();
    node.cli(&["log", "export", "--whole", "--output", bundle.to_str().unwrap()]);
    let report = node.cli(&["verify", bundle.to_str().unwrap(), "--key", log_key.to_str().unwrap()]);
    assert!(report.contains("confirmed"), "{report}");
}

#[test]
fn a_key_of_a_turn_that_was_never_recorded_wraps_nothing_though_another_turn_of_its_number_was() {
    let mut node = Node::start();
    let task = node.start_task().to_string();
    let file = node.home.join("root.key");
    let before = std::fs::read(&file).unwrap();
    let first = wrapped(&node.database());
    node.cli(&["key", "turn", "root"]);
    let recorded = std::fs::read(&file).unwrap();
    // killed after it was recorded, before the tenant's key was wrapped again; and the other node of the store, killed in a
    // turn before it was recorded, has a version 2 of its own
    node.meanwhile(|home| {
        let store = Connection::open(home.join("bailiwick.db")).unwrap();
        store.execute("UPDATE kek SET root = ?1, wrapped = ?2", params![first.0, first.1]).unwrap();
        std::fs::write(&file, &before).unwrap();
        drop(RootFile::rotate(&file, &system_random).unwrap());
        assert_ne!(std::fs::read(&file).unwrap(), recorded);
    });
    assert_eq!(node.root(), (1, 2), "what the record does not name wraps nothing");
    assert_eq!(node.listed()["root"]["held"], true, "the version that wraps is in both files");
    assert!(node.cli(&["task", "show", &task]).contains("look around"));
    // where it was turned, the turn goes on, and nobody is locked out
    node.meanwhile(|_| std::fs::write(&file, &recorded).unwrap());
    assert_eq!(node.root(), (2, 2));
    // a file that lies there in its place while the node runs opens nothing at the next start: that is said before it
    let doctor = || Command::new(BINARY).arg("--home").arg(&node.home).arg("doctor").output().unwrap();
    let wrong = "WRONG  root key: the store's keys are wrapped by a root key that";
    assert!(!String::from_utf8_lossy(&doctor().stdout).contains(wrong));
    std::fs::write(&file, &before).unwrap();
    let said = String::from_utf8_lossy(&doctor().stdout).into_owned();
    assert!(said.contains(wrong) && !said.contains("well   root key"), "{said}");
    assert_eq!(node.listed()["root"]["held"], false);
    std::fs::write(&file, &recorded).unwrap();
    assert!(node.cli(&["task", "show", &task]).contains("look around"));
}
