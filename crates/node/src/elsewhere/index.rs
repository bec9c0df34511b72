//! What instances have touched, and what was left on servers, over all tasks of a tenant: a fold of its log. Nothing that it was
//! told is forgotten: what it has no room for counts as the most that could be, and is taken from whoever has most.

use super::hands::{Hands, Instances};
use super::left::Left;
use super::marks::is_nothing;
use super::spot::Spot;
use bailiwick_core::{
    ActionBegun, AgentId, Data, DataClass, Effect, Event, GrantId, GrantMinted, Label, ServerName, TaskId, Touched,
    Whence, is_own,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most grants of live tasks that are followed. Past it the tasks of the agent that holds most of them at the root are not:
/// whoever acts in those counts as having touched all that there is.
const GRANTS_MAX: usize = 131_072;

/// A grant of a live task.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Held {
    /// The agent of the task's first grant: its share pays for all of them.
    of: AgentId,
    parent: Option<GrantId>,
    by: Option<Hands>,
    label: Label,
}

/// What instances have touched, and what was left on servers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Index {
    /// So many leaves of the log were folded.
    pub(super) size: u64,
    /// Something of the log could not be believed or followed: then nobody knows what anybody has touched.
    pub(super) blind: bool,
    instances: Instances,
    left: Left,
    #[serde(with = "super::pairs")]
    grants: BTreeMap<(TaskId, GrantId), Held>,
    /// The task that began last, where its first holder is told what others wrote.
    #[serde(default)]
    pasted: Option<TaskId>,
    /// A task was erased: what was kept before says where it left things.
    #[serde(skip)]
    pub(super) erases: bool,
}

impl Index {
    /// Folds an event of a stream.
    pub(super) fn fold(&mut self, event: &Event, task: TaskId, leaf: u64) {
        match &event.data {
            // Its first grant follows in the same append.
            Data::TaskStarted(started) => self.pasted = started.tells_what_was_pasted().then_some(task),
            Data::GrantMinted(minted) => self.minted(minted, task, leaf),
            Data::KeyBound(bound) => {
                let hands = Hands::of(&bound.agent, &bound.instance, &bound.key);
                let Some(held) = self.grants.get_mut(&(task, bound.grant)) else {
                    return self.instances.lost(&hands, leaf);
                };
                held.by = Some(hands);
                if let Some(elsewhere) = &bound.facts.elsewhere {
                    held.label = held.label.with(&elsewhere.held.label());
                }
                // Whoever takes a part of a task is told what whoever handed it on had read, and the first what was pasted.
                let label = held.label.clone();
                self.up((task, bound.grant), &label, leaf);
            }
            Data::ActionBegun(begun) => self.begun(begun, task, leaf),
            Data::GrantEnded(ended) => drop(self.grants.remove(&(task, ended.grant))),
            Data::TaskEnded(_) => {
                let first = (task, GrantId::new([0; 16]));
                let own = self.grants.range(first..).take_while(|((of, _), _)| *of == task);
                let own: Vec<_> = own.map(|(key, _)| *key).collect();
                own.iter().for_each(|key| drop(self.grants.remove(key)));
            }
            Data::ControlErased(erased) => self.erased(erased.task),
            Data::ControlPersonErased(erased) => erased.tasks.iter().for_each(|task| self.erased(*task)),
            Data::ControlExpired(expired) => expired.tasks.iter().for_each(|of| self.erased(of.task)),
            Data::ControlPlaceLowered(lowered) => {
                self.left.lower(&lowered.server, (&lowered.class, lowered.event), lowered.until);
            }
            _ => {}
        }
    }

    fn erased(&mut self, task: TaskId) {
        self.left.erased(task);
        self.erases = true;
    }

    fn minted(&mut self, minted: &GrantMinted, task: TaskId, leaf: u64) {
        if self.grants.len() >= GRANTS_MAX {
            self.make_room(leaf);
        }
        let told = minted.parent.is_none() && self.pasted.take() == Some(task);
        let (of, label) = match minted.parent.map(|parent| self.grants.get(&(task, parent))) {
            Some(Some(above)) => (above.of.clone(), above.label.clone()),
            // Its task is not followed.
            Some(None) => return,
            None => (minted.holder.clone(), Label { trusted: told.then_some(false), ..Label::default() }),
        };
        self.grants.insert((task, minted.grant), Held { of, parent: minted.parent, by: None, label });
    }

    /// The agent that holds most grants at the root loses them: what is touched under them is followed no more.
    fn make_room(&mut self, leaf: u64) {
        let mut counts: BTreeMap<&AgentId, usize> = BTreeMap::new();
        self.grants.values().for_each(|held| *counts.entry(&held.of).or_default() += 1);
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let Some(most) = most.map(|(agent, _)| agent.clone()) else { return };
        let own = self.grants.extract_if(.., |_, held| held.of == most);
        own.filter_map(|(_, held)| held.by).for_each(|hands| self.instances.lost(&hands, leaf));
    }

    fn begun(&mut self, begun: &ActionBegun, task: TaskId, leaf: u64) {
        let caller = begun.facts.caller.as_ref();
        if let Some(hands) = caller.map(|of| Hands::of(&of.agent, &of.instance, &of.key)) {
            self.instances.touched(&hands, &begun.label_after, task, leaf);
            if !self.grants.contains_key(&(task, begun.grant)) {
                self.instances.lost(&hands, leaf);
            }
        }
        self.up((task, begun.grant), &begun.label_after, leaf);
        let (stays, goes) = (leaves(begun), shares(begun));
        if !stays && !goes {
            return;
        }
        let held = self.grants.get(&(task, begun.grant)).map(|held| &held.of);
        // Nobody of ours writes for no agent.
        let Some(of) = caller.map(|of| &of.agent).or(held).cloned() else { return self.blind = true };
        let (server, carries) = (begun.action.tool.server(), begun.carries());
        let bound = begun.private.as_ref().map(|private| private.bound.as_slice());
        if stays {
            let spot = bound.map_or(Spot::Anywhere, Spot::of);
            self.left.put((server, spot), &of, (&carries, leaf, task));
        }
        // Of an erased task nobody knows whom it shared something with: as if it had been erased once this was known.
        let unknown = (goes && bound.is_none()).then(Spot::with_anybody);
        let to = bound.filter(|_| goes).into_iter().flat_map(Spot::recipients);
        to.chain(unknown).for_each(|spot| self.left.put((server, spot), &of, (&carries, leaf, task)));
    }

    /// What a delegate reads, its delegator has read.
    fn up(&mut self, (task, grant): (TaskId, GrantId), read: &Label, leaf: u64) {
        let mut next = Some(grant);
        while let Some(held) = next.and_then(|grant| self.grants.get_mut(&(task, grant))) {
            held.label = held.label.with(read);
            next = held.parent;
            if let Some(hands) = &held.by {
                self.instances.touched(hands, &held.label, task, leaf);
            }
        }
    }

    /// What an instance has touched in other tasks than this. `most` is the most that could be.
    pub(super) fn held(&self, hands: Option<&Hands>, task: TaskId, most: impl Fn(Whence) -> Touched) -> Touched {
        match hands {
            Some(_) if self.blind => most(Whence { leaf: self.size, task: None }),
            Some(hands) => self.instances.held(hands, task, most),
            None => Touched::default(),
        }
    }

    /// What other tasks left where a call of this one reads.
    pub(super) fn left(&self, at: &(ServerName, Spot), task: TaskId, most: impl Fn(Whence) -> Touched) -> Touched {
        if self.blind { most(Whence { leaf: self.size, task: None }) } else { self.left.besides(at, task) }
    }

    /// Where on a server something of a class was left.
    pub(super) fn left_on(&self, server: &ServerName) -> Vec<(DataClass, Whence, bool)> {
        self.left.classes(server)
    }
}

/// Whether an act leaves something behind that says what its holder had touched. What is shared or paid goes to its recipient:
/// that it goes there was judged by what it carries, and else one message would label all that anybody reads there.
pub(super) fn leaves(begun: &ActionBegun) -> bool {
    !matches!(begun.action.effect, Effect::Read | Effect::Share | Effect::Transfer) && says(begun)
}

/// Whether an act shares something that says so, or pays with it: it is followed to where its recipient's address is read.
pub(super) fn shares(begun: &ActionBegun) -> bool {
    matches!(begun.action.effect, Effect::Share | Effect::Transfer) && says(begun)
}

fn says(begun: &ActionBegun) -> bool {
    !is_own(begun.action.tool.server()) && !is_nothing(&begun.carries())
}

#[cfg(test)]
mod tests;
