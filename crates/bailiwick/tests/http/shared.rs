//! Two nodes on one real PostgreSQL database: what is true at one is true at the other, at its very next call.

use super::cluster::database;
use super::node::{BINARY, Node};
use super::servers::{Holder, furnished, process, said};
use bailiwick_core::TaskId;
use std::process::Command;
use std::sync::Arc;

/// They share one server, and one of them ends it.
pub(crate) static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// More sessions than a node has.
const SESSIONS_MAX: usize = 10;

/// How a call is answered: done by which process, or the sentence that says why not.
pub(crate) fn called(holder: &Holder, node: &Node) -> Result<u32, String> {
    let answer = holder.call(node, "one", "pid");
    if answer.status() != 200 {
        return Err(answer.0);
    }
    let said = said(&answer);
    said.parse().map_err(|_| said)
}

/// What a command prints for people and files; it must be done.
fn printed(node: &Node, args: &[&str]) -> String {
    let output = Command::new(BINARY).arg("--home").arg(&node.home).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The task's record is whole, as anybody can check offline.
pub(crate) fn verified(node: &Node, task: TaskId) {
    let (report, second) = verified_twice(node, task);
    assert!(report.contains(r#""answer":"confirmed""#), "{report}");
    assert!(second.is_none_or(|report| report.contains("confirmed")), "{report}");
}

/// What the verifier says of a task, and the second one, where there is a Python.
pub(crate) fn verified_twice(node: &Node, task: TaskId) -> (String, Option<String>) {
    let key = printed(node, &["log", "key"]);
    let bundle = node.home.join(format!("{task}.jsonl"));
    std::fs::write(&bundle, printed(node, &["log", "export", &task.to_string()])).unwrap();
    let verify = ["--json", "verify", "--key", key.trim()];
    let verified = Command::new(BINARY).env_clear().args(verify).arg(&bundle).output().unwrap();
    let report = String::from_utf8_lossy(&verified.stdout).into_owned();
    // The second verifier shares nothing with the first, and comes to the same.
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/verify-python/verify.py");
    let python = Command::new("python3").arg("--version").output().is_ok_and(|out| out.status.success());
    let second = python.then(|| {
        let second =
            Command::new("python3").args([script, "--json", "--log-key", key.trim()]).arg(&bundle).output().unwrap();
        assert_eq!(second.status.success(), verified.status.success(), "{report}{second:?}");
        String::from_utf8_lossy(&second.stdout).into_owned()
    });
    (report, second)
}

/// How many events of a kind the task has.
pub(crate) fn kinds(node: &Node, task: TaskId, kind: &str) -> usize {
    node.cli(&["event", "list", "--task", &task.to_string(), "--kind", kind]).lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_at_one_node_is_refused_by_the_very_next_call_at_the_other_and_the_death_of_one_stops_nobody() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Some(database) = tokio::task::block_in_place(database) else { return };
    let mut one = furnished(Node::start_on(Some(database.url())), &[("one", process())]);
    let two = one.beside();

    // Started at one, called at both: the same process of the agent holds it at both.
    let task = one.start_task();
    let at_one = Holder::new(&one, "one").await;
    let at_two = Holder::with(Arc::clone(&at_one.key), &two, "one", Some(task)).await;
    let here = called(&at_one, &one).expect("the first node lets it act");
    let there = called(&at_two, &two).expect("so does the second");
    assert_ne!(here, there, "each node runs a server of its own");

    // Revoked at one; neither is given a moment.
    one.cli(&["task", "revoke", &task.to_string()]);
    let refused = called(&at_two, &two).expect_err("revoked at the other node");
    assert!(refused.contains("ended") || refused.contains("invalid_token"), "{refused}");
    assert!(called(&at_one, &one).is_err());

    // One dies in the middle of its work; the other goes on with what was begun there, and with new work.
    let begun = one.start_task();
    let at_one = Holder::new(&one, "one").await;
    called(&at_one, &one).expect("it acts at the first node");
    one.kill();
    let at_two = Holder::with(Arc::clone(&at_one.key), &two, "one", Some(begun)).await;
    called(&at_two, &two).expect("the second node goes on");
    let fresh = two.start_task();
    let other = Holder::with(Arc::new(super::node::key()), &two, "one", Some(fresh)).await;
    called(&other, &two).expect("new work is done");

    // What both did is one record.
    for (task, acts) in [(task, 2), (begun, 2), (fresh, 1)] {
        verified(&two, task);
        assert_eq!(kinds(&two, task, "action.begun"), acts, "{task}");
    }

    // The first comes back to the log that went on without it.
    one.meanwhile(|_| ());
    let at_one = Holder::with(Arc::clone(&other.key), &one, "one", Some(fresh)).await;
    called(&at_one, &one).expect("it follows what the other wrote");

    // The server is let forget what it confirms: nobody is allowed anything, until it is not.
    let set = |sql: &str| {
        tokio::task::block_in_place(|| {
            database.run(sql);
            database.end_sessions();
        });
    };
    set("ALTER DATABASE CURRENT SET synchronous_commit = off");
    // A call may meet a session that was just ended, each of them once; that is a no as well.
    for (holder, node) in [(&at_one, &one), (&other, &two)] {
        let no = || called(holder, node).expect_err("what is confirmed may be forgotten");
        assert!((0..SESSIONS_MAX).any(|_| no().contains("synchronous_commit = off")), "{}", no());
    }
    set("ALTER DATABASE CURRENT RESET synchronous_commit");
    for (holder, node) in [(&at_one, &one), (&other, &two)] {
        assert!((0..SESSIONS_MAX).any(|_| called(holder, node).is_ok()), "{:?}", called(holder, node));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_asks_for_a_replica_opens_and_writes_where_commits_wait_for_one_and_not_once_they_do_not() {
    let _alone = ONE_AT_A_TIME.lock().await;
    tokio::task::block_in_place(|| {
        let Some(database) = database() else { return };
        let url = format!("{}?replicas=sync", database.url());
        let tenant = bailiwick_core::TenantId::new([7; 16]);
        let replica = database.replicated();
        let store = bailiwick_store::open(&url).expect("commits wait for a replica");
        store.open_tenant(tenant, "default").expect("it is written");
        store.log(tenant).expect("it is read");
        drop(replica);
        let refused = store.log(tenant).expect_err("no commit waits any more").to_string();
        assert!(refused.contains("synchronous_standby_names"), "{refused}");
    });
}
