//! What instances have touched, each by all that it is known by. Room is shared out by agents: whoever names so many keys and
//! processes that there is none takes it from its own agent, and nobody else is forgotten for it.

use super::gone::Gone;
use super::marks::{Marks, is_nothing};
use bailiwick_core::{AgentId, InstanceId, KeyThumbprint, Label, TaskId, Touched, Whence};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most holders that are remembered one by one. Past it the agent that has most of them gives up the half of its own that
/// did nothing for longest: an agent that has no more than its equal part loses none.
const HOLDERS_MAX: usize = 16_384;

/// By what an instance is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Holder {
    /// An agent that keeps what it has read from process to process.
    Agent(AgentId),
    /// A process, by the name that it goes by.
    Instance(AgentId, InstanceId),
    /// A process, by its key.
    Key(KeyThumbprint),
}

/// Whose hands something is in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Hands {
    pub(super) agent: AgentId,
    pub(super) known_by: Vec<Holder>,
}

impl Hands {
    /// An instance, by all that it may be known by.
    pub(super) fn of(agent: &AgentId, instance: &InstanceId, key: &KeyThumbprint) -> Self {
        let process = Holder::Instance(agent.clone(), instance.clone());
        let known_by = vec![Holder::Agent(agent.clone()), process, Holder::Key(key.clone())];
        Self { agent: agent.clone(), known_by }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    /// The agent that it was first seen with: its share pays for it.
    of: AgentId,
    marks: Marks,
}

/// What instances have touched.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Instances {
    #[serde(with = "super::pairs")]
    known: BTreeMap<Holder, Known>,
    /// Those that there is no room for, by agent: a process that uses one key with two agents could have used two.
    gone: BTreeMap<AgentId, Gone>,
}

impl Instances {
    /// It has touched this by now.
    pub(super) fn touched(&mut self, hands: &Hands, label: &Label, task: TaskId, leaf: u64) {
        if is_nothing(label) {
            return;
        }
        for holder in &hands.known_by {
            if !self.known.contains_key(holder) && self.known.len() >= HOLDERS_MAX {
                self.make_room(leaf);
            }
            let fresh = || Known { of: hands.agent.clone(), marks: Marks::default() };
            self.known.entry(holder.clone()).or_insert_with(fresh).marks.take(label, leaf, task);
        }
    }

    /// What it touches is not followed any more: it counts as having touched all that there is.
    pub(super) fn lost(&mut self, hands: &Hands, leaf: u64) {
        let gone = self.gone.entry(hands.agent.clone()).or_default();
        // Of an agent itself only where it keeps what it reads is anything known: that is for `held` to ask.
        hands.known_by.iter().for_each(|holder| gone.put(holder, leaf));
    }

    /// Of the half of the largest agent's own that did nothing for longest only this stays: that they had touched something.
    fn make_room(&mut self, leaf: u64) {
        let mut counts: BTreeMap<&AgentId, usize> = BTreeMap::new();
        self.known.values().for_each(|known| *counts.entry(&known.of).or_default() += 1);
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let Some(most) = most.map(|(agent, _)| agent.clone()) else { return };
        let own = |known: &Known| known.of == most;
        let mut newest: Vec<u64> =
            self.known.values().filter(|known| own(known)).map(|known| known.marks.newest()).collect();
        newest.sort_unstable();
        let middle = newest.get(newest.len().saturating_sub(1) / 2).copied().unwrap_or_default();
        let old = |known: &Known| own(known) && known.marks.newest() <= middle;
        let gone = self.gone.entry(most.clone()).or_default();
        self.known.iter().filter(|(_, known)| old(known)).for_each(|(holder, _)| gone.put(holder, leaf));
        self.known.retain(|_, known| !old(known));
    }

    /// What it has touched in other tasks than this. `most` is the most that could be.
    pub(super) fn held(&self, hands: &Hands, task: TaskId, most: impl Fn(Whence) -> Touched) -> Touched {
        let mut all = Touched::default();
        let gone = self.gone.get(&hands.agent);
        for holder in &hands.known_by {
            // It may have been there before, and then there was no room. What a person lowered since stays lowered.
            if let Some(gone) = gone.filter(|gone| gone.has(holder)) {
                return most(Whence { leaf: gone.at, task: None });
            }
            if let Some(known) = self.known.get(holder) {
                known.marks.besides(task, &mut all);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests;
