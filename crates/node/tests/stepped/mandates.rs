//! Several nodes over one store draw on one mandate: whatever is lost, refused or killed, what stands adds up.

use crate::world::*;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Answer, Batch, Engine, Input, Joined, Output, Reaches, Ticket, load};
use bailiwick_store::{Ledger as _, MemoryStore, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const MANDATE: &str = r#"{"kind":"mandate","name":"household","giver":"ann","for":{"agents":["helper"]},
    "meters":{"EUR":{"most":"1000","per":"month in Europe/Berlin"}}}"#;
const TEMPLATE: &str = r#"{"kind":"template","name":"pay","purpose":"work","intent":"pay","draws":["household"],
    "start":{"who":["anyone"],"agents":["helper"]},"window":"1h",
    "grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"total":"300"}}}]}"#;

fn document(text: &str) -> Document {
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

fn household() -> MandateName {
    MandateName::parse("household").unwrap()
}

/// A node: its engine, and what it has on its way.
struct Node {
    engine: Engine,
    reaches: Reaches,
    held: VecDeque<Batch>,
}

/// Nodes over one store.
struct Nodes {
    store: Arc<MemoryStore>,
    world: World,
    nodes: Vec<Node>,
    answers: BTreeMap<Ticket, Answer>,
    next: Ticket,
    now: Micros,
}

impl Nodes {
    fn new(count: usize) -> Self {
        let (mut world, _) = World::new();
        for text in [MANDATE, TEMPLATE] {
            let apply = ControlCommand::Apply { by: by(), documents: vec![document(text)], removed: vec![] };
            world.govern(apply, vec![]);
        }
        let store = Arc::clone(&world.store);
        let mut nodes = Self { store, world, nodes: Vec::new(), answers: BTreeMap::new(), next: 0, now: NOW };
        nodes.nodes = (0..count).map(|_| nodes.fresh()).collect();
        nodes
    }

    fn fresh(&self) -> Node {
        let engine = Engine::new(Arc::clone(&self.world.vault));
        Node { engine, reaches: Reaches::default(), held: VecDeque::new() }
    }

    fn step(&mut self, at: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        let node = &mut self.nodes[at];
        while let Some(input) = inputs.pop_front() {
            for output in node.engine.step(self.now, input) {
                match output {
                    Output::Append(batch) => node.held.push_back(batch),
                    Output::Answer { ticket, answer } => drop(self.answers.insert(ticket, answer)),
                    Output::LoadTask { .. } | Output::LoadControl { .. } | Output::LoadMandate { .. } => {
                        inputs.extend(load(self.store.as_ref(), &self.world.vault, &node.reaches, output));
                    }
                    Output::Ended { .. } | Output::Control { .. } | Output::Snapshot(_) => {}
                }
            }
        }
    }

    fn ask(&mut self, at: usize, task: TaskId, command: Command) -> Ticket {
        self.next += 1;
        let id =
            |n: u8| Salt::new([u8::try_from(self.next % 251).unwrap(), n, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7]);
        let facts = Facts::of_nobody(self.now, vec![id(1), id(2)]);
        self.step(at, Input::Ask { ticket: self.next, tenant: TENANT, task, command, facts });
        self.next
    }

    fn start(&mut self, at: usize, task: TaskId) -> Ticket {
        let start = Start {
            by: by(),
            subject: None,
            template: TemplateName::parse("pay").unwrap(),
            parameters: BTreeMap::new(),
            agent: AgentId::parse("helper").unwrap(),
            only: Vec::new(),
            seen: None,
        };
        self.ask(at, task, Command::Start(Box::new(start)))
    }

    fn end(&mut self, at: usize, task: TaskId) -> Ticket {
        self.ask(at, task, Command::EndTask { who: Ender::Person(by()), why: Code::Revoked })
    }

    /// What waits longest at a node is appended, or not; and its answer arrives, or is lost.
    fn land(&mut self, at: usize, appended: bool, told: bool) {
        let Some(batch) = self.nodes[at].held.pop_front() else { return };
        let stood = match appended {
            true => self.store.append(Joined::of(batch.clone()).append()).map(|mut done| done.groups.remove(0)),
            false => Err(StoreError::Unknown),
        };
        let result = if told { stood } else { Err(StoreError::Unknown) };
        self.step(at, Input::Appended { batch: batch.id, result });
    }

    /// Everything lands; what is due is woken.
    fn settle(&mut self) {
        for round in 0..200 {
            self.now = self.now.after(Span::seconds(1));
            for at in 0..self.nodes.len() {
                while !self.nodes[at].held.is_empty() {
                    self.land(at, true, true);
                }
            }
            let due = self.store.due(self.now, 64).unwrap();
            if due.is_empty() && self.nodes.iter().all(|node| node.held.is_empty()) {
                return;
            }
            for (tenant, stream) in due {
                let at = round % self.nodes.len();
                self.step(at, Input::Wake { tenant, stream });
            }
        }
        panic!("something is due for ever");
    }

    fn code(&self, ticket: Ticket) -> Option<Code> {
        match self.answers.get(&ticket)? {
            Answer::Decided { decided, .. } => decided.reasons.first().map(|reason| reason.code),
            other => panic!("{other:?}"),
        }
    }

    fn events(&self, stream: StreamId) -> Vec<Event> {
        let stored = self.store.stream(TENANT, stream, 1, 1_000).unwrap();
        stored.iter().map(|stored| Event::read(&stored.event.clear).unwrap().0).collect()
    }

    /// The most that was held at any moment, and what is held now. Each event of the mandate stands in its task's stream.
    fn judge(&self) -> (Amount, Amount) {
        let stream = mandate_stream(TENANT, &household());
        let mut state = MandateState::empty(TENANT, stream);
        let (mut held, mut most) = (Amount::ZERO, Amount::ZERO);
        for event in self.events(stream) {
            state.apply(&event).unwrap();
            let drawn = state.units.values().flat_map(|unit| &unit.drawn);
            held = drawn.fold(Amount::ZERO, |sum, one| sum.checked_add(one.counts).unwrap());
            most = most.max(held);
            let task = match &event.data {
                Data::AllocationMade(made) => made.task,
                Data::AllocationReturned(returned) => returned.task,
                other => panic!("{other:?}"),
            };
            assert_eq!(self.events(task).iter().filter(|own| **own == event).count(), 1, "{event:?}");
        }
        (most, held)
    }
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn task(n: u8) -> TaskId {
    TaskId::new([n; 16])
}

#[test]
fn a_task_begins_in_one_append_with_the_mandate_and_what_it_did_not_use_goes_back() {
    let mut nodes = Nodes::new(1);
    let started = nodes.start(0, task(40));
    let batch = nodes.nodes[0].held.front().unwrap().clone();
    let moved: Vec<(StreamId, usize)> =
        batch.group.streams.iter().map(|advance| (advance.stream, advance.events.len())).collect();
    assert_eq!(moved, [(task(40), 3), (mandate_stream(TENANT, &household()), 1)]);
    nodes.settle();
    assert_eq!((nodes.code(started), nodes.judge()), (None, (amount("300"), amount("300"))));
    nodes.end(0, task(40));
    nodes.land(0, true, true);
    assert_eq!(nodes.nodes[0].held.len(), 1, "it goes back at once, without a wake");
    nodes.settle();
    assert_eq!(nodes.judge(), (amount("300"), Amount::ZERO));
}

#[test]
fn two_starts_wait_for_each_other_and_the_fourth_is_refused() {
    let mut nodes = Nodes::new(1);
    let asked: Vec<Ticket> = (40..44).map(|n| nodes.start(0, task(n))).collect();
    assert_eq!(nodes.nodes[0].held.len(), 1, "one at a time moves the mandate");
    nodes.settle();
    let codes: Vec<_> = asked.iter().map(|ticket| nodes.code(*ticket)).collect();
    assert_eq!(codes, [None, None, None, Some(Code::OverMandate)]);
    assert_eq!(nodes.judge().0, amount("900"));
    assert!(nodes.events(task(43)).is_empty(), "a refused start leaves nothing");
}

#[test]
fn a_mandate_that_another_node_moved_is_read_again_and_nothing_is_drawn_twice() {
    let mut nodes = Nodes::new(2);
    let first: Vec<Ticket> = (0..2).map(|at| nodes.start(at, task(40 + u8::try_from(at).unwrap()))).collect();
    nodes.settle();
    let second: Vec<Ticket> = (0..2).map(|at| nodes.start(at, task(50 + u8::try_from(at).unwrap()))).collect();
    nodes.settle();
    let mut codes: Vec<_> = first.iter().chain(&second).map(|ticket| nodes.code(*ticket)).collect();
    codes.sort_unstable();
    assert_eq!(codes, [None, None, None, Some(Code::OverMandate)]);
    assert_eq!(nodes.judge().0, amount("900"));
    // What one node gave back is there for the other, whatever it remembers.
    nodes.end(0, task(40));
    nodes.settle();
    let again = nodes.start(1, task(60));
    nodes.settle();
    assert_eq!(nodes.code(again), None);
}

#[test]
fn along_a_mandate_time_never_falls_whatever_the_clock_of_a_node_says() {
    let mut nodes = Nodes::new(2);
    nodes.now = NOW.after(Span::minutes(1));
    let ahead = nodes.start(0, task(40));
    nodes.land(0, true, true);
    // The other node is slow, as after the store's clock was set back.
    nodes.now = NOW;
    let behind = nodes.start(1, task(41));
    nodes.land(1, true, true);
    assert_eq!((nodes.code(ahead), nodes.code(behind)), (None, None));
    let times: Vec<Micros> =
        nodes.events(mandate_stream(TENANT, &household())).into_iter().map(|event| event.at).collect();
    assert_eq!(times, [NOW.after(Span::minutes(1)); 2]);
    nodes.judge();
}

#[test]
fn a_start_whose_answer_is_lost_draws_once() {
    for appended in [false, true] {
        let mut nodes = Nodes::new(1);
        let asked = nodes.start(0, task(40));
        nodes.land(0, appended, false);
        nodes.settle();
        assert_eq!((nodes.code(asked), nodes.judge()), (None, (amount("300"), amount("300"))), "appended: {appended}");
    }
}

#[test]
fn a_task_is_over_when_its_mandate_goes_and_its_rest_goes_back() {
    let mut nodes = Nodes::new(1);
    nodes.start(0, task(40));
    nodes.settle();
    nodes.next += 1;
    let removed = vec![("mandate".to_owned(), "household".to_owned())];
    let command = ControlCommand::Apply { by: by(), documents: vec![], removed };
    let facts = Facts::of_nobody(nodes.now, vec![]);
    nodes.step(0, Input::Control { ticket: nodes.next, tenant: TENANT, command, blobs: vec![], facts });
    nodes.settle();
    let kinds: Vec<&str> = nodes.events(task(40)).iter().skip(3).map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["task.ended", "allocation.returned"]);
    assert_eq!(nodes.judge().1, Amount::ZERO);
}

/// Numbers that look drawn, the same for the same seed.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[test]
fn whatever_is_lost_or_killed_no_more_is_held_than_the_mandate_gives_and_all_of_it_comes_back() {
    for seed in 0..60 {
        let mut drawn = Drawn(seed);
        let mut nodes = Nodes::new(3);
        for _ in 0..120 {
            let at = usize::try_from(drawn.below(3)).unwrap();
            let n = task(40 + u8::try_from(drawn.below(12)).unwrap());
            match drawn.below(12) {
                0..=3 => drop(nodes.start(at, n)),
                4..=5 => drop(nodes.end(at, n)),
                6..=8 => nodes.land(at, true, true),
                9 => nodes.land(at, drawn.below(2) == 0, false),
                10 => nodes.step(at, Input::Wake { tenant: TENANT, stream: n }),
                // Killed: what was on its way to the store may stand or not.
                _ => {
                    let batches = std::mem::take(&mut nodes.nodes[at].held);
                    for batch in batches.into_iter().filter(|_| drawn.below(2) == 0) {
                        let _may_conflict = nodes.store.append(Joined::of(batch).append());
                    }
                    nodes.nodes[at] = nodes.fresh();
                }
            }
        }
        nodes.settle();
        let (most, _) = nodes.judge();
        assert!(most <= amount("1000"), "seed {seed}: {most}");
        // What was seen of a task before it began is too old by then.
        nodes.now = nodes.now.after(Span::seconds(3));
        for n in 40..52 {
            nodes.end(0, task(n));
        }
        nodes.settle();
        assert_eq!(nodes.judge().1, Amount::ZERO, "seed {seed}");
    }
}
