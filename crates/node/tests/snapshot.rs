//! Somebody who can write to the store changes events, snapshots and heads while the node is away: no meter is lifted by it,
//! and nothing is added.

#![cfg(test)]

mod world;

use bailiwick_core::*;
use bailiwick_node::{Attempted, Bound, Bounds, Desk, Failure, Given, Node, Received, TaskSummary};
use rusqlite::{Connection, params};
use std::path::PathBuf;
use std::sync::Arc;
use world::*;

const TENANT: TenantId = TenantId::new([7; 16]);

/// A node's folder, and the node in it. Both go with it.
struct House {
    folder: PathBuf,
    bounds: Bounds,
    desk: Desk,
}

impl House {
    async fn new(name: &str, snapshot_every: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("bailiwick-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let bounds = Bounds { snapshot_every, ..Bounds::default() };
        let node = start_node(&folder, bounds);
        furnish(&node, TENANT).await;
        Self { desk: Desk::new(node), folder, bounds }
    }

    fn node(&self) -> &Arc<Node> {
        self.desk.node()
    }

    /// Pays, and is told what became of it.
    async fn paid(&self, bound: &Bound, euros: &str) {
        let attempted = self.desk.attempt(bound, pay(euros)).await.unwrap();
        let Attempted::Forward { act, leaf, .. } = attempted else { panic!("{attempted:?}") };
        let result = json(r#"{"content":[]}"#);
        let tool = ToolId::parse("bank/pay").unwrap();
        let given = self.desk.settle(bound, &tool, (act, leaf), Received::Result(result.clone()), &[]).await.unwrap();
        assert_eq!(given, Given::Whole(result));
        // The outcome is told when it is decided; a look waits until it is durable.
        self.task(bound).await.unwrap();
    }

    async fn refused(&self, bound: &Bound, euros: &str) -> Option<Code> {
        code(&self.desk.attempt(bound, pay(euros)).await.unwrap())
    }

    async fn charged(&self, bound: &Bound) -> Vec<(u64, Unit, Amount, Option<Amount>)> {
        self.task(bound).await.unwrap().grants.into_iter().flat_map(|grant| grant.charged).collect()
    }

    async fn task(&self, bound: &Bound) -> Result<TaskSummary, Failure> {
        self.desk.task(TENANT, bound.task).await
    }

    /// The node ends, somebody does this to its store, and it starts again.
    async fn away<T>(self, deed: impl FnOnce(&Connection) -> T) -> (Self, T) {
        let Self { folder, bounds, desk } = self;
        desk.node().drain().await;
        drop(desk);
        let done = deed(&Connection::open(folder.join("t.db")).unwrap());
        let desk = Desk::new(start_node(&folder, bounds));
        (Self { folder, bounds, desk }, done)
    }

    async fn end(self) {
        self.node().drain().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

type Kept = (i64, Vec<u8>, Vec<u8>);

fn kept(store: &Connection, bound: &Bound) -> Kept {
    let sql = "SELECT seq, hash, sealed FROM snapshot WHERE stream = ?1";
    store.query_row(sql, [bound.task.bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
}

fn put(store: &Connection, bound: &Bound, (seq, hash, sealed): &Kept) {
    let sql = "UPDATE snapshot SET seq = ?2, hash = ?3, sealed = ?4 WHERE stream = ?1";
    assert_eq!(store.execute(sql, params![bound.task.bytes(), seq, hash, sealed]).unwrap(), 1);
}

/// Changes the clear bytes of one event of a task, and leaves the hash that is written beside it.
fn edit_event(store: &Connection, bound: &Bound, seq: i64, from: &str, to: &str) {
    let sql = "UPDATE event SET clear = CAST(replace(CAST(clear AS TEXT), ?3, ?4) AS BLOB)
               WHERE seq = ?2 AND stream = (SELECT stream FROM stream WHERE id = ?1) AND instr(clear, CAST(?3 AS BLOB)) > 0";
    assert_eq!(store.execute(sql, params![bound.task.bytes(), seq, from, to]).unwrap(), 1, "{seq}: {from}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_snapshot_lifts_no_meter() {
    let house = House::new("lift", 2).await;
    let (bound, other) = (start_task(house.node(), TENANT).await, start_task(house.node(), TENANT).await);
    house.paid(&bound, "80.00").await;
    house.paid(&other, "1.00").await;
    // A task that so little was charged on is what somebody would like this one to be.
    let (house, old) = house.away(|store| kept(store, &bound)).await;
    house.paid(&bound, "400.00").await;
    let (house, good) = house.away(|store| (kept(store, &bound), kept(store, &other))).await;
    let whole = house.charged(&bound).await;
    let (good, of_other) = good;
    assert!(good.0 > old.0 && good.0 >= 8, "{} then {}", old.0, good.0);
    let edited = |at: usize| {
        let mut sealed = good.2.clone();
        sealed[at] ^= 1;
        (good.0, good.1.clone(), sealed)
    };
    let lies = [
        ("a byte of it", edited(good.2.len() / 2)),
        ("its tag", edited(good.2.len() - 1)),
        ("one from before the charge, put back", old.clone()),
        ("one from before the charge, said to be of now", (good.0, good.1.clone(), old.2.clone())),
        ("another task's", of_other.clone()),
        ("another task's, said to be of this one", (good.0, good.1.clone(), of_other.2.clone())),
        ("nothing", (good.0, good.1.clone(), Vec::new())),
    ];
    let mut house = house;
    for (what, lie) in &lies {
        (house, ()) = house.away(|store| put(store, &bound, lie)).await;
        assert_eq!(house.charged(&bound).await, whole, "{what}");
        assert_eq!(house.refused(&bound, "20.01").await, Some(Code::OverTotal), "{what}");
    }
    house.paid(&bound, "20.00").await;
    assert_eq!(house.refused(&bound, "0.01").await, Some(Code::OverTotal));
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_snapshot_stands_for_is_not_read_again_and_without_it_it_is() {
    let house = House::new("stand", 2).await;
    let bound = start_task(house.node(), TENANT).await;
    house.paid(&bound, "480.00").await;
    let whole = house.task(&bound).await.unwrap();
    // The charge was the fifth event, the snapshot is of the sixth.
    let (house, ()) = house.away(|store| edit_event(store, &bound, 5, "\"480\"", "\"080\"")).await;
    assert_eq!(house.task(&bound).await.unwrap(), whole);
    assert_eq!(house.refused(&bound, "20.01").await, Some(Code::OverTotal));
    let (house, gone) = house.away(|store| store.execute("DELETE FROM snapshot", []).unwrap()).await;
    assert_eq!(gone, 2, "the task's and that of control");
    let closed = house.task(&bound).await;
    assert!(matches!(&closed, Err(Failure::Closed(why)) if why.contains("event `5`")), "{closed:?}");
    house.end().await;
}

async fn check_closed(name: &str, snapshot_every: u64, deed: impl FnOnce(&Connection, &Bound)) {
    let house = House::new(name, snapshot_every).await;
    let (bound, other) = (start_task(house.node(), TENANT).await, start_task(house.node(), TENANT).await);
    house.paid(&bound, "480.00").await;
    let (house, ()) = house.away(|store| deed(store, &bound)).await;
    for _ in 0..2 {
        let attempted = house.desk.attempt(&bound, pay("1.00")).await;
        let Err(Failure::Closed(why)) = &attempted else { panic!("{name}: {attempted:?}") };
        assert!(why.contains("event `6`"), "{name}: {why}");
    }
    assert!(matches!(house.task(&bound).await, Err(Failure::Closed(_))), "{name}");
    let ended = house.desk.end(TENANT, bound.task, None, Ender::Person(by()), Code::Revoked).await;
    assert!(matches!(ended, Err(Failure::Closed(_))), "{name}: {ended:?}");
    // Nobody else's stream is closed with it.
    house.paid(&other, "1.00").await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_edited_in_the_store_closes_its_stream() {
    let edit = |store: &Connection, bound: &Bound| edit_event(store, bound, 6, "\"480\"", "\"080\"");
    check_closed("edit", u64::MAX, edit).await;
    check_closed("edit-after", 5, |store, bound| {
        assert_eq!(kept(store, bound).0, 5, "the snapshot ends before the event");
        edit(store, bound);
    })
    .await;
    check_closed("gone", u64::MAX, |store, bound| {
        // Its end is cut off behind what was settled, and the gap closed with another event's bytes.
        let stream: i64 =
            store.query_row("SELECT stream FROM stream WHERE id = ?1", [bound.task.bytes()], |row| row.get(0)).unwrap();
        let clear = "UPDATE event SET clear = (SELECT clear FROM event WHERE stream = ?1 AND seq = 5) WHERE stream = ?1 AND seq = 6";
        assert_eq!(store.execute(clear, [stream]).unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_an_older_epoch_is_dead() {
    let house = House::new("epoch", 2).await;
    let bound = start_task(house.node(), TENANT).await;
    house.paid(&bound, "480.00").await;
    let raise = |store: &Connection| {
        edit_event(store, &bound, 5, "\"480\"", "\"080\"");
        store.execute("UPDATE tenant_log SET epoch = epoch + 1", []).unwrap()
    };
    let (house, raised) = house.away(raise).await;
    assert_eq!(raised, 1);
    let closed = house.task(&bound).await;
    assert!(matches!(closed, Err(Failure::Closed(_))), "it was folded from the first event: {closed:?}");
    house.end().await;
}

/// A task's row, set back to an event that it had before.
fn set_back(store: &Connection, bound: &Bound, seq: i64) {
    let event = "(SELECT place FROM event e WHERE e.stream = stream.stream AND e.seq = ?2)";
    let sql = format!(
        "UPDATE stream SET head = ?2, last = {event} % (1 << 40), hash = (SELECT hash FROM event WHERE place = {event})
         WHERE id = ?1"
    );
    assert_eq!(store.execute(&sql, params![bound.task.bytes(), seq]).unwrap(), 1);
}

async fn list_heads(house: &House) {
    house.node().checkpoint_with_heads(TENANT).await.unwrap();
}

async fn check_set_back(name: &str, snapshot_every: u64, listed: bool) {
    let house = House::new(name, snapshot_every).await;
    let bound = start_task(house.node(), TENANT).await;
    house.paid(&bound, "480.00").await;
    if listed {
        list_heads(&house).await;
    }
    // Before the charge: the grant and its token, and nothing spent.
    let (house, ()) = house.away(|store| set_back(store, &bound, 4)).await;
    let attempted = house.desk.attempt(&bound, pay("480.00")).await;
    let why = attempted.unwrap_err().to_string();
    assert!(why.contains("the store was changed"), "{name}: {why}");
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_set_back_in_the_store_lifts_no_meter() {
    check_set_back("back", u64::MAX, false).await;
    check_set_back("back-listed", u64::MAX, true).await;
    check_set_back("back-snapshot", 2, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_set_back_under_a_running_node_is_closed_when_it_is_read_again() {
    let house = House::new("back-running", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    house.paid(&bound, "480.00").await;
    let other = Node::start(Arc::clone(house.node().store()), Arc::clone(house.node().vault())).unwrap();
    let other = Desk::new(Arc::new(other));
    // It follows the log from here on, and has not looked at this task.
    other.task(TENANT, start_task(house.node(), TENANT).await.task).await.unwrap();
    let store = Connection::open(house.folder.join("t.db")).unwrap();
    set_back(&store, &bound, 4);
    let why = other.attempt(&bound, pay("480.00")).await.unwrap_err().to_string();
    assert!(why.contains("the store was changed") && why.contains("event 4"), "{why}");
    other.node().drain().await;
    house.end().await;
}

/// Everything of the tenant is refused, and the reason names the leaf.
async fn check_forged(house: House, bound: &Bound, leaf: i64, what: &str) {
    let why = house.desk.attempt(bound, pay("1.00")).await.unwrap_err().to_string();
    assert!(why.contains("the store was changed") && why.contains(&format!("leaf {leaf} ")), "{what}: {why}");
    assert!(why.contains(what), "{why}");
    assert!(house.node().behind(TENANT).is_some());
    house.end().await;
}

/// Adds the last control event to the log once more, with a stamp that SQL makes, and answers its leaf.
fn add_line(store: &Connection, stamp: &str) -> i64 {
    let leaf: i64 = store.query_row("SELECT size FROM tenant_log", [], |row| row.get(0)).unwrap();
    let sql = format!(
        "INSERT INTO event (place, stream, seq, back, at, hash, stamp, drop_on, data_key, body, clear)
         SELECT (e.place / (1 << 40)) * (1 << 40) + ?1, e.stream, e.seq + 1, ?1 - e.place % (1 << 40), e.at,
                zeroblob(32), {stamp}, NULL, NULL, NULL, e.clear
         FROM stream s JOIN event e ON e.stream = s.stream AND e.seq = s.head WHERE s.kind = 0"
    );
    assert_eq!(store.execute(&sql, [leaf]).unwrap(), 1);
    assert_eq!(store.execute("UPDATE tenant_log SET size = size + 1", []).unwrap(), 1);
    leaf
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_node_wrote_ends_all_work_of_its_tenant() {
    for (name, stamp) in [("forged-none", "zeroblob(16)"), ("forged-copied", "e.stamp")] {
        let house = House::new(name, u64::MAX).await;
        let bound = start_task(house.node(), TENANT).await;
        // The last control event once more, chained as it should be: who knows the form can do that much.
        let (house, leaf) = house
            .away(|store| {
                let size = add_line(store, stamp);
                let sql = "UPDATE stream SET head = head + 1, last = ?1, hash = zeroblob(32) WHERE kind = 0";
                assert_eq!(store.execute(sql, [size]).unwrap(), 1);
                size
            })
            .await;
        check_forged(house, &bound, leaf, "was not written by a node of this tenant").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_taken_out_of_the_log_ends_all_work_of_its_tenant() {
    let house = House::new("taken", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    house.paid(&bound, "480.00").await;
    let (house, leaf) = house
        .away(|store| {
            let size: i64 = store.query_row("SELECT size FROM tenant_log", [], |row| row.get(0)).unwrap();
            set_back(store, &bound, 4);
            let sql = "DELETE FROM event WHERE place IN (SELECT max(place) FROM event)";
            assert_eq!(store.execute(sql, []).unwrap(), 1);
            size - 1
        })
        .await;
    check_forged(house, &bound, leaf, "is missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_changed_beside_an_event_does_not_move_the_clock() {
    let house = House::new("time", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    let (house, leaf) = house
        .away(|store| {
            let sql = "UPDATE event SET at = at + 3600000000 WHERE place = (SELECT max(place) FROM event)";
            assert_eq!(store.execute(sql, []).unwrap(), 1);
            store.query_row("SELECT size - 1 FROM tenant_log", [], |row| row.get(0)).unwrap()
        })
        .await;
    check_forged(house, &bound, leaf, "was not written by a node of this tenant").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_row_says_that_it_is_none_is_listed_all_the_same() {
    let house = House::new("kind", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    house.desk.tasks(TENANT).await.unwrap();
    let store = Connection::open(house.folder.join("t.db")).unwrap();
    let hide = "UPDATE stream SET kind = 9 WHERE id = ?1";
    assert_eq!(store.execute(hide, [bound.task.bytes()]).unwrap(), 1);
    let tasks = house.desk.tasks(TENANT).await.unwrap();
    assert!(tasks.open.iter().any(|task| task.task == bound.task), "{tasks:?}");
    let told = house.node().compare_streams(TENANT).await.unwrap_err().to_string();
    assert!(told.contains("is not what the log says"), "{told}");
    // What is committed to is what was written, not what the row says.
    list_heads(&house).await;
    assert_eq!(store.execute("UPDATE stream SET kind = 1 WHERE kind = 9", []).unwrap(), 1);
    let (house, ()) = house.away(|_| ()).await;
    assert!(house.node().behind(TENANT).is_none());
    house.paid(&bound, "1.00").await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_taken_away_closes_its_stream() {
    let house = House::new("body", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    house.paid(&bound, "1.00").await;
    let (house, gone) = house
        .away(|store| {
            let sql = "DELETE FROM body WHERE place IN (SELECT place FROM event WHERE seq = 5 AND stream =
                       (SELECT stream FROM stream WHERE id = ?1))";
            store.execute(sql, [bound.task.bytes()]).unwrap()
        })
        .await;
    assert_eq!(gone, 1);
    let closed = house.task(&bound).await;
    assert!(matches!(&closed, Err(Failure::Closed(why)) if why.contains("was not erased")), "{closed:?}");
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_promises_more_events_than_there_are_holds_nobody_up() {
    for (name, head) in [("more", "head + 1"), ("most", "4000000000000000000")] {
        let house = House::new(name, u64::MAX).await;
        let bound = start_task(house.node(), TENANT).await;
        let edit = format!("UPDATE stream SET head = {head} WHERE kind = 0");
        let (house, edited) = house.away(|store| store.execute(&edit, []).unwrap()).await;
        assert_eq!(edited, 1);
        let why = house.desk.attempt(&bound, pay("1.00")).await.unwrap_err().to_string();
        assert!(why.contains("the store was changed"), "{name}: {why}");
        house.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_is_not_ours_ends_all_work() {
    let house = House::new("note", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    list_heads(&house).await;
    house.paid(&bound, "1.00").await;
    let store = Connection::open(house.folder.join("t.db")).unwrap();
    assert!(store.execute("UPDATE checkpoint SET note = 'x' || note", []).unwrap() > 0);
    assert!(house.node().checkpoint(TENANT).await.is_err());
    let refused = house.desk.attempt(&bound, pay("1.00")).await;
    assert!(matches!(refused, Err(Failure::Behind(_))), "{refused:?}");
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_node_wrote_is_not_signed_and_once_it_is_gone_work_goes_on() {
    let house = House::new("unsigned", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    list_heads(&house).await;
    let store = Connection::open(house.folder.join("t.db")).unwrap();
    add_line(&store, "randomblob(16)");
    assert!(house.node().checkpoint(TENANT).await.is_err(), "nothing is signed");
    assert!(house.node().behind(TENANT).is_some());
    drop(store);
    let (house, undone) = house
        .away(|store| {
            store.execute("UPDATE tenant_log SET size = size - 1", []).unwrap();
            store.execute("DELETE FROM event WHERE place = (SELECT max(place) FROM event)", []).unwrap()
        })
        .await;
    assert_eq!(undone, 1);
    assert!(house.node().behind(TENANT).is_none());
    house.paid(&bound, "1.00").await;
    house.end().await;
}

/// Puts all control events but the last before all others, each stream in its own order. Answers how many changed places.
fn control_first(store: &Connection) -> usize {
    store.execute("DELETE FROM snapshot", []).unwrap();
    let last: i64 = store.query_row("SELECT max(place) FROM event", [], |row| row.get(0)).unwrap();
    let sql =
        "SELECT e.place FROM event e JOIN stream s ON s.stream = e.stream WHERE e.place < ?1 ORDER BY s.kind, e.place";
    let order: Vec<i64> = {
        let mut select = store.prepare(sql).unwrap();
        select.query_map([last], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let first = *order.iter().min().unwrap();
    let aside = 1_i64 << 39;
    for table in ["event", "body"] {
        for (to, from) in (first + aside..).zip(&order) {
            let sql = format!("UPDATE {table} SET place = ?1 WHERE place = ?2");
            store.execute(&sql, [to, *from]).unwrap();
        }
        let sql = format!("UPDATE {table} SET place = place - ?1 WHERE place >= ?1 + ?2");
        store.execute(&sql, [aside, first]).unwrap();
    }
    let back = "UPDATE event SET back = coalesce(place - (SELECT b.place FROM event b
                WHERE b.stream = event.stream AND b.seq = event.seq - 1), 0)";
    store.execute(back, []).unwrap();
    let ends = "UPDATE stream SET last = (SELECT max(place) % (1 << 40) FROM event e WHERE e.stream = stream.stream)";
    store.execute(ends, []).unwrap();
    // who moves them knows that the floor is a control event
    let floor = "UPDATE tenant_log SET control_floor = (SELECT max(e.place) % (1 << 40) FROM event e
                 JOIN stream s ON s.stream = e.stream WHERE s.kind = 0 AND e.place < ?1)";
    store.execute(floor, [last]).unwrap();
    order.iter().zip(first..).filter(|(from, to)| **from != *to).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_ends_a_grant_wherever_its_events_are_moved_in_the_log() {
    let house = House::new("moved", u64::MAX).await;
    let bound = start_task(house.node(), TENANT).await;
    // The task is in no memory, so nobody writes its end into its own stream.
    let (house, ()) = house.away(|_| ()).await;
    for active in [false, true] {
        let command = ControlCommand::Agent { by: by(), agent: AgentId::parse("payer").unwrap(), active };
        house.node().control_command(TENANT, command, Vec::new()).await.unwrap();
    }
    list_heads(&house).await;
    // All that was before the list, in another order: control first, as if the grant were younger than the suspension.
    let (house, moved) = house.away(control_first).await;
    assert!(moved > 0);
    let attempted = house.desk.attempt(&bound, pay("1.00")).await.unwrap();
    let told = format!("{attempted:?}");
    assert!(code(&attempted) == Some(Code::GrantEnded) && told.contains("agent_inactive"), "{told}");
    house.end().await;
}
