//! Which tasks have a running instance, as far as this node can tell, and which ones a person has picked for the next.
//! A memory, not a record: it chooses among tasks that are consented to, and what it chooses is recorded when it is bound.

use crate::tasks::OpenTask;
use bailiwick_core::{GrantId, Micros, TaskId};
use bailiwick_identity::TOKEN_LIFE;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most picks that wait for an instance.
pub(crate) const PICKS_MAX: usize = 1_024;

/// The most grants that are remembered as released: past it the next instance waits for the end of a token.
pub(crate) const RELEASED_MAX: usize = 16_384;

/// How a task stands to an instance that asks for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Another instance's, which may still have a token.
    Taken {
        /// How long its last token is good for.
        seconds_left: u64,
    },
    /// Nobody's, or of an instance whose last token has ended.
    Free,
    /// A person said that it is the next one's.
    Picked,
}

#[derive(Debug, Default)]
struct Memory {
    minted: BTreeMap<GrantId, Micros>,
    /// A task, and which grant of it where a person named one.
    picked: BTreeSet<(TaskId, Option<GrantId>)>,
    /// Grants whose instance said that it is going, and that no token was minted for since.
    released: BTreeSet<GrantId>,
}

/// The instances of this node.
#[derive(Debug)]
pub(crate) struct Instances {
    /// Tokens that were minted before this are not known here.
    since: Micros,
    memory: Mutex<Memory>,
}

impl Instances {
    pub(crate) fn new(since: Micros) -> Self {
        Self { since, memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token was minted for this grant.
    pub(crate) fn minted(&self, grant: GrantId, task: TaskId, now: Micros) {
        let mut memory = self.memory();
        memory.minted.retain(|_, at| now < at.after(TOKEN_LIFE));
        memory.minted.insert(grant, now);
        memory.picked.remove(&(task, None));
        memory.picked.remove(&(task, Some(grant)));
        memory.released.remove(&grant);
    }

    /// The instance that holds this grant is going: the next one need not wait for the end of its token.
    pub(crate) fn released(&self, grant: GrantId) {
        let mut memory = self.memory();
        if memory.released.len() < RELEASED_MAX {
            memory.released.insert(grant);
        }
    }

    /// The next instance of its agent gets this task, or this grant of it. False when too many wait already.
    pub(crate) fn pick(&self, task: TaskId, grant: Option<GrantId>) -> bool {
        let (mut memory, pick) = (self.memory(), (task, grant));
        memory.picked.contains(&pick) || memory.picked.len() < PICKS_MAX && memory.picked.insert(pick)
    }

    /// How a task stands.
    pub(crate) fn place(&self, task: &OpenTask, now: Micros) -> Place {
        let memory = self.memory();
        let last = memory.minted.get(&task.grant).copied().unwrap_or(self.since);
        let picked = |grant| memory.picked.contains(&(task.task, grant));
        match task.bound {
            _ if picked(None) || picked(Some(task.grant)) => Place::Picked,
            Some(_) if memory.released.contains(&task.grant) => Place::Free,
            Some(_) if now < last.after(TOKEN_LIFE) => {
                Place::Taken { seconds_left: (last.after(TOKEN_LIFE).0 - now.0).div_ceil(1_000_000) }
            }
            _ => Place::Free,
        }
    }
}

#[cfg(test)]
mod tests;
