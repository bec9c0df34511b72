//! How often each peer was refused lately: past a bound it waits, so that nobody tries keys for the price of a packet.
//! A token that was good lately does not wait: many agents share an address, the loopback's above all, and a stranger
//! at it must not be able to stop them.

use bailiwick_core::{Digest, Micros, Span};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Failures are counted over this.
pub(crate) const FAILURE_WINDOW: Span = Span::minutes(1);
/// Past this many failures in a window a peer waits for the next.
pub(crate) const FAILURES_PER_PEER_MAX: u32 = 300;
/// How many peers are counted in one window. The count protects work, not authority: past it new peers go uncounted.
pub(crate) const PEERS_MAX: usize = 16_384;

/// How many good tokens are remembered of one window.
pub(crate) const GOOD_TOKENS_MAX: usize = 16_384;
/// A token that was good is known so for this long at least, and at most twice as long: a token lives five minutes.
const GOOD_WINDOW: Span = Span::minutes(5);

#[derive(Debug, Default)]
struct Window {
    number: u64,
    peers: HashMap<IpAddr, u32>,
    good: Good,
}

/// Hashes of tokens that were good, of this window and of the one before.
#[derive(Debug, Default)]
struct Good {
    number: u64,
    now: HashSet<Digest>,
    before: HashSet<Digest>,
}

impl Good {
    fn turn(&mut self, now: Micros) {
        let number = now.0 / GOOD_WINDOW.0;
        if number == self.number {
            return;
        }
        let last = std::mem::take(&mut self.now);
        self.before = if number == self.number + 1 { last } else { HashSet::new() };
        self.number = number;
    }
}

/// Failures by peer address.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<Window>);

/// One holder of an IPv6 prefix is one peer, whatever addresses it makes itself.
fn counted(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

impl Failures {
    /// How many seconds this peer must wait, if it must.
    pub(crate) fn waits(&self, peer: IpAddr, now: Micros) -> Option<u32> {
        let window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0 / FAILURE_WINDOW.0;
        let over = window.peers.get(&counted(peer)).is_some_and(|count| *count >= FAILURES_PER_PEER_MAX);
        let left = FAILURE_WINDOW.0 - now.0 % FAILURE_WINDOW.0;
        (window.number == number && over).then(|| u32::try_from(left.div_ceil(1_000_000)).unwrap_or(60))
    }

    /// Whether this token was good lately.
    pub(crate) fn was_good(&self, token: &Digest, now: Micros) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.good.turn(now);
        window.good.now.contains(token) || window.good.before.contains(token)
    }

    /// Remembers a token that was good, with a proof by its key.
    pub(crate) fn good(&self, token: Digest, now: Micros) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.good.turn(now);
        if window.good.now.len() < GOOD_TOKENS_MAX {
            window.good.now.insert(token);
        }
    }

    /// Counts one failure.
    pub(crate) fn count(&self, peer: IpAddr, now: Micros) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0 / FAILURE_WINDOW.0;
        if window.number != number {
            (window.number, window.peers) = (number, HashMap::new());
        }
        let room = window.peers.len() < PEERS_MAX;
        match window.peers.get_mut(&counted(peer)) {
            Some(count) => *count = count.saturating_add(1),
            None if room => {
                window.peers.insert(counted(peer), 1);
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
