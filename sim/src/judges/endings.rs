//! Nothing begins at a leaf after its grant's end, after its window, after its agent's suspension or a stop, or on a control
//! state from before the floor.

use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use bailiwick_core::{ActionBegun, AgentId, Data, GrantId, Micros, StreamId};
use std::collections::{BTreeMap, BTreeSet};

/// A grant as the log tells of it.
struct Granted {
    leaf: u64,
    holder: AgentId,
    expires: Micros,
}

#[derive(Default)]
pub(super) struct Endings {
    floor: Option<u64>,
    stopped: Option<u64>,
    running: bool,
    suspended: BTreeMap<AgentId, u64>,
    inactive: BTreeSet<AgentId>,
    grants: BTreeMap<GrantId, Granted>,
    ended_grants: BTreeSet<GrantId>,
    ended_tasks: BTreeSet<StreamId>,
}

impl Endings {
    fn begun(&self, entry: &Entry, begun: &ActionBegun) -> Verdict {
        let leaf = entry.stored.leaf;
        let granted =
            self.grants.get(&begun.grant).ok_or_else(|| format!("leaf {leaf}: an act of a grant that is not there"))?;
        let over = self.ended_tasks.contains(&entry.stored.stream) || self.ended_grants.contains(&begun.grant);
        holds(!over, || format!("leaf {leaf}: an act begins after the end of its grant"))?;
        holds(begun.facts.now < granted.expires && entry.event.at < granted.expires, || {
            format!("leaf {leaf}: an act begins after the window of its grant")
        })?;
        holds(begun.under.control >= self.floor, || {
            format!("leaf {leaf}: an act begins under control {:?}, the floor is {:?}", begun.under.control, self.floor)
        })?;
        let stopped = !self.running || self.stopped.is_some_and(|stop| granted.leaf < stop);
        holds(!stopped, || format!("leaf {leaf}: an act begins after all work was stopped"))?;
        let suspended = self.suspended.get(&granted.holder).is_some_and(|at| granted.leaf < *at);
        holds(!suspended && !self.inactive.contains(&granted.holder), || {
            format!("leaf {leaf}: an act begins after its agent was suspended")
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
        if kind.starts_with("control.") && !matches!(kind, "control.added" | "control.heads") {
            self.floor = Some(leaf);
        }
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
            Data::GrantMinted(minted) => {
                let (holder, expires) = (minted.holder.clone(), minted.envelope.window.expires);
                self.grants.insert(minted.grant, Granted { leaf, holder, expires });
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
