//! A node: a real engine, with a clock, a committer and readers that are faked. It may be stopped, and it may die between
//! any two outputs.

use super::desk::{Question, Waiting};
use super::{Event, World};
use crate::chance::Chance;
use crate::happening::Happening;
use crate::mutant::Mutant;
use crate::options::Options;
use crate::setup::{TENANT, vault};
use bailiwick_core::{GrantId, Micros, Span, TaskId};
use bailiwick_node::{
    Answer, Batch, Bounds, Engine, Input, Joined, LiveControl, Output, Reaches, SEEN_WITHIN, Seen, Vault,
    control_stream,
};
use bailiwick_record::Guard;
use bailiwick_store::{Appended, Ledger, StoreError};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many wakes a beat asks for.
const WAKES_MAX: usize = 64;
/// How often a node looks after time.
const BEAT: Span = Span::seconds(1);
/// How soon a node that cannot reach its store tries to start again.
const START_AGAIN: Span = Span::seconds(1);

/// What arrives at a node.
pub(super) enum ForNode {
    /// For the engine.
    Input(Box<Input>),
    /// The committer takes what waits.
    Commit,
    /// The store's answer to an append.
    Appended(Vec<Batch>, Result<Appended, StoreError>),
    /// A second has passed.
    Beat,
    /// What the engine holds back for a moment is due.
    Moment,
    /// The edge is about to send the first byte of a call.
    Forward(u64),
    /// What the upstream says of a call.
    Reply(u64, super::upstream::Reply),
    /// The edge has waited long enough for a call.
    Patience(u64),
    /// Enough time has passed since an ending, by the boot-time clock.
    Drained(TaskId, Option<GrantId>),
    /// The outcome of a call is said once more.
    SettleAgain(u64, u32),
}

/// One node.
pub(super) struct Node {
    /// Raised by every death: what was meant for an earlier life is dropped.
    pub(super) generation: u32,
    pub(super) engine: Option<Engine>,
    pub(super) vault: Arc<Vault>,
    pub(super) reaches: Arc<Reaches>,
    /// What is remembered outside of the store: it outlives the process.
    pub(super) guard: Guard,
    /// Since when this process knows that the store is another than it was.
    pub(super) behind: Option<Micros>,
    /// Leaves when this process last compared the log, and when it last signed it.
    pub(super) seen: Option<u64>,
    pub(super) signed_at: Micros,
    /// The last store time heard, and the boot time then.
    clock: (Micros, Micros),
    drift_ppm: i64,
    pub(super) batches: VecDeque<Batch>,
    pub(super) committing: bool,
    pub(super) stopped: bool,
    held: VecDeque<ForNode>,
    /// Control as the engine last told its edges.
    pub(super) control: Option<Arc<LiveControl>>,
    /// Up to which event of control this process has done what was recorded as erased.
    pub(super) erasures_done: u64,
}

impl Node {
    pub(super) fn new(chance: &mut Chance, options: &Options) -> Self {
        let drift = i64::try_from(chance.below(options.drift_ppm.saturating_add(1))).unwrap_or(0);
        Self {
            generation: 0,
            engine: None,
            vault: vault(chance.fork()),
            reaches: Arc::default(),
            guard: Guard::in_memory(),
            behind: None,
            seen: None,
            signed_at: Micros(0),
            clock: (Micros(0), Micros(0)),
            drift_ppm: if chance.permille(500) { drift } else { -drift },
            batches: VecDeque::new(),
            committing: false,
            stopped: false,
            held: VecDeque::new(),
            control: None,
            erasures_done: 0,
        }
    }

    /// The boot-time clock: runs while the process is stopped, a little too fast or too slow.
    pub(super) fn boot(&self, world: Micros) -> Micros {
        let passed = world.0.saturating_sub(crate::setup::DAWN.0);
        let drift = i64::try_from(passed).unwrap_or(i64::MAX) / 1_000_000 * self.drift_ppm;
        Micros(passed.saturating_add_signed(drift))
    }

    /// The store's time, as the node knows it.
    pub(super) fn time(&self, world: Micros) -> Micros {
        let (heard, then) = self.clock;
        heard.after(Span(self.boot(world).0.saturating_sub(then.0)))
    }

    /// The store answered this time: later than ours, it counts; earlier, ours goes on.
    fn heard(&mut self, store: Micros, world: Micros) {
        if store > self.time(world) {
            self.clock = (store, self.boot(world));
        }
    }

    pub(super) const fn alive(&self) -> bool {
        self.engine.is_some()
    }
}

impl World {
    pub(super) fn restart(&mut self, at: usize) -> Result<(), String> {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(at).filter(|node| !node.alive()) else { return Ok(()) };
        let log = match node.vault.open_tenant(&self.store, TENANT) {
            Ok(()) => self.store.log(TENANT),
            Err(bailiwick_node::VaultError::Store(error)) => Err(error),
            Err(error) => return Err(format!("a node cannot open its keys: {error}")),
        };
        match log {
            Ok(log) => {
                let Options { live_bytes_max, snapshot_every, told_held_for, .. } = self.options;
                let bounds = Bounds { live_bytes_max, snapshot_every, told_held_for };
                node.engine = Some(Engine::with_bounds(Arc::clone(&node.vault), bounds));
                node.clock = (log.now, node.boot(now));
                node.control = None;
                self.tell_node(at, Span(0), ForNode::Beat);
                // Before anything can be asked of it.
                self.watch(at)?;
            }
            Err(_) => self.after(START_AGAIN, Event::Restart(at)),
        }
        Ok(())
    }

    /// The process is gone, with all that it had in memory.
    pub(super) fn kill(&mut self, at: usize) {
        let Some(node) = self.nodes.get_mut(at).filter(|node| node.alive()) else { return };
        node.engine = None;
        node.reaches = Arc::default();
        node.generation += 1;
        node.batches.clear();
        node.held.clear();
        (node.committing, node.stopped, node.control) = (false, false, None);
        (node.behind, node.seen, node.signed_at, node.erasures_done) = (None, None, Micros(0), 0);
        if self.mutant == Some(Mutant::ForgetsOutside) {
            node.guard = Guard::in_memory();
        }
        self.waiting.retain(|_, asked| asked.node != at);
        self.calls.retain(|_, call| call.node != at);
        let back = Span(self.chance.between(100_000, 10_000_000));
        self.after(back, Event::Restart(at));
    }

    pub(super) fn resume(&mut self, at: usize) {
        let Some(node) = self.nodes.get_mut(at) else { return };
        node.stopped = false;
        for what in std::mem::take(&mut node.held) {
            self.tell_node(at, Span(0), what);
        }
    }

    /// Something for this life of a node.
    pub(super) fn tell_node(&mut self, at: usize, span: Span, what: ForNode) {
        if let Some(generation) = self.nodes.get(at).map(|node| node.generation) {
            self.after(span, Event::Node(at, generation, what));
        }
    }

    pub(super) fn at_node(&mut self, at: usize, generation: u32, what: ForNode) -> Result<(), String> {
        let Some(node) = self.nodes.get_mut(at).filter(|node| node.generation == generation) else { return Ok(()) };
        if node.stopped {
            node.held.push_back(what);
            return Ok(());
        }
        match what {
            ForNode::Input(input) => self.input(at, *input),
            ForNode::Commit => {
                self.commit(at);
                Ok(())
            }
            ForNode::Appended(batches, result) => self.appended(at, batches, result),
            ForNode::Beat => self.beat(at),
            ForNode::Moment => self.input(at, Input::Moment),
            ForNode::Forward(call) => self.forward(at, call),
            ForNode::Reply(call, reply) => self.reply(at, call, reply),
            ForNode::Patience(call) => self.patience(at, call),
            ForNode::Drained(task, grant) => {
                self.drained(task, grant);
                Ok(())
            }
            ForNode::SettleAgain(call, tries) => self.settle(at, call, tries),
        }
    }

    /// The engine takes a step, and what it says is done, output by output, until it dies or is done.
    pub(super) fn input(&mut self, at: usize, input: Input) -> Result<(), String> {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
        let (time, generation) = (node.time(now), node.generation);
        let Some(engine) = node.engine.as_mut() else { return Ok(()) };
        let due = engine.held_until();
        let outputs = engine.step(time, input);
        let due = engine.held_until().filter(|until| Some(*until) != due);
        self.touched = Some(at);
        if let Some(until) = due {
            self.tell_node(at, Span(until.0.saturating_sub(time.0)), ForNode::Moment);
        }
        for output in outputs {
            if !self.healed && self.chance.below(100_000) < self.options.killed {
                self.counts.faults += 1;
                self.kill(at);
            }
            // Dead now, or by what the output before brought about.
            if self.nodes.get(at).is_none_or(|node| node.generation != generation) {
                return Ok(());
            }
            self.output(at, output)?;
        }
        Ok(())
    }

    fn output(&mut self, at: usize, output: Output) -> Result<(), String> {
        match output {
            Output::Append(batch) => {
                self.before_durable(at, &batch);
                self.acted(at, "decided and appended");
                let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
                node.batches.push_back(batch);
                if !std::mem::replace(&mut node.committing, true) {
                    let soon = Span(self.chance.below(1_000));
                    self.tell_node(at, soon, ForNode::Commit);
                }
            }
            Output::Answer { ticket, answer } => {
                if let Some(asked) = self.waiting.remove(&ticket) {
                    let all_the_same = match answer {
                        Answer::Failed(_) => None,
                        Answer::Looked if asked.long_behind => self.shows_what_is_gone(&asked.waiting),
                        Answer::Looked => None,
                        _ => asked.behind.then_some("answered a command"),
                    };
                    if let Some(what) = all_the_same {
                        self.happenings.push(Happening::ActedBehind { node: at, what });
                    }
                    return self.answered(at, asked.waiting, answer);
                }
            }
            Output::Control { live, .. } => {
                let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
                if node.control.as_ref().is_none_or(|known| known.state.seq <= live.state.seq) {
                    node.control = Some(live);
                }
            }
            Output::Ended { task, grants, .. } => return self.cut(at, task, &grants),
            Output::Snapshot(keep) => {
                let way = self.way();
                self.after(way, Event::Keep(at, Box::new(keep)));
            }
            wanted @ (Output::LoadTask { .. } | Output::LoadControl { .. } | Output::LoadMandate { .. }) => {
                let (way, generation) = (self.way(), self.nodes.get(at).map_or(0, |node| node.generation));
                self.after(way, Event::Read(at, generation, Box::new(wanted)));
            }
        }
        Ok(())
    }

    /// The committer joins what waits into one append, as the product's does.
    fn commit(&mut self, at: usize) {
        let Some(node) = self.nodes.get_mut(at) else { return };
        let Some(first) = node.batches.pop_front() else {
            node.committing = false;
            return;
        };
        let mut joined = Joined::of(first);
        while let Some(next) = node.batches.pop_front() {
            if let Err(next) = joined.take(next) {
                node.batches.push_front(*next);
                break;
            }
        }
        let generation = node.generation;
        let append = Box::new(joined.append().clone());
        let way = self.way();
        self.after(way, Event::Append(at, generation, joined.into_batches(), append));
    }

    fn appended(&mut self, at: usize, batches: Vec<Batch>, result: Result<Appended, StoreError>) -> Result<(), String> {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
        let generation = node.generation;
        if let Ok(appended) = &result {
            node.heard(appended.now, now);
        }
        for (index, batch) in batches.into_iter().enumerate() {
            if self.nodes.get(at).is_none_or(|node| node.generation != generation) {
                return Ok(());
            }
            let result = match &result {
                Ok(appended) => appended.groups.get(index).copied().ok_or("the store answered too few groups")?,
                Err(error @ StoreError::Refused(_)) => return Err(format!("the engine broke a bound: {error}")),
                Err(error) => {
                    self.input(at, Input::Appended { batch: batch.id, result: Err(error.clone()) })?;
                    continue;
                }
            };
            self.input(at, Input::Appended { batch: batch.id, result: Ok(result) })?;
        }
        if self.nodes.get(at).is_some_and(|node| node.generation == generation) {
            self.commit(at);
        }
        Ok(())
    }

    /// What the product's driver does once a second.
    fn beat(&mut self, at: usize) -> Result<(), String> {
        self.tell_node(at, BEAT, ForNode::Beat);
        let now = self.now;
        let Ok(log) = self.store.log(TENANT) else { return Ok(()) };
        let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
        node.heard(log.now, now);
        let time = node.time(now);
        let generation = node.generation;
        let control = self.store.head(TENANT, control_stream(TENANT)).ok().flatten().map_or(0, |head| head.head);
        let seen = Seen { floor: log.control_floor, epoch: log.epoch, control };
        let mut inputs = vec![Input::Seen { tenant: TENANT, seen }];
        if !self.mutated(crate::mutant::Mutant::LosesWakes) {
            let due = self.store.due(time, WAKES_MAX).unwrap_or_default();
            inputs.extend(due.into_iter().map(|(tenant, stream)| Input::Wake { tenant, stream }));
        }
        inputs.push(Input::Second);
        for input in inputs {
            if self.nodes.get(at).is_some_and(|node| node.generation == generation) {
                self.input(at, input)?;
            }
        }
        if self.nodes.get(at).is_some_and(|node| node.generation == generation) {
            self.watch(at)?;
            self.expires(at)?;
        }
        Ok(())
    }

    /// A request is on its way to a node; its caller waits for the answer.
    pub(super) fn ask(&mut self, at: usize, waiting: Waiting, input: impl FnOnce(u64) -> Input) {
        self.tickets += 1;
        let ticket = self.tickets;
        let since = self.nodes.get(at).and_then(|node| node.behind);
        let long_behind = since.is_some_and(|since| self.now > since.after(SEEN_WITHIN));
        let behind = since.is_some();
        self.waiting.insert(ticket, Question { node: at, waiting, behind, long_behind });
        let way = self.way();
        self.tell_node(at, way, ForNode::Input(Box::new(input(ticket))));
    }

    /// A node that is alive, stopped or not.
    pub(super) fn any_node(&mut self) -> Option<usize> {
        let alive = self.nodes.iter().enumerate().filter(|(_, node)| node.alive()).map(|(at, _)| at);
        let alive: Vec<usize> = alive.collect();
        self.chance.pick(&alive).copied()
    }

    /// Whether an answer says that nothing was decided.
    pub(super) const fn failed(answer: &Answer) -> bool {
        matches!(answer, Answer::Failed(_))
    }

    /// What a node reads with.
    pub(super) fn read_for(&self, at: usize) -> Option<(Arc<Vault>, Arc<Reaches>)> {
        self.nodes.get(at).map(|node| (Arc::clone(&node.vault), Arc::clone(&node.reaches)))
    }
}
