//! A node running: one thread that decides, one that commits, two that read, one that keeps snapshots.

mod beat;
mod begun;
mod erasing;
mod expiring;
mod handover;
mod steady;
mod told;

use crate::clock::Clock;
use crate::committer;
use crate::consult::Engines;
use crate::elsewhere::Elsewheres;
use crate::keeper::Keeper;
use crate::live::{LiveControl, is_no_task, load_control, load_mandate, load_task};
use crate::own::Own;
use crate::rates::Rates;
use crate::reach::Reaches;
use crate::snapshot::Keep;
use crate::starting::StartError;
use crate::step::{
    Answer, Batch, Bounds, Engine, Failure, Input, LoadedControl, LoadedMandate, LoadedTask, Look, Output, Ticket,
};
use crate::vault::Vault;
use bailiwick_core::{Command, ControlCommand, Facts, MandateName, Micros, Salt, TaskId, TaskState, TenantId};
use bailiwick_record::Guard;
use bailiwick_store::{Store, StoreError};
pub use begun::{BegunBy, KeptBy};
use expiring::Rounds;
pub use expiring::WouldExpire;
use handover::Handover;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
pub use steady::{ClockDoubt, OwnTime};
use tokio::sync::{broadcast, oneshot};
pub use told::{Decision, Ended};

/// How many inputs may wait for the engine before edges are told to come again.
const INPUTS_MAX: usize = 65_536;
/// How many endings an edge may be behind before it must ask anew.
const ENDED_MAX: usize = 4_096;
/// How many wakes are asked for at once.
const WAKES_MAX: usize = 64;

/// How many snapshots may wait to be written.
const SNAPSHOTS_WAITING_MAX: usize = 256;

enum Work {
    Task(TenantId, TaskId, Option<Box<LoadedTask>>, Option<u64>),
    Control(TenantId, Option<Arc<LiveControl>>),
    Mandate(TenantId, MandateName, Option<Box<LoadedMandate>>),
}

enum Message {
    Step(Box<Input>),
    /// All that one append came to.
    Appended(committer::Done),
    /// An input with its waiting caller; the engine's thread numbers it.
    Ask(Box<dyn FnOnce(Ticket) -> Input + Send>, oneshot::Sender<Answer>),
    /// Answers once nothing is under way, and ends the engine.
    Drain(oneshot::Sender<()>),
}

/// What all threads share.
struct Shared {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Clock,
    controls: RwLock<BTreeMap<TenantId, Arc<LiveControl>>>,
    ended: broadcast::Sender<Ended>,
    keeper: Keeper,
    reaches: Reaches,
}

/// A node running. Cheap to share; ends with [`Node::drain`].
pub struct Node {
    shared: Arc<Shared>,
    inbox: SyncSender<Message>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// What was done lately, over all tasks.
    pub(crate) rates: Rates,
    /// What is known of other tasks than a call's own.
    pub(crate) elsewheres: Elsewheres,
    /// Who asks engines outside.
    pub(crate) engines: OnceLock<Arc<dyn Engines>>,
    /// Up to which event of each tenant's control recorded erasures are known to be done.
    erasures_done: Mutex<BTreeMap<TenantId, u64>>,
    /// Where it is in looking for what is kept no longer.
    rounds: Rounds,
    /// Where it is reached itself.
    pub(crate) own: Own,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").finish_non_exhaustive()
    }
}

impl Node {
    /// It is reached there: by whoever asks this machine, and by the URL that it goes by. No tool is sent there from now on.
    pub fn is_reached(&self, at: std::net::SocketAddr, url: &str) {
        self.own.listens(at);
        self.own.reached_by(url);
    }

    /// Starts a node over a store, with nothing remembered outside of it: a store that went back is not noticed.
    ///
    /// # Errors
    /// [`StartError`] when the store or the keys cannot be opened.
    pub fn start(store: Arc<dyn Store>, vault: Arc<Vault>) -> Result<Self, StartError> {
        Self::start_with(store, vault, None, Bounds::default())
    }

    /// Starts a node over a store, compared with what is remembered of its logs. A tenant whose log went back is looked at
    /// and not acted for.
    ///
    /// # Errors
    /// [`StartError`] when the store or the keys cannot be opened, or a log cannot be compared.
    pub fn start_guarded(store: Arc<dyn Store>, vault: Arc<Vault>, guard: Guard) -> Result<Self, StartError> {
        Self::start_with(store, vault, Some(guard), Bounds::default())
    }

    /// Starts a node with other bounds than the usual ones.
    ///
    /// # Errors
    /// As for [`Node::start_guarded`].
    pub fn start_with(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        guard: Option<Guard>,
        bounds: Bounds,
    ) -> Result<Self, StartError> {
        let tenants = store.tenants().map_err(StartError::Store)?;
        let mut now = Micros(0);
        for (tenant, _) in &tenants {
            vault.open_tenant(store.as_ref(), *tenant).map_err(StartError::Vault)?;
            now = now.max(store.log(*tenant).map_err(StartError::Store)?.now);
        }
        let (ended, _) = broadcast::channel(ENDED_MAX);
        let controls = RwLock::new(BTreeMap::new());
        let keeper = Keeper::new(guard);
        let (clock, reaches) = (Clock::new(now), Reaches::default());
        let shared = Arc::new(Shared { store, vault, clock, controls, ended, keeper, reaches });
        let (inbox, inputs) = sync_channel(INPUTS_MAX);
        let (batches_in, batches) = channel::<Vec<Batch>>();
        let (work_in, work) = channel::<Work>();
        let (shelf_in, snapshots) = sync_channel::<Keep>(SNAPSHOTS_WAITING_MAX);
        let work = Arc::new(Mutex::new(work));
        let mut threads = Vec::new();
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(body).map_err(StartError::Threads)
        };
        threads.push(spawn("engine", {
            let shared = Arc::clone(&shared);
            Box::new(move || {
                let engine = Engine::with_bounds(Arc::clone(&shared.vault), bounds);
                let hands = Hands {
                    shared: &shared,
                    batches: Handover::new(batches_in),
                    work: &work_in,
                    shelf: &shelf_in,
                    callers: BTreeMap::new(),
                };
                decide(engine, hands, &inputs);
            })
        })?);
        threads.push(spawn("shelf", {
            let shared = Arc::clone(&shared);
            Box::new(move || keep(&shared, &snapshots))
        })?);
        threads.push(spawn("committer", {
            let (shared, inbox) = (Arc::clone(&shared), inbox.clone());
            Box::new(move || {
                committer::run(shared.store.as_ref(), &shared.clock, &batches, |done| {
                    // As in `send`: nobody is left to tell once the node has drained.
                    let _gone = inbox.send(Message::Appended(done));
                });
            })
        })?);
        for _ in 0..2 {
            let (shared, inbox, work) = (Arc::clone(&shared), inbox.clone(), Arc::clone(&work));
            threads.push(spawn("reader", Box::new(move || reader(&shared, &inbox, &work)))?);
        }
        let node = Self {
            shared,
            inbox,
            threads: Mutex::new(threads),
            rates: Rates::default(),
            elsewheres: Elsewheres::default(),
            engines: OnceLock::new(),
            erasures_done: Mutex::default(),
            rounds: Rounds::default(),
            own: Own::default(),
        };
        for (tenant, _) in tenants {
            // Before anything can be asked: the engine takes its inputs in order.
            node.follow(tenant).map_err(StartError::Log)?;
            node.compare(tenant).map_err(StartError::Log)?;
            node.watch_tenant(tenant)?;
            node.finish_erasures(tenant).map_err(StartError::Store)?;
            // What cannot be read now is read again by the first call, which waits for it.
            let _later = node.warm_elsewhere(tenant);
        }
        Ok(node)
    }

    /// Starts to look after a tenant: its control is read, and what falls due in its streams is woken.
    fn watch_tenant(&self, tenant: TenantId) -> Result<(), StartError> {
        match load_control(self.shared.source(), tenant, None) {
            Ok(live) => self.shared.publish(tenant, Arc::new(live)),
            // Nothing of this tenant is done or shown; others are served.
            Err(_) if self.behind(tenant).is_some() => {}
            Err(error) => return Err(StartError::Store(StoreError::Broken(error.to_string()))),
        }
        Ok(())
    }

    /// Makes a tenant, if it is not there, and opens its control stream.
    ///
    /// # Errors
    /// [`StartError`] when the store or its keys refuse.
    pub async fn open_tenant(&self, tenant: TenantId, name: &str, origin: &str) -> Result<(), StartError> {
        let log = self.shared.store.open_tenant(tenant, name).map_err(StartError::Store)?;
        self.shared.clock.heard(log.now);
        self.shared.vault.open_tenant(self.shared.store.as_ref(), tenant).map_err(StartError::Vault)?;
        let command = ControlCommand::Open { name: name.to_owned(), origin: origin.to_owned(), epoch: log.epoch };
        match self.control_command(tenant, command, Vec::new()).await {
            Ok(_) => Ok(()),
            Err(failure) => Err(StartError::Store(StoreError::Unavailable(failure.to_string()))),
        }
    }

    /// The store's time, as far as this node knows.
    pub fn now(&self) -> Micros {
        self.shared.clock.now()
    }

    /// The store itself: for reading the log, and for what is derived.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// The node's keys.
    pub fn vault(&self) -> &Arc<Vault> {
        &self.shared.vault
    }

    /// A tenant's control as last seen: what edges read calls by.
    pub fn control(&self, tenant: TenantId) -> Option<Arc<LiveControl>> {
        self.shared.controls.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    pub(crate) fn reaches(&self) -> &Reaches {
        &self.shared.reaches
    }

    pub(crate) fn keeper(&self) -> &Keeper {
        &self.shared.keeper
    }

    pub(crate) fn tell(&self, input: Input) {
        send(&self.inbox, input);
    }

    /// Hears of every ending from now on.
    pub fn endings(&self) -> broadcast::Receiver<Ended> {
        self.shared.ended.subscribe()
    }

    /// Facts of an act that no agent does, with `ids` fresh ids.
    ///
    /// # Errors
    /// [`Failure`] when there is no randomness.
    pub fn facts(&self, ids: usize) -> Result<Facts, Failure> {
        let draw = |_| self.shared.vault.random::<16>().map(Salt::new);
        let ids = (0..ids).map(draw).collect::<Result<Vec<_>, _>>();
        Ok(Facts::of_nobody(self.now(), ids.map_err(|error| Failure::Unavailable(error.to_string()))?))
    }

    async fn answer(&self, input: Box<dyn FnOnce(Ticket) -> Input + Send>) -> Result<Answer, Failure> {
        let (reply, answer) = oneshot::channel();
        self.inbox.try_send(Message::Ask(input, reply)).map_err(|_| Failure::Busy)?;
        match answer.await {
            Ok(Answer::Failed(failure)) => Err(failure),
            Ok(answer) => Ok(answer),
            Err(_) => Err(Failure::Draining),
        }
    }

    /// The tenant's other streams cannot be read as a task: none was closed, there is none.
    fn of_task(&self, tenant: TenantId, task: TaskId, failure: Failure) -> Failure {
        let other = || self.control(tenant).is_some_and(|control| is_no_task(tenant, &control, task));
        if matches!(failure, Failure::Closed(_)) && other() { Failure::NoTask } else { failure }
    }

    /// Decides a command on a task; what it appended is durable when this answers.
    ///
    /// # Errors
    /// [`Failure`] when it could not be decided: then nothing was allowed, or, for [`Failure::Unknown`], nobody knows.
    pub async fn command(
        &self,
        tenant: TenantId,
        task: TaskId,
        command: Command,
        facts: Facts,
    ) -> Result<Decision, Failure> {
        let answer = self.answer(Box::new(move |ticket| Input::Ask { ticket, tenant, task, command, facts })).await;
        match answer.map_err(|failure| self.of_task(tenant, task, failure))? {
            Answer::Decided { decided, leaf, at } => Ok(Decision { decided: *decided, leaf, at }),
            _ => Err(Failure::Unknown),
        }
    }

    /// Looks at a task, on memory that was compared with the store within two seconds.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read.
    pub async fn look<T: Send + 'static>(
        &self,
        tenant: TenantId,
        task: TaskId,
        look: impl FnOnce(&TaskState, &LiveControl) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (found_in, found) = oneshot::channel();
        let look: Look = Box::new(move |task, control| drop(found_in.send(look(task, control))));
        let answer = self.answer(Box::new(move |ticket| Input::Look { ticket, tenant, task, look })).await;
        answer.map_err(|failure| self.of_task(tenant, task, failure))?;
        found.await.map_err(|_| Failure::NoTask)
    }

    /// Lets what is under way finish, then ends all threads.
    pub async fn drain(&self) {
        let (done_in, done) = oneshot::channel();
        if self.inbox.try_send(Message::Drain(done_in)).is_ok() {
            // An error means that the engine ended before: then it is done as well.
            let _ended = done.await;
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        // The engine's end closes the channels that the others wait on. All are waited for: each holds the store.
        let joined = move || threads.into_iter().for_each(|thread| drop(thread.join()));
        let _joined = tokio::task::spawn_blocking(joined).await;
    }
}

fn send(inbox: &SyncSender<Message>, input: Input) {
    // A closed inbox is a node that has drained: there is nobody left to tell.
    let _gone = inbox.send(Message::Step(Box::new(input)));
}

impl Shared {
    /// What streams are read from, and what they are compared with.
    fn source(&self) -> (&dyn Store, &Vault, &Reaches) {
        (self.store.as_ref(), &self.vault, &self.reaches)
    }

    /// A node that was paused, or whose store was away, asks for the time before it decides. Without an answer it can
    /// append nothing either.
    fn ask_time(&self) {
        if !self.clock.must_ask() {
            return;
        }
        let tenant = self.store.tenants().ok().and_then(|tenants| tenants.first().map(|(tenant, _)| *tenant));
        if let Some(Ok(log)) = tenant.map(|tenant| self.store.log(tenant)) {
            self.clock.heard(log.now);
        }
    }

    fn publish(&self, tenant: TenantId, live: Arc<LiveControl>) {
        let mut controls = self.controls.write().unwrap_or_else(PoisonError::into_inner);
        let newer = controls.get(&tenant).is_none_or(|known| known.state.seq <= live.state.seq);
        if newer {
            controls.insert(tenant, live);
        }
    }
}

/// How long the thread that decides waits for something to do.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// The thread that decides.
fn decide(mut engine: Engine, mut hands: Hands<'_>, inputs: &Receiver<Message>) {
    let shared = hands.shared;
    let mut next: Ticket = 1;
    let mut drained: Option<oneshot::Sender<()>> = None;
    loop {
        // Before it waits for more, what it decided goes on its way.
        let message = inputs.try_recv().or_else(|_| {
            hands.batches.pass_on();
            let held = engine.held_until().map(|until| until.0.saturating_sub(shared.clock.now().0));
            inputs.recv_timeout(held.map_or(WAIT_MAX, Duration::from_micros).min(WAIT_MAX))
        });
        let input = match message {
            Ok(Message::Step(input)) => *input,
            Ok(Message::Appended(done)) => {
                for (batch, result) in done {
                    hands.give(engine.step(shared.clock.now(), Input::Appended { batch, result }));
                }
                continue;
            }
            Ok(Message::Ask(input, reply)) => {
                shared.ask_time();
                let ticket = next;
                next += 1;
                hands.callers.insert(ticket, reply);
                input(ticket)
            }
            Ok(Message::Drain(done)) => {
                drained = Some(done);
                Input::Drain
            }
            Err(RecvTimeoutError::Timeout) if drained.is_some() && engine.idle() => break,
            Err(RecvTimeoutError::Timeout) => Input::Moment,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        hands.give(engine.step(shared.clock.now(), input));
    }
    if let Some(done) = drained {
        let _gone = done.send(());
    }
}

/// To whom the engine's outputs go.
struct Hands<'a> {
    shared: &'a Shared,
    batches: Handover,
    work: &'a Sender<Work>,
    shelf: &'a SyncSender<Keep>,
    callers: BTreeMap<Ticket, oneshot::Sender<Answer>>,
}

impl Hands<'_> {
    fn give(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Answer { ticket, answer } => {
                    if let Some(caller) = self.callers.remove(&ticket) {
                        // A caller that went away is not told; what was appended stands.
                        let _gone = caller.send(answer);
                    }
                }
                Output::Append(batch) => self.batches.put(batch),
                Output::LoadTask { tenant, task, live, lost_from } => {
                    drop(self.work.send(Work::Task(tenant, task, live, lost_from)));
                }
                // With too many waiting it is left out: the next one comes, and nothing rests on any.
                Output::Snapshot(keep) => drop(self.shelf.try_send(keep)),
                Output::LoadMandate { tenant, name, live } => {
                    drop(self.work.send(Work::Mandate(tenant, name, live)));
                }
                Output::LoadControl { tenant, live } => drop(self.work.send(Work::Control(tenant, live))),
                Output::Control { tenant, live } => self.shared.publish(tenant, live),
                Output::Ended { tenant, task, grants } => {
                    // Nobody listening means that nothing is open.
                    let _nobody = self.shared.ended.send(Ended { tenant, task, grants });
                }
            }
        }
        self.batches.taken();
    }
}

/// The thread that keeps snapshots. One that cannot be made or written is only missed: the stream is folded without it.
fn keep(shared: &Shared, snapshots: &Receiver<Keep>) {
    let store = shared.store.as_ref();
    while let Ok(keep) = snapshots.recv() {
        if let Ok(snapshot) = keep.seal(store, &shared.vault) {
            let _missed = store.put_snapshot(keep.tenant, keep.stream(), &snapshot);
        }
    }
}

/// A thread that reads streams.
fn reader(shared: &Shared, inbox: &SyncSender<Message>, work: &Mutex<Receiver<Work>>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let input = match next {
            Ok(Work::Task(tenant, task, live, lost_from)) => {
                let live = live.map(|live| live.0);
                let live = load_task(shared.source(), tenant, task, live, lost_from);
                Input::LoadedTask { tenant, task, live: live.map(|live| Box::new(LoadedTask(live))) }
            }
            Ok(Work::Mandate(tenant, name, live)) => {
                let live = load_mandate(shared.source(), tenant, &name, live.map(|live| live.0));
                Input::LoadedMandate { tenant, live: live.map(|live| Box::new(LoadedMandate(live))), name }
            }
            Ok(Work::Control(tenant, live)) => {
                let live = load_control(shared.source(), tenant, live.as_deref());
                Input::LoadedControl { tenant, live: live.map(|live| Box::new(LoadedControl(live))) }
            }
            Err(_) => return,
        };
        send(inbox, input);
    }
}
