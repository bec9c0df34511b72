//! The engine's half for a tenant's control stream: one append at a time, and everything else hears of it.

use super::{
    Answer, Batch, ControlFlight, ENDINGS_MAX, Engine, Failure, LoadedControl, Output, PendingControl, QUEUE_MAX, Seen,
    TRIES_MAX, Tenant,
};
use crate::codec::{Pen, encode};
use crate::live::{LiveControl, LoadError, control_stream};
use crate::vault::Vault;
use bailiwick_core::{ControlCommand, Data, Digest, Event, Facts, TaskId, TenantId, decide_control};
use bailiwick_store::{Advance, Blob, Group, NewEvent, Stood, StoreError, StreamKind};
use std::sync::Arc;

impl PendingControl {
    /// Stops work: goes ahead of everything that does not, and a full queue does not hold it up.
    pub(super) const fn stops(&self) -> bool {
        matches!(
            self.command,
            ControlCommand::Tenant { running: false, .. }
                | ControlCommand::Agent { active: false, .. }
                | ControlCommand::Quarantine { .. }
        )
    }
}

impl Tenant {
    /// The control state, if nothing newer is known of.
    pub(super) fn usable(&self) -> Option<Arc<LiveControl>> {
        self.control.clone().filter(|_| !self.stale)
    }

    pub(super) fn load_control(&mut self, tenant: TenantId, out: &mut Vec<Output>) {
        if !self.loading {
            self.loading = true;
            out.push(Output::LoadControl { tenant, live: self.control.clone() });
        }
    }

    pub(super) fn give_up(&mut self, failure: &Failure, out: &mut Vec<Output>) {
        let lost = self.lost.take().map(|(pending, ..)| (pending.ticket, Failure::Unknown));
        let queued = std::mem::take(&mut self.queue).into_iter().map(|pending| (pending.ticket, failure.clone()));
        for (ticket, failure) in lost.into_iter().chain(queued) {
            out.push(Output::Answer { ticket, answer: Answer::Failed(failure) });
        }
    }
}

impl Engine {
    pub(super) fn ask_control(&mut self, tenant_id: TenantId, pending: PendingControl, out: &mut Vec<Output>) {
        let failure = self.refused_behind(tenant_id).or(self.draining.then_some(Failure::Draining));
        let tenant = self.tenants.entry(tenant_id).or_default();
        let room = if pending.stops() { QUEUE_MAX + ENDINGS_MAX } else { QUEUE_MAX };
        if let Some(failure) = failure.or((tenant.queue.len() >= room).then_some(Failure::Busy)) {
            out.push(Output::Answer { ticket: pending.ticket, answer: Answer::Failed(failure) });
            return;
        }
        let stopping = tenant.queue.iter().take_while(|waiting| waiting.stops()).count();
        let at = if pending.stops() { stopping } else { tenant.queue.len() };
        tenant.queue.insert(at, pending);
        self.work_control(tenant_id, out);
    }

    /// Decides the control command that waits longest.
    fn work_control(&mut self, tenant_id: TenantId, out: &mut Vec<Output>) {
        let now = self.now;
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        if tenant.flight.is_some() || tenant.queue.is_empty() {
            return;
        }
        if let Some(why) = &tenant.behind {
            let failure = Failure::Behind(why.clone());
            tenant.give_up(&failure, out);
            return;
        }
        let Some(control) = tenant.usable().filter(|_| !tenant.loading) else {
            tenant.load_control(tenant_id, out);
            return;
        };
        let Some(pending) = tenant.queue.pop_front() else { return };
        let facts = Facts { now, ..pending.facts.clone() };
        let decided = decide_control(&control.state, &pending.command, &facts);
        if decided.events.is_empty() {
            let decided = Box::new(decided);
            out.push(Output::Answer { ticket: pending.ticket, answer: Answer::Control { decided, leaf: None } });
            return self.work_control(tenant_id, out);
        }
        let mut after = control.fork();
        let blobs: Vec<(Digest, Vec<u8>)> = decided.blobs.iter().chain(&pending.blobs).cloned().collect();
        match write(&mut after, tenant_id, &self.vault, &decided.events, &blobs) {
            Err(failure) => {
                out.push(Output::Answer { ticket: pending.ticket, answer: Answer::Failed(failure) });
                self.work_control(tenant_id, out);
            }
            Ok(events) => {
                let Some(last) = events.last().map(|event| event.hash) else { return };
                let id = self.next_batch;
                self.next_batch += 1;
                self.batches.insert(id, (tenant_id, None));
                // Before the tenant's first event nothing says its epoch but that event.
                let opens = decided.events.iter().find_map(|event| match &event.data {
                    Data::ControlOpened(opened) => Some(opened.epoch),
                    _ => None,
                });
                let epoch = opens.unwrap_or(control.state.epoch);
                let (narrows, kept) = (decided.narrows, decided.events.clone());
                let first = control.chain.seq() + 1;
                tenant.flight = Some(ControlFlight { batch: id, pending, decided, last, first, after, events: kept });
                let expect = control.chain.seq();
                let stream = control_stream(tenant_id);
                let advance = Advance { stream, kind: StreamKind::CONTROL, expect, events, wake: None };
                let blobs = blobs.into_iter().map(|(digest, bytes)| Blob { digest, bytes }).collect();
                out.push(Output::Append(Batch {
                    id,
                    tenant: tenant_id,
                    epoch,
                    decided_under: control.state.leaf,
                    narrows,
                    group: Group { streams: vec![advance], keys: Vec::new(), blobs },
                }));
            }
        }
    }

    pub(super) fn appended_control(
        &mut self,
        tenant_id: TenantId,
        batch: super::BatchId,
        result: Result<Stood, StoreError>,
        out: &mut Vec<Output>,
    ) {
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let Some(flight) = tenant.flight.take_if(|flight| flight.batch == batch) else { return };
        match result {
            Ok(Stood::At { first_leaf }) => match settled(flight.after, &flight.events, first_leaf) {
                Ok(after) => {
                    // A load under way may have begun before this: what is newer stands.
                    let newer = tenant.control.as_ref().is_none_or(|known| known.chain.seq() < after.chain.seq());
                    if newer {
                        self.put_control(tenant_id, after, out);
                    }
                    // Whoever asked finds it published.
                    let decided = Box::new(flight.decided);
                    let answer = Answer::Control { decided, leaf: Some(first_leaf) };
                    out.push(Output::Answer { ticket: flight.pending.ticket, answer });
                }
                Err(error) => {
                    let answer = Answer::Failed(Failure::Closed(error.to_string()));
                    out.push(Output::Answer { ticket: flight.pending.ticket, answer });
                    self.reload_control(tenant_id, out);
                }
            },
            Ok(Stood::Conflict) | Err(StoreError::Unknown | StoreError::Stale) => {
                tenant.lost = Some((flight.pending, flight.decided, flight.last, flight.first));
                self.reload_control(tenant_id, out);
                return;
            }
            Err(error) => {
                let answer = Answer::Failed(Failure::Unavailable(error.to_string()));
                out.push(Output::Answer { ticket: flight.pending.ticket, answer });
            }
        }
        self.work_control(tenant_id, out);
    }

    fn reload_control(&mut self, tenant_id: TenantId, out: &mut Vec<Output>) {
        if let Some(tenant) = self.tenants.get_mut(&tenant_id) {
            // Only what is read from now on counts.
            tenant.loading = false;
            tenant.load_control(tenant_id, out);
        }
    }

    pub(super) fn loaded_control(
        &mut self,
        tenant_id: TenantId,
        live: Result<Box<LoadedControl>, LoadError>,
        out: &mut Vec<Output>,
    ) {
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        tenant.loading = false;
        match live {
            Ok(loaded) => {
                tenant.stale = false;
                let live = loaded.0;
                let mut found = None;
                if let Some((mut pending, decided, last, first)) = tenant.lost.take() {
                    if let Some(seq) = live.recent.iter().find(|(_, hash)| *hash == last).map(|(seq, _)| *seq) {
                        let leaf = live.state.leaf.filter(|_| seq == live.state.seq && seq == first);
                        let answer = Answer::Control { decided: Box::new(decided), leaf };
                        found = Some(Output::Answer { ticket: pending.ticket, answer });
                    } else {
                        pending.tries += 1;
                        if pending.tries >= TRIES_MAX {
                            let answer = Answer::Failed(Failure::Unknown);
                            out.push(Output::Answer { ticket: pending.ticket, answer });
                        } else {
                            tenant.queue.push_front(pending);
                        }
                    }
                }
                self.put_control(tenant_id, live, out);
                out.extend(found);
                self.work_control(tenant_id, out);
            }
            Err(error) => {
                let failure = match error {
                    LoadError::Store(error) => Failure::Unavailable(error.to_string()),
                    LoadError::Broken(why) => Failure::Closed(why),
                };
                tenant.give_up(&failure, out);
                let waiting: Vec<TaskId> = tenant.tasks.keys().copied().collect();
                for task in waiting {
                    self.fail_task(tenant_id, task, &failure, out);
                }
            }
        }
    }

    fn fail_task(&mut self, tenant: TenantId, task: TaskId, failure: &Failure, out: &mut Vec<Output>) {
        let slot = self.tenants.get_mut(&tenant).and_then(|tenant| tenant.tasks.get_mut(&task));
        if let Some(slot) = slot.filter(|slot| slot.flight.is_none() && !slot.loading) {
            slot.give_up(failure, self.draining, out);
        }
    }

    /// From now on this is the tenant's control: edges hear of it, and what waits goes on.
    fn put_control(&mut self, tenant_id: TenantId, live: LiveControl, out: &mut Vec<Output>) {
        let live = self.keep_control(tenant_id, live, out);
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let before = tenant.control.replace(Arc::clone(&live)).and_then(|known| known.state.leaf);
        // What a suspension or a stop ended is written down now, so that what is open under it is cut.
        let ended = live.state.stopped.max(live.state.agents.values().filter_map(|agent| agent.suspended).max());
        if ended > before {
            for slot in tenant.tasks.values_mut().filter(|slot| slot.live.is_some()) {
                let facts = Facts::of_nobody(self.now, Vec::new());
                let command = bailiwick_core::Command::Tick;
                slot.queue.push_back(super::Waiting::Command(Box::new(super::Pending {
                    ticket: None,
                    command,
                    facts,
                    tries: 0,
                })));
            }
        }
        out.push(Output::Control { tenant: tenant_id, live });
        let waiting: Vec<TaskId> =
            tenant.tasks.iter().filter(|(_, slot)| !slot.queue.is_empty()).map(|(id, _)| *id).collect();
        for task in waiting {
            self.work(tenant_id, task, out);
        }
    }

    /// The store's floor or epoch is past what we know: read control again before deciding anything. So is its control
    /// stream alone: what another node added is read, and work goes on meanwhile.
    pub(super) fn seen(&mut self, tenant_id: TenantId, seen: Seen, out: &mut Vec<Output>) {
        let tenant = self.tenants.entry(tenant_id).or_default();
        let known = tenant.control.as_deref().map(|control| &control.state);
        let moved = known.is_some_and(|known| seen.floor > known.leaf || seen.epoch != known.epoch);
        tenant.stale |= moved;
        // What is in flight is ours, and is folded when it lands.
        let longer = tenant.flight.is_none() && known.is_none_or(|known| seen.control > known.seq);
        if tenant.behind.is_none() && (moved || longer) {
            tenant.load_control(tenant_id, out);
        }
    }
}

/// Writes control events on from `after`; leaves are not known yet, so nothing is folded.
fn write(
    after: &mut LiveControl,
    tenant: TenantId,
    vault: &Vault,
    events: &[Event],
    blobs: &[(Digest, Vec<u8>)],
) -> Result<Vec<NewEvent>, Failure> {
    let stream = control_stream(tenant);
    let stamps = vault.stamp_key(tenant).map_err(|error| Failure::Unavailable(error.to_string()))?;
    let pen = Pen { stamps: &stamps, kind: StreamKind::CONTROL, data: None };
    let encoded = events
        .iter()
        .map(|event| encode(&mut after.chain, tenant, stream, pen, event))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| match error {
            crate::codec::CodecError::TooLarge(_) => Failure::TooLarge,
            crate::codec::CodecError::Broken(why) => Failure::Closed(why),
        })?;
    for (seq, event) in (after.state.seq + 1..).zip(&encoded) {
        after.remember(seq, event.hash);
    }
    for (digest, bytes) in blobs {
        after.blobs.entry(*digest).or_insert_with(|| bytes.as_slice().into());
    }
    Ok(encoded)
}

/// The events are durable from `first_leaf` on: fold them and compile.
fn settled(mut after: LiveControl, events: &[Event], first_leaf: u64) -> Result<LiveControl, bailiwick_core::BadFold> {
    let mut changed = false;
    for (leaf, event) in (first_leaf..).zip(events) {
        after.state.apply(event, leaf, &after.blobs)?;
        changed |= !matches!(event.data, Data::ControlHeads(_));
    }
    if changed {
        after.compile();
    }
    Ok(after)
}
