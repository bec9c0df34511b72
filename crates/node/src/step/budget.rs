//! How much is remembered: one budget of bytes for all live states, least recently used out, and a snapshot now and then,
//! so that what went out comes back soon.

use super::mandates::MandateSlot;
use super::{Engine, Output, Slot, TOLD_HELD_FOR};
use crate::live::LiveControl;
use crate::snapshot::{Keep, Kept};
use bailiwick_core::{MandateName, Span, TaskId, TenantId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The bytes that the live states of all tasks take together, unless more of them are in use at once.
pub const LIVE_BYTES_MAX: usize = 256 << 20;
/// How many events are folded before the state is kept again.
pub const SNAPSHOT_EVERY: u64 = 1_000;
/// What a task takes besides its state: its place, its key, its chain.
const SLOT_BYTES: usize = size_of::<Slot>() + 192;
/// How many tasks that are in use are passed over at one time to find one that is not.
const PASSED_OVER_MAX: usize = 64;

/// What an engine keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The bytes of all live states.
    pub live_bytes_max: usize,
    /// The events between two snapshots of a stream.
    pub snapshot_every: u64,
    /// How long what nobody waits for is held back for what comes next.
    pub told_held_for: Span,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { live_bytes_max: LIVE_BYTES_MAX, snapshot_every: SNAPSHOT_EVERY, told_held_for: TOLD_HELD_FOR }
    }
}

/// What all tasks take, and in which order they were used.
#[derive(Debug, Default)]
pub(super) struct Budget {
    bytes: usize,
    uses: u64,
    used: BTreeMap<u64, (TenantId, TaskId)>,
}

/// What one task takes of it.
#[derive(Debug, Default)]
pub(super) struct Share {
    bytes: usize,
    /// Its place in the order; 0 before its first use.
    used: u64,
}

impl Engine {
    /// How many tasks are in memory.
    pub fn live_tasks(&self) -> usize {
        self.tenants.values().map(|tenant| tenant.tasks.values().filter(|slot| slot.live.is_some()).count()).sum()
    }

    /// The bytes that live states take, as far as they are known.
    pub fn live_bytes(&self) -> usize {
        self.budget.bytes
    }

    /// Somebody asks for the task.
    pub(super) fn touch(&mut self, tenant: TenantId, task: TaskId) {
        let slot = self.tenants.entry(tenant).or_default().tasks.entry(task).or_default();
        let Budget { bytes, uses, used } = &mut self.budget;
        if slot.share.used == 0 {
            slot.share.bytes = SLOT_BYTES;
            *bytes += SLOT_BYTES;
        }
        used.remove(&slot.share.used);
        *uses += 1;
        slot.share.used = *uses;
        used.insert(*uses, (tenant, task));
    }

    /// All of the task's memory is durable: it is weighed, and kept where enough was folded since the last time.
    pub(super) fn at_rest_now(&mut self, tenant_id: TenantId, task: TaskId, out: &mut Vec<Output>) {
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let Some(slot) = tenant.tasks.get_mut(&task) else { return };
        let Some(live) = &mut slot.live else { return };
        let weight = SLOT_BYTES + live.state.weight();
        self.budget.bytes = self.budget.bytes.saturating_sub(slot.share.bytes).saturating_add(weight);
        slot.share.bytes = weight;
        let seq = live.chain.seq();
        let due = seq >= live.kept.saturating_add(self.bounds.snapshot_every) && live.state.seq == seq;
        // Nothing is written to a store that went back.
        let epoch = tenant.control.as_ref().filter(|_| tenant.behind.is_none()).map(|control| control.state.epoch);
        if let Some(epoch) = epoch.filter(|_| due) {
            live.kept = seq;
            let (head, state) = (*live.chain.hash(), Kept::Task(Box::new(live.state.clone())));
            out.push(Output::Snapshot(Keep { tenant: tenant_id, epoch, head, state }));
        }
    }

    /// Control that is durable, with a snapshot of it where enough was folded since the last.
    pub(super) fn keep_control(
        &self,
        tenant: TenantId,
        mut live: LiveControl,
        out: &mut Vec<Output>,
    ) -> Arc<LiveControl> {
        let (seq, head, epoch) = (live.chain.seq(), *live.chain.hash(), live.state.epoch);
        let behind = self.tenants.get(&tenant).is_none_or(|tenant| tenant.behind.is_some());
        let due = seq >= live.kept.saturating_add(self.bounds.snapshot_every) && live.state.seq == seq && !behind;
        if due {
            live.kept = seq;
        }
        let live = Arc::new(live);
        if due {
            out.push(Output::Snapshot(Keep { tenant, epoch, head, state: Kept::Control(Arc::clone(&live)) }));
        }
        live
    }

    /// Mandates of which all that is in memory is durable: each is kept where enough was folded since the last time.
    pub(super) fn keep_mandates(&mut self, tenant_id: TenantId, names: &[MandateName], out: &mut Vec<Output>) {
        let every = self.bounds.snapshot_every;
        let Some(tenant) = self.tenants.get_mut(&tenant_id).filter(|tenant| tenant.behind.is_none()) else { return };
        let Some(epoch) = tenant.control.as_ref().map(|control| control.state.epoch) else { return };
        for name in names {
            let Some(live) = tenant.mandates.get_mut(name).and_then(MandateSlot::at_rest) else { continue };
            let seq = live.chain.seq();
            if seq >= live.kept.saturating_add(every) && live.state.seq == seq {
                live.kept = seq;
                let (head, state) = (*live.chain.hash(), Kept::Mandate(Box::new(live.state.clone())));
                out.push(Output::Snapshot(Keep { tenant: tenant_id, epoch, head, state }));
            }
        }
    }

    /// Forgets a task. One that is in use is read again from its first event when it comes to rest.
    pub(super) fn forget(&mut self, tenant: TenantId, task: TaskId) {
        let Some(tasks) = self.tenants.get_mut(&tenant).map(|tenant| &mut tenant.tasks) else { return };
        if let Some(slot) = tasks.get(&task).filter(|slot| slot.idle()) {
            self.budget.bytes = self.budget.bytes.saturating_sub(slot.share.bytes);
            self.budget.used.remove(&slot.share.used);
            tasks.remove(&task);
        }
    }

    /// Forgets tasks that nobody uses, the least recently used first, until the rest is within the budget.
    pub(super) fn evict(&mut self) {
        let mut from = 0;
        let mut passed_over = 0;
        while self.budget.bytes > self.bounds.live_bytes_max && passed_over < PASSED_OVER_MAX {
            let Some((used, (tenant, task))) = self.budget.used.range(from..).next().map(|(at, of)| (*at, *of)) else {
                return;
            };
            from = used + 1;
            let tasks = self.tenants.get_mut(&tenant).map(|tenant| &mut tenant.tasks);
            let Some(tasks) = tasks.filter(|tasks| tasks.get(&task).is_some_and(Slot::idle)) else {
                passed_over += 1;
                continue;
            };
            let gone = tasks.remove(&task).map_or(0, |slot| slot.share.bytes);
            self.budget.bytes = self.budget.bytes.saturating_sub(gone);
            self.budget.used.remove(&used);
        }
    }
}

impl Slot {
    /// Whether nothing of it would be lost.
    fn idle(&self) -> bool {
        self.queue.is_empty()
            && self.flight.is_none()
            && !self.loading
            && self.lost.is_empty()
            && self.counts.is_empty()
    }
}
