//! What agents did before, in memory at the node that a call comes to: whether a tool or a destination is new to one is a
//! fact of the decision. What was done counts, once its outcome says so; and who read from a place has not sent there.

use bailiwick_core::{Action, AgentId, Digest, Effect, Micros, Novel, Reading, TaskId, TenantId, sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most agents of a tenant that are remembered; past it the one that did nothing for longest is forgotten.
const AGENTS_MAX: usize = 512;
/// The most tools and destinations of one; past it what was used longest ago is forgotten.
const SEEN_MAX: usize = 512;
/// Of an agent of which fewer acts were seen nothing is new: nobody knows what it does.
const KNOWN_FROM: u64 = 20;
/// The most acts whose outcome is waited for; past it one of them teaches nothing.
const OPEN_MAX: usize = 4_096;

/// What of an act is remembered.
#[derive(Debug, Clone)]
pub(crate) struct Marks {
    tool: Digest,
    /// Where it goes; of what only reads, where it reads.
    to: Option<Digest>,
    /// Who has sent there has been there: then to read there is nothing new.
    or: Option<Digest>,
}

impl Marks {
    pub(crate) fn of(action: &Action) -> Self {
        let tool = sha256(format!("tool {}", action.tool).as_bytes());
        let to = action.destination.as_ref().and_then(Reading::known);
        let mark = |word: &str| to.map(|to| sha256(format!("{word} {}\n{}", to.kind, to.normal).as_bytes()));
        match action.effect {
            Effect::Read => Self { tool, to: mark("from"), or: mark("to") },
            _ => Self { tool, to: mark("to"), or: None },
        }
    }
}

#[derive(Debug, Default)]
struct Habit {
    acts: u64,
    last: Micros,
    seen: BTreeMap<Digest, Micros>,
}

/// An act, by its task and its seq there.
type Act = (TenantId, TaskId, u64);

#[derive(Debug, Default)]
struct Memory {
    known: BTreeMap<TenantId, BTreeMap<AgentId, Habit>>,
    /// Acts that have begun.
    open: BTreeMap<Act, (AgentId, Marks)>,
}

/// What agents did before.
#[derive(Debug, Default)]
pub(crate) struct Habits(Mutex<Memory>);

impl Habits {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of an act its agent has not done before.
    pub(crate) fn novel(&self, tenant: TenantId, agent: &AgentId, marks: &Marks) -> Novel {
        let memory = self.memory();
        let habit = memory.known.get(&tenant).and_then(|agents| agents.get(agent));
        let Some(habit) = habit.filter(|habit| habit.acts >= KNOWN_FROM) else { return Novel::default() };
        let new = |mark: &Digest| !habit.seen.contains_key(mark);
        let destination = marks.to.as_ref().is_some_and(new) && marks.or.as_ref().is_none_or(new);
        Novel { destination, tool: new(&marks.tool) }
    }

    /// An act has begun: whether it was done is not known yet.
    pub(crate) fn begun(&self, act: Act, agent: &AgentId, marks: Marks) {
        let mut memory = self.memory();
        if memory.open.len() >= OPEN_MAX {
            memory.open.pop_first();
        }
        memory.open.insert(act, (agent.clone(), marks));
    }

    /// What became of an act: only what was done teaches anything.
    pub(crate) fn came_to(&self, act: Act, done: bool, now: Micros) {
        let begun = self.memory().open.remove(&act);
        if let Some((agent, marks)) = begun.filter(|_| done) {
            self.learn(act.0, &agent, &marks, now);
        }
    }

    /// An act was done.
    pub(crate) fn learn(&self, tenant: TenantId, agent: &AgentId, marks: &Marks, now: Micros) {
        let mut memory = self.memory();
        let agents = memory.known.entry(tenant).or_default();
        if agents.len() >= AGENTS_MAX && !agents.contains_key(agent) {
            let idle = agents.iter().min_by_key(|(_, habit)| habit.last).map(|(of, _)| of.clone());
            idle.map(|of| agents.remove(&of));
        }
        let habit = agents.entry(agent.clone()).or_default();
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
