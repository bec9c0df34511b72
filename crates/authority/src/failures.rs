//! How often each peer was refused lately: past a bound it waits, so that nobody tries keys for the price of a packet.
//! What was good lately does not wait, a token or the key that a client proves: many agents share an address, the
//! loopback's above all, and a stranger at it must not be able to stop them. What clients try is counted apart from what
//! others at their address try, in so many shares: whether a client is known here cannot be told from who has to wait.

use bailiwick_core::{AgentId, Digest, KeyThumbprint, Micros, Span, sha256};
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Failures are counted over this.
pub(crate) const FAILURE_WINDOW: Span = Span::minutes(1);
/// Past this many failures in a window a peer waits for the next.
pub(crate) const FAILURES_PER_PEER_MAX: u32 = 300;
/// Past this many failures in a window a share of a peer waits for the next.
pub(crate) const FAILURES_PER_SHARE_MAX: u32 = 60;
/// Into how many shares a peer's failures are counted that claim to be a client's.
pub(crate) const SHARES: u64 = 64;
const _: () = assert!(FAILURES_PER_SHARE_MAX < FAILURES_PER_PEER_MAX);
/// How many peers and shares are counted in one window. The count protects work, not authority: past it new peers go uncounted.
pub(crate) const PEERS_MAX: usize = 16_384;

/// How many assertions are verified in a second of clients whose share is full: so much work a stranger may cause. Those
/// that name a registered key by its thumbprint, which a stranger does not know, are counted for that key apart, so that
/// no number of others crowds them out.
pub(crate) const VERIFIED_PER_SECOND_MAX: u32 = 200;
const SECOND: Span = Span::seconds(1);

/// How many good tokens are remembered of one window.
pub(crate) const GOOD_TOKENS_MAX: usize = 16_384;
/// A token that was good is known so for this long at least, and at most twice as long: a token lives five minutes.
const GOOD_WINDOW: Span = Span::minutes(5);

#[derive(Debug, Default)]
struct Window {
    number: u64,
    peers: HashMap<(IpAddr, Share), u32>,
    good: Good,
    /// Which second it is, and how many assertions were verified in it past a bound, by the registered key that they name.
    /// By INVARIANT of `may_verify`: as many as there are registered keys, and one for those that name none.
    verified: (u64, HashMap<Option<KeyThumbprint>, u32>),
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

/// Whose part of a peer's failures it is: of one that claims to be no client, or a share of those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Share(Option<u64>);

impl Share {
    /// What claims to be no client.
    pub(crate) const NONE: Self = Self(None);

    const fn most(self) -> u32 {
        match self.0 {
            None => FAILURES_PER_PEER_MAX,
            Some(_) => FAILURES_PER_SHARE_MAX,
        }
    }
}

/// Failures by peer address.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    window: Mutex<Window>,
    /// Drawn for this process: nobody outside can tell who shares with whom.
    chance: RandomState,
}

/// How an `Authorization` is remembered that brings this token.
pub(crate) fn of_token(token: &str) -> Digest {
    sha256(format!("DPoP {token}").as_bytes())
}

/// How a client is remembered whose proof has this header: it names the key, which strangers do not know.
pub(crate) fn of_client(client: &AgentId, proof: &[u8]) -> Digest {
    let header = proof.split(|byte| *byte == b'.').next().unwrap_or_default();
    sha256(&[b"client\0", client.as_str().as_bytes(), b"\0", header].concat())
}

/// Under which address a peer is counted: one holder of an IPv6 prefix is one peer, whatever addresses it makes itself.
pub fn counted(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

impl Failures {
    /// Where failures are counted of whoever claims to be this client.
    pub(crate) fn share(&self, claimed: Option<&AgentId>) -> Share {
        Share(claimed.map(|client| self.chance.hash_one(client.as_str()) % SHARES))
    }

    /// How many seconds this peer must wait, if it must.
    pub(crate) fn waits(&self, peer: IpAddr, share: Share, now: Micros) -> Option<u32> {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0 / FAILURE_WINDOW.0;
        let over = window.peers.get(&(counted(peer), share)).is_some_and(|count| *count >= share.most());
        let left = FAILURE_WINDOW.0 - now.0 % FAILURE_WINDOW.0;
        (window.number == number && over).then(|| u32::try_from(left.div_ceil(1_000_000)).unwrap_or(60))
    }

    /// Whether this token, or this client's key, was good lately.
    pub(crate) fn was_good(&self, token: &Digest, now: Micros) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.good.turn(now);
        window.good.now.contains(token) || window.good.before.contains(token)
    }

    /// Remembers a token or a client's key that was good, with a proof by it.
    pub(crate) fn good(&self, token: Digest, now: Micros) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.good.turn(now);
        if window.good.now.len() < GOOD_TOKENS_MAX {
            window.good.now.insert(token);
        }
    }

    /// Whether one more assertion may be verified of a client whose share is full; `named` is the registered key of that
    /// client which it names.
    pub(crate) fn may_verify(&self, named: Option<&KeyThumbprint>, now: Micros) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.0 / SECOND.0;
        if window.verified.0 != second {
            window.verified = (second, HashMap::new());
        }
        let count = window.verified.1.entry(named.cloned()).or_default();
        *count = count.saturating_add(1);
        *count <= VERIFIED_PER_SECOND_MAX
    }

    /// Counts one failure.
    pub(crate) fn count(&self, peer: IpAddr, share: Share, now: Micros) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0 / FAILURE_WINDOW.0;
        if window.number != number {
            (window.number, window.peers) = (number, HashMap::new());
        }
        let room = window.peers.len() < PEERS_MAX;
        match window.peers.get_mut(&(counted(peer), share)) {
            Some(count) => *count = count.saturating_add(1),
            None if room => {
                window.peers.insert((counted(peer), share), 1);
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
