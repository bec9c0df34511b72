//! The engine's half for a tenant's control stream: one append at a time, and everything else hears of it.

mod joined;

use super::{
    Answer, Batch, ENDINGS_MAX, Engine, Failure, LoadedControl, Losses, Output, QUEUE_MAX, Seen, Tenant, Ticket,
};
use crate::live::{LiveControl, LoadError, control_stream};
use bailiwick_core::{
    ControlCommand, ControlDecided, Data, Digest, Facts, GrantState, MandateName, Micros, TaskId, TenantId,
};
use bailiwick_store::{Advance, Blob, Group, Stood, StoreError, StreamKind};
use joined::Joined;
use std::sync::Arc;

/// A control command that waits.
pub(super) struct PendingControl {
    ticket: Ticket,
    command: ControlCommand,
    blobs: Vec<(Digest, Vec<u8>)>,
    facts: Facts,
    losses: Losses,
    /// The store refused it in company: by itself it falls alone.
    alone: bool,
}

/// One control command on its way, and what it came to.
pub(super) struct FlownControl {
    pending: PendingControl,
    decided: ControlDecided,
    /// The seq of its first event.
    first: u64,
    /// The seq and hash of its last event; `None` when it appended nothing, and rests on what is beside it.
    last: Option<(u64, Digest)>,
}

/// A control append under way.
pub(super) struct ControlFlight {
    batch: super::BatchId,
    flown: Vec<FlownControl>,
    /// The seq of the first event.
    first: u64,
    /// What is decided meanwhile may be refused by the store.
    narrows: bool,
    /// More than a commitment to heads: policy and catalogue may be other ones.
    changed: bool,
    /// The state once it stands; of its last leaf nobody knows yet.
    after: LiveControl,
}

impl PendingControl {
    pub(super) fn new(ticket: Ticket, command: ControlCommand, blobs: Vec<(Digest, Vec<u8>)>, facts: Facts) -> Self {
        Self { ticket, command, blobs, facts, losses: Losses::default(), alone: false }
    }

    /// Stops work: goes ahead of everything that does not, and a full queue does not hold it up.
    pub(super) fn stops(&self) -> bool {
        match &self.command {
            ControlCommand::Tenant { running: false, .. }
            | ControlCommand::Agent { active: false, .. }
            | ControlCommand::Offboard { .. }
            | ControlCommand::Quarantine { .. }
            | ControlCommand::OpenBreaker { .. } => true,
            // With an agent that goes its grants end.
            ControlCommand::Apply { documents, removed, .. } => {
                documents.is_empty() && !removed.is_empty() && removed.iter().all(|(kind, _)| kind == "agent")
            }
            _ => false,
        }
    }
}

impl Tenant {
    /// The control state, if nothing newer is known of.
    pub(super) fn usable(&self) -> Option<Arc<LiveControl>> {
        self.control.clone().filter(|_| !self.stale)
    }

    /// What has to be decided again goes on before what came later, but for stops, which wait for nothing.
    fn put_back(&mut self, again: Vec<PendingControl>) {
        let stops = self.queue.iter().take_while(|pending| pending.stops()).count();
        let later = self.queue.split_off(stops);
        let (first, again): (Vec<_>, Vec<_>) = again.into_iter().partition(PendingControl::stops);
        first.into_iter().rev().for_each(|pending| self.queue.push_front(pending));
        self.queue.extend(again);
        self.queue.extend(later);
    }

    /// Whether what is decided now would be decided again: an append of this node that narrows is on its way.
    pub(super) fn narrowing(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.narrows)
    }

    pub(super) fn load_control(&mut self, tenant: TenantId, out: &mut Vec<Output>) {
        if !self.loading {
            self.loading = true;
            out.push(Output::LoadControl { tenant, live: self.control.clone() });
        }
    }

    pub(super) fn give_up(&mut self, failure: &Failure, out: &mut Vec<Output>) {
        let lost = std::mem::take(&mut self.lost).into_iter().map(|flown| (flown.pending.ticket, Failure::Unknown));
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

    /// Decides the control commands that wait, one after another on memory, into one append.
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
        let mut joined = Joined::on(&control);
        joined.take(&mut tenant.queue, &control, (tenant_id, &self.vault, now), out);
        let Joined { after, flown, events, blobs, narrows, changed, opens } = joined;
        if events.is_empty() {
            return;
        }
        let id = self.next_batch;
        self.next_batch += 1;
        self.batches.insert(id, (tenant_id, None));
        let expect = control.chain.seq();
        tenant.flight = Some(ControlFlight { batch: id, flown, first: expect + 1, narrows, changed, after });
        let stream = control_stream(tenant_id);
        let advance = Advance { stream, kind: StreamKind::CONTROL, expect, events, wake: None };
        let blobs = blobs.into_iter().map(|(digest, bytes)| Blob { digest, bytes }).collect();
        out.push(Output::Append(Batch {
            id,
            tenant: tenant_id,
            epoch: opens.unwrap_or(control.state.epoch),
            decided_under: control.state.leaf,
            narrows,
            group: Group { streams: vec![advance], keys: Vec::new(), blobs },
        }));
    }

    pub(super) fn appended_control(
        &mut self,
        tenant_id: TenantId,
        batch: super::BatchId,
        result: Result<Stood, StoreError>,
        out: &mut Vec<Output>,
    ) {
        let now = self.now;
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let Some(flight) = tenant.flight.take_if(|flight| flight.batch == batch) else { return };
        match result {
            Ok(Stood::At { first_leaf }) => {
                let ControlFlight { flown, first, changed, after, .. } = flight;
                let after = settled(after, &flown, (first, first_leaf), changed);
                // A load under way may have begun before this: what is newer stands.
                let newer = tenant.control.as_ref().is_none_or(|known| known.chain.seq() < after.chain.seq());
                if newer {
                    self.put_control(tenant_id, after, out);
                }
                // Whoever asked finds it published.
                for flown in flown {
                    let leaf = flown.last.map(|_| first_leaf + (flown.first - first));
                    flown.answer(leaf, out);
                }
            }
            Ok(Stood::Conflict) | Err(StoreError::Unknown | StoreError::Stale) => {
                tenant.lost = flight.flown;
                for losses in tenant.lost.iter_mut().map(|flown| &mut flown.pending.losses) {
                    match result {
                        Err(StoreError::Unknown) => losses.unknown(),
                        _ => losses.overtaken(now),
                    }
                }
                self.reload_control(tenant_id, out);
                return;
            }
            // One of them breaks a bound: let each stand for itself, so that the others do not fall with it.
            Err(StoreError::Refused(_)) if flight.flown.len() > 1 => {
                let again = flight.flown.into_iter().map(|flown| PendingControl { alone: true, ..flown.pending });
                tenant.put_back(again.collect());
            }
            Err(error) => {
                let failure = Failure::Unavailable(error.to_string());
                for flown in flight.flown {
                    let (ticket, answer) = (flown.pending.ticket, Answer::Failed(failure.clone()));
                    out.push(Output::Answer { ticket, answer });
                }
            }
        }
        self.work_tasks(tenant_id, out);
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
        let now = self.now;
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        tenant.loading = false;
        match live {
            Ok(loaded) => {
                tenant.stale = false;
                let live = loaded.0;
                let mut found = Vec::new();
                let mut again = Vec::new();
                for flown in std::mem::take(&mut tenant.lost) {
                    match flown.last.filter(|last| live.recent.contains(last)) {
                        Some((last, _)) => found.push((flown, last)),
                        None => again.push(flown.pending),
                    }
                }
                let mut waits = Vec::new();
                for pending in again {
                    match pending.losses.enough(now) {
                        Some(failure) => {
                            let answer = Answer::Failed(failure);
                            out.push(Output::Answer { ticket: pending.ticket, answer });
                        }
                        None => waits.push(pending),
                    }
                }
                tenant.put_back(waits);
                // Its leaves are dense; of what stands before the last append, no place is known here.
                let leaf = live.state.leaf.filter(|_| found.last().is_some_and(|(_, last)| *last == live.state.seq));
                let seq = live.state.seq;
                self.put_control(tenant_id, live, out);
                for (flown, _) in found {
                    let leaf = leaf.map(|leaf| leaf.saturating_sub(seq.saturating_sub(flown.first)));
                    flown.answer(leaf, out);
                }
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

    pub(super) fn fail_task(&mut self, tenant: TenantId, task: TaskId, failure: &Failure, out: &mut Vec<Output>) {
        let slot = self.tenants.get_mut(&tenant).and_then(|tenant| tenant.tasks.get_mut(&task));
        if let Some(slot) = slot.filter(|slot| slot.flight.is_none() && !slot.loading) {
            slot.give_up(failure, self.draining, out);
        }
    }

    /// From now on this is the tenant's control: edges hear of it, and what waits goes on.
    fn put_control(&mut self, tenant_id: TenantId, live: LiveControl, out: &mut Vec<Output>) {
        let now = self.now;
        let live = self.keep_control(tenant_id, live, out);
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        tenant.control = Some(Arc::clone(&live));
        // What a stop, a suspension or a removal ended is written down now, so that what is open under it is cut.
        for slot in tenant.tasks.values_mut().filter(|slot| slot.ended_by(&live, now)) {
            let pending =
                super::Pending::new(None, bailiwick_core::Command::Tick, Facts::of_nobody(self.now, Vec::new()));
            slot.queue.push_back(super::Waiting::Command(Box::new(pending)));
        }
        out.push(Output::Control { tenant: tenant_id, live });
        self.work_tasks(tenant_id, out);
    }

    /// Works off what waits for the tenant's tasks.
    fn work_tasks(&mut self, tenant_id: TenantId, out: &mut Vec<Output>) {
        let Some(tenant) = self.tenants.get(&tenant_id) else { return };
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

impl super::Slot {
    /// Whether a grant that is live in the task's stream is over by control.
    fn ended_by(&self, control: &LiveControl, now: Micros) -> bool {
        let Some(task) = self.live.as_ref().map(|live| &live.state) else { return false };
        let (requester, passed) = (task.requester.as_ref(), task.epoch != control.state.epoch);
        let ended = |grant: &GrantState| {
            let over = |name: &MandateName| control.state.mandate_over(name, grant.control, now);
            passed
                || control.state.overtakes(requester, &grant.holder, grant.control).is_some()
                || (grant.parent.is_none() && task.allocations.keys().any(over))
        };
        task.grants.values().filter(|grant| grant.standing.live()).any(|grant| ended(grant))
    }
}

impl FlownControl {
    fn answer(self, leaf: Option<u64>, out: &mut Vec<Output>) {
        let answer = Answer::Control { decided: Box::new(self.decided), leaf };
        out.push(Output::Answer { ticket: self.pending.ticket, answer });
    }
}

/// The events from `first` on are durable, from `first_leaf` on, and folded: compiled where they are more than heads.
fn settled(
    mut after: LiveControl,
    flown: &[FlownControl],
    (first, first_leaf): (u64, u64),
    changed: bool,
) -> LiveControl {
    let leaf = |seq: u64| first_leaf + seq.saturating_sub(first);
    after.state.leaf = Some(leaf(after.state.seq));
    for (seq, event) in flown.iter().flat_map(|flown| (flown.first..).zip(&flown.decided.events)) {
        if let Data::ControlFound(found) = &event.data {
            after.state.found_at(&found.finding, leaf(seq));
        }
    }
    if changed {
        after.compile();
    }
    after
}
