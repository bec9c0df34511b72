//! Which proofs a node has already seen, for calls that append nothing. (A call that appends writes its proof's id
//! into the stream, where it is unique for ever and at every node; from then on it takes no place here.)

use crate::{
    dpop::{Proof, ProofRefusal},
    nonce::{NodeId, window_of},
};
use bailiwick_core::{Digest, KeyThumbprint, Micros};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

/// How much a replay cache remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayLimits {
    /// Proofs in one window of all keys. Two windows are kept.
    pub proofs_max: usize,
    /// Proofs in one window of one key, so that one agent cannot shut the door on the others.
    pub proofs_each_key_max: u32,
}

impl Default for ReplayLimits {
    /// About 20 MiB when full: 833 calls a second of all agents, 83 of each, besides those that a stream remembers.
    fn default() -> Self {
        Self { proofs_max: 100_000, proofs_each_key_max: 10_000 }
    }
}

#[derive(Debug, Default)]
struct Window {
    number: u64,
    seen: HashSet<Digest>,
    keys: HashMap<KeyThumbprint, u32>,
}

/// The proofs with this node's own nonces, in the two windows in which a nonce is good. Fails closed.
#[derive(Debug)]
pub struct ReplayCache {
    node: NodeId,
    limits: ReplayLimits,
    windows: Mutex<[Window; 2]>,
}

impl ReplayCache {
    /// An empty cache for the nonces of `node`. A node that restarts must take a new id: its memory is gone.
    pub fn new(node: NodeId, limits: ReplayLimits) -> Self {
        Self { node, limits, windows: Mutex::default() }
    }

    /// Takes a checked proof once.
    ///
    /// # Errors
    /// [`ProofRefusal::OtherNode`] (answer with our nonce, tell nothing), [`ProofRefusal::Replayed`],
    /// [`ProofRefusal::ReplayCacheFull`], or [`ProofRefusal::Nonce`] when its window has passed meanwhile.
    pub fn admit(&self, proof: &Proof, now: Micros) -> Result<(), ProofRefusal> {
        let nonce = proof.nonce();
        if nonce.node() != self.node {
            return Err(ProofRefusal::OtherNode);
        }
        // A window older than the one before this is forgotten below, so its proofs can no longer be told from new.
        let windows_old = window_of(now).saturating_sub(nonce.window());
        if windows_old > 1 {
            return Err(ProofRefusal::Nonce(crate::NonceRefusal::Old { windows: windows_old }));
        }
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = usize::from(nonce.window() % 2 == 1);
        let Some(window) = windows.get_mut(slot) else { return Err(ProofRefusal::ReplayCacheFull) };
        if window.number > nonce.window() {
            // Another thread, whose now was later, has already begun the window after the next one here.
            return Err(ProofRefusal::Nonce(crate::NonceRefusal::Old { windows: 2 }));
        }
        if window.number < nonce.window() {
            *window = Window { number: nonce.window(), ..Window::default() };
        }
        if window.seen.contains(proof.jti_hash()) {
            return Err(ProofRefusal::Replayed);
        }
        let full = window.seen.len() >= self.limits.proofs_max;
        let of_key = match window.keys.entry(proof.jkt().clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(_) if full => return Err(ProofRefusal::ReplayCacheFull),
            Entry::Vacant(entry) => entry.insert(0),
        };
        if full || *of_key >= self.limits.proofs_each_key_max {
            return Err(ProofRefusal::ReplayCacheFull);
        }
        *of_key += 1;
        window.seen.insert(*proof.jti_hash());
        Ok(())
    }

    /// Forgets a proof whose id a task's stream now holds: there it is unique, at every node, so its place here is free.
    pub fn forget(&self, proof: &Proof) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let number = proof.nonce().window();
        let Some(window) = windows.iter_mut().find(|window| window.number == number) else { return };
        if !window.seen.remove(proof.jti_hash()) {
            return;
        }
        if let Entry::Occupied(mut of_key) = window.keys.entry(proof.jkt().clone()) {
            *of_key.get_mut() = of_key.get().saturating_sub(1);
            if *of_key.get() == 0 {
                of_key.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests;
