//! Control commands that wait, decided one after another on memory and joined into one append.

use super::{FlownControl, PendingControl};
use crate::codec::{CodecError, Pen, encode};
use crate::live::{LiveControl, control_stream};
use crate::step::{Answer, Failure, Output};
use crate::vault::Vault;
use bailiwick_core::{ControlDecided, Data, Digest, Facts, Micros, TenantId, decide_control};
use bailiwick_policy::CedarReader;
use bailiwick_store::{
    BLOB_BYTES_PER_APPEND_MAX, BLOBS_PER_APPEND_MAX, BYTES_PER_APPEND_MAX, EVENTS_PER_APPEND_MAX, NewEvent, StreamKind,
};
use std::collections::{BTreeMap, VecDeque};

/// How many commands of the control stream are decided into one append.
const COMMANDS_MAX: usize = 64;

/// What the commands came to so far.
pub(super) struct Joined {
    /// The state once all of it stands.
    pub(super) after: LiveControl,
    pub(super) flown: Vec<FlownControl>,
    pub(super) events: Vec<NewEvent>,
    pub(super) blobs: BTreeMap<Digest, Vec<u8>>,
    pub(super) narrows: bool,
    pub(super) changed: bool,
    /// The epoch of the tenant's first event: before it nothing else says it.
    pub(super) opens: Option<u32>,
}

impl Joined {
    pub(super) fn on(control: &LiveControl) -> Self {
        Self {
            after: control.fork(),
            flown: Vec::new(),
            events: Vec::new(),
            blobs: BTreeMap::new(),
            narrows: false,
            changed: false,
            opens: None,
        }
    }

    /// Takes of the queue what may stand in one append. What stops work waits for nothing that does not.
    pub(super) fn take(
        &mut self,
        queue: &mut VecDeque<PendingControl>,
        control: &LiveControl,
        (tenant, vault, now): (TenantId, &Vault, Micros),
        out: &mut Vec<Output>,
    ) {
        while self.flown.len() < COMMANDS_MAX {
            let Some(pending) = queue.pop_front_if(|next| self.stands_beside(next)) else { return };
            let facts = Facts { now, ..pending.facts.clone() };
            let decided = decide_control(&self.after.state, &CedarReader, &pending.command, &facts);
            let first = self.after.state.seq + 1;
            match self.write(&pending, &decided, tenant, vault) {
                Ok(None) if !decided.events.is_empty() => {
                    queue.push_front(pending);
                    return;
                }
                // It rests on nothing that is on its way.
                Ok(None) if self.events.is_empty() => {
                    FlownControl { pending, decided, first, last: None }.answer(None, out);
                }
                Ok(last) => self.flown.push(FlownControl { pending, decided, first, last }),
                Err(failure) => {
                    out.push(Output::Answer { ticket: pending.ticket, answer: Answer::Failed(failure) });
                    // What cannot be folded leaves a state that nothing can be decided on.
                    if self.after.state.seq != self.after.chain.seq() {
                        let before = std::mem::replace(self, Self::on(control));
                        before.flown.into_iter().rev().for_each(|flown| queue.push_front(flown.pending));
                    }
                }
            }
        }
    }

    fn stands_beside(&self, next: &PendingControl) -> bool {
        let beside =
            |there: &FlownControl| there.pending.stops() == next.stops() && !there.pending.alone && !next.alone;
        self.flown.first().is_none_or(beside)
    }

    /// Writes what a command came to and folds it, all or none. Answers the seq and hash of its last event; `None` when it
    /// has none, or has no room beside what is there.
    fn write(
        &mut self,
        pending: &PendingControl,
        decided: &ControlDecided,
        tenant: TenantId,
        vault: &Vault,
    ) -> Result<Option<(u64, Digest)>, Failure> {
        let stream = control_stream(tenant);
        let stamps = vault.stamp_key(tenant).map_err(|error| Failure::Unavailable(error.to_string()))?;
        let pen = Pen { stamps: &stamps, kind: StreamKind::CONTROL, data: None };
        let mut chain = self.after.chain;
        let encoded = decided.events.iter().map(|event| encode(&mut chain, tenant, stream, pen, event));
        let encoded = encoded.collect::<Result<Vec<_>, _>>().map_err(|error| match error {
            CodecError::TooLarge(_) => Failure::TooLarge,
            CodecError::Broken(why) => Failure::Closed(why),
        })?;
        let named = decided.blobs.iter().chain(&pending.blobs);
        let blobs: BTreeMap<_, _> = named.filter(|(digest, _)| !self.blobs.contains_key(digest)).cloned().collect();
        if !self.events.is_empty() && !self.has_room(&encoded, &blobs) {
            return Ok(None);
        }
        for (digest, bytes) in &blobs {
            self.after.blobs.entry(*digest).or_insert_with(|| bytes.as_slice().into());
        }
        let mut last = None;
        for (event, new) in decided.events.iter().zip(&encoded) {
            // Its leaf is not known before it is durable.
            let folded = self.after.state.apply(event, u64::MAX, &self.after.blobs);
            folded.map_err(|error| Failure::Closed(error.to_string()))?;
            self.after.remember(self.after.state.seq, new.hash);
            last = Some((self.after.state.seq, new.hash));
            self.changed |= !event.data.leaves_rules();
            if let Data::ControlOpened(opened) = &event.data {
                self.opens = Some(opened.epoch);
            } else if let Data::ControlRestored(restored) = &event.data {
                // Its row was raised before: what older epochs still wrote would be lost to nobody's knowledge.
                self.opens = Some(restored.epoch);
            }
        }
        self.narrows |= decided.narrows;
        self.after.chain = chain;
        self.blobs.extend(blobs);
        self.events.extend(encoded);
        Ok(last)
    }

    /// Whether these may stand in one append with what is there.
    fn has_room(&self, events: &[NewEvent], blobs: &BTreeMap<Digest, Vec<u8>>) -> bool {
        let size = |event: &NewEvent| event.clear.len() + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len());
        let bytes: usize = self.events.iter().chain(events).map(size).sum();
        let blob_bytes: usize = self.blobs.values().chain(blobs.values()).map(Vec::len).sum();
        self.events.len() + events.len() <= EVENTS_PER_APPEND_MAX
            && bytes <= BYTES_PER_APPEND_MAX
            && self.blobs.len() + blobs.len() <= BLOBS_PER_APPEND_MAX
            && blob_bytes <= BLOB_BYTES_PER_APPEND_MAX
    }
}
