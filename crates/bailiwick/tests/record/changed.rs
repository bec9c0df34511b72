//! Somebody who may write to the database, without any key, changes it: nothing is won by it, and it is said.

use crate::world::{World, succeeded};
use rusqlite::{Connection, params};
use std::time::Duration;

/// How often a running node is asked whether it has noticed: it looks every second.
const LOOKS_MAX: usize = 2_000;

fn database(world: &World) -> Connection {
    let store = Connection::open(world.home.join("bailiwick.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    store
}

/// The task's row says what it said when it had so many events; all events stay where they are.
fn set_back(store: &Connection, seq: i64) {
    let event = "(SELECT place FROM event e WHERE e.stream = stream.stream AND e.seq = ?1)";
    let sql = format!(
        "UPDATE stream SET head = ?1, last = {event} % (1 << 40), hash = (SELECT hash FROM event WHERE place = {event})
         WHERE kind = 1 AND head > ?1"
    );
    assert_eq!(store.execute(&sql, params![seq]).unwrap(), 1);
    store.execute("DELETE FROM snapshot", []).unwrap();
}

/// Appends the last control event once more, as who knows the form of everything would.
fn forge(store: &Connection) -> i64 {
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    let leaf: i64 = store.query_row("SELECT size FROM tenant_log", [], |row| row.get(0)).unwrap();
    let sql = "INSERT INTO event (place, stream, seq, back, at, hash, stamp, drop_on, data_key, body, clear)
               SELECT (e.place / (1 << 40)) * (1 << 40) + ?1, e.stream, e.seq + 1, ?1 - e.place % (1 << 40), e.at,
                      randomblob(32), randomblob(16), NULL, NULL, NULL, e.clear
               FROM stream s JOIN event e ON e.stream = s.stream AND e.seq = s.head WHERE s.kind = 0";
    assert_eq!(store.execute(sql, [leaf]).unwrap(), 1);
    let sql = "UPDATE stream SET head = head + 1, last = ?1 WHERE kind = 0";
    assert_eq!(store.execute(sql, [leaf]).unwrap(), 1);
    assert_eq!(store.execute("UPDATE tenant_log SET size = size + 1", []).unwrap(), 1);
    store.execute_batch("COMMIT").unwrap();
    leaf
}

#[test]
fn a_stream_set_back_in_the_database_is_told_of_and_lifts_nothing() {
    let mut world = World::furnished("set-back");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    agent.kill();
    world.kill();
    set_back(&database(&world), 2);

    let looked = world.run(&["--json", "doctor"]);
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.code() == Some(1) && said.contains("the store was changed: stream"), "{said}");
    world.start();
    let task = &world.json(&["status"])["closed"][0];
    assert!(task["why"].as_str().unwrap().contains("ends with event 2 there"), "{task}");
    assert!(world.done(&["status"]).contains("CLOSED: the store was changed"));
    let task = task["task"].as_str().unwrap();
    assert!(world.done(&["task", "list"]).contains(&format!("{task}  CLOSED: ")));
    let shown = world.run(&["task", "show", task]);
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(!shown.status.success() && said.contains("the store was changed"), "{said}");
    let out = world.folder.0.join("copy.db");
    let refused = world.run(&["backup", out.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && !out.exists() && said.contains("the store was changed"), "{said}");
    let looked = world.run(&["--json", "doctor"]);
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.code() == Some(1) && said.contains("the store was changed: stream"), "{said}");
}

#[test]
fn an_event_that_is_written_past_a_running_node_ends_all_work() {
    let mut world = World::furnished("forged");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    let leaf = forge(&database(&world));
    // Each question is a process of its own, so that the node has its second.
    let mut answers = (0..LOOKS_MAX).map(|_| world.json(&["status"]));
    let status = answers.find(|status| !status["behind"].is_null()).expect("it was noticed");
    let why = status["behind"].as_str().unwrap_or_default();
    let expected = format!("the store was changed: leaf {leaf} of the log was not written by a node of this tenant");
    assert!(why.contains(&expected), "{status}");
    let refused = agent.pay(2, "two");
    assert!(!refused.is_some_and(|answer| succeeded(&answer)), "nothing is allowed any more");
    drop(agent);
    world.stop();

    // Nor does it after a start.
    world.start();
    let said = world.says();
    assert!(said.contains(&expected), "{said}");
    let (code, said) = world.wrap().last_words();
    assert!(code == Some(3) && said.contains(&expected), "{code:?}: {said}");
    let status = world.run(&["status"]);
    let said = String::from_utf8_lossy(&status.stderr).into_owned();
    assert!(!status.status.success() && said.contains(&expected), "{said}");
}
