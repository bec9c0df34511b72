//! The tasks that one person began: which may be erased, and what keeps the others.

use super::Node;
use crate::live::{LoadError, load_task};
use crate::step::Failure;
use bailiwick_core::{ControlState, Data, ERASED_AT_ONCE_MAX, Event, PersonId, Proposed, TaskId, TenantId, Unfinished};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most tasks whose first event is read, and the most of the person's that are read whole.
const LOOKED_MAX: usize = 100_000;
const READ_MAX: usize = 2_000;
/// The most that are named as kept.
const KEPT_MAX: usize = 256;

/// What keeps a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptBy {
    /// It is not over.
    Unfinished(Unfinished),
    /// Somebody holds it.
    Held,
    /// The glass was broken over it, and nobody closed that.
    Glass,
    /// An erasure of it waits for a second person.
    Proposed,
    /// This node cannot read it.
    Unreadable,
}

/// The tasks that one person began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunBy {
    /// Under which names: their own, and the account of this machine that their document says is theirs.
    pub names: Vec<PersonId>,
    /// Those that may be erased, as many as one act takes.
    pub erasable: Vec<TaskId>,
    /// Of those that the account began, by which.
    pub accounts: BTreeMap<TaskId, PersonId>,
    /// So many more may be.
    pub more: u64,
    /// Those that are kept; past so many they are counted alone.
    pub kept: Vec<(TaskId, KeptBy)>,
    /// How many are kept.
    pub kept_count: u64,
    /// How many are erased.
    pub erased: u64,
    /// Whether all tasks were looked at.
    pub all: bool,
}

impl Node {
    /// Looks for the tasks that a person began.
    ///
    /// # Errors
    /// [`Failure`] when they cannot be read.
    pub async fn begun_by(self: &Arc<Self>, tenant: TenantId, person: PersonId) -> Result<BegunBy, Failure> {
        let (control, streams) = (self.control_now(tenant)?, self.task_streams(tenant).await?);
        let node = Arc::clone(self);
        let look = move || {
            let account = control.state.account_of(&person);
            let (mut out, mut read) = (BegunBy::none([person].into_iter().chain(account).collect()), 0);
            for (looked, task) in streams.into_iter().enumerate() {
                if looked >= LOOKED_MAX || read >= READ_MAX {
                    out.all = false;
                    break;
                }
                let by = node.beginner(tenant, task)?;
                let Some(by) = by.filter(|by| out.names.contains(by)) else { continue };
                if !node.has_key(tenant, task).map_err(unavailable)? {
                    out.erased += 1;
                    continue;
                }
                read += 1;
                match node.kept_by(tenant, &control.state, task)? {
                    None if out.erasable.len() < ERASED_AT_ONCE_MAX => out.erases(task, by),
                    None => out.more += 1,
                    Some(why) => out.keep(task, why),
                }
            }
            Ok(out)
        };
        self.beside(look).await?
    }

    /// Who began a task: it stands in the clear.
    fn beginner(&self, tenant: TenantId, task: TaskId) -> Result<Option<PersonId>, Failure> {
        let first = self.store().stream(tenant, task, 1, 1).map_err(unavailable)?;
        let first = first.first().and_then(|stored| Event::read(&stored.event.clear).ok());
        Ok(first.and_then(|(event, _)| match event.data {
            Data::TaskStarted(started) => Some(started.by.person),
            _ => None,
        }))
    }

    fn kept_by(&self, tenant: TenantId, control: &ControlState, task: TaskId) -> Result<Option<KeptBy>, Failure> {
        let waits = control.proposals.values().filter(|proposal| proposal.open(self.now()));
        let mut waits = waits.map(|proposal| &proposal.statement.change);
        let named = |change: &Proposed| match change {
            Proposed::Erase { task: of, .. } => *of == task,
            Proposed::ErasePerson { tasks, .. } => tasks.contains(&task),
            _ => false,
        };
        match () {
            () if control.is_held(task) => return Ok(Some(KeptBy::Held)),
            () if control.glass_over(task) => return Ok(Some(KeptBy::Glass)),
            () if waits.any(named) => return Ok(Some(KeptBy::Proposed)),
            () => {}
        }
        match load_task((self.store().as_ref(), self.vault(), self.reaches()), tenant, task, None, None) {
            // Nobody's yes is waited for where a person has it erased.
            Ok(live) => {
                Ok(live.state.unfinished(self.now()).filter(|why| *why != Unfinished::Asks).map(KeptBy::Unfinished))
            }
            Err(LoadError::Store(error)) => Err(unavailable(error)),
            Err(LoadError::Broken(_)) => Ok(Some(KeptBy::Unreadable)),
        }
    }
}

impl BegunBy {
    const fn none(names: Vec<PersonId>) -> Self {
        let accounts = BTreeMap::new();
        Self { names, erasable: Vec::new(), accounts, more: 0, kept: Vec::new(), kept_count: 0, erased: 0, all: true }
    }

    /// Whether no task of theirs was there, whatever became of it.
    pub const fn is_none(&self) -> bool {
        self.all && self.erasable.is_empty() && self.kept_count == 0 && self.erased == 0
    }

    /// By INVARIANT of `names` the person's own comes first, and each other is an account of theirs.
    fn erases(&mut self, task: TaskId, by: PersonId) {
        self.erasable.push(task);
        if self.names.first() != Some(&by) {
            self.accounts.insert(task, by);
        }
    }

    fn keep(&mut self, task: TaskId, why: KeptBy) {
        self.kept_count += 1;
        if self.kept.len() < KEPT_MAX {
            self.kept.push((task, why));
        }
    }
}

fn unavailable(error: bailiwick_store::StoreError) -> Failure {
    Failure::Unavailable(error.to_string())
}
