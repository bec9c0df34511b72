//! The story of `scenario.txt` on every store. What was told before a crash is true after it, whatever keeps it.

use super::cluster::{Database, database};
use super::node::Node;
use super::servers::{Holder, furnished, process};
use super::shared::{ONE_AT_A_TIME, called, kinds, verified};
use super::world;
use bailiwick_core::{Code, Data, Ender, Event, TaskId, TenantId};
use bailiwick_node::{Attempted, Bound, Desk, Received};
use bailiwick_record::Guard;
use bailiwick_store::Store;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What is done with a node and its store.
trait Place {
    async fn start(&mut self, task: &str);
    async fn call(&mut self, task: &str) -> bool;
    async fn revoke(&mut self, task: &str);
    async fn crash(&mut self);
    async fn store_dies(&mut self);
    /// Acts that were begun, and whether the task has ended.
    async fn record(&mut self, task: &str) -> (usize, bool);
}

async fn told(place: &mut impl Place) {
    let story = include_str!("scenario.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for (number, line) in (1..).zip(story) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["start", task] => place.start(task).await,
            ["call", task, "done"] => assert!(place.call(task).await, "step {number}: {line}"),
            ["call", task, "refused"] => assert!(!place.call(task).await, "step {number}: {line}"),
            ["revoke", task] => place.revoke(task).await,
            ["crash"] => place.crash().await,
            ["store", "dies"] => place.store_dies().await,
            ["record", task, acts, end @ ("live" | "ended")] => {
                let expected = (acts.parse().unwrap(), *end == "ended");
                assert_eq!(place.record(task).await, expected, "step {number}: {line}");
            }
            _ => panic!("step {number}: what is `{line}`?"),
        }
    }
}

/// The real node, and an agent of its own for each task.
struct Real {
    node: Node,
    tasks: BTreeMap<String, (TaskId, Holder)>,
    database: Option<Database>,
}

impl Real {
    fn new(database: Option<Database>) -> Self {
        let node = furnished(Node::start_on(database.as_ref().map(Database::url)), &[("one", process())]);
        Self { node, tasks: BTreeMap::new(), database }
    }
}

impl Place for Real {
    async fn start(&mut self, name: &str) {
        let task = self.node.start_task();
        let holder = Holder::with(Arc::new(super::node::key()), &self.node, "one", Some(task)).await;
        self.tasks.insert(name.to_owned(), (task, holder));
    }

    async fn call(&mut self, name: &str) -> bool {
        called(&self.tasks[name].1, &self.node).is_ok()
    }

    async fn revoke(&mut self, name: &str) {
        self.node.cli(&["task", "revoke", &self.tasks[name].0.to_string()]);
    }

    async fn crash(&mut self) {
        self.node.meanwhile(|_| ());
        // A nonce is good for one life of a node; token and key are what they were.
        let nonce = self.node.post("/mcp", &[], "{}").header("dpop-nonce").map(str::to_owned);
        self.tasks.values_mut().for_each(|(_, holder)| holder.nonce.clone_from(&nonce));
    }

    async fn store_dies(&mut self) {
        match &self.database {
            Some(database) => tokio::task::block_in_place(|| database.server_dies()),
            None => self.crash().await,
        }
    }

    async fn record(&mut self, name: &str) -> (usize, bool) {
        let task = self.tasks[name].0;
        verified(&self.node, task);
        (kinds(&self.node, task, "action.begun"), kinds(&self.node, task, "task.ended") == 1)
    }
}

/// A node in this process, over a store that outlives it.
struct Within {
    store: Arc<dyn Store>,
    folder: PathBuf,
    desk: Desk,
    tasks: BTreeMap<String, Bound>,
}

const TENANT: TenantId = TenantId::new([7; 16]);

impl Within {
    fn desk(store: &Arc<dyn Store>, folder: &std::path::Path) -> Desk {
        let guard = Guard::open(&folder.join("checkpoints")).unwrap();
        let node = bailiwick_node::Node::start_guarded(Arc::clone(store), world::vault(folder), guard).unwrap();
        Desk::new(Arc::new(node))
    }

    async fn new(store: Arc<dyn Store>) -> Self {
        let folder = std::env::temp_dir().join(format!("bailiwick-within-{}", super::node::salt()));
        std::fs::create_dir_all(&folder).unwrap();
        let desk = Self::desk(&store, &folder);
        world::furnish(desk.node(), TENANT).await;
        Self { store, folder, desk, tasks: BTreeMap::new() }
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

impl Place for Within {
    async fn start(&mut self, name: &str) {
        let bound = world::start_task(self.desk.node(), TENANT).await;
        self.tasks.insert(name.to_owned(), bound);
    }

    async fn call(&mut self, name: &str) -> bool {
        let asked = world::pay("1.00");
        let tool = asked.tool.clone();
        let bound = &self.tasks[name];
        match self.desk.attempt(bound, asked).await.unwrap() {
            Attempted::Forward { act, leaf, .. } => {
                let result = Received::Result(world::json(r#"{"content":[{"type":"text","text":"ok"}]}"#));
                self.desk.settle(bound, &tool, (act, leaf), result, &[]).await.unwrap();
                true
            }
            refused => {
                assert_eq!(world::code(&refused), Some(Code::TaskEnded), "{refused:?}");
                false
            }
        }
    }

    async fn revoke(&mut self, name: &str) {
        let who = Ender::Person(world::by());
        self.desk.end(TENANT, self.tasks[name].task, None, who, Code::Revoked).await.unwrap().unwrap();
    }

    async fn crash(&mut self) {
        // It is not drained: nobody hears of it again.
        self.desk = Self::desk(&self.store, &self.folder);
    }

    async fn store_dies(&mut self) {
        self.crash().await;
    }

    async fn record(&mut self, name: &str) -> (usize, bool) {
        let events = self.store.stream(TENANT, self.tasks[name].task, 1, 1_000).unwrap();
        let read = |stored: &bailiwick_store::StoredEvent| Event::read(&stored.event.clear).unwrap().0.data;
        let data: Vec<Data> = events.iter().map(read).collect();
        let begun = data.iter().filter(|data| matches!(data, Data::ActionBegun(_))).count();
        (begun, data.iter().any(|data| matches!(data, Data::TaskEnded(_))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_the_same_in_memory() {
    let store = bailiwick_store::open("memory:").unwrap();
    told(&mut Within::new(store).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_the_same_on_sqlite_under_kill_9() {
    told(&mut Real::new(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_the_same_on_postgresql_whose_server_stops_at_once() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Some(database) = tokio::task::block_in_place(database) else { return };
    told(&mut Real::new(Some(database))).await;
}
