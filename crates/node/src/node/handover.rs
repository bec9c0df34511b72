//! What was decided, on its way to the committer: together, so that it flushes the disk once for what one burst of calls
//! came to. One that took each batch as it came would flush for the first one alone, and wake for every one.

use crate::step::Batch;
use std::sync::mpsc::Sender;

/// How many inputs are taken before the committer gets what came of them, while more wait: about as long as a flush takes.
const HELD_MAX: usize = 32;

/// Batches that the committer has not yet.
pub(super) struct Handover {
    to: Sender<Vec<Batch>>,
    decided: Vec<Batch>,
    /// Inputs taken since the first of these was decided, that one included.
    held: usize,
}

impl Handover {
    pub(super) const fn new(to: Sender<Vec<Batch>>) -> Self {
        Self { to, decided: Vec::new(), held: 0 }
    }

    pub(super) fn put(&mut self, batch: Batch) {
        self.decided.push(batch);
    }

    /// An input was taken, and all that came of it was put here. Nothing is held for long, however much else waits.
    pub(super) fn taken(&mut self) {
        self.held += usize::from(!self.decided.is_empty());
        if self.held >= HELD_MAX {
            self.pass_on();
        }
    }

    /// Nothing more is to be decided at once.
    pub(super) fn pass_on(&mut self) {
        self.held = 0;
        if !self.decided.is_empty() {
            // Nobody is left to append once the node has drained.
            let _gone = self.to.send(std::mem::take(&mut self.decided));
        }
    }
}

#[cfg(test)]
mod tests;
