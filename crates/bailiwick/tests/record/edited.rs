//! Rows that somebody without a key edits, and a memory of the log that cannot be written: each is told of, none is believed.

use crate::world::{World, succeeded};
use rusqlite::Connection;
use std::time::Duration;

/// How often a running node is asked whether it has noticed: it looks every second.
const LOOKS_MAX: usize = 2_000;
/// More than any value that a node writes.
const HUGE_BYTES: usize = 32 << 20;

fn database(world: &World) -> Connection {
    let store = Connection::open(world.home.join("bailiwick.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    store
}

/// What `status` says there, once it says something.
fn told(world: &World, field: &str) -> String {
    // Each question is a process of its own, so that the node has its second.
    let mut answers = (0..LOOKS_MAX).map(|_| world.json(&["status"]));
    let status = answers.find(|status| !status[field].is_null()).expect("it was noticed");
    status[field].as_str().unwrap().to_owned()
}

fn doctor(world: &World) -> String {
    let looked = world.run(&["doctor"]);
    assert_eq!(looked.status.code(), Some(1), "{looked:?}");
    String::from_utf8_lossy(&looked.stdout).into_owned()
}

#[test]
fn a_raised_number_in_the_row_of_the_log_is_named_and_not_left_for_nobody_to_know() {
    for (column, value) in [("control_floor", 1_000_000_i64), ("format", 9), ("epoch", 7)] {
        let mut world = World::furnished(column);
        let mut agent = world.wrap();
        agent.open().unwrap();
        assert!(succeeded(&agent.pay(1, "one").unwrap()));
        let was: i64 =
            database(&world).query_row(&format!("SELECT {column} FROM tenant_log"), [], |row| row.get(0)).unwrap();
        let sql = format!("UPDATE tenant_log SET {column} = ?1");
        assert_eq!(database(&world).execute(&sql, [value]).unwrap(), 1);
        let expected = format!("in its table `tenant_log`, `{column}` is `{value}`");
        let refused = agent.pay(2, "two").unwrap().to_string();
        assert!(refused.contains("the store was changed") && !refused.contains("nobody knows"), "{column}: {refused}");
        let why = told(&world, "behind");
        assert!(why.contains(&expected) && why.contains("put the newest copy of the store back"), "{why}");
        assert!(doctor(&world).contains(&expected));
        drop(agent);
        world.kill();
        // the epoch is compared with what the node remembers, where no node has read the record
        let asleep = doctor(&world);
        assert!(asleep.contains(&expected) || column == "epoch" && asleep.contains("later epoch"), "{asleep}");
        // Put right, and started again: nothing else is needed.
        assert_eq!(database(&world).execute(&sql, [was]).unwrap(), 1);
        world.start();
        let mut agent = world.wrap();
        agent.open().unwrap();
        assert!(succeeded(&agent.pay(3, "three").unwrap()), "{column}");
    }
}

#[test]
fn a_line_that_was_edited_is_shown_as_changed_and_what_it_says_is_not_repeated() {
    let world = World::furnished("edited");
    let mut agent = world.wrap();
    agent.open().unwrap();
    for reference in ["one", "two", "three"] {
        assert!(succeeded(&agent.pay(1, reference).unwrap()));
    }
    let acts = || -> Vec<u64> {
        let list = world.done(&["--json", "event", "list", "--kind", "action.begun", "--last", "100"]);
        let lines = list.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter(|event| event["kind"] == "action.begun").map(|event| event["leaf"].as_u64().unwrap()).collect()
    };
    let begun = acts();
    assert_eq!(begun.len(), 3);
    let edit = |set: &str, leaf: u64| {
        let sql = format!("UPDATE event SET {set} WHERE place % (1 << 40) = ?1");
        assert_eq!(database(&world).execute(&sql, [i64::try_from(leaf).unwrap()]).unwrap(), 1);
    };
    edit("clear = CAST(replace(CAST(clear AS TEXT), 'bank/pay', 'bank/gift') AS BLOB)", begun[0]);
    edit(&format!("clear = zeroblob({HUGE_BYTES})"), begun[1]);
    let listed = world.done(&["event", "list", "--last", "100"]);
    assert!(!listed.contains("bank/gift"), "{listed}");
    assert_eq!(listed.matches("THE STORE WAS CHANGED: this event is not what was written").count(), 2, "{listed}");
    let shown = world.json(&["event", "show", &begun[0].to_string()]);
    assert_eq!((&shown["kind"], &shown["data"]), (&"changed".into(), &serde_json::Value::Null), "{shown}");
    assert_eq!(acts(), [begun[2]], "the others are shown as they are");
    assert!(world.done(&["status"]).contains("THE STORE WAS CHANGED"), "among the last decisions");
    // what can be written is for the verifier to judge; what cannot is named
    let exported =
        world.run(&["log", "export", "--whole", "--output", world.folder.0.join("log.bwb").to_str().unwrap()]);
    let said = String::from_utf8_lossy(&exported.stderr).into_owned();
    assert!(!exported.status.success() && said.contains(&format!("leaf `{}` of the log", begun[1])), "{said}");
    // a hash of that length: what is asked for cannot be read, and the node is there for everything else
    edit(&format!("hash = zeroblob({HUGE_BYTES})"), begun[2]);
    let looked = world.run(&["event", "show", &begun[2].to_string()]);
    let said = String::from_utf8_lossy(&looked.stderr).into_owned();
    assert!(looked.status.code() == Some(3) && said.contains("too big"), "{said}");
    let said = agent.pay(1, "four").unwrap();
    assert!(succeeded(&said), "{said:?}");
}

#[test]
fn a_node_that_cannot_remember_its_log_goes_on_and_says_so_until_it_can() {
    let mut world = World::furnished("unkept");
    let (memory, away) = (world.home.join("checkpoints"), world.home.join("away"));
    std::fs::rename(&memory, &away).unwrap();
    std::fs::create_dir(&memory).unwrap();
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    let why = told(&world, "unkept");
    assert!(why.contains("checkpoints"), "{why}");
    assert!(world.done(&["status"]).contains("THE LOG IS NOT KEPT"));
    let looked = doctor(&world);
    assert!(looked.contains("WRONG  memory of the log"), "{looked}");
    assert!(succeeded(&agent.pay(1, "two").unwrap()), "work goes on");
    // no other process begins without it
    world.kill();
    drop(agent);
    assert!(world.fails_to_start(3).contains("checkpoints"));
    std::fs::remove_dir(&memory).unwrap();
    std::fs::rename(&away, &memory).unwrap();
    world.start();
    assert!(world.json(&["status"])["unkept"].is_null());
}

#[test]
fn a_row_of_a_stream_that_no_event_stands_for_is_named_by_its_stream() {
    let mut world = World::furnished("bogus-row");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    agent.kill();
    let bogus = "ab".repeat(16);
    let insert = format!(
        "INSERT INTO stream (tenant, id, kind, head, last, hash) SELECT tenant, x'{bogus}', 1, 3, 0, zeroblob(32) FROM tenant"
    );
    let remove = format!("DELETE FROM stream WHERE id = x'{bogus}'");
    world.kill();
    assert_eq!(database(&world).execute(&insert, []).unwrap(), 1);
    let said = doctor(&world);
    assert!(said.contains(&format!("stream `{bogus}` ends with event 3 there")), "{said}");
    // A node that begins at a list of heads compares all rows with it.
    assert_eq!(database(&world).execute(&remove, []).unwrap(), 1);
    world.start();
    world.done(&["log", "heads"]);
    world.kill();
    assert_eq!(database(&world).execute(&insert, []).unwrap(), 1);
    world.start();
    // Its record is not read: there is nothing that could be shown of it.
    let looked = world.run(&["status"]);
    let why = String::from_utf8_lossy(&looked.stderr).into_owned();
    assert!(why.contains(&format!("stream `{bogus}` ends with event 3 there")), "{why}");
    world.kill();
    // A number that no node writes.
    assert_eq!(
        database(&world)
            .execute(&insert.replace("1, 3, 0", "1, -3, 0").replace("INSERT", "INSERT OR REPLACE"), [])
            .unwrap(),
        1
    );
    let said = doctor(&world);
    assert!(said.contains(&format!("the row of stream `{bogus}` was changed")), "{said}");
    assert_eq!(database(&world).execute(&remove, []).unwrap(), 1);
    world.start();
    assert!(world.json(&["status"])["behind"].is_null());
}
