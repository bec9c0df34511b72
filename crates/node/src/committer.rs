//! The committer: joins the batches of all tasks of a tenant into one append, so that one `fsync` serves many.

use crate::clock::Clock;
use crate::step::{Batch, BatchId};
use bailiwick_store::{Append, BYTES_PER_APPEND_MAX, EVENTS_PER_APPEND_MAX, Group, Stood, Store, StoreError};
use std::sync::mpsc::Receiver;

/// The format of events that this version writes.
pub(crate) const FORMAT: u32 = bailiwick_core::FORMAT;

/// Appends what comes until the channel closes. `done` is told of every batch.
pub(crate) fn run(
    store: &dyn Store,
    clock: &Clock,
    batches: &Receiver<Batch>,
    mut done: impl FnMut(BatchId, Result<Stood, StoreError>),
) {
    let mut held: Option<Batch> = None;
    while let Some(first) = held.take().or_else(|| batches.recv().ok()) {
        let mut joined = Joined::of(first);
        while let Ok(next) = batches.try_recv() {
            if let Err(next) = joined.take(next) {
                held = Some(*next);
                break;
            }
        }
        joined.commit(store, clock, &mut done);
    }
}

/// Batches that may stand in one append: same tenant, decided under the same control.
#[derive(Debug)]
pub struct Joined {
    first: Batch,
    more: Vec<Batch>,
    events: usize,
    bytes: usize,
}

fn weight(group: &Group) -> (usize, usize) {
    let events = || group.streams.iter().flat_map(|advance| &advance.events);
    let bytes = events().map(|event| event.clear.len() + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len()));
    (events().count(), bytes.sum())
}

impl Joined {
    /// One batch by itself.
    pub fn of(first: Batch) -> Self {
        let (events, bytes) = weight(&first.group);
        Self { first, more: Vec::new(), events, bytes }
    }

    /// Takes one more if it may stand in the same append; gives it back if not. Order is kept, so nobody starves.
    ///
    /// # Errors
    /// The batch, when it may not stand beside those that are there.
    pub fn take(&mut self, next: Batch) -> Result<(), Box<Batch>> {
        let alike = next.tenant == self.first.tenant
            && next.epoch == self.first.epoch
            && next.decided_under == self.first.decided_under
            && !next.narrows
            && !self.first.narrows;
        let (events, bytes) = weight(&next.group);
        let fits = self.events + events <= EVENTS_PER_APPEND_MAX && self.bytes + bytes <= BYTES_PER_APPEND_MAX;
        if !alike || !fits {
            return Err(Box::new(next));
        }
        self.events += events;
        self.bytes += bytes;
        self.more.push(next);
        Ok(())
    }

    /// The append that they make, a group for each.
    pub fn append(&self) -> Append {
        let Self { first, more, .. } = self;
        Append {
            tenant: first.tenant,
            epoch: first.epoch,
            format: FORMAT,
            decided_under: first.decided_under,
            narrows: first.narrows,
            groups: std::iter::once(first).chain(more).map(|batch| batch.group.clone()).collect(),
        }
    }

    /// The batches, in order.
    pub fn into_batches(self) -> Vec<Batch> {
        std::iter::once(self.first).chain(self.more).collect()
    }

    fn commit(self, store: &dyn Store, clock: &Clock, done: &mut impl FnMut(BatchId, Result<Stood, StoreError>)) {
        let append = self.append();
        let batches = self.into_batches();
        match store.append(&append) {
            Ok(appended) => {
                clock.heard(appended.now);
                for (batch, stood) in batches.iter().zip(appended.groups) {
                    done(batch.id, Ok(stood));
                }
            }
            // One of them breaks a bound: let each stand for itself, so that the others do not fall with it.
            Err(StoreError::Refused(_)) if batches.len() > 1 => {
                for batch in batches {
                    Self::of(batch).commit(store, clock, done);
                }
            }
            Err(error) => {
                for batch in &batches {
                    done(batch.id, Err(error.clone()));
                }
            }
        }
    }
}
