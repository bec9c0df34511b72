//! `step(now, input) -> outputs`: a node as a state machine. No threads, no clock, no chance, no I/O of its own.
//!
//! A worker takes what waits for its stream, decides one after another on memory, and hands the events to the committer.
//! One batch of a stream is in flight at a time; what was decided on it leaves only when it is durable. On conflict, or
//! when the answer to a commit was lost, the memory of the stream is thrown away and read again: what is found there by
//! its own hash stood, the rest is decided again.

mod budget;
mod control;
mod failure;
mod fly;
mod hold;
mod losses;
mod mandates;
mod rest;
mod task;

pub use budget::{Bounds, LIVE_BYTES_MAX, SNAPSHOT_EVERY};
pub use failure::Failure;
pub use hold::TOLD_HELD_FOR;

use crate::live::{LiveControl, LiveMandate, LiveTask, LoadError};
use crate::snapshot::Keep;
use crate::vault::Vault;
use bailiwick_core::{
    Command, ControlCommand, ControlDecided, CountedRefusal, Decided, Digest, Facts, GrantId, MandateName, Micros,
    Span, StreamId, TaskId, TaskState, TenantId,
};
use bailiwick_store::{Group, Stood, StoreError};
use control::{ControlFlight, FlownControl, PendingControl};
use losses::Losses;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// How often a command is decided of which nobody knows whether it stood, before it is given up.
pub const TRIES_MAX: u32 = 3;
/// How long a command is decided again, however often, in whose place something else stood.
pub const OVERTAKEN_WITHIN: Span = Span::seconds(10);
/// How old a look at the store may be for an answer that appends nothing.
pub const SEEN_WITHIN: Span = Span::seconds(2);
/// How many commands may wait for one stream.
pub const QUEUE_MAX: usize = 4_096;
/// How many endings, and outcomes of what was begun, may wait beside them: a full queue holds up neither.
pub const ENDINGS_MAX: usize = 2_048;
/// How many commands of one stream are decided into one batch.
pub const BATCH_MAX: usize = 64;

const _: () = assert!(BATCH_MAX * 3 <= bailiwick_store::EVENTS_PER_APPEND_MAX, "a batch must fit into an append");

/// Who gets an answer.
pub type Ticket = u64;
/// Which batch.
pub type BatchId = u64;

/// A look at a task and its tenant's control, on the engine's own memory.
pub type Look = Box<dyn FnOnce(&TaskState, &LiveControl) + Send>;

/// What was seen of a tenant in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The leaf of the last control event that narrows.
    pub floor: Option<u64>,
    /// The epoch.
    pub epoch: u32,
    /// How many events its control stream has.
    pub control: u64,
}

/// What comes in.
pub enum Input {
    /// A command on a task.
    Ask {
        /// Who gets the answer.
        ticket: Ticket,
        /// The tenant.
        tenant: TenantId,
        /// The task.
        task: TaskId,
        /// What.
        command: Command,
        /// Gathered before; `now` is put in at the decision.
        facts: Facts,
    },
    /// A command on the tenant's control stream.
    Control {
        /// Who gets the answer.
        ticket: Ticket,
        /// The tenant.
        tenant: TenantId,
        /// What.
        command: ControlCommand,
        /// Bytes that the command's events name beside the documents.
        blobs: Vec<(Digest, Vec<u8>)>,
        /// Gathered before; `now` is put in at the decision.
        facts: Facts,
    },
    /// A look at a task that appends nothing.
    Look {
        /// Who gets the answer.
        ticket: Ticket,
        /// The tenant.
        tenant: TenantId,
        /// The task.
        task: TaskId,
        /// What to do with it.
        look: Look,
    },
    /// A task as read from the store.
    LoadedTask {
        /// The tenant.
        tenant: TenantId,
        /// The task.
        task: TaskId,
        /// What was read.
        live: Result<Box<LoadedTask>, LoadError>,
    },
    /// A mandate as read from the store.
    LoadedMandate {
        /// The tenant.
        tenant: TenantId,
        /// The mandate.
        name: MandateName,
        /// What was read.
        live: Result<Box<LoadedMandate>, LoadError>,
    },
    /// A tenant's control as read from the store.
    LoadedControl {
        /// The tenant.
        tenant: TenantId,
        /// What was read.
        live: Result<Box<LoadedControl>, LoadError>,
    },
    /// What became of a batch.
    Appended {
        /// Which.
        batch: BatchId,
        /// What the store said.
        result: Result<Stood, StoreError>,
    },
    /// The tenant's log was seen.
    Seen {
        /// The tenant.
        tenant: TenantId,
        /// As what.
        seen: Seen,
    },
    /// The tenant's store went back: from now on nothing of it is decided.
    Behind {
        /// The tenant.
        tenant: TenantId,
        /// What was noticed.
        why: String,
    },
    /// A task was erased: nothing of it is remembered.
    Erased(TenantId, TaskId),
    /// Something falls due in a stream.
    Wake {
        /// The tenant.
        tenant: TenantId,
        /// The stream.
        stream: StreamId,
    },
    /// A second has passed: counts are written.
    Second,
    /// Time has passed, and nothing else: see [`Engine::held_until`].
    Moment,
    /// No new commands; what is under way is finished.
    Drain,
}

/// A task as read; only [`crate::load`] makes one.
pub struct LoadedTask(pub(crate) LiveTask);
/// A mandate as read; only [`crate::load`] makes one.
pub struct LoadedMandate(pub(crate) LiveMandate);
/// A tenant's control as read; only [`crate::load`] makes one.
pub struct LoadedControl(pub(crate) LiveControl);

/// What goes out.
pub enum Output {
    /// Read this task, on from `live`.
    LoadTask {
        /// The tenant.
        tenant: TenantId,
        /// The task.
        task: TaskId,
        /// Where to go on.
        live: Option<Box<LoadedTask>>,
        /// The first event of what was lost: what was read from there on is compared with it.
        lost_from: Option<u64>,
    },
    /// Read this mandate, on from `live`.
    LoadMandate {
        /// The tenant.
        tenant: TenantId,
        /// The mandate.
        name: MandateName,
        /// Where to go on.
        live: Option<Box<LoadedMandate>>,
    },
    /// Read the tenant's control, on from `live`.
    LoadControl {
        /// The tenant.
        tenant: TenantId,
        /// Where to go on.
        live: Option<Arc<LiveControl>>,
    },
    /// Append this.
    Append(Batch),
    /// The answer to a ticket.
    Answer {
        /// Whose.
        ticket: Ticket,
        /// What.
        answer: Answer,
    },
    /// The tenant's control changed: what edges read calls by.
    Control {
        /// The tenant.
        tenant: TenantId,
        /// From now on.
        live: Arc<LiveControl>,
    },
    /// These grants ended, durably: what is open under them is cut.
    Ended {
        /// The tenant.
        tenant: TenantId,
        /// The task.
        task: TaskId,
        /// The grants.
        grants: Vec<GrantId>,
    },
    /// Keep this state, or leave it: nothing rests on it but how soon a stream is read.
    Snapshot(Keep),
}

/// A group for the committer, with what it was decided under.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// The tenant.
    pub tenant: TenantId,
    /// The epoch it was decided in.
    pub epoch: u32,
    /// The last control leaf that was folded.
    pub decided_under: Option<u64>,
    /// A control append that narrows.
    pub narrows: bool,
    /// The group.
    pub group: Group,
}

/// What a ticket gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A task command was decided; what it appended is durable.
    Decided {
        /// What it came to.
        decided: Box<Decided>,
        /// The leaf of its first event, where it appended any.
        leaf: Option<u64>,
        /// When it was decided.
        at: Micros,
    },
    /// A control command was decided; what it appended is durable.
    Control {
        /// What it came to.
        decided: Box<ControlDecided>,
        /// The leaf of its first event, where it appended any.
        leaf: Option<u64>,
    },
    /// The look was taken.
    Looked,
    /// It could not be decided, or nobody knows whether it stands.
    Failed(Failure),
}

/// One command that waits for its stream.
struct Pending {
    ticket: Option<Ticket>,
    command: Command,
    facts: Facts,
    losses: Losses,
    /// The mandates it draws on were read for it: a no rests on nothing older.
    looked: bool,
}

impl Pending {
    fn new(ticket: Option<Ticket>, command: Command, facts: Facts) -> Self {
        Self { ticket, command, facts, losses: Losses::default(), looked: false }
    }
}

/// A look, or a command, in the order they came.
enum Waiting {
    Command(Box<Pending>),
    Look(Ticket, Look),
}

/// One command in flight, and what it came to.
struct Flown {
    pending: Pending,
    decided: Decided,
    /// The seq and hash of its last event; `None` when it appended nothing.
    last: Option<(u64, Digest)>,
    /// The seq of its first event.
    first: u64,
}

/// A batch of one task that is being appended, or held back for a moment.
struct Flight {
    batch: BatchId,
    flown: Vec<Flown>,
    /// The first seq of the batch.
    first: u64,
    at: Micros,
    under: hold::Under,
}

/// A task's place in the engine.
#[derive(Default)]
struct Slot {
    live: Option<LiveTask>,
    loading: bool,
    /// When the load under way was asked for: what it brings is at least as new.
    load_asked: Micros,
    queue: VecDeque<Waiting>,
    flight: Option<Flight>,
    /// The events of the flight, before they are on their way.
    held: Option<hold::Written>,
    /// Flights whose fate the next load will tell.
    lost: Vec<Flown>,
    /// Refusals that were not written, by (grant, code, tool).
    counts: BTreeMap<(GrantId, bailiwick_core::Code, bailiwick_core::ToolId), u64>,
    share: budget::Share,
}

/// A tenant's place in the engine.
#[derive(Default)]
struct Tenant {
    control: Option<Arc<LiveControl>>,
    /// The store is past what we know: nothing is decided before it is read.
    stale: bool,
    /// The store went back: nothing is decided, only looked at, for as long as this process lives.
    behind: Option<String>,
    loading: bool,
    queue: VecDeque<PendingControl>,
    flight: Option<ControlFlight>,
    /// A flight whose fate the next load will tell.
    lost: Vec<FlownControl>,
    tasks: BTreeMap<TaskId, Slot>,
    mandates: BTreeMap<MandateName, mandates::MandateSlot>,
}

/// A node as a state machine.
pub struct Engine {
    vault: Arc<Vault>,
    tenants: BTreeMap<TenantId, Tenant>,
    batches: BTreeMap<BatchId, (TenantId, Option<TaskId>)>,
    /// Batches held back, each until when; some have gone meanwhile with what came next.
    held: VecDeque<(Micros, TenantId, TaskId, BatchId)>,
    next_batch: BatchId,
    now: Micros,
    draining: bool,
    bounds: Bounds,
    budget: budget::Budget,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("tenants", &self.tenants.len()).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Engine {
    /// A node that knows nothing yet.
    pub fn new(vault: Arc<Vault>) -> Self {
        Self::with_bounds(vault, Bounds::default())
    }

    /// As [`Engine::new`], with other bounds than the usual ones.
    pub fn with_bounds(vault: Arc<Vault>, bounds: Bounds) -> Self {
        Self {
            bounds,
            budget: budget::Budget::default(),
            vault,
            tenants: BTreeMap::new(),
            batches: BTreeMap::new(),
            held: VecDeque::new(),
            next_batch: 1,
            now: Micros(0),
            draining: false,
        }
    }

    /// Takes one input at `now` and answers what is to be done, in order.
    pub fn step(&mut self, now: Micros, input: Input) -> Vec<Output> {
        self.now = self.now.max(now);
        let mut out = Vec::new();
        match input {
            Input::Ask { ticket, tenant, task, command, facts } => {
                let pending = Pending::new(Some(ticket), command, facts);
                self.ask(tenant, task, pending, &mut out);
            }
            Input::Look { ticket, tenant, task, look } => self.look(tenant, task, ticket, look, &mut out),
            Input::Control { ticket, tenant, command, blobs, facts } => {
                self.ask_control(tenant, PendingControl::new(ticket, command, blobs, facts), &mut out);
            }
            Input::LoadedTask { tenant, task, live } => self.loaded_task(tenant, task, live, &mut out),
            Input::LoadedMandate { tenant, name, live } => self.loaded_mandate(tenant, &name, live, &mut out),
            Input::LoadedControl { tenant, live } => self.loaded_control(tenant, live, &mut out),
            Input::Appended { batch, result } => self.appended(batch, result, &mut out),
            Input::Seen { tenant, seen } => self.seen(tenant, seen, &mut out),
            Input::Erased(tenant, task) => self.forget(tenant, task),
            Input::Behind { tenant, why } => self.behind(tenant, why, &mut out),
            Input::Wake { tenant, stream } => {
                let facts = Facts::of_nobody(self.now, Vec::new());
                let pending = Pending::new(None, Command::Tick, facts);
                self.ask(tenant, stream, pending, &mut out);
            }
            Input::Second => self.second(&mut out),
            Input::Moment => {}
            Input::Drain => {
                self.draining = true;
                // What waits for the store to come back is tried a last time.
                self.work_all(&mut out);
            }
        }
        self.release_due(&mut out);
        self.evict();
        out
    }

    /// What waits is refused, as is all that comes; what is in flight is the store's to judge.
    fn behind(&mut self, tenant_id: TenantId, why: String, out: &mut Vec<Output>) {
        let tenant = self.tenants.entry(tenant_id).or_default();
        let failure = Failure::Behind(why.clone());
        tenant.behind = Some(why);
        tenant.give_up(&failure, out);
        for batch in tenant.tasks.values_mut().filter_map(Slot::keep_back) {
            self.batches.remove(&batch);
        }
        for slot in tenant.tasks.values_mut().filter(|slot| slot.flight.is_none() && !slot.loading) {
            slot.give_up(&failure, self.draining, out);
        }
    }

    /// The answer to everything of a tenant whose store went back.
    fn refused_behind(&self, tenant: TenantId) -> Option<Failure> {
        self.tenants.get(&tenant)?.behind.clone().map(Failure::Behind)
    }

    fn appended(&mut self, batch: BatchId, result: Result<Stood, StoreError>, out: &mut Vec<Output>) {
        // A batch that is not known was settled by a load in the meantime.
        match self.batches.remove(&batch) {
            Some((tenant, Some(task))) => self.appended_task(tenant, task, batch, result, out),
            Some((tenant, None)) => self.appended_control(tenant, batch, result, out),
            None => {}
        }
    }

    /// Works off all that waits.
    fn work_all(&mut self, out: &mut Vec<Output>) {
        let waits = |(tenant, of): (&TenantId, &Tenant)| {
            let tasks = of.tasks.iter().filter(|(_, slot)| !slot.queue.is_empty());
            tasks.map(|(task, _)| (*tenant, *task)).collect::<Vec<_>>()
        };
        let waiting: Vec<_> = self.tenants.iter().flat_map(waits).collect();
        for (tenant, task) in waiting {
            self.work(tenant, task, out);
        }
    }

    /// Counts are written, and what the store did not take is tried again.
    fn second(&mut self, out: &mut Vec<Output>) {
        let now = self.now;
        let mut due = Vec::new();
        for (tenant_id, tenant) in &mut self.tenants {
            for (task, slot) in &mut tenant.tasks {
                if !slot.counts.is_empty() {
                    let counted = std::mem::take(&mut slot.counts)
                        .into_iter()
                        .map(|((grant, code, tool), count)| CountedRefusal { code, count, grant, tool })
                        .collect();
                    due.push((*tenant_id, *task, counted));
                }
            }
        }
        self.work_all(out);
        for (tenant, task, counted) in due {
            let facts = Facts::of_nobody(now, Vec::new());
            let pending = Pending::new(None, Command::CountRefusals(counted), facts);
            self.ask(tenant, task, pending, out);
        }
    }
}
