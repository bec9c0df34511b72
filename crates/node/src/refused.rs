//! What people said no to of late, in memory: their other tasks ask them again before the same agent does it there. How often
//! they said no is a fact of the decision. A node hears of it as it is told, and by the log of what others were told.

use bailiwick_core::{AgentId, Digest, Micros, PersonId, Span, TaskId, TenantId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a no is remembered.
pub(crate) const REMEMBERED: Span = Span::hours(24);
/// The most agents of a tenant; past it the one that was refused something longest ago is forgotten.
const AGENTS_MAX: usize = 512;
/// The most persons of one agent, and the most goals of one person with it: so no agent, and no person's tasks, push out what
/// is remembered of another.
const PERSONS_MAX: usize = 64;
const GOALS_MAX: usize = 64;
/// The most that are remembered of one goal.
const EACH_MAX: usize = 16;

/// Whose noes: an agent's, in the tasks of a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) agent: &'a AgentId,
    pub(crate) person: &'a PersonId,
}

/// One no: when, and to which request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct No {
    pub(crate) at: Micros,
    pub(crate) task: TaskId,
    /// The request, by its seq in the task.
    pub(crate) approval: u64,
}

type Goals = BTreeMap<Digest, VecDeque<No>>;
type Agents = BTreeMap<AgentId, BTreeMap<PersonId, Goals>>;

#[derive(Debug, Default)]
struct Memory {
    said: BTreeMap<TenantId, Agents>,
    /// The leaf of each tenant's log from which on noes were not heard yet.
    heard: BTreeMap<TenantId, u64>,
}

/// What people said no to of late.
#[derive(Debug, Default)]
pub(crate) struct RefusedGoals {
    memory: Mutex<Memory>,
    /// One listens at a time.
    pub(crate) listening: tokio::sync::Mutex<()>,
}

impl RefusedGoals {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody said no to what comes to this. Heard twice it is one.
    pub(crate) fn said(&self, of: Of<'_>, goal: Digest, no: No) {
        let mut memory = self.memory();
        let agents = memory.said.entry(of.tenant).or_default();
        make_room(agents, of.agent, AGENTS_MAX, |persons| persons.values().filter_map(last_of).max());
        let persons = agents.entry(of.agent.clone()).or_default();
        make_room(persons, of.person, PERSONS_MAX, last_of);
        let goals = persons.entry(of.person.clone()).or_default();
        make_room(goals, &goal, GOALS_MAX, last);
        let noes = goals.entry(goal).or_default();
        if noes.iter().any(|known| (known.task, known.approval) == (no.task, no.approval)) {
            return;
        }
        if noes.len() >= EACH_MAX {
            noes.pop_front();
        }
        noes.push_back(no);
    }

    /// Whether anything was refused to an agent: only then it matters what its calls come to, and whose task it is.
    pub(crate) fn knows(&self, tenant: TenantId, agent: &AgentId) -> bool {
        self.memory().said.get(&tenant).is_some_and(|agents| agents.contains_key(agent))
    }

    /// How often a person said no to a goal in other tasks than this, of late.
    pub(crate) fn elsewhere(&self, of: Of<'_>, goal: &Digest, task: TaskId, now: Micros) -> u64 {
        let memory = self.memory();
        let goals = memory.said.get(&of.tenant).and_then(|agents| agents.get(of.agent)?.get(of.person));
        let Some(noes) = goals.and_then(|goals| goals.get(goal)) else { return 0 };
        let counts = |no: &&No| no.task != task && now < no.at.after(REMEMBERED);
        u64::try_from(noes.iter().filter(counts).count()).unwrap_or(u64::MAX)
    }

    /// The person has said yes to it since.
    pub(crate) fn forget(&self, of: Of<'_>, goal: &Digest) {
        let mut memory = self.memory();
        let Some(agents) = memory.said.get_mut(&of.tenant) else { return };
        let Some(persons) = agents.get_mut(of.agent) else { return };
        if let Some(goals) = persons.get_mut(of.person) {
            goals.remove(goal);
            if goals.is_empty() {
                persons.remove(of.person);
            }
        }
        if persons.is_empty() {
            agents.remove(of.agent);
        }
    }

    /// From where on the log of a tenant is to be listened to; `None` before the first time.
    pub(crate) fn heard(&self, tenant: TenantId) -> Option<u64> {
        self.memory().heard.get(&tenant).copied()
    }

    /// All before this leaf was heard.
    pub(crate) fn has_heard(&self, tenant: TenantId, leaf: u64) {
        self.memory().heard.insert(tenant, leaf);
    }
}

fn last(noes: &VecDeque<No>) -> Option<Micros> {
    noes.back().map(|no| no.at)
}

fn last_of(goals: &Goals) -> Option<Micros> {
    goals.values().filter_map(last).max()
}

/// Where there is no room for another, what was refused longest ago is forgotten.
fn make_room<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, new: &K, most: usize, last: impl Fn(&V) -> Option<Micros>) {
    if map.len() >= most && !map.contains_key(new) {
        let oldest = map.iter().min_by_key(|(_, value)| last(value)).map(|(key, _)| key.clone());
        oldest.map(|key| map.remove(&key));
    }
}

#[cfg(test)]
mod tests;
