//! Tasks that a rule keeps no longer are erased, a few each second, whichever node comes to one first. Where a node is in its
//! round stands in its memory alone: one that begins anew begins its round anew, and what was erased is passed over.

use super::Node;
use crate::live::{LiveControl, LoadError, load_task};
use crate::step::Failure;
use bailiwick_core::{
    ControlCommand, ControlState, Data, Digest, Expire, ExpiredTask, Micros, Retention, Span, TaskId, TenantId,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How long a node rests once it has looked at every task.
const ROUND_EVERY: Span = Span::hours(1);
/// The most tasks that are looked at in a second, and the most of these that are read whole.
const LOOKED_MAX: usize = 64;
const READ_MAX: usize = 8;
/// The most tasks that are counted for a preview, and the most of these that are read whole.
const COUNTED_MAX: usize = 10_000;
const COUNTED_READ_MAX: usize = 1_000;

const _: () = assert!(READ_MAX <= bailiwick_core::EXPIRED_MAX, "what one look finds stands in one event");

/// Where a node is in its round over the tasks of a tenant.
#[derive(Debug, Default)]
struct Round {
    /// The version of the rule that it goes by.
    rule: Option<Digest>,
    /// What it has not looked at.
    left: VecDeque<TaskId>,
    /// When the next one begins.
    next: Micros,
}

/// Rounds by tenant. Who is at one has taken it out.
#[derive(Debug, Default)]
pub(super) struct Rounds(Mutex<BTreeMap<TenantId, Option<Round>>>);

impl Rounds {
    /// Takes the round of a tenant, unless somebody is at it.
    fn take(&self, tenant: TenantId) -> Option<Round> {
        let mut rounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match rounds.entry(tenant) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(None);
                Some(Round::default())
            }
            std::collections::btree_map::Entry::Occupied(mut there) => there.get_mut().take(),
        }
    }

    fn put(&self, tenant: TenantId, round: Round) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant, Some(round));
    }
}

/// How many tasks a rule would erase as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WouldExpire {
    /// So many.
    pub tasks: u64,
    /// Whether every task was looked at: else it is at least so many.
    pub all: bool,
}

/// What a rule says of one task.
enum Looked {
    /// It is kept, as is seen from outside.
    Kept,
    /// It was read, and is kept.
    Read,
    /// It was read, and is kept no longer.
    Due(ExpiredTask),
}

impl Node {
    /// Erases what the tenant's rule keeps no longer, of the next few tasks; answers how many. Called every second.
    ///
    /// # Errors
    /// [`Failure`] when tasks cannot be read or nothing can be written now: the same are looked at by the next call.
    pub async fn expire(self: &Arc<Self>, tenant: TenantId) -> Result<u64, Failure> {
        if self.behind(tenant).is_some() {
            return Ok(0);
        }
        let control = self.control_now(tenant)?;
        let Some(round) = control.state.retention().and_then(|_| self.rounds.take(tenant)) else { return Ok(0) };
        let (round, done) = self.go_round(tenant, &control, round).await;
        self.rounds.put(tenant, round);
        done
    }

    async fn go_round(
        self: &Arc<Self>,
        tenant: TenantId,
        control: &Arc<LiveControl>,
        mut round: Round,
    ) -> (Round, Result<u64, Failure>) {
        let (digest, now) = (control.state.retention_digest(), self.now());
        if round.rule != digest || (round.left.is_empty() && now >= round.next) {
            match self.task_streams(tenant).await {
                Ok(tasks) => round = Round { rule: digest, left: tasks.into(), next: now.after(ROUND_EVERY) },
                Err(failure) => return (round, Err(failure)),
            }
        }
        if round.left.is_empty() {
            return (round, Ok(0));
        }
        let (node, live) = (Arc::clone(self), Arc::clone(control));
        let mut left = std::mem::take(&mut round.left);
        let looked = self.beside(move || {
            let found = node.look_at(tenant, &live.state, &mut left);
            (left, found)
        });
        let found = match looked.await {
            Ok((left, found)) => {
                round.left = left;
                found
            }
            // The node ends.
            Err(failure) => return (round, Err(failure)),
        };
        let tasks = match found {
            Ok(tasks) if tasks.is_empty() => return (round, Ok(0)),
            Ok(tasks) => tasks,
            Err(failure) => return (round, Err(failure)),
        };
        let done = self.erase_expired(tenant, &control.state, tasks.clone()).await;
        if done.is_err() {
            // Looked at again: what stands although nobody was told so is passed over then.
            tasks.into_iter().rev().for_each(|of| round.left.push_front(of.task));
        }
        (round, done)
    }

    /// Takes the next few of a round. When one cannot be read now, it is left in its place.
    fn look_at(
        &self,
        tenant: TenantId,
        control: &ControlState,
        left: &mut VecDeque<TaskId>,
    ) -> Result<Vec<ExpiredTask>, Failure> {
        let Some((_, retention)) = control.retention() else { return Ok(Vec::new()) };
        let (mut read, mut found) = (0, Vec::new());
        for _ in 0..LOOKED_MAX {
            let Some(task) = left.front().copied().filter(|_| read < READ_MAX) else { break };
            match self.looked(tenant, control, retention, task)? {
                Looked::Kept => {}
                Looked::Read => read += 1,
                Looked::Due(task) => {
                    read += 1;
                    found.push(task);
                }
            }
            left.pop_front();
        }
        Ok(found)
    }

    /// Whether a rule keeps a task, by its stream as it is stored: what has ended for good does not change.
    fn looked(
        &self,
        tenant: TenantId,
        control: &ControlState,
        retention: &Retention,
        task: TaskId,
    ) -> Result<Looked, Failure> {
        let (store, now) = (self.store(), self.now());
        let unavailable = |error: bailiwick_store::StoreError| Failure::Unavailable(error.to_string());
        if control.keeps(task) || !self.has_key(tenant, task).map_err(unavailable)? {
            return Ok(Looked::Kept);
        }
        // Its last event is no older than its end: most are passed over by that alone.
        let head = store.head(tenant, task).map_err(unavailable)?.map_or(0, |head| head.head);
        let last = store.stream(tenant, task, head, 1).map_err(unavailable)?;
        let last = last.first().map(|stored| stored.event.at);
        if last.is_none_or(|at| now < at.after(retention.least())) {
            return Ok(Looked::Kept);
        }
        let live = match load_task((store.as_ref(), self.vault(), self.reaches()), tenant, task, None, None) {
            Ok(live) => live,
            Err(LoadError::Store(error)) => return Err(unavailable(error)),
            // What cannot be read cannot be judged.
            Err(LoadError::Broken(_)) => return Ok(Looked::Read),
        };
        if live.state.unfinished(now).is_some() {
            return Ok(Looked::Read);
        }
        let due = live.state.ended_as().filter(|of| control.keeps_no_longer(retention, of, now));
        Ok(due.map_or(Looked::Read, Looked::Due))
    }

    async fn erase_expired(
        &self,
        tenant: TenantId,
        control: &ControlState,
        tasks: Vec<ExpiredTask>,
    ) -> Result<u64, Failure> {
        let rule = control.retention().map(|(name, _)| name.clone());
        let Some((rule, digest)) = rule.zip(control.retention_digest()) else { return Ok(0) };
        let command = ControlCommand::Expire(Box::new(Expire { digest, rule, tasks }));
        let (decided, _) = self.control_command(tenant, command, Vec::new()).await?;
        let erased = decided.events.iter().map(|event| match &event.data {
            Data::ControlExpired(expired) => u64::try_from(expired.tasks.len()).unwrap_or(u64::MAX),
            _ => 0,
        });
        Ok(erased.sum())
    }

    /// How many tasks the rule of a control state would erase now. Of very many only some are looked at.
    ///
    /// # Errors
    /// [`Failure`] when they cannot be read.
    pub async fn would_expire(
        self: &Arc<Self>,
        tenant: TenantId,
        control: ControlState,
    ) -> Result<WouldExpire, Failure> {
        let streams = self.task_streams(tenant).await?;
        let node = Arc::clone(self);
        let count = move || {
            let Some((_, retention)) = control.retention() else { return Ok(WouldExpire { tasks: 0, all: true }) };
            let (mut tasks, mut read) = (0, 0);
            for (looked, task) in streams.iter().enumerate() {
                if looked >= COUNTED_MAX || read >= COUNTED_READ_MAX {
                    return Ok(WouldExpire { tasks, all: false });
                }
                match node.looked(tenant, &control, retention, *task)? {
                    Looked::Kept => {}
                    Looked::Read => read += 1,
                    Looked::Due(_) => {
                        read += 1;
                        tasks += 1;
                    }
                }
            }
            Ok(WouldExpire { tasks, all: true })
        };
        self.beside(count).await?
    }
}
