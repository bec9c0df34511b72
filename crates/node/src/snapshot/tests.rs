use super::*;
use crate::live::{LoadError, Met, load_control, load_task};
use crate::step::{Answer, Bounds, Engine, Failure, Input, Output};
use crate::{Joined, Reaches, load};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    AgentId, Assurance, By, Caller, Command, ControlCommand, Document, Effect, Egress, Facts, InstanceId,
    KeyThumbprint, Micros, PersonId, PinnedTool, Reversibility, Road, Salt, ServerName, Span, Standing, Start,
    TemplateName, ToolId,
};
use bailiwick_record::{Fill, KeyError, KeyName, Root, Wrapped};
use bailiwick_store::{Fault, Ledger, MemoryStore, Shelf};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

mod mandates;

const TENANT: TenantId = TenantId::new([7; 16]);
const DAWN: Micros = Micros(1_800_000_000_000_000);
const EVERY: u64 = 4;
const DOCUMENTS: [&str; 4] = [
    r#"{"kind":"server","name":"bank","transport":{"wrapped":{"command":["bank"]}}}"#,
    r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read"]}]}"#,
    r#"{"kind":"agent","name":"payer","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"template","name":"look","purpose":"upkeep","intent":"Look","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/*"],"resources":"any"}]}"#,
];

#[derive(Debug)]
struct OpenRoot;

impl Root for OpenRoot {
    fn version(&self) -> i32 {
        1
    }
    fn mark(&self) -> bailiwick_core::Digest {
        bailiwick_core::Digest::new([1; 32])
    }
    fn wrap(&self, _: &KeyName, key: &Secret, _: Fill<'_>) -> Result<Wrapped, KeyError> {
        Ok(Wrapped { by: 1, bytes: key.expose().to_vec() })
    }
    fn unwrap(&self, _: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        Ok(Secret::take(&mut wrapped.bytes.as_slice().try_into().unwrap()))
    }
}

/// An engine driven straight on a store in memory. Snapshots go to the store, and are remembered.
struct World {
    store: MemoryStore,
    vault: Arc<Vault>,
    engine: Engine,
    kept: Vec<Snapshot>,
    kept_control: Vec<u64>,
    kept_mandates: Vec<u64>,
    loads: usize,
    /// Whether another node keeps a snapshot of all there is, just before this one reads.
    raced: bool,
    drawn: u8,
    now: Micros,
}

impl World {
    fn new(bounds: Bounds) -> Self {
        let store = MemoryStore::new(DAWN);
        let vault = Arc::new(Vault::new(Box::new(OpenRoot), Arc::new(bailiwick_record::system_random)));
        store.open_tenant(TENANT, "default").unwrap();
        vault.open_tenant(&store, TENANT).unwrap();
        let engine = Engine::with_bounds(Arc::clone(&vault), bounds);
        let mut world = Self {
            store,
            vault,
            engine,
            kept: Vec::new(),
            kept_control: Vec::new(),
            kept_mandates: Vec::new(),
            loads: 0,
            raced: false,
            drawn: 0,
            now: DAWN,
        };
        world.govern(ControlCommand::Open { name: "default".to_owned(), origin: "test/log".to_owned(), epoch: 1 });
        let read = |text: &str| Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let documents = DOCUMENTS.into_iter().map(read).collect();
        world.govern(ControlCommand::Apply { by: by(), documents, removed: Vec::new() });
        world
    }

    fn every_few() -> Self {
        Self::new(Bounds { snapshot_every: EVERY, ..Bounds::default() })
    }

    fn govern(&mut self, command: ControlCommand) {
        self.govern_with(command, Vec::new());
    }

    fn govern_with(&mut self, command: ControlCommand, blobs: Vec<(Digest, Vec<u8>)>) {
        let facts = Facts::of_nobody(self.now, Vec::new());
        let answer = self.run(Input::Control { ticket: 1, tenant: TENANT, command, blobs, facts });
        assert!(matches!(&answer, Answer::Control { decided, .. } if decided.refused.is_none()), "{answer:?}");
    }

    fn run(&mut self, input: Input) -> Answer {
        let mut inputs = VecDeque::from([input]);
        let mut answered = None;
        while let Some(input) = inputs.pop_front() {
            for output in self.engine.step(self.now, input) {
                match output {
                    Output::Append(batch) => {
                        let appended = self.store.append(Joined::of(batch.clone()).append());
                        let result = appended.map(|appended| appended.groups[0]);
                        inputs.push_back(Input::Appended { batch: batch.id, result });
                    }
                    Output::Answer { answer, .. } => answered = Some(answer),
                    Output::Snapshot(keep) => {
                        let snapshot = keep.seal(&self.store, &self.vault).unwrap();
                        self.store.put_snapshot(keep.tenant, keep.stream(), &snapshot).unwrap();
                        match keep.state {
                            Kept::Task(_) => self.kept.push(snapshot),
                            Kept::Control(_) => self.kept_control.push(snapshot.seq),
                            Kept::Mandate(_) => self.kept_mandates.push(snapshot.seq),
                        }
                    }
                    wanted => {
                        if let Output::LoadTask { task, .. } = &wanted {
                            self.loads += 1;
                            self.shelve(*task);
                        }
                        inputs.extend(load(&self.store, &self.vault, &Reaches::default(), wanted));
                    }
                }
            }
        }
        answered.unwrap()
    }

    fn shelve(&self, task: TaskId) {
        if self.raced {
            self.store.put_snapshot(TENANT, task, &keep(self, task, self.folded(task))).unwrap();
        }
    }

    fn facts(&mut self) -> Facts {
        self.drawn += 1;
        let ids = [0x40, 0x80].map(|half| Salt::new([half | self.drawn; 16])).to_vec();
        let caller = Caller {
            agent: AgentId::parse("payer").unwrap(),
            assurance: Assurance::Software,
            attestation: None,
            instance: InstanceId::parse(&format!("process-{}", self.drawn)).unwrap(),
            key: KeyThumbprint::parse(&char::from(b'a' + self.drawn % 26).to_string().repeat(43)).unwrap(),
            proof: None,
            road: Road::Socket,
        };
        Facts { caller: Some(caller), ..Facts::of_nobody(self.now, ids) }
    }

    fn ask(&mut self, task: TaskId, command: Command) -> Answer {
        let facts = self.facts();
        self.run(Input::Ask { ticket: 1, tenant: TENANT, task, command, facts })
    }

    /// A task of so many events: it is started and bound to one process after another.
    fn task(&mut self, byte: u8, events: u64) -> TaskId {
        let task = TaskId::new([byte; 16]);
        let (agent, template) = (AgentId::parse("payer").unwrap(), TemplateName::parse("look").unwrap());
        let start = Start {
            by: by(),
            subject: None,
            template,
            parameters: BTreeMap::new(),
            agent,
            only: Vec::new(),
            seen: None,
        };
        let started = self.ask(task, Command::Start(Box::new(start)));
        assert!(matches!(&started, Answer::Decided { decided, .. } if decided.reasons.is_empty()), "{started:?}");
        self.grow(task, events);
        task
    }

    fn grow(&mut self, task: TaskId, events: u64) {
        while self.store.head(TENANT, task).unwrap().unwrap().head < events {
            self.now = self.now.after(Span::seconds(1));
            self.store.set_now(self.now);
            let grant = self.engine.at_rest(TENANT, task).and_then(|state| state.root);
            let grant = grant.or_else(|| self.folded(task).root).unwrap();
            let bound = self.ask(task, Command::Bind { grant });
            assert!(matches!(&bound, Answer::Decided { leaf: Some(_), .. }), "{bound:?}");
        }
    }

    fn key(&self, task: TaskId) -> Secret {
        self.vault.data_key(&self.store, TENANT, task).unwrap().unwrap()
    }

    fn open(&self, task: TaskId) -> Option<LiveTask> {
        open_task(&self.store, (TENANT, task, 1), &self.key(task), None)
    }

    fn loaded(&self, task: TaskId, lost_from: Option<u64>) -> Result<LiveTask, LoadError> {
        load_task((&self.store, &self.vault, &Reaches::default()), TENANT, task, None, lost_from)
    }

    /// The state folded from the first event, whatever the shelf says.
    fn folded(&self, task: TaskId) -> TaskState {
        let mut state = TaskState::empty(TENANT, task);
        let key = self.key(task);
        for stored in self.store.stream(TENANT, task, 1, 1_000).unwrap() {
            let event = crate::open_event(TENANT, Some(&key), &stored).unwrap();
            state.apply(&event, stored.leaf).unwrap();
        }
        state
    }

    /// Somebody who can write to the store puts this there; what was there goes.
    fn put(&mut self, task: TaskId, snapshot: &Snapshot) {
        self.store.put_snapshot(TENANT, task, snapshot).unwrap();
        assert_eq!(self.store.snapshot(TENANT, task).unwrap().as_ref(), Some(snapshot));
    }
}

fn by() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() }
}

/// A world whose shelf stays as empty as its engine leaves it, with a task of so many events.
fn without_snapshots(events: u64) -> (World, TaskId) {
    let mut world = World::new(Bounds::default());
    let task = world.task(1, events);
    (world, task)
}

fn keep(world: &World, task: TaskId, state: TaskState) -> Snapshot {
    let there = world.store.stream(TENANT, task, state.seq, 1).unwrap();
    let keep = Keep { tenant: TENANT, epoch: 1, head: there[0].event.hash, state: Kept::Task(Box::new(state)) };
    keep.seal(&world.store, &world.vault).unwrap()
}

#[test]
fn a_snapshot_is_kept_every_so_many_events_and_read_with_what_came_since() {
    let mut world = World::every_few();
    let task = world.task(1, 11);
    let kept: Vec<u64> = world.kept.iter().map(|snapshot| snapshot.seq).collect();
    assert_eq!(kept, [4, 8], "two events start a task, then one binds it each time");
    let live = world.loaded(task, None).unwrap();
    assert_eq!((live.kept, live.chain.seq()), (8, 11));
    assert_eq!(live.state, world.folded(task));
}

#[test]
fn a_stream_that_was_folded_far_is_kept_once_it_is_read() {
    let (mut world, task) = without_snapshots(11);
    assert_eq!(world.kept, []);
    world.engine = Engine::with_bounds(Arc::clone(&world.vault), Bounds { snapshot_every: 10, ..Bounds::default() });
    world.grow(task, 12);
    assert_eq!(world.kept.iter().map(|snapshot| snapshot.seq).collect::<Vec<_>>(), [11]);
}

/// What is on the shelf is as good as nothing: it does not open, and the stream is folded as if it were not there.
fn check_thrown_away(what: &str, odd: impl FnOnce(&mut World, TaskId) -> Snapshot) {
    let (mut world, task) = without_snapshots(6);
    let snapshot = odd(&mut world, task);
    world.put(task, &snapshot);
    assert!(world.open(task).is_none(), "{what}");
    let live = world.loaded(task, None).unwrap();
    assert_eq!((live.state, live.kept), (world.folded(task), 0), "{what}");
}

#[test]
fn an_edited_snapshot_does_not_open() {
    let good = |world: &World, task| keep(world, task, world.folded(task));
    let length = {
        let (world, task) = without_snapshots(6);
        good(&world, task).sealed.len()
    };
    for at in [0, 1, 32, 33, length / 2, length - 1] {
        check_thrown_away(&format!("byte {at} is changed"), |world, task| {
            let mut snapshot = good(world, task);
            snapshot.sealed[at] ^= 1;
            snapshot
        });
    }
    check_thrown_away("it is cut", |world, task| {
        let mut snapshot = good(world, task);
        snapshot.sealed.truncate(length - 1);
        snapshot
    });
    check_thrown_away("it is not sealed at all", |world, task| {
        let sealed = world.folded(task).to_kept().unwrap();
        Snapshot { sealed, ..good(world, task) }
    });
}

#[test]
fn a_snapshot_of_another_stream_event_epoch_or_fold_does_not_open() {
    check_thrown_away("another stream", |world, task| {
        let other = world.task(2, 6);
        let there = keep(world, other, world.folded(other));
        let own = world.store.stream(TENANT, task, 6, 1).unwrap();
        Snapshot { hash: own[0].event.hash, ..there }
    });
    check_thrown_away("another event of the stream", |world, task| {
        let sooner = keep(world, task, world.folded(task));
        world.grow(task, 7);
        let last = world.store.stream(TENANT, task, 7, 1).unwrap();
        Snapshot { seq: 7, hash: last[0].event.hash, ..sooner }
    });
    check_thrown_away("another epoch", |world, task| {
        let (state, head) = (world.folded(task), world.store.head(TENANT, task).unwrap().unwrap().hash);
        let keep = Keep { tenant: TENANT, epoch: 2, head, state: Kept::Task(Box::new(state)) };
        keep.seal(&world.store, &world.vault).unwrap()
    });
    check_thrown_away("another fold", |world, task| Snapshot {
        fold: FOLD + 1,
        ..keep(world, task, world.folded(task))
    });
}

#[test]
fn a_snapshot_that_ends_with_an_event_that_the_store_has_not_is_thrown_away() {
    let sealed = |world: &World, task, seq, head| {
        let mut state = Box::new(world.folded(task));
        state.seq = seq;
        Keep { tenant: TENANT, epoch: 1, head, state: Kept::Task(state) }.seal(&world.store, &world.vault).unwrap()
    };
    check_thrown_away("a store that went back", |world, task| sealed(world, task, 9, Digest::new([5; 32])));
    check_thrown_away("another history", |world, task| sealed(world, task, 6, Digest::new([5; 32])));
    check_thrown_away("a state of another task", |world, task| {
        let other = world.task(2, 6);
        keep(world, task, world.folded(other))
    });
}

#[test]
fn an_older_snapshot_put_back_ends_at_the_same_state() {
    let (mut world, task) = without_snapshots(5);
    let old = keep(&world, task, world.folded(task));
    world.grow(task, 12);
    world.put(task, &old);
    let live = world.loaded(task, None).unwrap();
    assert_eq!((live.kept, live.state), (5, world.folded(task)));
}

#[test]
fn what_was_lost_is_looked_for_also_where_a_snapshot_is_past_it() {
    let (mut world, task) = without_snapshots(9);
    let snapshot = keep(&world, task, world.folded(task));
    world.put(task, &snapshot);
    let met = |seq| {
        let stored = &world.store.stream(TENANT, task, seq, 1).unwrap()[0];
        Met { seq, hash: stored.event.hash, leaf: stored.leaf }
    };
    let live = world.loaded(task, Some(8)).unwrap();
    assert_eq!((live.kept, live.recent), (0, vec![met(8), met(9)]));
    let live = world.loaded(task, Some(10)).unwrap();
    assert_eq!((live.kept, live.recent), (9, vec![]), "what was lost did not stand");
}

#[test]
fn an_append_whose_answer_was_lost_is_found_under_a_snapshot_of_another_node_and_stands_once() {
    let (mut world, task) = without_snapshots(5);
    let grant = world.folded(task).root.unwrap();
    world.raced = true;
    world.store.inject(Fault::LostAfterCommit);
    let bound = world.ask(task, Command::Bind { grant });
    let stored = world.store.stream(TENANT, task, 6, 1).unwrap()[0].leaf;
    assert!(
        matches!(&bound, Answer::Decided { decided, leaf, .. } if decided.events.len() == 1 && *leaf == Some(stored)),
        "{bound:?}"
    );
    assert_eq!(world.store.snapshot(TENANT, task).unwrap().map(|snapshot| snapshot.seq), Some(6));
    assert_eq!(world.store.head(TENANT, task).unwrap().map(|head| head.head), Some(6), "it was appended twice");
}

#[test]
fn erasing_the_key_of_a_stream_erases_its_snapshot() {
    let (mut world, task) = without_snapshots(6);
    let state = world.folded(task);
    let snapshot = keep(&world, task, state.clone());
    world.put(task, &snapshot);
    world.store.erase(TENANT, task).unwrap();
    let live = world.loaded(task, None).unwrap();
    assert_eq!((live.kept, live.state.intent, live.state.salt), (0, None, None));
    let head = snapshot.hash;
    let again = Keep { tenant: TENANT, epoch: 1, head, state: Kept::Task(Box::new(state)) };
    assert_eq!(again.seal(&world.store, &world.vault), Err(KeepFailure::Erased));
}

#[test]
fn nothing_is_kept_of_a_store_that_went_back() {
    let mut world = World::every_few();
    let task = world.task(1, 3);
    // Another node moves the stream; this one is told that the store went back before it looks again.
    let other = Engine::with_bounds(Arc::clone(&world.vault), Bounds::default());
    let own = std::mem::replace(&mut world.engine, other);
    world.grow(task, 6);
    world.engine = own;
    world.engine.step(world.now, Input::Behind { tenant: TENANT, why: "it did".to_owned() });
    world.now = world.now.after(Span::minutes(1));
    let look = |state: &TaskState, _: &crate::LiveControl| assert_eq!(state.seq, 6);
    assert_eq!(world.run(Input::Look { ticket: 1, tenant: TENANT, task, look: Box::new(look) }), Answer::Looked);
    assert_eq!(world.kept, []);
    let refused = world.ask(task, Command::Tick);
    assert!(matches!(refused, Answer::Failed(Failure::Behind(_))), "{refused:?}");
}

#[test]
fn live_states_stay_within_the_budget_and_the_least_recently_used_goes_first() {
    let (small, task) = without_snapshots(3);
    let one = small.engine.live_bytes();
    assert!(one > small.folded(task).weight(), "{one}");
    let mut world = World::new(Bounds { live_bytes_max: 3 * one + one / 2, ..Bounds::default() });
    let tasks: Vec<TaskId> = (1..=5).map(|byte| world.task(byte, 3)).collect();
    let live = |world: &World| -> Vec<usize> {
        (0..5).filter(|at| world.engine.at_rest(TENANT, tasks[*at]).is_some()).collect()
    };
    assert_eq!(live(&world), [2, 3, 4]);
    world.grow(tasks[2], 4);
    world.grow(tasks[0], 4);
    assert_eq!(live(&world), [0, 2, 4], "3 was used longest ago");
    assert!(world.engine.live_bytes() <= 3 * one + one / 2, "{}", world.engine.live_bytes());
}

#[test]
fn a_budget_of_nothing_forgets_what_rests_and_answers_the_same() {
    let mut poor = World::new(Bounds { live_bytes_max: 0, snapshot_every: EVERY, ..Bounds::default() });
    let mut rich = World::new(Bounds { snapshot_every: u64::MAX, ..Bounds::default() });
    let tasks = [poor.task(1, 10), rich.task(1, 10)];
    assert_eq!((poor.engine.live_tasks(), poor.engine.live_bytes()), (0, 0));
    assert_eq!(rich.engine.live_tasks(), 1);
    assert!(poor.loads >= 9 && rich.loads == 1, "{} and {}", poor.loads, rich.loads);
    assert_eq!(poor.loaded(tasks[0], None).unwrap().state, rich.folded(tasks[1]));
}

/// The control of a tenant, folded from its first event, whatever the shelf says.
fn folded_control(world: &World) -> ControlState {
    let (mut state, mut blobs) = (ControlState::default(), BTreeMap::new());
    for stored in world.store.stream(TENANT, control_stream(TENANT), 1, 1_000).unwrap() {
        let event = crate::open_event(TENANT, None, &stored).unwrap();
        for digest in crate::named(&event.data) {
            blobs.insert(digest, Arc::from(world.store.blob(TENANT, digest).unwrap().unwrap()));
        }
        state.apply(&event, stored.leaf, &blobs).unwrap();
    }
    state
}

/// A tenant whose tool was reviewed and whose agent was suspended more than once.
fn governed(bounds: Bounds) -> World {
    let mut world = World::new(bounds);
    let bytes = br#"{"name":"look"}"#.to_vec();
    let words = bailiwick_record::sha256(&bytes);
    let tool = PinnedTool {
        effect: Effect::Read,
        egress: Egress::None,
        pin: words,
        reversibility: Reversibility::ReadOnly,
        standing: Standing::Reviewed,
        tool: ToolId::parse("bank/look").unwrap(),
        words,
    };
    let server = ServerName::parse("bank").unwrap();
    let review = ControlCommand::Review { accepted: Vec::new(), by: by(), server, identity: words, tools: vec![tool] };
    world.govern_with(review, vec![(words, bytes)]);
    for active in [false, true, false, true] {
        let agent = AgentId::parse("payer").unwrap();
        world.govern(ControlCommand::Agent { by: by(), agent, active });
    }
    world
}

#[test]
fn control_is_read_from_its_snapshot_with_the_words_that_it_rests_on() {
    let world = governed(Bounds { snapshot_every: EVERY, ..Bounds::default() });
    assert_eq!(world.kept_control, [4], "seven events in all");
    let live = load_control((&world.store, &world.vault, &Reaches::default()), TENANT, None).unwrap();
    assert_eq!((live.kept, live.chain.seq()), (4, 7));
    assert_eq!(live.state, folded_control(&world));
    let words: Vec<Digest> = live.state.words().collect();
    assert!(words.len() == 1 && words.iter().all(|digest| live.blobs.contains_key(digest)));
}

#[test]
fn an_edited_snapshot_of_control_resumes_no_agent() {
    for at in [0, 40, 400] {
        let world = governed(Bounds::default());
        let live = Arc::new(load_control((&world.store, &world.vault, &Reaches::default()), TENANT, None).unwrap());
        let (head, state) = (*live.chain.hash(), Kept::Control(live));
        let keep = Keep { tenant: TENANT, epoch: 1, head, state };
        let mut snapshot = keep.seal(&world.store, &world.vault).unwrap();
        assert_eq!(snapshot.seq, 7);
        snapshot.sealed[at] ^= 1;
        world.store.put_snapshot(TENANT, control_stream(TENANT), &snapshot).unwrap();
        let live = load_control((&world.store, &world.vault, &Reaches::default()), TENANT, None).unwrap();
        assert_eq!((live.kept, live.state), (0, folded_control(&world)), "byte {at}");
    }
}
