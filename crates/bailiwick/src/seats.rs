//! Seats for connections. They are bounded, in all and by peer; when there is none, one that nothing has shown to be of
//! use makes room, so that a stranger who only holds connections open keeps nobody out.

use bailiwick_authority::counted;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// At once.
    pub(crate) all: usize,
    /// Of one peer.
    pub(crate) each: usize,
}

/// The seats of one address.
#[derive(Debug)]
pub(crate) struct Seats {
    bounds: Bounds,
    held: Mutex<Held>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    /// In the order they came.
    taken: BTreeMap<u64, Taken>,
    /// Connections that were told to go count until they have gone, but for whoever comes.
    going: usize,
}

#[derive(Debug)]
struct Taken {
    peer: IpAddr,
    /// A caller that was let in has sent something over it.
    proven: bool,
    /// Requests under way.
    busy: usize,
    since: Instant,
    go: Arc<Notify>,
}

/// A connection's seat; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    go: Arc<Notify>,
}

/// A request under way: its connection does not make room for another.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Seat>);

impl Seats {
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, held: Mutex::default(), left: Notify::new() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a connection of this peer. `None` when there is none and nobody makes room.
    pub(crate) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<Seat>> {
        let peer = counted(peer);
        let mut held = self.held();
        let own = held.taken.values().filter(|taken| taken.peer == peer).count();
        if own >= self.bounds.each {
            held.make_room(Some(peer))?;
        } else if held.taken.len() >= self.bounds.all {
            held.make_room(None)?;
        }
        let (number, go) = (held.next, Arc::new(Notify::new()));
        held.next += 1;
        held.taken.insert(number, Taken { peer, proven: false, busy: 0, since: Instant::now(), go: go.clone() });
        drop(held);
        Some(Arc::new(Seat { seats: Arc::clone(self), number, go }))
    }

    /// Waits until all have gone.
    pub(crate) async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.held().is_empty() {
                return;
            }
            left.await;
        }
    }
}

impl Held {
    fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.going == 0
    }

    /// The oldest that proved nothing makes room, whatever it is about to send; else the one that is idle longest.
    fn make_room(&mut self, of: Option<IpAddr>) -> Option<()> {
        let among = || self.taken.iter().filter(|(_, taken)| of.is_none_or(|peer| taken.peer == peer));
        let unproven = among().find(|(_, taken)| !taken.proven);
        let idle = || among().filter(|(_, taken)| taken.busy == 0).min_by_key(|(_, taken)| taken.since);
        let number = *unproven.or_else(idle)?.0;
        let taken = self.taken.remove(&number)?;
        self.going += 1;
        taken.go.notify_one();
        Some(())
    }
}

impl Seat {
    /// Resolves when it is to make room.
    pub(crate) async fn wanted(&self) {
        self.go.notified().await;
    }

    /// A request is under way from now until what comes back is dropped.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        self.with(|taken| taken.busy += 1);
        Busy(Arc::clone(self))
    }

    /// A caller that was let in has sent something.
    pub(crate) fn proven(&self) {
        self.with(|taken| taken.proven = true);
    }

    fn with(&self, change: impl FnOnce(&mut Taken)) {
        if let Some(taken) = self.seats.held().taken.get_mut(&self.number) {
            change(taken);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.seats.held();
        if held.taken.remove(&self.number).is_none() {
            held.going = held.going.saturating_sub(1);
        }
        drop(held);
        self.seats.left.notify_waiters();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.with(|taken| {
            taken.busy = taken.busy.saturating_sub(1);
            taken.since = Instant::now();
        });
    }
}

#[cfg(test)]
mod tests;
