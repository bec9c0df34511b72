//! Mandates in the engine. A command that draws on some flies alone, in one group with their streams: each is moved by one
//! batch at a time, and whoever wants it meanwhile waits for that. What somebody else moved is read again, as with tasks.

use super::{BatchId, Engine, Failure, LoadedMandate, Output, Tenant};
use crate::codec::{CodecError, Pen, encode};
use crate::live::{LiveMandate, LoadError};
use crate::vault::Vault;
use bailiwick_core::{Data, Event, MandateName, TaskId, TenantId};
use bailiwick_store::{Advance, StreamKind};
use std::collections::{BTreeMap, BTreeSet};

/// A mandate's place in the engine.
#[derive(Default)]
pub(super) struct MandateSlot {
    live: Option<LiveMandate>,
    /// As it was when it was last known to be what stands: where reading goes on.
    base: Option<LiveMandate>,
    loading: bool,
    /// The batch that moves it.
    flight: Option<BatchId>,
    /// Tasks whose command waits for it.
    waits: BTreeSet<TaskId>,
}

/// Mandates that a command is decided with.
pub(super) type Taken = BTreeMap<MandateName, LiveMandate>;

impl MandateSlot {
    /// As it stands in memory, where that is durable and nobody reads it on.
    pub(super) fn at_rest(&mut self) -> Option<&mut LiveMandate> {
        self.live.as_mut().filter(|_| self.flight.is_none() && !self.loading)
    }
}

/// A mandate's part of a batch.
pub(super) struct Moved {
    name: MandateName,
    advance: Advance,
    /// As it was before.
    before: Option<LiveMandate>,
}

/// Writes the events that stand in mandates' streams as well, and folds them there. On an error what is in memory of them is
/// of no use any more.
pub(super) fn write_beside(
    taken: &mut Taken,
    tenant: TenantId,
    vault: &Vault,
    events: &[Event],
) -> Result<Vec<Moved>, Failure> {
    let mut moved: Vec<Moved> = Vec::new();
    for event in events {
        let name = match &event.data {
            Data::AllocationMade(made) => &made.mandate,
            Data::AllocationReturned(returned) => &returned.mandate,
            _ => continue,
        };
        let live = taken.get_mut(name).ok_or_else(|| Failure::Closed(format!("mandate `{name}` was not read")))?;
        let stamps = vault.stamp_key(tenant).map_err(|error| Failure::Unavailable(error.to_string()))?;
        let before = (!moved.iter().any(|moved| moved.name == *name)).then(|| live.clone());
        let (stream, expect) = (live.state.id, live.chain.seq());
        let pen = Pen { stamps: &stamps, kind: StreamKind::MANDATE, data: None };
        let new = encode(&mut live.chain, tenant, stream, pen, event).map_err(|error| match error {
            CodecError::TooLarge(_) => Failure::TooLarge,
            CodecError::Broken(why) => Failure::Closed(why),
        })?;
        live.state.apply(event).map_err(|error| Failure::Closed(error.to_string()))?;
        let advance = Advance { stream, kind: StreamKind::MANDATE, expect, events: vec![new], wake: None };
        match moved.iter_mut().find(|moved| moved.name == *name) {
            Some(known) => known.advance.events.extend(advance.events),
            None => moved.push(Moved { name: name.clone(), advance, before }),
        }
    }
    Ok(moved)
}

impl Moved {
    /// Whose it is, and as what it was known to stand.
    pub(super) fn before(&mut self) -> (MandateName, Option<LiveMandate>) {
        (self.name.clone(), self.before.take())
    }

    pub(super) fn into_advance(self) -> Advance {
        self.advance
    }
}

impl Tenant {
    /// All of these mandates, where none is being moved or read; else what is missing is read, and the task waits.
    pub(super) fn take_mandates(
        &mut self,
        tenant: TenantId,
        task: TaskId,
        names: &[MandateName],
        out: &mut Vec<Output>,
    ) -> Option<Taken> {
        let mut there = true;
        for name in names {
            let slot = self.mandates.entry(name.clone()).or_default();
            if slot.live.is_none() && !slot.loading && slot.flight.is_none() {
                slot.loading = true;
                let live = slot.base.take().map(|live| Box::new(LoadedMandate(live)));
                out.push(Output::LoadMandate { tenant, name: name.clone(), live });
            }
            if slot.loading || slot.live.is_none() || slot.flight.is_some() {
                slot.waits.insert(task);
                there = false;
            }
        }
        if !there {
            return None;
        }
        let live = |name: &MandateName| Some((name.clone(), self.mandates.get_mut(name)?.live.take()?));
        Some(names.iter().filter_map(live).collect())
    }

    /// What was taken comes back, nothing of it moved.
    pub(super) fn put_mandates(&mut self, taken: Taken) {
        for (name, live) in taken {
            self.mandates.entry(name).or_default().live = Some(live);
        }
    }

    /// What was taken comes back as the batch moves it.
    pub(super) fn mandates_fly(&mut self, batch: BatchId, moved: Vec<(MandateName, Option<LiveMandate>)>) {
        for (name, before) in moved {
            let slot = self.mandates.entry(name).or_default();
            (slot.base, slot.flight) = (before, Some(batch));
        }
    }

    /// What was taken may be less than what stands by now: it is read on.
    pub(super) fn read_mandates_on(&mut self, taken: Taken) {
        for (name, live) in taken {
            let slot = self.mandates.entry(name).or_default();
            (slot.base, slot.live) = (Some(live), None);
        }
    }

    /// A batch has come to its end: what it moved may be moved by others. Answers which these are, and whose command waits for
    /// that.
    pub(super) fn free_mandates(&mut self, batch: BatchId, stood: bool) -> (Vec<MandateName>, BTreeSet<TaskId>) {
        let (mut names, mut waits) = (Vec::new(), BTreeSet::new());
        for (name, slot) in self.mandates.iter_mut().filter(|(_, slot)| slot.flight == Some(batch)) {
            slot.flight = None;
            names.push(name.clone());
            match stood {
                true => slot.base = None,
                false => slot.live = None,
            }
            waits.append(&mut slot.waits);
        }
        (names, waits)
    }
}

impl Engine {
    pub(super) fn loaded_mandate(
        &mut self,
        tenant_id: TenantId,
        name: &MandateName,
        live: Result<Box<LoadedMandate>, LoadError>,
        out: &mut Vec<Output>,
    ) {
        let Some(tenant) = self.tenants.get_mut(&tenant_id) else { return };
        let Some(slot) = tenant.mandates.get_mut(name) else { return };
        slot.loading = false;
        let waits = std::mem::take(&mut slot.waits);
        match live {
            Ok(loaded) => {
                slot.live = Some(loaded.0);
                self.keep_mandates(tenant_id, std::slice::from_ref(name), out);
                self.work_each(tenant_id, waits, out);
            }
            Err(error) => {
                let failure = match error {
                    LoadError::Store(error) => Failure::Unavailable(error.to_string()),
                    LoadError::Broken(why) => Failure::Closed(why),
                };
                for task in waits {
                    self.fail_task(tenant_id, task, &failure, out);
                }
            }
        }
    }

    /// Works off what waits for these tasks.
    pub(super) fn work_each(&mut self, tenant: TenantId, tasks: BTreeSet<TaskId>, out: &mut Vec<Output>) {
        for task in tasks {
            self.work(tenant, task, out);
        }
    }
}
