//! The world: three nodes, a store that fails, an upstream that misbehaves, agents and people; one queue of what happens
//! next, in simulated time. Only the engine, the policy and the record in it are real.

mod desk;
mod keeping;
mod loss;
mod nemesis;
mod node;
mod overseers;
mod people;
mod restored;
mod spoilt;
mod storage;
mod upstream;
mod watch;
mod wide;

use crate::bundle::Bundle;
use crate::chance::Chance;
use crate::happening::{Happening, Loss};
use crate::log::Log;
use crate::mutant::Mutant;
use crate::options::Options;
use crate::setup::{self, AGENTS, DAWN, PEOPLE};
use bailiwick_core::{Micros, Span, StreamId, TaskId};
use bailiwick_node::{Batch, Engine, Keep, LiveControl, Output, Ticket, Vault};
use bailiwick_store::{Append, Backup, Ledger, MemoryStore};
use desk::{Call, Question};
pub(crate) use keeping::Aging;
use node::{ForNode, Node};
use people::Known;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wide::Errand;

/// The epoch that a tenant begins with.
pub(crate) const FIRST_EPOCH: u32 = 1;
/// How many nodes share the store.
pub(crate) const NODES: usize = 3;

/// What happens next.
enum Event {
    /// Something arrives at a node; dropped when the node that it was meant for is gone.
    Node(usize, u32, ForNode),
    /// An append arrives at the store.
    Append(usize, u32, Vec<Batch>, Box<Append>),
    /// A read arrives at the store.
    Read(usize, u32, Box<Output>),
    /// A snapshot arrives at the store, whether or not its node is still there.
    Keep(usize, Box<Keep>),
    /// The oldest append that was held lands.
    Land,
    /// The store is reachable again.
    StoreBack,
    /// A node that died starts again.
    Restart(usize),
    /// A node that was stopped goes on.
    Resume(usize),
    /// Something breaks.
    Nemesis,
    /// The store is copied.
    Backup,
    /// The store becomes another than it was.
    Loss,
    /// Somebody goes on from what is left.
    Restore,
    /// Somebody lets an agent act again, in the epoch that began.
    ActsAgain(usize, usize),
    /// Somebody gives the mandates again.
    GivesAgain(usize),
    /// Somebody starts a node anew.
    Kill(usize),
    /// An agent does its next thing.
    Agent(usize),
    /// A person does their next thing.
    Person(usize),
    /// An act arrives at the upstream.
    Upstream(u64),
    /// A person lets work go on.
    Running(usize),
    /// What happens in wide runs alone.
    Errand(Errand),
}

/// What a run was, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// Things that happened.
    pub(crate) steps: u64,
    /// Faults among them.
    pub(crate) faults: u64,
    /// Acts that left.
    pub(crate) forwarded: u64,
}

/// One run's world.
pub(crate) struct World {
    options: Options,
    mutant: Option<Mutant>,
    chance: Chance,
    /// The chance of losses alone.
    fate: Chance,
    /// The chance of what is held and erased alone.
    keeping: Chance,
    /// What happens while days pass; nothing before all else was judged.
    aging: Option<Aging>,
    /// How many tasks nodes have looked at for the rule.
    looks: usize,
    backup: Option<Backup>,
    /// Since when the store is another than it was.
    lost: Option<Micros>,
    /// The epoch, and how often somebody went on from a store that was put back.
    epoch: u32,
    restored: u32,
    /// A restore broke off between its row and its event, once.
    broke_off: bool,
    /// What was exported before the loss, with the key to check it by.
    exported: Option<Bundle>,
    /// The event that no node wrote: its stream, and its number there.
    forged: Option<(StreamId, u64)>,
    now: Micros,
    queue: BTreeMap<(Micros, u64), Event>,
    order: u64,
    store: MemoryStore,
    /// How far the store's clock is from the world's, and how far it was set back in all.
    store_ahead_us: i64,
    set_back: Span,
    nodes: Vec<Node>,
    tickets: Ticket,
    waiting: BTreeMap<Ticket, Question>,
    calls: BTreeMap<u64, Call>,
    /// What is on its way to the upstream, whatever becomes of who sent it.
    sent: BTreeMap<u64, Call>,
    tasks: Vec<Known>,
    /// Acts that the upstream did.
    done: BTreeSet<(TaskId, u64)>,
    /// Which version the one draft has that calls point to.
    draft: u64,
    control: Arc<LiveControl>,
    healed: bool,
    happenings: Vec<Happening>,
    counts: Counts,
    /// The node whose engine took a step last.
    touched: Option<usize>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("now", &self.now).field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl World {
    /// A world of this seed, just before anything happens; and the judges' own key to its log.
    ///
    /// # Errors
    /// The sentence when its tenant cannot be made.
    pub(crate) fn new(seed: u64, mutant: Option<Mutant>) -> Result<(Self, Arc<Vault>), String> {
        let mut chance = Chance::new(seed);
        let mut fate = Chance::new(!seed);
        let mut options = Options::draw(&mut chance, &mut fate);
        options.loss = mutant.and_then(Mutant::needs).or(options.loss);
        // By a chance of its own, so that kept seeds stay the runs that they were.
        if mutant.is_some_and(Mutant::needs_wide) || Chance::new(seed.rotate_left(32)).below(2) == 1 {
            options.widen();
        }
        let keeps = mutant.is_some_and(Mutant::needs_keeping) || Chance::new(seed.rotate_left(8)).below(2) == 1;
        options.keeps = options.wide && keeps;
        if mutant.is_some_and(Mutant::needs_keeping) {
            options.loss = None;
        }
        options.restored = match mutant {
            Some(mutant) => mutant.needs_restore(),
            None => options.loss.is_some_and(Loss::is_copy) && Chance::new(seed.rotate_left(16)).below(2) == 1,
        };
        if mutant.is_some_and(Mutant::in_snapshots) {
            options.forget();
        }
        let store = MemoryStore::new(DAWN);
        let judges = setup::vault(chance.fork());
        let control = setup::open(&store, &judges, (options.wide, options.keeps))?;
        // What the tenant was made with is on every replica.
        store.roll_back(&store.backup());
        let nodes = (0..NODES).map(|_| Node::new(&mut chance, &options)).collect();
        let mut world = Self {
            options,
            mutant,
            chance,
            fate,
            keeping: Chance::new(seed.rotate_left(40)),
            aging: None,
            looks: 0,
            backup: None,
            lost: None,
            epoch: FIRST_EPOCH,
            restored: 0,
            broke_off: false,
            exported: None,
            forged: None,
            now: DAWN,
            queue: BTreeMap::new(),
            order: 0,
            store,
            store_ahead_us: 0,
            set_back: Span(0),
            nodes,
            tickets: 0,
            waiting: BTreeMap::new(),
            calls: BTreeMap::new(),
            sent: BTreeMap::new(),
            tasks: Vec::new(),
            done: BTreeSet::new(),
            draft: 1,
            control,
            healed: false,
            happenings: Vec::new(),
            counts: Counts::default(),
            touched: None,
        };
        (0..NODES).for_each(|node| world.after(Span(0), Event::Restart(node)));
        (0..AGENTS.len()).for_each(|agent| world.after(Span::seconds(1), Event::Agent(agent)));
        let people = PEOPLE.len() - usize::from(!options.wide);
        (0..people).for_each(|person| world.after(Span(10_000), Event::Person(person)));
        let first = world.options.nemesis_pause;
        world.after(first, Event::Nemesis);
        world.plan_loss();
        world.plan_wide();
        world.plan_keeping();
        Ok((world, judges))
    }

    /// What was drawn.
    pub(crate) const fn options(&self) -> &Options {
        &self.options
    }
    /// The world's own time.
    pub(crate) const fn now(&self) -> Micros {
        self.now
    }
    /// The store: the judges read it, whether or not nodes can reach it.
    pub(crate) const fn store(&self) -> &MemoryStore {
        &self.store
    }
    /// Reads the log on, whether or not nodes can reach the store; answers how many events were known before.
    ///
    /// # Errors
    /// The sentence when an event cannot be opened.
    pub(crate) fn read_log(&self, log: &mut Log, vault: &Vault) -> Result<usize, String> {
        let gone = self.store.tenants().is_err();
        self.store.set_gone(false);
        let before = log.read_on(&self.store, vault, self.now);
        self.store.set_gone(gone);
        before
    }
    /// The store's time.
    pub(crate) fn store_now(&self) -> Micros {
        Micros(self.now.0.saturating_add_signed(self.store_ahead_us))
    }
    /// How far the store's clock was ever set back, in all.
    pub(crate) const fn set_back(&self) -> Span {
        self.set_back
    }
    /// What the run was so far.
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }
    /// Everything that was seen.
    pub(crate) fn happenings(&self) -> &[Happening] {
        &self.happenings
    }
    /// The engines, those of dead nodes absent.
    pub(crate) fn engines(&self) -> impl Iterator<Item = Option<&Engine>> {
        self.nodes.iter().map(|node| node.engine.as_ref())
    }
    /// The node whose engine took a step since this was last asked.
    pub(crate) const fn touched(&mut self) -> Option<usize> {
        self.touched.take()
    }
    /// Callers that wait for an answer of a node.
    pub(crate) fn callers(&self) -> usize {
        self.waiting.len()
    }
    /// How many nodes wait for the store's answer to an append.
    pub(crate) fn committing(&self) -> usize {
        self.nodes.iter().filter(|node| node.committing || !node.batches.is_empty()).count()
    }

    /// Until when anything may break.
    pub(crate) const fn safety_until(&self) -> Micros {
        DAWN.after(self.options.safety)
    }

    /// Since when the store is another than it was, by no append of a node.
    pub(crate) const fn lost(&self) -> Option<Micros> {
        self.lost
    }

    /// How often somebody went on from a store that was put back.
    pub(crate) const fn restored(&self) -> u32 {
        self.restored
    }

    /// What was exported before the loss.
    pub(crate) const fn exported(&self) -> Option<&Bundle> {
        self.exported.as_ref()
    }

    /// A node's own keys, with which it reads.
    pub(crate) fn vault(&self) -> Option<&Arc<Vault>> {
        self.nodes.first().map(|node| &node.vault)
    }

    /// All tasks that somebody knows of.
    pub(crate) fn known(&self) -> impl Iterator<Item = TaskId> {
        self.tasks.iter().map(|known| known.task)
    }

    /// Whether a node that is alive knows that the store is another than it was.
    pub(crate) fn knows_of_loss(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|node| node.behind.is_some())
    }

    /// Lets the next thing happen; false when nothing will, or not before `until`.
    ///
    /// # Errors
    /// The sentence when the product answers what it never may.
    pub(crate) fn step(&mut self, until: Micros) -> Result<bool, String> {
        let Some(first) = self.queue.first_entry().filter(|first| first.key().0 <= until) else { return Ok(false) };
        let ((at, _), event) = first.remove_entry();
        self.now = self.now.max(at);
        self.store.set_now(self.store_now());
        self.counts.steps += 1;
        self.happen(event)?;
        Ok(true)
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Node(node, generation, what) => self.at_node(node, generation, what),
            Event::Append(node, generation, batches, append) => {
                self.at_store(node, generation, batches, *append);
                Ok(())
            }
            Event::Read(node, generation, wanted) => {
                self.read(node, generation, *wanted);
                Ok(())
            }
            Event::Keep(node, keep) => self.keep(node, *keep),
            Event::Land => {
                self.store.land();
                Ok(())
            }
            Event::StoreBack => {
                self.store.set_gone(false);
                Ok(())
            }
            Event::Restart(node) => self.restart(node),
            Event::Resume(node) => {
                self.resume(node);
                Ok(())
            }
            Event::Nemesis => {
                self.nemesis();
                Ok(())
            }
            Event::Backup => {
                self.backup = Some(self.store.backup());
                Ok(())
            }
            Event::Loss => self.lose(),
            Event::Restore => self.restore(),
            Event::ActsAgain(person, agent) => self.acts_again(person, agent),
            Event::GivesAgain(person) => self.gives_again(person),
            Event::Kill(node) => {
                self.kill(node);
                Ok(())
            }
            Event::Agent(agent) => self.agent(agent),
            Event::Person(person) => self.person(person),
            Event::Running(person) => self.running(person),
            Event::Errand(errand) => self.errand(errand),
            Event::Upstream(call) => {
                self.upstream(call);
                Ok(())
            }
        }
    }

    fn after(&mut self, span: Span, event: Event) {
        self.order += 1;
        self.queue.insert((self.now.after(span), self.order), event);
    }

    /// How long a message is on its way.
    fn way(&mut self) -> Span {
        Span(self.chance.between(50, self.options.latency_us_max))
    }

    /// Whether a fault of this rate strikes now.
    fn strikes(&mut self, permille: u64) -> bool {
        let struck = !self.healed && self.chance.permille(permille);
        self.counts.faults += u64::from(struck);
        struck
    }

    fn mutated(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}
