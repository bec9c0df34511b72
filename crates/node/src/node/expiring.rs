//! Tasks that a rule keeps no longer are erased, a few each second, whichever node comes to one first. Where a node is in its
//! round stands in its memory alone: one that begins anew begins its round anew, and what was erased is passed over.

use super::Node;
use super::steady::{ClockDoubt, OwnTime, SILENT_MAX, Steady, apart};
use crate::live::{LiveControl, LoadError, load_task};
use crate::step::Failure;
use bailiwick_core::{
    ControlCommand, ControlState, Data, Digest, Expire, ExpiredTask, FoundSprawl, Micros, Retention, Span, Sprawl,
    TaskId, TenantId,
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
    /// Since when the clock went steadily when it was last asked whether time had passed before, and what came of that.
    asked: Option<(Steady, Option<ClockDoubt>)>,
}

/// Rounds by tenant. Who is at one has taken it out.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    rounds: Mutex<BTreeMap<TenantId, Option<Round>>>,
    /// Since when the store's clock has gone steadily.
    steady: Mutex<Option<Steady>>,
    /// Where its time is not gone by.
    doubts: Mutex<BTreeMap<TenantId, ClockDoubt>>,
}

impl Rounds {
    /// Takes the round of a tenant, unless somebody is at it.
    fn take(&self, tenant: TenantId) -> Option<Round> {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        match rounds.entry(tenant) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(None);
                Some(Round::default())
            }
            std::collections::btree_map::Entry::Occupied(mut there) => there.get_mut().take(),
        }
    }

    fn put(&self, tenant: TenantId, round: Round) {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant, Some(round));
    }

    /// Compares the store's clock with the machine's.
    fn steady(&self, store: Micros, own: OwnTime) -> Steady {
        let mut known = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Steady::now(*known, store, own.up);
        *known.insert(now)
    }

    /// Remembers what is doubted; answers whether people have to look, and had not to before.
    fn doubt(&self, tenant: TenantId, doubt: Option<ClockDoubt>) -> bool {
        let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match doubt {
            Some(doubt) => doubts.insert(tenant, doubt),
            None => doubts.remove(&tenant),
        };
        let looks = |doubt: Option<ClockDoubt>| doubt.is_some_and(|doubt| doubt.needs_people());
        looks(doubt) && !looks(before)
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
    /// Erases what the tenant's rule keeps no longer, of the next few tasks; answers how many. Called every second, with the
    /// machine's own time: what it says of the store's bounds what is erased.
    ///
    /// # Errors
    /// [`Failure`] when tasks cannot be read or nothing can be written now: the same are looked at by the next call.
    pub async fn expire(self: &Arc<Self>, tenant: TenantId, own: OwnTime) -> Result<u64, Failure> {
        // Also where nothing is to be erased: whoever looks later knows how the clock went.
        let steady = self.rounds.steady(self.now(), own);
        if self.behind(tenant).is_some() {
            return Ok(0);
        }
        let control = self.control_now(tenant)?;
        let Some(round) = control.state.retention().and_then(|_| self.rounds.take(tenant)) else { return Ok(0) };
        let (round, done) = self.go_round(tenant, &control, round, (steady, own)).await;
        self.rounds.put(tenant, round);
        done
    }

    /// Why rules do not go by the store's time; `None` where they do, or there is none.
    pub fn clock_doubt(&self, tenant: TenantId) -> Option<ClockDoubt> {
        self.rounds.doubts.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied()
    }

    /// Whether a rule may go by the store's time. What is doubted people find in the record.
    async fn goes_by_time(
        self: &Arc<Self>,
        tenant: TenantId,
        round: &mut Round,
        (steady, own): (Steady, OwnTime),
    ) -> Result<bool, Failure> {
        let doubt = match apart(self.now(), own) {
            None if steady.long(own.up) => None,
            None => match round.asked {
                Some((of, known)) if of == steady => known,
                _ => {
                    let node = Arc::clone(self);
                    let found = self.beside(move || node.silence(tenant, steady)).await??;
                    round.asked = Some((steady, found));
                    found
                }
            },
            apart => apart,
        };
        let new = self.rounds.doubt(tenant, doubt);
        if let Some(doubt) = doubt.filter(|_| new) {
            let why = doubt.to_string();
            let found = FoundSprawl { agent: None, code: Sprawl::ClockDoubted, of: "retention".to_owned(), why };
            self.control_command(tenant, ControlCommand::Find(found), Vec::new()).await?;
        }
        Ok(doubt.is_none())
    }

    /// Whether nothing was written for more than a day, up to a day before the clock began to go steadily.
    fn silence(&self, tenant: TenantId, steady: Steady) -> Result<Option<ClockDoubt>, Failure> {
        let unavailable = |error: bailiwick_store::StoreError| Failure::Unavailable(error.to_string());
        let (store, day_before) = (self.store(), steady.since.before(SILENT_MAX));
        let written = |leaf: u64| -> Result<Option<Micros>, Failure> {
            let found = store.leaves(tenant, leaf, 1).map_err(unavailable)?;
            Ok(found.first().map(|stored| stored.event.at))
        };
        // The first event after that moment: along the log time falls by no more than clocks of nodes differ.
        let (mut low, mut high) = (0, store.log(tenant).map_err(unavailable)?.size);
        while low < high {
            let middle = low + (high - low) / 2;
            match written(middle)? {
                Some(at) if at <= day_before => low = middle + 1,
                _ => high = middle,
            }
        }
        let before = if low == 0 { None } else { written(low - 1)? };
        // What was written after this began is no word on the time before.
        Ok(steady.silence(before, written(low)?.filter(|at| *at < steady.since)))
    }

    async fn go_round(
        self: &Arc<Self>,
        tenant: TenantId,
        control: &Arc<LiveControl>,
        mut round: Round,
        clocks: (Steady, OwnTime),
    ) -> (Round, Result<u64, Failure>) {
        match self.goes_by_time(tenant, &mut round, clocks).await {
            Ok(true) => {}
            Ok(false) => return (round, Ok(0)),
            Err(failure) => return (round, Err(failure)),
        }
        let (digest, now) = (control.state.retention_digest(), self.now());
        if round.rule != digest || (round.left.is_empty() && now >= round.next) {
            match self.task_streams(tenant).await {
                Ok(tasks) => round = Round { rule: digest, left: tasks.into(), next: now.after(ROUND_EVERY), ..round },
                Err(failure) => return (round, Err(failure)),
            }
        }
        if round.left.is_empty() {
            return (round, Ok(0));
        }
        let (node, live) = (Arc::clone(self), Arc::clone(control));
        let mut left = std::mem::take(&mut round.left);
        let looked = self.beside(move || {
            let found = node.look_at(tenant, &live.state, &mut left, now);
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
        by: Micros,
    ) -> Result<Vec<ExpiredTask>, Failure> {
        let Some((_, retention)) = control.retention() else { return Ok(Vec::new()) };
        let (mut read, mut found) = (0, Vec::new());
        for _ in 0..LOOKED_MAX {
            let Some(task) = left.front().copied().filter(|_| read < READ_MAX) else { break };
            match self.looked(tenant, control, (retention, by), task)? {
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

    /// Whether a rule keeps a task at a moment, by its stream as it is stored: what has ended for good does not change.
    fn looked(
        &self,
        tenant: TenantId,
        control: &ControlState,
        (retention, now): (&Retention, Micros),
        task: TaskId,
    ) -> Result<Looked, Failure> {
        let store = self.store();
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
                match node.looked(tenant, &control, (retention, node.now()), *task)? {
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
