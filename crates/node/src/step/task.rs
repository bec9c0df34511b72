//! The engine's half for tasks: queue, decide, fly, land.

use super::fly::Flew;
use super::hold::{Under, Written};
use super::mandates::Taken;
use super::{
    Answer, ENDINGS_MAX, Engine, Failure, Flight, Flown, LoadedTask, Look, Losses, Output, Pending, QUEUE_MAX,
    SEEN_WITHIN, Slot, Ticket, Waiting,
};
use crate::live::{LiveTask, LoadError};
use bailiwick_core::{Command, Data, Facts, Micros, TICK_EVENTS_MAX, TaskId, TenantId, Verdict};
use bailiwick_store::{Stood, StoreError};
use std::collections::VecDeque;

impl Engine {
    pub(super) fn ask(&mut self, tenant: TenantId, task: TaskId, pending: Pending, out: &mut Vec<Output>) {
        if self.draining && !matches!(pending.command, Command::Settle(_)) {
            answer(pending.ticket, Answer::Failed(Failure::Draining), out);
            return;
        }
        if let Some(failure) = self.refused_behind(tenant) {
            answer(pending.ticket, Answer::Failed(failure), out);
            return;
        }
        self.touch(tenant, task);
        let slot = self.tenants.entry(tenant).or_default().tasks.entry(task).or_default();
        if slot.queue.len() >= pending.room() {
            answer(pending.ticket, Answer::Failed(Failure::Busy), out);
            return;
        }
        // Endings go next, ahead of everything that waits.
        match pending.ends() {
            true => slot.queue.insert(slot.endings(), Waiting::Command(Box::new(pending))),
            false => slot.queue.push_back(Waiting::Command(Box::new(pending))),
        }
        self.work(tenant, task, out);
    }

    pub(super) fn look(&mut self, tenant: TenantId, task: TaskId, ticket: Ticket, look: Look, out: &mut Vec<Output>) {
        self.touch(tenant, task);
        let slot = self.tenants.entry(tenant).or_default().tasks.entry(task).or_default();
        if slot.queue.len() >= QUEUE_MAX {
            answer(Some(ticket), Answer::Failed(Failure::Busy), out);
            return;
        }
        slot.queue.push_back(Waiting::Look(ticket, look));
        self.work(tenant, task, out);
    }

    /// Works off what waits for a task, as far as it can be without the store.
    pub(super) fn work(&mut self, tenant_id: TenantId, task: TaskId, out: &mut Vec<Output>) {
        let now = self.now;
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let Some(control) = tenant.usable() else {
            tenant.load_control(tenant_id, out);
            return;
        };
        let narrowing = tenant.narrowing();
        let Some(slot) = tenant.tasks.get_mut(&task) else { return };
        if (slot.flight.is_some() && slot.held.is_none()) || slot.loading || slot.queue.is_empty() {
            return;
        }
        // What was decided under one control does not stand in one append with what is decided under another; and looks
        // wait for what is held, not the other way round.
        let under = Under { epoch: control.state.epoch, leaf: control.state.leaf };
        let other = slot.flight.as_ref().is_some_and(|flight| flight.under != under);
        if (other || slot.only_looks())
            && let Some(batch) = slot.release(tenant_id, task)
        {
            out.push(Output::Append(batch));
            return;
        }
        // It would be decided under what is no longer true once it arrives: it is decided when that has landed.
        if narrowing && !slot.only_looks() {
            return;
        }
        if let Some(why) = tenant.behind.as_ref().filter(|_| !slot.only_looks()) {
            slot.give_up(&Failure::Behind(why.clone()), self.draining, out);
            return;
        }
        // An answer that appends nothing needs a look at the store that is fresh.
        let stale = slot.live.as_ref().is_none_or(|live| now > live.seen.after(SEEN_WITHIN) && slot.only_looks());
        if stale {
            slot.load(tenant_id, task, now, out);
            return;
        }
        let id = self.next_batch;
        let mut taken = Taken::new();
        loop {
            let Some(slot) = tenant.tasks.get_mut(&task) else { return };
            match slot.fly((tenant_id, task), &control, (&self.vault, &mut taken), now, id, out) {
                Flew::Done => break,
                Flew::Stale => {
                    slot.load(tenant_id, task, now, out);
                    break;
                }
                Flew::Wants { names, again } => {
                    let taken_before = std::mem::take(&mut taken);
                    match again {
                        true => tenant.read_mandates_on(taken_before),
                        false => tenant.put_mandates(taken_before),
                    }
                    match tenant.take_mandates(tenant_id, task, &names, out) {
                        Some(found) => taken = found,
                        None => break,
                    }
                }
            }
        }
        tenant.put_mandates(taken);
        let Some(slot) = tenant.tasks.get_mut(&task) else { return };
        let mine = slot.flight.as_ref().is_some_and(|flight| flight.batch == id);
        let moved = slot.held.as_mut().filter(|_| mine).map(Written::moved).unwrap_or_default();
        tenant.mandates_fly(id, moved);
        let Some(slot) = tenant.tasks.get_mut(&task) else { return };
        let fresh = slot.flight.as_ref().is_some_and(|flight| flight.batch == id);
        if fresh {
            self.next_batch += 1;
            self.batches.insert(id, (tenant_id, Some(task)));
        }
        if !slot.may_wait() {
            out.extend(slot.release(tenant_id, task).map(Output::Append));
        } else if fresh {
            self.held.push_back((now.after(self.bounds.told_held_for), tenant_id, task, id));
        }
    }

    pub(super) fn loaded_task(
        &mut self,
        tenant: TenantId,
        task: TaskId,
        live: Result<Box<LoadedTask>, LoadError>,
        out: &mut Vec<Output>,
    ) {
        let now = self.now;
        let Some(slot) = self.tenants.get_mut(&tenant).and_then(|tenant| tenant.tasks.get_mut(&task)) else { return };
        slot.loading = false;
        match live {
            Ok(mut loaded) => {
                // By the clock that it is compared with: the store's own may be behind.
                loaded.0.seen = loaded.0.seen.max(slot.load_asked);
                slot.found(loaded.0, (tenant, task, now), out);
                self.at_rest_now(tenant, task, out);
                self.work(tenant, task, out);
            }
            Err(error) => {
                let failure = match error {
                    LoadError::Store(error) => Failure::Unavailable(error.to_string()),
                    LoadError::Broken(why) => Failure::Closed(why),
                };
                slot.give_up(&failure, self.draining, out);
            }
        }
    }

    pub(super) fn appended_task(
        &mut self,
        tenant_id: TenantId,
        task: TaskId,
        batch: super::BatchId,
        result: Result<Stood, StoreError>,
        out: &mut Vec<Output>,
    ) {
        let stood = matches!(result, Ok(Stood::At { .. }));
        let freed = self.tenants.get_mut(&tenant_id).map(|tenant| tenant.free_mandates(batch, stood));
        let (names, waits) = freed.unwrap_or_default();
        self.keep_mandates(tenant_id, &names, out);
        self.landed_task(tenant_id, task, batch, result, out);
        self.work_each(tenant_id, waits, out);
    }

    fn landed_task(
        &mut self,
        tenant_id: TenantId,
        task: TaskId,
        batch: super::BatchId,
        result: Result<Stood, StoreError>,
        out: &mut Vec<Output>,
    ) {
        let now = self.now;
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let Some(slot) = tenant.tasks.get_mut(&task) else { return };
        let Some(flight) = slot.flight.take_if(|flight| flight.batch == batch) else { return };
        match result {
            Ok(Stood::At { first_leaf }) => {
                if let Some(live) = &mut slot.live {
                    live.state.placed(flight.first, first_leaf);
                    // The answer may have been long on its way, and others may have moved the stream since: what it proves is
                    // that nobody had when the batch was decided.
                    live.seen = live.seen.max(flight.at);
                }
                // A tick that came to as much as one may has left something over.
                let full = |flown: &Flown| {
                    matches!(flown.pending.command, Command::Tick) && flown.decided.events.len() >= TICK_EVENTS_MAX
                };
                // What is left of what it drew goes back as soon as nothing of it is open.
                let gives_back = slot.live.as_ref().is_some_and(|live| live.state.gives_back());
                if gives_back || flight.flown.iter().any(full) {
                    let more = Pending::new(None, Command::Tick, Facts::of_nobody(now, Vec::new()));
                    slot.queue.push_back(Waiting::Command(Box::new(more)));
                }
                land(flight, first_leaf, tenant_id, task, slot.live.as_ref(), out);
                self.at_rest_now(tenant_id, task, out);
            }
            // Somebody else moved the stream, or nobody knows: read again and look for our own.
            Ok(Stood::Conflict) | Err(StoreError::Unknown) => {
                slot.throw_away(flight.flown, |losses| match result {
                    Ok(_) => losses.overtaken(now),
                    Err(_) => losses.unknown(),
                });
                slot.load(tenant_id, task, now, out);
                return;
            }
            // Control moved on: nothing was written. Decide again under the new one.
            Err(StoreError::Stale) => {
                slot.throw_away(Vec::new(), |_| ());
                let mut again: Vec<Pending> = flight.flown.into_iter().map(|flown| flown.pending).collect();
                again.iter_mut().for_each(|pending| pending.losses.overtaken(now));
                slot.put_back(again, now, out);
                slot.load(tenant_id, task, now, out);
                tenant.stale = true;
                tenant.load_control(tenant_id, out);
                return;
            }
            // Nothing was written, and nothing can be: say so now rather than hold people up.
            Err(error) => {
                let failure = Failure::Unavailable(error.to_string());
                for flown in flight.flown {
                    match flown.pending.told() {
                        true => slot.lost.push(flown),
                        false => answer(flown.pending.ticket, Answer::Failed(failure.clone()), out),
                    }
                }
                slot.live = None;
                // Who only looks rests on no append: it is answered by what can be read.
                let looks = slot.take_looks();
                slot.give_up(&failure, self.draining, out);
                if !looks.is_empty() {
                    slot.queue.extend(looks);
                    slot.load(tenant_id, task, now, out);
                }
                return;
            }
        }
        self.work(tenant_id, task, out);
    }
}

impl Pending {
    /// Ends something: goes ahead of everything that does not.
    pub(super) const fn ends(&self) -> bool {
        matches!(self.command, Command::EndGrant { .. } | Command::EndTask { .. })
    }

    /// An outcome that its caller has: it must not be lost while the node lives.
    pub(super) const fn told(&self) -> bool {
        self.ticket.is_none() && matches!(self.command, Command::Settle(_))
    }

    /// How many may wait when it comes.
    pub(super) const fn room(&self) -> usize {
        match self.command {
            Command::EndGrant { .. } | Command::EndTask { .. } | Command::Settle(_) => QUEUE_MAX + ENDINGS_MAX,
            _ => QUEUE_MAX,
        }
    }
}

pub(super) fn answer(ticket: Option<Ticket>, answer: Answer, out: &mut Vec<Output>) {
    if let Some(ticket) = ticket {
        out.push(Output::Answer { ticket, answer });
    }
}

impl Slot {
    fn load(&mut self, tenant: TenantId, task: TaskId, now: Micros, out: &mut Vec<Output>) {
        if !self.loading {
            self.loading = true;
            self.load_asked = now;
            let live = self.live.take().map(|live| Box::new(LoadedTask(live)));
            let lost_from = self.lost.iter().map(|flown| flown.first).min();
            out.push(Output::LoadTask { tenant, task, live, lost_from });
        }
    }

    /// The memory of the stream is thrown away; the next load tells which of these stood.
    fn throw_away(&mut self, flown: Vec<Flown>, lost: impl Fn(&mut Losses)) {
        self.live = None;
        self.lost.extend(flown.into_iter().map(|mut flown| {
            lost(&mut flown.pending.losses);
            flown
        }));
    }

    fn only_looks(&self) -> bool {
        self.queue.iter().all(|waiting| matches!(waiting, Waiting::Look(..)))
    }

    fn take_looks(&mut self) -> Vec<Waiting> {
        let is_look = |waiting: &Waiting| matches!(waiting, Waiting::Look(..));
        let (looks, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.queue).into_iter().partition(is_look);
        self.queue = rest.into();
        looks
    }

    /// What was read tells which of the lost stood; the rest are decided again, in their order.
    fn found(&mut self, mut live: LiveTask, (tenant, task, now): (TenantId, TaskId, Micros), out: &mut Vec<Output>) {
        let mut again = Vec::new();
        for flown in std::mem::take(&mut self.lost) {
            let met = |(seq, hash)| live.recent.iter().any(|met| (met.seq, met.hash) == (seq, hash));
            if flown.last.is_some_and(met) {
                // Not by the act: another node may have ended it since.
                let leaf = live.recent.iter().find(|met| met.seq == flown.first).map(|met| met.leaf);
                finish(flown, leaf, live.state.at, tenant, task, Some(&live), out);
            } else {
                again.push(flown.pending);
            }
        }
        // Whatever is lost from now on is looked for in what is read then.
        live.recent = Vec::new();
        self.live = Some(live);
        self.put_back(again, now, out);
    }

    /// These are decided again, in their order, and not ahead of an ending that came meanwhile.
    fn put_back(&mut self, again: Vec<Pending>, now: Micros, out: &mut Vec<Output>) {
        let endings = self.endings();
        for pending in again.into_iter().rev() {
            match pending.losses.enough(now).filter(|_| !pending.told()) {
                Some(failure) => answer(pending.ticket, Answer::Failed(failure), out),
                None => {
                    let at = if pending.ends() { 0 } else { endings };
                    self.queue.insert(at.min(self.queue.len()), Waiting::Command(Box::new(pending)));
                }
            }
        }
    }

    /// How many endings wait in front.
    fn endings(&self) -> usize {
        let ends = |waiting: &&Waiting| matches!(waiting, Waiting::Command(pending) if pending.ends());
        self.queue.iter().take_while(ends).count()
    }

    /// Nobody is held up by a store that cannot be reached. Outcomes that were told already are kept, and are tried again
    /// each second; a node that goes down leaves them to time.
    pub(super) fn give_up(&mut self, failure: &Failure, draining: bool, out: &mut Vec<Output>) {
        let keep = !draining && matches!(failure, Failure::Unavailable(_));
        let mut kept = VecDeque::new();
        for flown in std::mem::take(&mut self.lost) {
            match keep && flown.pending.told() {
                true => kept.push_back(Waiting::Command(Box::new(flown.pending))),
                false => answer(flown.pending.ticket, Answer::Failed(Failure::Unknown), out),
            }
        }
        for waiting in std::mem::take(&mut self.queue) {
            match waiting {
                Waiting::Command(pending) if keep && pending.told() => kept.push_back(Waiting::Command(pending)),
                Waiting::Command(pending) => answer(pending.ticket, Answer::Failed(failure.clone()), out),
                Waiting::Look(ticket, _) => answer(Some(ticket), Answer::Failed(failure.clone()), out),
            }
        }
        self.queue = kept;
    }
}

fn land(
    flight: Flight,
    first_leaf: u64,
    tenant: TenantId,
    task: TaskId,
    live: Option<&LiveTask>,
    out: &mut Vec<Output>,
) {
    for flown in flight.flown {
        let leaf = flown.last.map(|_| first_leaf + (flown.first - flight.first));
        finish(flown, leaf, flight.at, tenant, task, live, out);
    }
}

/// It is durable: endings are told to those who hold something open, and the answer goes out.
fn finish(
    flown: Flown,
    leaf: Option<u64>,
    at: Micros,
    tenant: TenantId,
    task: TaskId,
    live: Option<&LiveTask>,
    out: &mut Vec<Output>,
) {
    let mut grants = Vec::new();
    for event in &flown.decided.events {
        match &event.data {
            Data::GrantEnded(ended) => {
                grants.extend(live.map_or_else(|| vec![ended.grant], |live| live.state.subtree(ended.grant)));
            }
            Data::TaskEnded(_) => grants.extend(live.iter().flat_map(|live| live.state.grants.keys().copied())),
            Data::KeyBound(bound) if bound.retired.is_some() => grants.push(bound.grant),
            _ => {}
        }
    }
    if !grants.is_empty() {
        out.push(Output::Ended { tenant, task, grants });
    }
    let at = match &flown.decided.verdict {
        Verdict::Allow { forward_by, .. } => forward_by.before(bailiwick_core::FORWARD_WITHIN),
        _ => at,
    };
    let decided = Box::new(flown.decided);
    answer(flown.pending.ticket, Answer::Decided { decided, leaf, at }, out);
}
