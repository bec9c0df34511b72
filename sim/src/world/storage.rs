//! The store as nodes meet it: the real memory store, and everything that may go wrong on the way there and back.

use super::node::ForNode;
use super::spoilt::spoil;
use super::{Event, FIRST_EPOCH, World};
use crate::mutant::Mutant;
use crate::setup::TENANT;
use bailiwick_core::Span;
use bailiwick_node::{Batch, Keep, KeepFailure, Kept, Output, VaultError, load};
use bailiwick_store::{Append, Appended, Fault, Ledger, Shelf, Stood, StoreError, StreamKind};

impl World {
    /// An append arrives. Its sender may be dead by now: the store does not know.
    pub(super) fn at_store(&mut self, at: usize, generation: u32, batches: Vec<Batch>, append: Append) {
        if self.strikes(self.options.slow) {
            // It waits for a lock, or for a disk.
            let late = Span(self.chance.between(100_000, 6_000_000));
            self.after(late, Event::Append(at, generation, batches, Box::new(append)));
            return;
        }
        let faults = [
            (self.options.conflict, Fault::Conflict),
            (self.options.lost_after, Fault::LostAfterCommit),
            (self.options.lost_before, Fault::LostBeforeCommit),
            (self.options.zombie, Fault::Zombie),
            (self.options.refused, Fault::Gone),
        ];
        for (rate, fault) in faults {
            if self.strikes(rate) {
                self.store.inject(fault);
                if fault == Fault::Zombie {
                    let later = Span(self.chance.between(1_000, 20_000_000));
                    self.after(later, Event::Land);
                }
                break;
            }
        }
        let result = self.written(append);
        // A store that is gone takes no fault from the queue.
        self.store.clear_faults();
        let late =
            if self.strikes(self.options.slow) { Span(self.chance.between(100_000, 6_000_000)) } else { Span(0) };
        let way = Span(self.way().0.saturating_add(late.0));
        self.after(way, Event::Node(at, generation, ForNode::Appended(batches, result)));
    }

    fn written(&mut self, mut append: Append) -> Result<Appended, StoreError> {
        match self.mutant {
            Some(Mutant::IgnoresHeads) => {
                for advance in append.groups.iter_mut().flat_map(|group| &mut group.streams) {
                    advance.expect = self.store.head(TENANT, advance.stream)?.map_or(0, |head| head.head);
                }
            }
            Some(Mutant::ForgetsFloor) => {
                append.decided_under = append.decided_under.max(self.store.log(TENANT)?.control_floor)
            }
            Some(Mutant::AnswersWithoutWriting) if self.chance.permille(30) => {
                let log = self.store.log(TENANT)?;
                let groups = append.groups.iter().map(|_| Stood::At { first_leaf: log.size }).collect();
                return Ok(Appended { groups, now: log.now });
            }
            Some(Mutant::ChangesEvents) if self.chance.permille(30) => {
                let events = append
                    .groups
                    .iter_mut()
                    .flat_map(|group| &mut group.streams)
                    .flat_map(|advance| &mut advance.events);
                events.for_each(|event| event.clear.push(b' '));
            }
            Some(Mutant::DropsMandates) => {
                let groups = append.groups.iter_mut();
                groups.for_each(|group| group.streams.retain(|advance| advance.kind != StreamKind::MANDATE));
            }
            Some(Mutant::LeavesStampsOut) if self.chance.permille(30) => {
                let streams = append.groups.iter_mut().flat_map(|group| &mut group.streams);
                streams.flat_map(|advance| &mut advance.events).for_each(|event| event.stamp = Default::default());
            }
            _ => {}
        }
        let mut answer = self.store.append(&append)?;
        if self.mutated(Mutant::AnswersWrongLeaf) {
            for stood in &mut answer.groups {
                if let Stood::At { first_leaf } = stood {
                    *first_leaf += 1;
                }
            }
        }
        Ok(answer)
    }

    /// A snapshot arrives. Somebody who can write to the store may have made another of it, or lost it.
    pub(super) fn keep(&mut self, at: usize, mut keep: Keep) -> Result<(), String> {
        let Some((vault, _)) = self.read_for(at) else { return Ok(()) };
        match &mut keep.state {
            Kept::Task(state) => spoil(self.mutant, state),
            Kept::Mandate(state) if self.mutated(Mutant::EmptiesMandatesInSnapshots) => state.units.clear(),
            _ => {}
        }
        let mut snapshot = match keep.seal(&self.store, &vault) {
            Ok(snapshot) => snapshot,
            Err(KeepFailure::Vault(VaultError::Store(_))) => return Ok(()),
            // It was erased, or its key went with what was lost.
            Err(_) if self.aging.is_some() => return Ok(()),
            Err(_) if self.lost.is_some() || self.epoch > FIRST_EPOCH => return Ok(()),
            Err(error) => return Err(format!("a snapshot cannot be made: {error}")),
        };
        let mut stream = keep.stream();
        if self.strikes(self.options.shelf_odd) {
            let at = usize::try_from(self.chance.below(snapshot.sealed.len() as u64)).unwrap_or(0);
            match self.chance.below(6) {
                0 => return Ok(()),
                1 => snapshot.sealed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1),
                2 => snapshot.sealed.truncate(at),
                3 => stream = self.chance.pick(&self.tasks).map_or(stream, |known| known.task),
                // It says that it is of another event, and has that event's hash.
                4 => {
                    snapshot.seq += self.chance.between(1, 4);
                    let there = self.store.stream(TENANT, stream, snapshot.seq, 1).unwrap_or_default();
                    snapshot.hash = there.first().map_or(snapshot.hash, |event| event.event.hash);
                }
                _ => snapshot.fold += 1,
            }
        }
        // Nobody waits for it: one that is not taken is missed.
        let _missed = self.store.put_snapshot(TENANT, stream, &snapshot);
        Ok(())
    }

    /// A read arrives; what it finds is on its way back for a while, and older when it comes.
    pub(super) fn read(&mut self, at: usize, generation: u32, wanted: Output) {
        let Some((vault, reaches)) = self.read_for(at) else { return };
        let lost = self.strikes(self.options.refused);
        let gone = self.store.log(TENANT).is_err();
        self.store.set_gone(gone || lost);
        let found = load(&self.store, &vault, &reaches, wanted);
        self.store.set_gone(gone);
        let late =
            if self.strikes(self.options.slow) { Span(self.chance.between(100_000, 4_000_000)) } else { Span(0) };
        let way = Span(self.way().0.saturating_add(late.0));
        if let Some(input) = found {
            self.after(way, Event::Node(at, generation, ForNode::Input(Box::new(input))));
        }
    }
}
