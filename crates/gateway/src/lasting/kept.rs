//! Calls that are open between two requests of their client, of one grant: each is looked after by a keeper, who gives it up
//! to the request that goes on with it.

use crate::room::{Room, Taken as Taking};
use crate::rpc::RpcError;
use crate::session::Kept;
use crate::upstream::locked;
use bailiwick_core::json::Json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// The most of them of one grant.
const KEPT_MAX: usize = 8;

/// What its keeper gives up.
pub(crate) enum Found {
    /// The call, which goes on.
    Open(Box<Kept>),
    /// What it came to meanwhile; nothing where its client had taken it back.
    Over(Option<Result<Json, RpcError>>),
}

/// What a question comes to that is said to be open.
pub(crate) enum Taken {
    Found(Found),
    /// It was answered before.
    Answered,
    /// No such call is open here.
    Gone,
}

/// Where a keeper waits to be asked for what it keeps.
pub(crate) type Wanted = oneshot::Receiver<oneshot::Sender<Found>>;

/// Held by a call that is kept.
pub(crate) struct Place {
    _of_grant: OwnedSemaphorePermit,
    _of_node: Taking,
}

/// A call, by the leaf of its act.
struct Entry {
    /// Its question that is open.
    number: u64,
    /// Its keeper; `None`: a request goes on with it now.
    keeper: Option<oneshot::Sender<oneshot::Sender<Found>>>,
}

/// All of them.
pub(crate) struct KeptCalls {
    calls: Mutex<BTreeMap<u64, Entry>>,
    places: Arc<Semaphore>,
}

impl Default for KeptCalls {
    fn default() -> Self {
        Self { calls: Mutex::default(), places: Arc::new(Semaphore::new(KEPT_MAX)) }
    }
}

impl KeptCalls {
    /// A place for one more; `None` where there is none.
    pub(crate) fn place(&self, room: &Room) -> Option<Place> {
        let of_grant = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _of_grant: of_grant, _of_node: room.take()? })
    }

    /// Its keeper takes it: from now on it can be asked for by this question.
    pub(crate) fn put(&self, leaf: u64, number: u64) -> Wanted {
        let (keeper, wanted) = oneshot::channel();
        locked(&self.calls).insert(leaf, Entry { number, keeper: Some(keeper) });
        wanted
    }

    /// Takes it from its keeper, for the one request that answers this question.
    pub(crate) async fn take(&self, leaf: u64, number: u64) -> Taken {
        let keeper = match locked(&self.calls).get_mut(&leaf) {
            None => return Taken::Gone,
            Some(entry) if entry.number > number => return Taken::Answered,
            Some(entry) if entry.number < number => return Taken::Gone,
            Some(entry) => entry.keeper.take(),
        };
        let Some(keeper) = keeper else { return Taken::Answered };
        let (sender, found) = oneshot::channel();
        // a keeper that has gone keeps nothing any more
        let asked = keeper.send(sender).is_ok();
        match found.await {
            Ok(found) if asked => Taken::Found(found),
            _ => Taken::Gone,
        }
    }

    /// It is over.
    pub(crate) fn forget(&self, leaf: u64) {
        locked(&self.calls).remove(&leaf);
    }
}

#[cfg(test)]
mod tests;
