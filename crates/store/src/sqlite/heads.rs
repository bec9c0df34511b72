//! Heads that the writer remembers. The file is ours alone, so what was committed last is what is there.

use bailiwick_core::StreamId;
use std::collections::BTreeMap;

/// Streams remembered; past it the memory starts anew.
const HEADS_KEPT_MAX: usize = 65_536;

#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// The stream's number in the file.
    pub(super) number: i64,
    pub(super) head: i64,
    /// The leaf of its last event.
    pub(super) last: i64,
    pub(super) wake: Option<i64>,
}

#[derive(Default)]
pub(super) struct Heads {
    committed: BTreeMap<(i64, StreamId), Known>,
    /// What the transaction under way has moved.
    moved: Vec<((i64, StreamId), Known)>,
}

impl Heads {
    pub(super) fn get(&self, tenant: i64, stream: StreamId) -> Option<Known> {
        self.committed.get(&(tenant, stream)).copied()
    }

    /// Remembers what a transaction has moved, until it is known whether it stands.
    pub(super) fn moved(&mut self, tenant: i64, stream: StreamId, known: Known) {
        self.moved.push(((tenant, stream), known));
    }

    pub(super) fn stands(&mut self) {
        if self.committed.len() + self.moved.len() > HEADS_KEPT_MAX {
            self.committed.clear();
        }
        self.committed.extend(self.moved.drain(..));
    }

    /// Nothing of the transaction stands, or nobody knows: what is remembered is looked up again.
    pub(super) fn forget(&mut self) {
        self.moved.clear();
        self.committed.clear();
    }
}
