//! An ending under full load is decided next, whatever waits and however much; an outcome that was told waits for the next
//! call, and for nothing else. No clock, no threads: the engine is stepped.

#![cfg(test)]

use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{
    Answer, Batch, ENDINGS_MAX, Engine, Failure, Input, Joined, Output, QUEUE_MAX, Reaches, SEEN_WITHIN, TOLD_HELD_FOR,
    Ticket, Vault, load,
};
use bailiwick_record::{KeyError, KeyName, Root, Secret, Wrapped, system_random};
use bailiwick_store::{Ledger as _, MemoryStore, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const NOW: Micros = Micros(1_790_000_000_000_000);
const TENANT: TenantId = TenantId::new([7; 16]);
const TASK: TaskId = TaskId::new([8; 16]);

/// Wraps by writing down: what is tested here is not the wrapping.
struct OpenRoot;

impl Root for OpenRoot {
    fn version(&self) -> i32 {
        1
    }
    fn mark(&self) -> bailiwick_core::Digest {
        bailiwick_core::Digest::new([1; 32])
    }
    fn wrap(&self, _: &KeyName, key: &Secret, _: bailiwick_record::Fill<'_>) -> Result<Wrapped, KeyError> {
        Ok(Wrapped { by: 1, bytes: key.expose().to_vec() })
    }
    fn unwrap(&self, _: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        let mut bytes = <[u8; 32]>::try_from(wrapped.bytes.as_slice()).map_err(|_| KeyError::Form)?;
        Ok(Secret::take(&mut bytes))
    }
}

const DOCUMENTS: [&str; 6] = [
    r#"{"kind":"person","name":"ann"}"#,
    r#"{"kind":"role","name":"all","allow":[{"tools":["*"],"effects":["read","write"]}]}"#,
    r#"{"kind":"agent","name":"helper","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"all","review":"2030-01-01"}"#,
    r#"{"kind":"server","name":"bank","transport":{"stdio":{"command":"bank"}}}"#,
    r#"{"kind":"template","name":"work","purpose":"work","intent":"work","start":{"who":["anyone"],"agents":["helper"]},"grant":[{"tools":["bank/note"],"effect":"read","resources":"any"}]}"#,
    r#"{"kind":"policy","name":"all","cedar":"permit(principal, action, resource);"}"#,
];

/// An engine on a store in memory. What it reads is read at once; what it appends waits until it is told to land.
struct World {
    engine: Engine,
    now: Micros,
    store: Arc<MemoryStore>,
    vault: Arc<Vault>,
    reaches: Reaches,
    held: VecDeque<Batch>,
    /// How often something was read.
    loads: usize,
    answers: BTreeMap<Ticket, Answer>,
    /// Tickets in the order they were answered.
    order: Vec<Ticket>,
    next: Ticket,
}

fn by() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() }
}

fn caller() -> Caller {
    Caller {
        agent: AgentId::parse("helper").unwrap(),
        assurance: Assurance::KeyOnly,
        attestation: None,
        instance: InstanceId::parse("test").unwrap(),
        key: KeyThumbprint::parse(&"k".repeat(43)).unwrap(),
        proof: None,
        road: Road::Http,
    }
}

impl World {
    /// With a task whose one grant is bound, and the grant.
    fn new() -> (Self, GrantId) {
        let store = Arc::new(MemoryStore::new(NOW));
        let vault = Arc::new(Vault::new(Box::new(OpenRoot), Arc::new(system_random)));
        store.open_tenant(TENANT, "default").unwrap();
        vault.open_tenant(store.as_ref(), TENANT).unwrap();
        let engine = Engine::new(Arc::clone(&vault));
        let mut world = Self {
            engine,
            now: NOW,
            store,
            vault,
            reaches: Reaches::default(),
            held: VecDeque::new(),
            loads: 0,
            answers: BTreeMap::new(),
            order: Vec::new(),
            next: 0,
        };
        world.govern(ControlCommand::Open { name: "default".into(), origin: "test".into(), epoch: 1 }, vec![]);
        let read = |text: &str| Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let documents = DOCUMENTS.into_iter().map(read).collect();
        world.govern(ControlCommand::Apply { by: by(), documents, removed: vec![] }, vec![]);
        let words = b"words".to_vec();
        let pinned = PinnedTool {
            effect: Effect::Read,
            egress: Egress::Open,
            pin: sha256(b"pin"),
            reversibility: Reversibility::ByOthers,
            standing: Standing::Reviewed,
            tool: ToolId::parse("bank/note").unwrap(),
            words: sha256(&words),
        };
        let server = ServerName::parse("bank").unwrap();
        let review = ControlCommand::Review { by: by(), server, identity: sha256(b"bank"), tools: vec![pinned] };
        world.govern(review, vec![(sha256(&words), words)]);
        let start = Start {
            by: by(),
            subject: None,
            template: TemplateName::parse("work").unwrap(),
            parameters: BTreeMap::new(),
            agent: AgentId::parse("helper").unwrap(),
        };
        let facts = Facts::of_nobody(NOW, vec![Salt::new([1; 16]), Salt::new([2; 16])]);
        let grant = world.done(Command::Start(Box::new(start)), facts).grant.unwrap();
        let facts = Facts { caller: Some(caller()), ..Facts::of_nobody(NOW, vec![]) };
        world.done(Command::Bind { grant }, facts);
        (world, grant)
    }

    fn step(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.engine.step(self.now, input) {
                match output {
                    Output::Append(batch) => self.held.push_back(batch),
                    Output::Answer { ticket, answer } => {
                        self.order.push(ticket);
                        self.answers.insert(ticket, answer);
                    }
                    Output::LoadTask { .. } | Output::LoadControl { .. } => {
                        self.loads += 1;
                        inputs.extend(load(self.store.as_ref(), &self.vault, &self.reaches, output));
                    }
                    Output::Control { .. } | Output::Ended { .. } | Output::Snapshot(_) => {}
                }
            }
        }
    }

    /// The append that waits longest becomes durable, or its answer is lost.
    fn land(&mut self, lost: bool) -> Batch {
        let batch = self.held.pop_front().expect("something is being appended");
        let stood = self.store.append(Joined::of(batch.clone()).append()).unwrap().groups.remove(0);
        let result = if lost { Err(StoreError::Unknown) } else { Ok(stood) };
        self.step(Input::Appended { batch: batch.id, result });
        batch
    }

    fn ask(&mut self, command: Command, facts: Facts) -> Ticket {
        self.next += 1;
        self.step(Input::Ask { ticket: self.next, tenant: TENANT, task: TASK, command, facts });
        self.next
    }

    fn done(&mut self, command: Command, facts: Facts) -> Decided {
        let ticket = self.ask(command, facts);
        self.land(false);
        let Some(Answer::Decided { decided, .. }) = self.answers.get(&ticket) else { panic!("not decided") };
        assert_eq!(decided.reasons, vec![]);
        *decided.clone()
    }

    fn govern(&mut self, command: ControlCommand, blobs: Vec<(Digest, Vec<u8>)>) {
        self.next += 1;
        let facts = Facts::of_nobody(NOW, vec![]);
        self.step(Input::Control { ticket: self.next, tenant: TENANT, command, blobs, facts });
        self.land(false);
        assert!(
            matches!(self.answers.get(&self.next), Some(Answer::Control { decided, .. }) if decided.refused.is_none())
        );
    }

    fn call(&mut self, grant: GrantId) -> Ticket {
        let arguments = Json::from(self.next);
        let action = Action {
            tool: ToolId::parse("bank/note").unwrap(),
            pin: sha256(b"pin"),
            server: sha256(b"bank"),
            credential: None,
            effect: Effect::Read,
            egress: Egress::Open,
            impact: Impact::Low,
            sent: sha256(arguments.canonical().as_bytes()),
            arguments,
            resource: None,
            destination: None,
            measures: vec![],
            classes: vec![],
            bound: vec![],
            referents: vec![],
            idempotency: None,
        };
        let attempt =
            Attempt { grant, epoch: 1, action, refused: None, settle_within: Span::minutes(1), signature: None };
        let facts = Facts { caller: Some(caller()), ..Facts::of_nobody(NOW, vec![]) };
        self.ask(Command::Attempt(Box::new(attempt)), facts)
    }

    fn revoke(&mut self, grant: GrantId) -> Ticket {
        let end = Command::EndGrant { grant, who: Ender::Person(by()), why: Code::Revoked };
        self.ask(end, Facts::of_nobody(NOW, vec![]))
    }

    fn code(&self, ticket: Ticket) -> Option<Code> {
        match self.answers.get(&ticket)? {
            Answer::Decided { decided, .. } => decided.reasons.first().map(|reason| reason.code),
            _ => None,
        }
    }

    fn allowed(&self, ticket: Ticket) -> bool {
        matches!(self.answers.get(&ticket), Some(Answer::Decided { decided, .. }) if matches!(decided.verdict, Verdict::Allow { .. }))
    }
}

#[test]
fn an_ending_under_full_load_is_decided_next_and_everything_that_waited_is_refused() {
    for lost in [false, true] {
        let (mut world, grant) = World::new();
        // one is on its way to the store, and as many wait as may
        let first = world.call(grant);
        let waiting: Vec<Ticket> = (0..QUEUE_MAX).map(|_| world.call(grant)).collect();
        assert!(!world.answers.contains_key(&first) && world.held.len() == 1);
        let over = world.call(grant);
        assert_eq!(world.answers.get(&over), Some(&Answer::Failed(Failure::Busy)));
        // a full queue refuses calls, never an ending
        let ending = world.revoke(grant);
        assert!(!world.answers.contains_key(&ending), "it waits for what is in flight alone");
        world.land(lost);
        assert!(world.allowed(first), "what was durable before it stands");
        let batch = world.land(false);
        let kinds: Vec<_> = batch.group.streams[0]
            .events
            .iter()
            .map(|event| Event::read(&event.clear).unwrap().0.data.kind())
            .collect();
        assert!(matches!(kinds.first(), Some(&("grant.ended" | "task.ended"))), "{kinds:?}");
        assert!(!kinds.contains(&"action.begun"), "{kinds:?}");
        while !world.held.is_empty() {
            world.land(false);
        }
        assert_eq!(waiting.iter().filter(|ticket| world.allowed(**ticket)).count(), 0);
        assert!(waiting.iter().all(|ticket| world.code(*ticket) == Some(Code::TaskEnded)));
        let place = |ticket: Ticket| world.order.iter().position(|other| *other == ticket).unwrap();
        assert!(waiting.iter().all(|ticket| place(ending) < place(*ticket)), "nobody who waited is answered before it");
    }
}

#[test]
fn even_endings_are_bounded() {
    let (mut world, grant) = World::new();
    world.call(grant);
    (0..QUEUE_MAX).for_each(|_| {
        world.call(grant);
    });
    (0..ENDINGS_MAX).for_each(|_| {
        world.revoke(grant);
    });
    let over = world.revoke(grant);
    assert_eq!(world.answers.get(&over), Some(&Answer::Failed(Failure::Busy)));
}

#[test]
fn a_stop_goes_ahead_of_all_other_control_that_waits() {
    let (mut world, _) = World::new();
    let facts = || Facts::of_nobody(NOW, vec![]);
    let ask = |world: &mut World, command| {
        world.next += 1;
        let ticket = world.next;
        world.step(Input::Control { ticket, tenant: TENANT, command, blobs: vec![], facts: facts() });
        ticket
    };
    let heads = |n: u64| ControlCommand::Heads { root: sha256(&n.to_be_bytes()), count: n, size: n };
    let waiting: Vec<Ticket> = (0..QUEUE_MAX as u64 + 1).map(|n| ask(&mut world, heads(n))).collect();
    let over = ask(&mut world, heads(1));
    assert_eq!(world.answers.get(&over), Some(&Answer::Failed(Failure::Busy)));
    let stop = ask(&mut world, ControlCommand::Tenant { by: by(), running: false });
    world.land(false);
    let batch = world.land(false);
    let kind = Event::read(&batch.group.streams[0].events[0].clear).unwrap().0.data.kind();
    assert_eq!(kind, "control.tenant");
    assert!(world.answers.contains_key(&stop) && !world.answers.contains_key(&waiting[1]));
}

impl World {
    /// A call that is durable, by its number in the stream.
    fn begun(&mut self, grant: GrantId) -> (u64, u64) {
        let ticket = self.call(grant);
        self.land(false);
        match self.answers.get(&ticket) {
            Some(Answer::Decided { decided, leaf: Some(leaf), .. }) => match decided.verdict {
                Verdict::Allow { act, .. } => (act, *leaf),
                _ => panic!("{decided:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// A success that moves no meter.
    fn succeeds(&mut self, (act, leaf): (u64, u64)) -> Ticket {
        let outcome = Outcome::Done(Observed { size: 2, digest: Some(sha256(b"{}")), ..Observed::default() });
        let settle = Command::Settle(Box::new(Settle { act, leaf, outcome }));
        self.ask(settle, Facts::of_nobody(NOW, vec![]))
    }

    fn look(&mut self, task: TaskId) -> Ticket {
        self.next += 1;
        self.step(Input::Look { ticket: self.next, tenant: TENANT, task, look: Box::new(|_, _| {}) });
        self.next
    }
}

fn kinds(batch: &Batch) -> Vec<&'static str> {
    let events = &batch.group.streams[0].events;
    events.iter().map(|event| Event::read(&event.clear).unwrap().0.data.kind()).collect()
}

#[test]
fn an_outcome_that_was_told_and_the_next_call_are_one_append() {
    for lost in [false, true] {
        let (mut world, grant) = World::new();
        let act = world.begun(grant);
        let told = world.succeeds(act);
        assert!(matches!(world.answers.get(&told), Some(Answer::Decided { leaf: None, .. })), "told at once");
        assert!(world.held.is_empty() && !world.engine.idle(), "not on its way, and not forgotten");
        let next = world.call(grant);
        assert!(!world.answers.contains_key(&next), "it is not durable yet");
        assert_eq!(kinds(&world.held[0]), ["action.ended", "action.begun"]);
        world.land(lost);
        assert!(world.allowed(next) && world.held.is_empty() && world.engine.idle());
        let state = world.engine.at_rest(TENANT, TASK).unwrap();
        assert_eq!((state.acts.contains_key(&act.0), state.open), (false, 1));
        // What has gone is not sent again when its time comes.
        world.now = NOW.after(TOLD_HELD_FOR);
        world.step(Input::Moment);
        assert!(world.held.is_empty() && world.engine.held_until().is_none());
    }
}

#[test]
fn an_outcome_that_was_told_waits_no_longer_than_its_time() {
    let (mut world, grant) = World::new();
    let acts = [world.begun(grant), world.begun(grant)];
    world.succeeds(acts[0]);
    world.now = NOW.after(Span(TOLD_HELD_FOR.0 / 2));
    // Another one does not prolong it.
    world.succeeds(acts[1]);
    assert_eq!(world.engine.held_until(), Some(NOW.after(TOLD_HELD_FOR)));
    world.now = NOW.after(Span(TOLD_HELD_FOR.0 - 1));
    world.step(Input::Moment);
    assert!(world.held.is_empty());
    world.now = NOW.after(TOLD_HELD_FOR);
    world.step(Input::Moment);
    assert_eq!(kinds(&world.held[0]), ["action.ended", "action.ended"]);
    world.land(false);
    assert!(world.engine.idle());
}

#[test]
fn whoever_looks_stops_or_goes_down_does_not_wait_for_what_is_held() {
    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    // So long after that a look alone would have the store read again.
    world.now = NOW.after(SEEN_WITHIN).after(SEEN_WITHIN);
    world.succeeds(act);
    let loads = world.loads;
    let look = world.look(TASK);
    assert_eq!(kinds(&world.held[0]), ["action.ended"]);
    assert_eq!(world.loads, loads, "nothing is read while something is held that the store has not");
    assert!(!world.answers.contains_key(&look), "what is not durable is shown to nobody");
    world.land(false);
    assert_eq!(world.answers.get(&look), Some(&Answer::Looked));

    let act = world.begun(grant);
    world.succeeds(act);
    world.step(Input::Drain);
    assert_eq!(kinds(&world.held[0]), ["action.ended"]);
    world.land(false);
    assert!(world.engine.idle());

    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    world.succeeds(act);
    world.revoke(grant);
    let first = kinds(&world.held[0]);
    assert!(first.starts_with(&["action.ended"]) && first.len() > 1, "{first:?}");
}

#[test]
fn what_is_held_does_not_stand_in_one_append_with_what_another_control_decides() {
    let (mut world, grant) = World::new();
    let act = world.begun(grant);
    world.succeeds(act);
    world.govern(ControlCommand::Heads { root: sha256(b"heads"), count: 1, size: 1 }, vec![]);
    let next = world.call(grant);
    assert_eq!((kinds(&world.held[0]), world.held.len()), (vec!["action.ended"], 1));
    let before = world.land(false).decided_under;
    assert_eq!(kinds(&world.held[0]), ["action.begun"]);
    assert!(world.land(false).decided_under > before && world.allowed(next));
}
