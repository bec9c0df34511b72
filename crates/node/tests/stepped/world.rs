//! One task on an engine over a store in memory. No clock, no threads: the engine is stepped.

use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Answer, Batch, Engine, Input, Joined, Output, Reaches, Ticket, Vault, load};
use bailiwick_record::{KeyError, KeyName, Root, Secret, Wrapped, system_random};
use bailiwick_store::{Ledger as _, MemoryStore, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub(crate) const NOW: Micros = Micros(1_790_000_000_000_000);
pub(crate) const TENANT: TenantId = TenantId::new([7; 16]);
pub(crate) const TASK: TaskId = TaskId::new([8; 16]);

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
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) reaches: Reaches,
    pub(crate) held: VecDeque<Batch>,
    pub(crate) answers: BTreeMap<Ticket, Answer>,
    /// Tickets in the order they were answered.
    pub(crate) order: Vec<Ticket>,
    pub(crate) next: Ticket,
    pub(crate) now: Micros,
    /// Grants that ended, durably.
    pub(crate) ended: Vec<GrantId>,
    /// How often something was read.
    pub(crate) loads: usize,
}

pub(crate) fn by() -> By {
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
    pub(crate) fn new() -> (Self, GrantId) {
        let store = Arc::new(MemoryStore::new(NOW));
        let vault = Arc::new(Vault::new(Box::new(OpenRoot), Arc::new(system_random)));
        store.open_tenant(TENANT, "default").unwrap();
        vault.open_tenant(store.as_ref(), TENANT).unwrap();
        let engine = Engine::new(Arc::clone(&vault));
        let mut world = Self {
            engine,
            store,
            vault,
            reaches: Reaches::default(),
            held: VecDeque::new(),
            answers: BTreeMap::new(),
            order: Vec::new(),
            next: 0,
            now: NOW,
            ended: Vec::new(),
            loads: 0,
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
        let review = ControlCommand::Review {
            accepted: Vec::new(),
            by: by(),
            server,
            identity: sha256(b"bank"),
            tools: vec![pinned],
        };
        world.govern(review, vec![(sha256(&words), words)]);
        let start = Start {
            by: by(),
            subject: None,
            template: TemplateName::parse("work").unwrap(),
            parameters: BTreeMap::new(),
            agent: AgentId::parse("helper").unwrap(),
            only: Vec::new(),
            seen: None,
        };
        let facts = Facts::of_nobody(NOW, vec![Salt::new([1; 16]), Salt::new([2; 16])]);
        let grant = world.done(Command::Start(Box::new(start)), facts).grant.unwrap();
        let facts = Facts { caller: Some(caller()), ..Facts::of_nobody(NOW, vec![]) };
        world.done(Command::Bind { grant }, facts);
        (world, grant)
    }

    pub(crate) fn step(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.engine.step(self.now, input) {
                match output {
                    Output::Append(batch) => self.held.push_back(batch),
                    Output::Answer { ticket, answer } => {
                        self.order.push(ticket);
                        self.answers.insert(ticket, answer);
                    }
                    Output::LoadTask { .. } | Output::LoadControl { .. } | Output::LoadMandate { .. } => {
                        self.loads += 1;
                        inputs.extend(load(self.store.as_ref(), &self.vault, &self.reaches, output));
                    }
                    Output::Ended { grants, .. } => self.ended.extend(grants),
                    Output::Control { .. } | Output::Snapshot(_) => {}
                }
            }
        }
    }

    /// The append that waits longest becomes durable, or its answer is lost.
    pub(crate) fn land(&mut self, lost: bool) -> Batch {
        let batch = self.held.pop_front().expect("something is being appended");
        let appended = self.store.append(Joined::of(batch.clone()).append());
        let stood = appended.map(|mut appended| appended.groups.remove(0));
        let result = if lost { Err(StoreError::Unknown) } else { stood };
        self.step(Input::Appended { batch: batch.id, result });
        batch
    }

    /// The append that waits longest is not made.
    pub(crate) fn fail(&mut self, error: StoreError) {
        let batch = self.held.pop_front().expect("something is being appended");
        self.step(Input::Appended { batch: batch.id, result: Err(error) });
    }

    pub(crate) fn ask(&mut self, command: Command, facts: Facts) -> Ticket {
        self.next += 1;
        self.step(Input::Ask { ticket: self.next, tenant: TENANT, task: TASK, command, facts });
        self.next
    }

    pub(crate) fn done(&mut self, command: Command, facts: Facts) -> Decided {
        let ticket = self.ask(command, facts);
        self.land(false);
        let Some(Answer::Decided { decided, .. }) = self.answers.get(&ticket) else { panic!("not decided") };
        assert_eq!(decided.reasons, vec![]);
        *decided.clone()
    }

    pub(crate) fn govern(&mut self, command: ControlCommand, blobs: Vec<(Digest, Vec<u8>)>) {
        let ticket = self.command(command, blobs);
        self.land(false);
        assert!(self.governed(ticket).is_some());
    }

    pub(crate) fn command(&mut self, command: ControlCommand, blobs: Vec<(Digest, Vec<u8>)>) -> Ticket {
        self.next += 1;
        let facts = Facts::of_nobody(self.now, vec![]);
        self.step(Input::Control { ticket: self.next, tenant: TENANT, command, blobs, facts });
        self.next
    }

    /// What a control command came to, where it was no refusal: its leaf, where it appended something.
    pub(crate) fn governed(&self, ticket: Ticket) -> Option<Option<u64>> {
        match self.answers.get(&ticket)? {
            Answer::Control { decided, leaf } if decided.refused.is_none() => Some(*leaf),
            _ => None,
        }
    }

    pub(crate) fn call(&mut self, grant: GrantId) -> Ticket {
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
            round: 0,
            by_field: Vec::new(),
            clean: false,
        };
        let attempt = Attempt {
            grant,
            epoch: 1,
            action,
            refused: None,
            settle_within: Span::minutes(1),
            signature: None,
            continues: None,
        };
        let facts = Facts { caller: Some(caller()), ..Facts::of_nobody(NOW, vec![]) };
        self.ask(Command::Attempt(Box::new(attempt)), facts)
    }

    pub(crate) fn revoke(&mut self, grant: GrantId) -> Ticket {
        let end = Command::EndGrant { grant, who: Ender::Person(by()), why: Code::Revoked };
        self.ask(end, Facts::of_nobody(NOW, vec![]))
    }

    pub(crate) fn code(&self, ticket: Ticket) -> Option<Code> {
        match self.answers.get(&ticket)? {
            Answer::Decided { decided, .. } => decided.reasons.first().map(|reason| reason.code),
            _ => None,
        }
    }

    pub(crate) fn allowed(&self, ticket: Ticket) -> bool {
        matches!(self.answers.get(&ticket), Some(Answer::Decided { decided, .. }) if matches!(decided.verdict, Verdict::Allow { .. }))
    }
}
