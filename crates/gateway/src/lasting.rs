//! What lasts beyond the request that began it, of one grant: subscriptions and MCP tasks. Each is an open act, has a place
//! of few, and ends with the grant.

mod kept;
mod mcp_task;

pub(crate) use kept::{Found, KeptCalls, Place, Taken, Wanted};
pub(crate) use mcp_task::{Stamp, Stands, Status, TaskEntry};

use crate::cut::Cut;
use crate::upstream::locked;
use bailiwick_core::ServerName;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// The most subscriptions and MCP tasks of one grant that are open; a grant has twice as many open acts.
pub(crate) const LASTING_MAX: usize = 32;
/// The most MCP tasks of one grant that are remembered, with those that have ended.
const TASKS_MAX: usize = 64;
/// The most bytes of results that are kept for who has not fetched them.
const RESULTS_BYTES_MAX: usize = 16 << 20;

const _: () = assert!(LASTING_MAX < TASKS_MAX, "what is open always has a place");

/// What lasts, of one grant.
pub(crate) struct Lasting {
    over: Cut,
    places: Arc<Semaphore>,
    /// How many subscriptions of one resource there are at its server.
    subscribed: AsyncMutex<BTreeMap<(ServerName, String), usize>>,
    /// Oldest first.
    tasks: Mutex<VecDeque<Arc<TaskEntry>>>,
    kept: KeptCalls,
    keepers: Mutex<JoinSet<()>>,
    made: AtomicU64,
}

impl Default for Lasting {
    fn default() -> Self {
        Self {
            over: Cut::new(),
            places: Arc::new(Semaphore::new(LASTING_MAX)),
            subscribed: AsyncMutex::default(),
            tasks: Mutex::default(),
            kept: KeptCalls::default(),
            keepers: Mutex::new(JoinSet::new()),
            made: AtomicU64::new(0),
        }
    }
}

impl Lasting {
    /// A place for one more; `None` where there is none, or all of it has ended.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        place.filter(|_| self.over.why().is_none())
    }

    /// The calls that wait for an answer between two requests of their client.
    pub(crate) const fn kept(&self) -> &KeptCalls {
        &self.kept
    }

    /// A number that no other task of the grant has.
    pub(crate) fn made(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// Whatever ends all of it.
    pub(crate) fn over(&self) -> Cut {
        self.over.clone()
    }

    /// Ends all of it.
    pub(crate) fn end(&self) {
        self.over.cut("cut");
    }

    /// Looks after something for as long as it lasts.
    pub(crate) fn keep(&self, keeper: impl Future<Output = ()> + Send + 'static) {
        let mut keepers = locked(&self.keepers);
        while keepers.try_join_next().is_some() {}
        keepers.spawn(keeper);
    }

    /// Waits until what has ended is settled.
    pub(crate) async fn settled(&self, within: Duration) {
        let mut keepers = std::mem::take(&mut *locked(&self.keepers));
        let all = async { while keepers.join_next().await.is_some() {} };
        // what is not settled in time is in doubt past its own
        let _late = tokio::time::timeout(within, all).await;
    }

    /// Counts one more subscription at the server. It waits for one that is being taken back there.
    pub(crate) async fn subscribes(&self, server: &ServerName, uri: &str) {
        *self.subscribed.lock().await.entry((server.clone(), uri.to_owned())).or_default() += 1;
    }

    /// Counts one less; `last` is done with the last of them, before there is another.
    pub(crate) async fn unsubscribes(&self, server: &ServerName, uri: &str, last: impl Future<Output = ()>) {
        let mut subscribed = self.subscribed.lock().await;
        let key = (server.clone(), uri.to_owned());
        let left = subscribed.get(&key).copied().unwrap_or_default().saturating_sub(1);
        if left > 0 {
            subscribed.insert(key, left);
            return;
        }
        subscribed.remove(&key);
        last.await;
    }

    /// Remembers an MCP task. The oldest that has ended makes room.
    pub(crate) fn put(&self, task: Arc<TaskEntry>) {
        let mut tasks = locked(&self.tasks);
        tasks.push_back(task);
        while tasks.len() > TASKS_MAX {
            if !drop_oldest(&mut tasks) {
                // by INVARIANT of places: there are fewer open ones
                return;
            }
        }
    }

    /// The MCP task of this id, of this server where the caller sees one alone.
    pub(crate) fn task(&self, id: &str, server: Option<&ServerName>) -> Option<Arc<TaskEntry>> {
        let tasks = locked(&self.tasks);
        let own = |task: &&Arc<TaskEntry>| task.id() == id && server.is_none_or(|server| task.server() == server);
        tasks.iter().find(own).cloned()
    }

    /// All of them, oldest first.
    pub(crate) fn all_tasks(&self, server: Option<&ServerName>) -> Vec<Arc<TaskEntry>> {
        let tasks = locked(&self.tasks);
        tasks.iter().filter(|task| server.is_none_or(|server| task.server() == server)).cloned().collect()
    }

    /// Results that are more than what is kept go, the oldest first.
    pub(crate) fn make_room(&self) {
        let mut tasks = locked(&self.tasks);
        while tasks.iter().map(|task| task.bytes()).sum::<usize>() > RESULTS_BYTES_MAX && drop_oldest(&mut tasks) {}
    }

    /// Forgets one.
    pub(crate) fn forget(&self, id: &str) {
        locked(&self.tasks).retain(|task| {
            let stays = task.id() != id;
            if !stays {
                task.forgotten.cut("forgotten");
            }
            stays
        });
    }
}

/// Forgets the oldest that has ended. Answers whether there was one.
fn drop_oldest(tasks: &mut VecDeque<Arc<TaskEntry>>) -> bool {
    let oldest = tasks.iter().position(|task| task.has_ended());
    let gone = oldest.and_then(|at| tasks.remove(at));
    gone.inspect(|task| task.forgotten.cut("forgotten")).is_some()
}

#[cfg(test)]
mod tests;
