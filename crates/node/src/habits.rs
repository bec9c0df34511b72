//! What agents did before, in memory at the node that a call comes to: whether a tool or a destination is new to one is a
//! fact of the decision.

use bailiwick_core::{Action, AgentId, Digest, Micros, Novel, Reading, TenantId, sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most agents that are remembered; past it the one that did nothing for longest is forgotten.
const AGENTS_MAX: usize = 512;
/// The most tools and destinations of one; past it what was used longest ago is forgotten.
const SEEN_MAX: usize = 512;
/// Of an agent of which fewer acts were seen nothing is new: nobody knows what it does.
const KNOWN_FROM: u64 = 20;

/// What of an act is remembered.
#[derive(Debug, Clone)]
pub(crate) struct Marks {
    tool: Digest,
    to: Option<Digest>,
}

impl Marks {
    pub(crate) fn of(action: &Action) -> Self {
        let tool = sha256(format!("tool {}", action.tool).as_bytes());
        let to = action.destination.as_ref().and_then(Reading::known);
        Self { tool, to: to.map(|to| sha256(format!("to {}\n{}", to.kind, to.normal).as_bytes())) }
    }
}

#[derive(Debug, Default)]
struct Habit {
    acts: u64,
    last: Micros,
    seen: BTreeMap<Digest, Micros>,
}

/// What agents did before.
#[derive(Debug, Default)]
pub(crate) struct Habits(Mutex<BTreeMap<(TenantId, AgentId), Habit>>);

impl Habits {
    fn memory(&self) -> MutexGuard<'_, BTreeMap<(TenantId, AgentId), Habit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of an act its agent has not done before.
    pub(crate) fn novel(&self, tenant: TenantId, agent: &AgentId, marks: &Marks) -> Novel {
        let memory = self.memory();
        let Some(habit) = memory.get(&(tenant, agent.clone())).filter(|habit| habit.acts >= KNOWN_FROM) else {
            return Novel::default();
        };
        let new = |mark: &Digest| !habit.seen.contains_key(mark);
        Novel { destination: marks.to.as_ref().is_some_and(new), tool: new(&marks.tool) }
    }

    /// An act has begun.
    pub(crate) fn learn(&self, tenant: TenantId, agent: &AgentId, marks: &Marks, now: Micros) {
        let (mut memory, of) = (self.memory(), (tenant, agent.clone()));
        if memory.len() >= AGENTS_MAX && !memory.contains_key(&of) {
            let idle = memory.iter().min_by_key(|(_, habit)| habit.last).map(|(of, _)| of.clone());
            idle.map(|of| memory.remove(&of));
        }
        let habit = memory.entry(of).or_default();
        habit.acts = habit.acts.saturating_add(1);
        habit.last = now;
        for mark in [Some(marks.tool), marks.to].into_iter().flatten() {
            if habit.seen.len() >= SEEN_MAX && !habit.seen.contains_key(&mark) {
                let oldest = habit.seen.iter().min_by_key(|(_, at)| **at).map(|(mark, _)| *mark);
                oldest.map(|mark| habit.seen.remove(&mark));
            }
            habit.seen.insert(mark, now);
        }
    }
}

#[cfg(test)]
mod tests;
