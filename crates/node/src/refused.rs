//! What people said no to of late, in memory at the node that was told: their other tasks ask them again before the same agent
//! does it there. How often they said no is a fact of the decision.

use bailiwick_core::{AgentId, Digest, Micros, PersonId, Span, TaskId, TenantId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a no is remembered.
const REMEMBERED: Span = Span::hours(24);
/// The most goals, and the most requests that wait for an answer; past it what is oldest is forgotten.
const GOALS_MAX: usize = 1_024;
/// The most that are remembered of one goal.
const EACH_MAX: usize = 16;

/// Whose goal it is: an agent's, in the tasks of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Goal {
    pub(crate) tenant: TenantId,
    pub(crate) agent: AgentId,
    pub(crate) comes_to: Digest,
}

#[derive(Debug)]
struct No {
    at: Micros,
    task: TaskId,
    requester: PersonId,
}

#[derive(Debug, Default)]
struct Memory {
    /// Requests that wait for an answer, in the order that they were made.
    asked: VecDeque<((TenantId, TaskId, u64), Goal, PersonId)>,
    said: BTreeMap<Goal, VecDeque<No>>,
}

/// What people said no to of late.
#[derive(Debug, Default)]
pub(crate) struct RefusedGoals(Mutex<Memory>);

impl RefusedGoals {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request was made.
    pub(crate) fn asked(&self, request: (TenantId, TaskId, u64), goal: Goal, requester: PersonId) {
        let mut memory = self.memory();
        if memory.asked.len() >= GOALS_MAX {
            memory.asked.pop_front();
        }
        memory.asked.push_back((request, goal, requester));
    }

    /// Somebody said no to a request.
    pub(crate) fn refused(&self, request: (TenantId, TaskId, u64), now: Micros) {
        let mut memory = self.memory();
        let Some(at) = memory.asked.iter().position(|(of, ..)| *of == request) else { return };
        if let Some(((_, task, _), goal, requester)) = memory.asked.remove(at) {
            memory.no(goal, No { at: now, task, requester });
        }
    }

    /// Whether anything is known of a goal: only then it matters whose task it is.
    pub(crate) fn knows(&self, goal: &Goal) -> bool {
        self.memory().said.contains_key(goal)
    }

    /// How often a person said no to a goal in other tasks than this, of late.
    pub(crate) fn elsewhere(&self, goal: &Goal, (task, requester): (TaskId, &PersonId), now: Micros) -> u64 {
        let memory = self.memory();
        let Some(said) = memory.said.get(goal) else { return 0 };
        let counts = |no: &&No| no.task != task && no.requester == *requester && now < no.at.after(REMEMBERED);
        u64::try_from(said.iter().filter(counts).count()).unwrap_or(u64::MAX)
    }

    /// A person has said yes to it since.
    pub(crate) fn forget(&self, goal: &Goal, requester: &PersonId) {
        let mut memory = self.memory();
        let Some(said) = memory.said.get_mut(goal) else { return };
        said.retain(|no| no.requester != *requester);
        if said.is_empty() {
            memory.said.remove(goal);
        }
    }
}

impl Memory {
    fn no(&mut self, goal: Goal, no: No) {
        if self.said.len() >= GOALS_MAX && !self.said.contains_key(&goal) {
            let last = |said: &VecDeque<No>| said.back().map(|no| no.at);
            let oldest = self.said.iter().min_by_key(|(_, said)| last(said)).map(|(goal, _)| goal.clone());
            oldest.map(|goal| self.said.remove(&goal));
        }
        let said = self.said.entry(goal).or_default();
        if said.len() >= EACH_MAX {
            said.pop_front();
        }
        said.push_back(no);
    }
}

#[cfg(test)]
mod tests;
