//! What comes to a call from other tasks of its tenant: what its instance has touched in them, and what they left where it reads.
//! The record of all of them is followed to its end before each decision, so another node's tasks count as this one's do.

mod gone;
mod hands;
mod index;
mod kept;
mod left;
mod marks;
mod pairs;
mod spot;

use crate::codec::open_event;
use crate::live::LiveControl;
use crate::node::Node;
use crate::step::Failure;
use bailiwick_core::{
    Action, AgentId, Data, DataClass, Digest, Elsewhere, Facts, GrantId, InstanceId, KeyThumbprint, Memory, ServerName,
    StreamId, TaskId, TaskState, TenantId, Touched, Whence, Zone, is_own,
};
use bailiwick_record::sha256;
use bailiwick_store::StoredEvent;
use hands::{Hands, Holder};
use index::{Index, leaves, shares};
use spot::Spot;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many events one read brings.
const READ_MAX: usize = 256;
/// Of how many streams the last hash is remembered, to check what follows it.
const STREAMS_MAX: usize = 4_096;

/// What is known of all tenants.
#[derive(Debug, Default)]
pub(crate) struct Elsewheres(Mutex<BTreeMap<TenantId, Arc<Followed>>>);

/// What is known of one tenant.
#[derive(Debug, Default)]
struct Followed {
    /// How many have asked: who waited while the log was read for one that came after them need not read it again.
    asked: AtomicU64,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// `None` before the first look.
    index: Option<Index>,
    /// The last that was read for.
    served: u64,
    /// The last event of each stream that was read.
    heads: BTreeMap<StreamId, (u64, Digest)>,
    /// The size that is kept.
    kept: u64,
}

/// What was left on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOn {
    /// Each class of each place, the event that brought it there last, and whether that is no one place of the server.
    pub classes: Vec<(DataClass, Whence, bool)>,
    /// So many leaves of the log were looked at.
    pub size: u64,
}

/// Who calls, and where.
struct Asking {
    task: TaskId,
    by: Option<Hands>,
    at: Option<(ServerName, Spot)>,
}

impl Node {
    /// The facts with what comes from other tasks to what the caller wants to do; without an `action` it binds its key.
    ///
    /// # Errors
    /// [`Failure`] when the record cannot be read to its end: then nothing may be decided.
    pub async fn with_elsewhere(
        self: &Arc<Self>,
        (tenant, task): (TenantId, TaskId),
        action: Option<&Action>,
        facts: Facts,
    ) -> Result<Facts, Failure> {
        let Some(caller) = &facts.caller else { return Ok(facts) };
        let by = Some(self.hands(tenant, (&caller.agent, &caller.instance, &caller.key))?);
        let at = action.filter(|action| !is_own(action.tool.server()));
        let at = at.map(|action| (action.tool.server().clone(), Spot::of(&action.bound)));
        let found = self.elsewhere(tenant, Asking { task, by, at }).await?;
        Ok(Facts { elsewhere: (!found.is_empty()).then(|| Box::new(found)), ..facts })
    }

    /// Facts of a person who lowers what the holder of a grant has touched, which is that of other tasks too.
    ///
    /// # Errors
    /// [`Failure`] as for [`Node::with_elsewhere`], or when the task cannot be read.
    pub async fn facts_to_lower(
        self: &Arc<Self>,
        (tenant, task): (TenantId, TaskId),
        grant: GrantId,
    ) -> Result<Facts, Failure> {
        let of = move |task: &TaskState, _: &LiveControl| {
            let grant = task.grants.get(&grant)?;
            let key = grant.key.as_ref()?;
            Some((grant.holder.clone(), key.instance.clone(), key.key.clone()))
        };
        let holder = self.look(tenant, task, of).await?;
        let by = holder.map(|(agent, instance, key)| self.hands(tenant, (&agent, &instance, &key)));
        let asking = Asking { task, by: by.transpose()?, at: None };
        let found = self.elsewhere(tenant, asking).await?;
        Ok(Facts { elsewhere: Some(Box::new(found)), ..self.facts(0)? })
    }

    /// Reads the record to its end, beside the first call that waits for it.
    pub(crate) fn warm_elsewhere(&self, tenant: TenantId) -> Result<(), Failure> {
        self.follow_elsewhere(tenant, |_| ())
    }

    /// Where on a server something of a class was left: each class with the event that brought it last to one place, and whether
    /// nobody knows where on the server that is. And how many leaves of the log were looked at.
    ///
    /// # Errors
    /// [`Failure`] when the record cannot be read to its end, or not be believed.
    pub async fn left_on(self: &Arc<Self>, tenant: TenantId, server: &ServerName) -> Result<LeftOn, Failure> {
        let (node, server) = (Arc::clone(self), server.clone());
        let work = move || {
            node.follow_elsewhere(tenant, |index| {
                (!index.blind).then(|| LeftOn { classes: index.left_on(&server), size: index.size })
            })
        };
        let known = self.beside(work).await??;
        known.ok_or_else(|| {
            Failure::Unavailable("what was left on servers is not known: run `bailiwick doctor`".to_owned())
        })
    }

    /// By what an instance is known: by its agent only where that keeps what it reads.
    fn hands(
        &self,
        tenant: TenantId,
        (agent, instance, key): (&AgentId, &InstanceId, &KeyThumbprint),
    ) -> Result<Hands, Failure> {
        let control = self.control_now(tenant)?;
        let entry = control.state.agents.get(agent);
        let keeps = entry.is_some_and(|entry| entry.document.memory == Memory::Kept);
        let mut hands = Hands::of(agent, instance, key);
        hands.known_by.retain(|holder| keeps || !matches!(holder, Holder::Agent(_)));
        Ok(hands)
    }

    async fn elsewhere(self: &Arc<Self>, tenant: TenantId, asking: Asking) -> Result<Elsewhere, Failure> {
        let (node, control) = (Arc::clone(self), self.control_now(tenant)?);
        let work = move || {
            node.follow_elsewhere(tenant, |index| {
                let most = |whence| most(&control, whence);
                let left = asking.at.as_ref().map(|at| index.left(at, asking.task, most)).unwrap_or_default();
                Elsewhere { held: index.held(asking.by.as_ref(), asking.task, most), left, size: index.size }
            })
        };
        self.beside(work).await?
    }

    fn follow_elsewhere<T>(&self, tenant: TenantId, then: impl FnOnce(&Index) -> T) -> Result<T, Failure> {
        let of = {
            let mut all = self.elsewheres.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(tenant).or_default())
        };
        let own = of.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut known = of.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut index = match known.index.take() {
            Some(index) => index,
            None => self.kept_elsewhere(tenant)?.unwrap_or_default(),
        };
        // Whoever asked before the log is read now is served by it.
        let (serves, due) = (of.asked.load(Ordering::SeqCst), known.served < own);
        let read = if due { self.read_on(tenant, &mut index, &mut known.heads) } else { Ok(()) };
        let found = read.map(|()| {
            known.served = known.served.max(if due { serves } else { 0 });
            then(&index)
        });
        if found.is_ok() {
            self.keep_elsewhere(tenant, &mut index, &mut known.kept);
        }
        known.index = Some(index);
        found
    }

    /// Reads the log to its end.
    fn read_on(
        &self,
        tenant: TenantId,
        index: &mut Index,
        heads: &mut BTreeMap<StreamId, (u64, Digest)>,
    ) -> Result<(), Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let store = self.store();
        let end = store.log(tenant).map_err(|error| unavailable(&error))?.size;
        if end < index.size {
            return Err(Failure::Unavailable(format!(
                "the log has {end} leaves, and {} were read of it before",
                index.size
            )));
        }
        while index.size < end {
            let events = self.readable(tenant, index.size, READ_MAX)?;
            for stored in &events {
                if stored.leaf != index.size {
                    break;
                }
                self.take(tenant, index, heads, stored)?;
                index.size += 1;
            }
            if events.first().is_none_or(|stored| stored.leaf > index.size) {
                index.blind = true;
                index.size += 1;
            }
        }
        Ok(())
    }

    /// What was changed in the store says nothing, and hides what it said: then nobody knows what anybody has touched.
    fn take(
        &self,
        tenant: TenantId,
        index: &mut Index,
        heads: &mut BTreeMap<StreamId, (u64, Digest)>,
        stored: &StoredEvent,
    ) -> Result<(), Failure> {
        let stream = stored.stream;
        if self.unlike(tenant, heads.get(&stream).copied(), stored)?.is_some() {
            index.blind = true;
            return Ok(());
        }
        if heads.len() >= STREAMS_MAX && !heads.contains_key(&stream) {
            heads.clear();
        }
        heads.insert(stream, (stored.seq, stored.event.hash));
        let Ok(mut event) = open_event(tenant, None, stored) else {
            index.blind = true;
            return Ok(());
        };
        // Where something was left, and what was pasted, stands in what may be erased.
        let opens = match &event.data {
            Data::ActionBegun(begun) => leaves(begun) || shares(begun),
            Data::TaskStarted(_) => true,
            _ => false,
        };
        if opens && stored.event.sealed.is_some() {
            let key = self.vault().data_key(self.store().as_ref(), tenant, stream);
            let key = key.map_err(|error| Failure::Unavailable(error.to_string()))?;
            if let Ok(opened) = open_event(tenant, key.as_ref(), stored) {
                event = opened;
            }
        }
        index.fold(&event, stream, stored.leaf);
        Ok(())
    }
}

/// All that could be touched in a tenant.
fn most(control: &LiveControl, whence: Whence) -> Touched {
    let servers = || control.state.servers.values().map(|entry| &entry.document);
    let own = servers().flat_map(|server| server.classes.iter().cloned());
    let tools = control.state.tools.keys().flat_map(|tool| {
        let (all, by_field) = control.catalogue.classes(tool);
        all.iter().cloned().chain(by_field).collect::<Vec<DataClass>>()
    });
    let zones = servers().map(|server| server.zone.clone()).filter(|zone| *zone != Zone::own());
    Touched {
        classes: own.chain(tools).map(|class| (class, whence)).collect(),
        untrusted: Some(whence),
        zones: zones.map(|zone| (zone, whence)).collect(),
    }
}
