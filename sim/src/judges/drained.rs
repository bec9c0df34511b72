//! Nothing leaves once a person was told that all is drained; and nothing leaves later than an act's time to leave after
//! what ended it was durable, whether or not somebody was told.

use super::tree::Tree;
use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::world::World;
use bailiwick_core::{AgentId, Data, FORWARD_WITHIN, GrantId, Micros, Span, TaskId};
use std::collections::BTreeMap;

/// What clocks that count boot time may be off over so short a time.
const DRIFT: Span = Span(2_000);

#[derive(Default)]
pub(super) struct Drained {
    told: BTreeMap<(TaskId, Option<GrantId>), Micros>,
    /// When a task, an agent's grants, or all of them were seen to be over; and the leaf from which on grants are new.
    tasks: BTreeMap<TaskId, Micros>,
    grants: BTreeMap<GrantId, Micros>,
    agents: BTreeMap<AgentId, (Micros, u64)>,
    tenant: Option<(Micros, u64)>,
    tree: Tree,
}

impl Judge for Drained {
    fn name(&self) -> &'static str {
        "drained"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        self.tree.entry(entry);
        let since = (entry.seen, entry.stored.leaf);
        match &entry.event.data {
            Data::TaskEnded(_) => {
                self.tasks.entry(entry.stored.stream).or_insert(entry.seen);
            }
            Data::GrantEnded(ended) => {
                self.grants.entry(ended.grant).or_insert(entry.seen);
            }
            Data::ControlApplied(applied) => {
                let gone = applied.removed.iter().filter(|(kind, _)| kind == "agent");
                let gone = gone.filter_map(|(_, name)| AgentId::parse(name).ok());
                self.agents.extend(gone.map(|agent| (agent, since)));
            }
            Data::ControlAgent(change) if !change.active => {
                self.agents.insert(change.agent.clone(), since);
            }
            Data::ControlTenant(change) if !change.running => self.tenant = Some(since),
            _ => {}
        }
        Ok(())
    }

    fn happened(&mut self, happening: &Happening, _: &Log, world: &World) -> Verdict {
        match happening {
            Happening::Drained { at, task, grant } => {
                self.told.entry((*task, *grant)).or_insert(*at);
            }
            Happening::Forwarded { at, task, grant, act, .. } => {
                let lineage = self.tree.upwards(*grant);
                let of = lineage.iter().map(|(id, _)| Some(*id)).chain([None]);
                let told = of.filter_map(|of| self.told.get(&(*task, of))).min();
                // A store whose clock goes back leaves nodes whose clocks stand apart by so much: the one error of time
                // that the design admits, and bounded by it.
                let apart = world.set_back();
                let late = |since: &Micros| *at > since.after(apart);
                holds(!told.is_some_and(late), || {
                    format!("act {act} of {task} left after its person was told that all is drained")
                })?;
                let mut over: Vec<Micros> = self.tasks.get(task).into_iter().copied().collect();
                for (id, held) in lineage {
                    let older = |(seen, leaf): &&(Micros, u64)| held.leaf < *leaf && *seen <= *at;
                    over.extend(self.grants.get(&id));
                    over.extend(self.agents.get(&held.holder).filter(older).map(|(seen, _)| *seen));
                    over.extend(self.tenant.as_ref().filter(older).map(|(seen, _)| *seen));
                }
                let over = over.into_iter().min();
                let last = |since: Micros| since.after(FORWARD_WITHIN).after(DRIFT).after(apart);
                holds(over.is_none_or(|since| *at <= last(since)), || {
                    let late = at.0.saturating_sub(over.unwrap_or(*at).0);
                    format!("act {act} of {task} left {late} microseconds after its end was durable")
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}
