//! What was decided and is not on its way yet: an outcome that was told already waits a moment for the next call of its task,
//! so that one commit serves both. An agent that does one thing after another then waits for one commit a call, not for two.

use super::mandates::{Moved, Taken, write_beside};
use super::{BATCH_MAX, Batch, BatchId, Engine, Failure, Flight, Output, Slot};
use crate::codec::{CodecError, Pen, encode, needs_key};
use crate::live::{LiveMandate, LiveTask};
use crate::vault::Vault;
use bailiwick_core::{Event, MandateName, Micros, Span, TaskId, TenantId};
use bailiwick_store::{Advance, Group, NewEvent, NewKey, StreamKind};

/// How long an outcome that was told waits for the next call of its task: one commit then serves both. Nobody waits for it
/// meanwhile, and a crash leaves in doubt, and charged, what a crash in the commit would.
pub const TOLD_HELD_FOR: Span = Span(3_000);

/// The control that something was decided under.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Under {
    pub(super) epoch: u32,
    /// The last control leaf that was folded.
    pub(super) leaf: Option<u64>,
}

/// What a batch has come to so far.
#[derive(Default)]
pub(super) struct Written {
    pub(super) events: Vec<NewEvent>,
    pub(super) keys: Vec<NewKey>,
    /// What moves the mandates that the task draws on.
    pub(super) beside: Vec<Moved>,
}

impl Written {
    /// The mandates that it moves, as they were known to stand before.
    pub(super) fn moved(&mut self) -> Vec<(MandateName, Option<LiveMandate>)> {
        self.beside.iter_mut().map(Moved::before).collect()
    }

    /// Writes a command's events and folds them, all or none. Answers the last one's seq and hash.
    pub(super) fn write(
        &mut self,
        live: &mut LiveTask,
        tenant: TenantId,
        task: TaskId,
        (vault, taken): (&Vault, &mut Taken),
        events: &[Event],
    ) -> Result<Option<(u64, bailiwick_core::Digest)>, Failure> {
        if live.key.is_none() && needs_key(events) {
            let (key, new) = vault.draw(tenant, task).map_err(|error| Failure::Unavailable(error.to_string()))?;
            live.key = Some(key);
            self.keys.push(new);
        }
        let stamps = vault.stamp_key(tenant).map_err(|error| Failure::Unavailable(error.to_string()))?;
        let mut chain = live.chain;
        let mut encoded = Vec::with_capacity(events.len());
        for event in events {
            let pen = Pen { stamps: &stamps, kind: StreamKind::TASK, data: live.key.as_ref() };
            encoded.push(encode(&mut chain, tenant, task, pen, event).map_err(|error| match error {
                CodecError::TooLarge(_) => Failure::TooLarge,
                CodecError::Broken(why) => Failure::Closed(why),
            })?);
        }
        let beside = write_beside(taken, tenant, vault, events)?;
        for event in events {
            // Its leaf is not known before it is durable; `placed` puts it in then.
            if let Err(error) = live.state.apply(event, u64::MAX) {
                return Err(Failure::Closed(error.to_string()));
            }
        }
        live.chain = chain;
        let last = encoded.last().map(|new| (chain.seq(), new.hash));
        self.events.extend(encoded);
        self.beside.extend(beside);
        Ok(last)
    }
}

impl Engine {
    /// When [`Input::Moment`] is due at the latest: until then something is held back for what may come next.
    pub fn held_until(&self) -> Option<Micros> {
        self.held.front().map(|(until, ..)| *until)
    }

    /// What was held back long enough goes on its way; all of it on a node that goes down.
    pub(super) fn release_due(&mut self, out: &mut Vec<Output>) {
        let (now, draining) = (self.now, self.draining);
        while let Some((_, tenant, task, batch)) = self.held.pop_front_if(|(until, ..)| draining || *until <= now) {
            let slot = self.tenants.get_mut(&tenant).and_then(|tenant| tenant.tasks.get_mut(&task));
            // Else it went with what came next.
            let slot = slot.filter(|slot| slot.flight.as_ref().is_some_and(|flight| flight.batch == batch));
            out.extend(slot.and_then(|slot| slot.release(tenant, task)).map(Output::Append));
        }
    }
}

impl Slot {
    /// Whether nobody waits for what is held: outcomes that were told, and nothing behind them.
    pub(super) fn may_wait(&self) -> bool {
        let told =
            |flight: &Flight| flight.flown.len() < BATCH_MAX && flight.flown.iter().all(|flown| flown.pending.told());
        self.held.is_some() && self.queue.is_empty() && self.flight.as_ref().is_some_and(told)
    }

    /// What is held does not go to a store that is not what it was. Answers the batch that is not to come.
    pub(super) fn keep_back(&mut self) -> Option<BatchId> {
        self.held.take()?;
        // What was folded of it is not durable, so what is in memory is not either.
        self.live = None;
        let flight = self.flight.take()?;
        self.lost.extend(flight.flown);
        Some(flight.batch)
    }

    /// What is held, to be appended now.
    pub(super) fn release(&mut self, tenant: TenantId, task: TaskId) -> Option<Batch> {
        let (Some(flight), Some(live)) = (&self.flight, &self.live) else { return None };
        let Written { events, keys, beside } = self.held.take()?;
        let wake = live.state.wake();
        let advance = Advance { stream: task, kind: StreamKind::TASK, expect: flight.first - 1, events, wake };
        let Under { epoch, leaf } = flight.under;
        // The task's events come first: its leaves are counted from the first of the group.
        let streams = std::iter::once(advance).chain(beside.into_iter().map(Moved::into_advance)).collect();
        let group = Group { streams, keys, blobs: Vec::new() };
        Some(Batch { id: flight.batch, tenant, epoch, decided_under: leaf, narrows: false, group })
    }
}
