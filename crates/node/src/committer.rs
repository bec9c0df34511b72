//! The committer: joins the batches of all tasks of a tenant into one append, so that one `fsync` serves many.

use crate::clock::Clock;
use crate::genuine::compare_row;
use crate::log::LogError;
use crate::step::{Batch, BatchId};
use bailiwick_store::{Append, BYTES_PER_APPEND_MAX, EVENTS_PER_APPEND_MAX, Group, Stood, Store, StoreError};
use std::collections::VecDeque;
use std::sync::mpsc::Receiver;

/// The format of events that this version writes.
pub(crate) const FORMAT: u32 = bailiwick_core::FORMAT;

/// What became of batches, in the order they were appended.
pub(crate) type Done = Vec<(BatchId, Result<Stood, StoreError>)>;

/// Appends what comes until the channel closes. `done` is told of every batch, those of an append together.
pub(crate) fn run(store: &dyn Store, clock: &Clock, batches: &Receiver<Vec<Batch>>, mut done: impl FnMut(Done)) {
    let mut waiting: VecDeque<Batch> = VecDeque::new();
    loop {
        while let Ok(more) = batches.try_recv() {
            waiting.extend(more);
        }
        let Some(first) = waiting.pop_front() else {
            match batches.recv() {
                Ok(more) => waiting.extend(more),
                Err(_) => return,
            }
            continue;
        };
        let mut joined = Joined::of(first);
        while let Some(next) = waiting.pop_front() {
            if let Err(next) = joined.take(next) {
                waiting.push_front(*next);
                break;
            }
        }
        joined.commit(store, clock, &mut done);
    }
}

/// Batches that may stand in one append: same tenant, decided under the same control.
#[derive(Debug)]
pub struct Joined {
    /// Whose each group is.
    ids: Vec<BatchId>,
    append: Append,
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
        let Batch { id, tenant, epoch, decided_under, narrows, group } = first;
        let (events, bytes) = weight(&group);
        let append = Append { tenant, epoch, format: FORMAT, decided_under, narrows, groups: vec![group] };
        Self { ids: vec![id], append, events, bytes }
    }

    /// Takes one more if it may stand in the same append; gives it back if not. Order is kept, so nobody starves.
    ///
    /// # Errors
    /// The batch, when it may not stand beside those that are there.
    pub fn take(&mut self, next: Batch) -> Result<(), Box<Batch>> {
        let alike = next.tenant == self.append.tenant
            && next.epoch == self.append.epoch
            && next.decided_under == self.append.decided_under
            && !next.narrows
            && !self.append.narrows;
        let (events, bytes) = weight(&next.group);
        let fits = self.events + events <= EVENTS_PER_APPEND_MAX && self.bytes + bytes <= BYTES_PER_APPEND_MAX;
        if !alike || !fits {
            return Err(Box::new(next));
        }
        self.events += events;
        self.bytes += bytes;
        self.ids.push(next.id);
        self.append.groups.push(next.group);
        Ok(())
    }

    /// The append that they make, a group for each.
    pub const fn append(&self) -> &Append {
        &self.append
    }

    /// The batches, in order.
    pub fn into_batches(self) -> Vec<Batch> {
        let Append { tenant, epoch, decided_under, narrows, groups, .. } = self.append;
        let batch = |(id, group)| Batch { id, tenant, epoch, decided_under, narrows, group };
        self.ids.into_iter().zip(groups).map(batch).collect()
    }

    fn commit(self, store: &dyn Store, clock: &Clock, done: &mut impl FnMut(Done)) {
        match store.append(&self.append) {
            Ok(appended) => {
                clock.heard(appended.now);
                done(self.ids.into_iter().zip(appended.groups.into_iter().map(Ok)).collect());
            }
            // One of them breaks a bound: let each stand for itself, so that the others do not fall with it.
            Err(StoreError::Refused(_)) if self.ids.len() > 1 => {
                for batch in self.into_batches() {
                    Self::of(batch).commit(store, clock, done);
                }
            }
            // A row that somebody changed is not what moves on: no decision would ever be made under it.
            Err(StoreError::Stale) => {
                let row = compare_row(store, self.append.tenant, Some(self.append.epoch));
                let error = match row {
                    Err(LogError::Behind(why)) => StoreError::Broken(why),
                    _ => StoreError::Stale,
                };
                done(self.ids.into_iter().map(|id| (id, Err(error.clone()))).collect());
            }
            Err(error) => done(self.ids.into_iter().map(|id| (id, Err(error.clone()))).collect()),
        }
    }
}
