//! Nothing begins at a leaf after the end of its grant or of one that it comes from, after their windows, after their agents'
//! suspension or leave or a stop, or on a control state from before the floor.

use super::tree::{Held, Tree};
use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use bailiwick_core::{ActionBegun, AgentId, Data, GrantId, StreamId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Endings {
    floor: Option<u64>,
    stopped: Option<u64>,
    running: bool,
    suspended: BTreeMap<AgentId, u64>,
    inactive: BTreeSet<AgentId>,
    tree: Tree,
    ended_grants: BTreeSet<GrantId>,
    ended_tasks: BTreeSet<StreamId>,
}

impl Endings {
    fn begun(&self, entry: &Entry, begun: &ActionBegun) -> Verdict {
        let leaf = entry.stored.leaf;
        let lineage = self.tree.upwards(begun.grant);
        holds(!lineage.is_empty(), || format!("leaf {leaf}: an act of a grant that is not there"))?;
        holds(begun.under.control >= self.floor, || {
            format!("leaf {leaf}: an act begins under control {:?}, the floor is {:?}", begun.under.control, self.floor)
        })?;
        holds(!self.ended_tasks.contains(&entry.stored.stream), || {
            format!("leaf {leaf}: an act begins after the end of its task")
        })?;
        lineage.into_iter().try_for_each(|(grant, held)| self.alive(entry, begun, (grant, held)))
    }

    /// Whether nothing has ended a grant that an act rests on.
    fn alive(&self, entry: &Entry, begun: &ActionBegun, (grant, held): (GrantId, &Held)) -> Verdict {
        let leaf = entry.stored.leaf;
        holds(!self.ended_grants.contains(&grant), || {
            format!("leaf {leaf}: an act begins after the end of grant {grant}, which it comes from")
        })?;
        let expires = held.envelope.window.expires;
        holds(begun.facts.now < expires && entry.event.at < expires, || {
            format!("leaf {leaf}: an act begins after the window of grant {grant}")
        })?;
        let stopped = !self.running || self.stopped.is_some_and(|stop| held.leaf < stop);
        holds(!stopped, || format!("leaf {leaf}: an act begins after all work was stopped"))?;
        let suspended = self.suspended.get(&held.holder).is_some_and(|at| held.leaf < *at);
        // Only who acts has to be active now: of those above it counts that they did not end meanwhile.
        let inactive = grant == begun.grant && self.inactive.contains(&held.holder);
        holds(!suspended && !inactive, || {
            format!("leaf {leaf}: an act begins after {} was suspended, or had left", held.holder)
        })
    }
}

impl Judge for Endings {
    fn name(&self) -> &'static str {
        "endings"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        let leaf = entry.stored.leaf;
        // Written down here once more, not taken from core: what only widens, or changes nothing.
        let kind = entry.event.data.kind();
        let widens = ["control.added", "control.invited"];
        let leaves = ["control.heads", "control.held", "control.released", "control.expired", "control.found"];
        if kind.starts_with("control.") && !widens.iter().chain(&leaves).any(|of| *of == kind) {
            self.floor = Some(leaf);
        }
        self.tree.entry(entry);
        match &entry.event.data {
            Data::ControlOpened(_) => self.running = true,
            Data::ControlTenant(change) => {
                self.running = change.running;
                if !change.running {
                    self.stopped = Some(leaf);
                }
            }
            Data::ControlAgent(change) if change.active => {
                self.inactive.remove(&change.agent);
            }
            Data::ControlAgent(change) => {
                self.inactive.insert(change.agent.clone());
                self.suspended.insert(change.agent.clone(), leaf);
            }
            // What rested on an agent that left is over, also when it is taken on again.
            Data::ControlApplied(applied) => {
                let gone = applied.removed.iter().filter(|(kind, _)| kind == "agent");
                let gone = gone.filter_map(|(_, name)| AgentId::parse(name).ok());
                self.suspended.extend(gone.map(|agent| (agent, leaf)));
            }
            Data::GrantEnded(ended) => {
                self.ended_grants.insert(ended.grant);
            }
            Data::TaskEnded(_) => {
                self.ended_tasks.insert(entry.stored.stream);
            }
            Data::ActionBegun(begun) => return self.begun(entry, begun),
            _ => {}
        }
        Ok(())
    }
}
