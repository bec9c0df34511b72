//! A tenant and its tasks, written as a node writes them: decided by core, sealed and chained by the record.

use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_policy::Compiled;
use bailiwick_record::{Chain, Field, HeadsRoot, Sealer, Secret};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const IBAN: &str = "DE89370400440532013000";
pub(crate) const ORIGIN: &str = "log.example/default";
pub(crate) const TENANT: TenantId = TenantId::new([0xa1; 16]);
pub(crate) const TASK: StreamId = StreamId::new([0x51; 16]);
pub(crate) const OTHER_TASK: StreamId = StreamId::new([0x52; 16]);

const DOCUMENTS: &[&str] = &[
    r#"{"kind":"role","name":"payer","allow":[
        {"tools":["bank/*"],"effects":["read","write","transfer"]},{"tools":["mail/*"],"effects":["read"]}]}"#,
    r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"person","name":"anna","roles":["clerk"]}"#,
    r#"{"kind":"person","name":"otto"}"#,
    r#"{"kind":"server","name":"bank","transport":{"http":{"url":"https://bank.example/mcp"}}}"#,
    r#"{"kind":"server","name":"mail","transport":{"wrapped":{"command":["mail"]}}}"#,
    r#"{"kind":"policy","name":"starter","cedar":"permit(principal, action, resource);"}"#,
    r#"{"kind":"template","name":"pay-invoice","purpose":"accounts-payable",
    "intent":"Pay the invoice of {payee}, at most {max}",
    "parameters":{"payee":{"kind":"party"},"iban":{"kind":"iban"},"max":{"kind":"amount","currency":"EUR","at_most":"500.00"}},
    "start":{"who":["role:clerk"],"agents":["payer"]},"window":"1h","read":["internal"],
    "grant":[
        {"tools":["mail/*"],"resources":"any"},
        {"tools":["bank/pay"],"effect":"transfer","when":{"/iban":{"equals":"{iban}"}},
         "meters":{"EUR":{"each":"{max}","total":"{max}"}},"uses":5}]}"#,
];

const TOOLS: &[(&str, Effect)] =
    &[("bank/pay", Effect::Transfer), ("mail/search", Effect::Read), ("mail/send", Effect::Share)];

/// One event of the log, with all that a bundle shows of it.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) stream: StreamId,
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
    pub(crate) clear: String,
    pub(crate) sealed: Option<Digest>,
    pub(crate) opened: Option<Vec<(String, String, Digest)>>,
    pub(crate) blobs: Vec<(Digest, Vec<u8>)>,
}

pub(crate) fn digest(text: &str) -> Digest {
    sha256(text.as_bytes())
}

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn by(person: &str) -> By {
    By { assurance: Assurance::Local, person: PersonId::parse(person).unwrap() }
}

pub(crate) fn tool(name: &str) -> ToolId {
    ToolId::parse(name).unwrap()
}

pub(crate) fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

/// The control stream's id, as the written format says it.
pub(crate) fn control_stream() -> StreamId {
    let digest = sha256(&[b"bailiwick/control/1\0".as_slice(), TENANT.bytes()].concat());
    StreamId::new(*digest.bytes().first_chunk().unwrap())
}

pub(crate) struct World {
    pub(crate) log: Vec<Written>,
    pub(crate) control: ControlState,
    pub(crate) tasks: BTreeMap<StreamId, TaskState>,
    pub(crate) now: Micros,
    chains: BTreeMap<StreamId, Chain>,
    blobs: BTreeMap<Digest, Arc<[u8]>>,
    drawn: u64,
}

impl World {
    /// A tenant with policy, an agent, two servers and a template, and nothing done.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            log: Vec::new(),
            control: ControlState::default(),
            tasks: BTreeMap::new(),
            now: Micros(1_800_000_000_000_000),
            chains: BTreeMap::new(),
            blobs: BTreeMap::new(),
            drawn: 0,
        };
        world.govern(ControlCommand::Open { name: "default".to_owned(), origin: ORIGIN.to_owned(), epoch: 1 });
        world.documents(DOCUMENTS);
        for name in ["bank", "mail"] {
            let of = |(tool, _): &&(&str, Effect)| tool.starts_with(&format!("{name}/"));
            let pinned = |(name, effect): &(&str, Effect)| PinnedTool {
                effect: *effect,
                egress: Egress::None,
                pin: digest(name),
                reversibility: Reversibility::ByOthers,
                standing: Standing::Reviewed,
                tool: tool(name),
                words: digest(name),
            };
            let tools = TOOLS.iter().filter(of).map(pinned).collect();
            let server = ServerName::parse(name).unwrap();
            world.govern(ControlCommand::Review {
                accepted: Vec::new(),
                by: by("otto"),
                server,
                identity: digest(name),
                tools,
            });
        }
        world
    }

    /// A day in which everything happens once.
    pub(crate) fn day() -> Self {
        let mut world = Self::new();
        world.start(TASK);
        let grant = world.grant(TASK);
        world.run(TASK, Command::Consent { grant, by: by("anna") });
        world.bind(TASK);
        let act = world.attempt(TASK, "mail/search", r#"{"query":"invoice"}"#);
        world.settle(
            TASK,
            act,
            Outcome::Done(Observed { size: 17, digest: Some(digest("mail")), ..Observed::default() }),
        );
        // Another task begins in between: the task's leaves are not neighbours in the log.
        world.start(OTHER_TASK);
        world.documents(&[r#"{"kind":"person","name":"berta"}"#]);
        let pay = format!(r#"{{"amount":"120.50","iban":"{IBAN}"}}"#);
        let act = world.attempt(TASK, "bank/pay", &pay);
        world.settle(TASK, act, Outcome::Done(Observed::default()));
        world.refused(TASK, "mail/send", r#"{"to":"eve"}"#);
        world.refused(TASK, "bank/pay", r#"{"amount":"120.50","iban":"GB33BUKB20201555555555"}"#);
        let counted = CountedRefusal { code: Code::ArgumentNotGranted, count: 3, grant, tool: tool("bank/pay") };
        world.run(TASK, Command::CountRefusals(vec![counted]));
        let act = world.attempt(TASK, "bank/pay", &pay.replace("120.50", "20.00"));
        world.settle(TASK, act, Outcome::NeverSent);
        let doubtful = world.attempt(TASK, "bank/pay", &pay.replace("120.50", "30.00"));
        world.attempt(TASK, "mail/search", r#"{"query":"nothing"}"#);
        world.now = Micros(world.now.0 + 120_000_000);
        world.run(TASK, Command::Tick);
        world.settle(TASK, doubtful, Outcome::Done(Observed::default()));
        world.run(TASK, Command::EndGrant { grant, who: Ender::Person(by("anna")), why: Code::Revoked });
        world.heads();
        world
    }

    fn facts(&mut self) -> Facts {
        self.now = Micros(self.now.0 + 1_000);
        let ids = (0..2).map(|_| Salt::new(self.draw())).collect();
        Facts::of_nobody(self.now, ids)
    }

    fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let mut id = [9; 16];
        id[..8].copy_from_slice(&self.drawn.to_be_bytes());
        id
    }

    pub(crate) fn facts_of_agent(&mut self) -> Facts {
        let proof = digest(&format!("proof {}", self.drawn));
        let caller = Caller {
            agent: agent("payer"),
            assurance: Assurance::KeyOnly,
            attestation: None,
            instance: InstanceId::parse("process-a").unwrap(),
            key: KeyThumbprint::parse(&"a".repeat(43)).unwrap(),
            proof: Some(proof),
            road: Road::Http,
        };
        Facts { caller: Some(caller), ids: Vec::new(), mode: Mode::Cooperative, ..self.facts() }
    }

    fn write(&mut self, stream: StreamId, event: &Event, blobs: Vec<(Digest, Vec<u8>)>) -> u64 {
        let chain = self.chains.entry(stream).or_insert_with(|| Chain::new(TENANT, stream));
        let private = event.data.private();
        let fields: Vec<Field<'_>> = private.iter().map(|(pointer, value)| Field { pointer, value }).collect();
        let mut key = [7; 32];
        let sealer = Sealer::new(&Secret::take(&mut key), TENANT, stream, chain.seq() + 1);
        let sealed = (!fields.is_empty()).then(|| sealer.seal(&fields).unwrap());
        let clear = event.clear(sealed.as_ref().map(|sealed| sealed.commit)).unwrap();
        let hash = chain.append(&clear, sealed.as_ref().map(|sealed| sealed.bytes.as_slice())).unwrap();
        let opened = sealed.as_ref().map(|sealed| {
            let opened = sealer.open(&sealed.commit, &sealed.bytes).unwrap();
            let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
            opened.iter().map(|field| (field.pointer.clone(), text(&field.value), field.blind)).collect()
        });
        self.log.push(Written {
            stream,
            seq: chain.seq(),
            hash,
            clear: String::from_utf8(clear).unwrap(),
            sealed: sealed.map(|sealed| bailiwick_record::sha256(&sealed.bytes)),
            opened,
            blobs,
        });
        self.log.len() as u64 - 1
    }

    pub(crate) fn govern(&mut self, command: ControlCommand) -> u64 {
        let facts = self.facts();
        let decided = decide_control(&self.control, &bailiwick_policy::CedarReader, &command, &facts);
        assert_eq!(decided.refused, None);
        self.blobs.extend(decided.blobs.iter().map(|(digest, bytes)| (*digest, Arc::from(bytes.as_slice()))));
        let [event] = decided.events.as_slice() else { panic!("a control command makes one event") };
        let leaf = self.write(control_stream(), event, decided.blobs.clone());
        self.control.apply(event, leaf, &self.blobs).unwrap();
        leaf
    }

    /// Writes an event of the control stream and folds it, whatever it says.
    pub(crate) fn record_control(&mut self, event: &Event) {
        let leaf = self.write(control_stream(), event, Vec::new());
        self.control.apply(event, leaf, &self.blobs).unwrap();
    }

    pub(crate) fn documents(&mut self, texts: &[&str]) -> u64 {
        let documents = texts.iter().map(|text| Document::read(&json(text)).unwrap()).collect();
        self.govern(ControlCommand::Apply { by: by("otto"), documents, removed: Vec::new() })
    }

    /// Commits to the heads of all streams; those given are left out.
    pub(crate) fn heads_without(&mut self, hidden: &[StreamId]) -> u64 {
        let heads = self.all_heads(self.log.len()).into_iter().filter(|head| !hidden.contains(&head.stream));
        let HeadsRoot { count, root } = HeadsRoot::of(heads).unwrap();
        let size = self.log.len() as u64;
        self.govern(ControlCommand::Heads { root, count, size })
    }

    pub(crate) fn heads(&mut self) -> u64 {
        self.heads_without(&[])
    }

    /// The heads of all streams when the log had so many leaves.
    pub(crate) fn all_heads(&self, size: usize) -> Vec<bailiwick_record::Head> {
        let mut heads = BTreeMap::new();
        for written in self.log.iter().take(size) {
            let kind = i32::from(written.stream != control_stream());
            let head = bailiwick_record::Head { stream: written.stream, kind, head: written.seq, hash: written.hash };
            heads.insert(written.stream, head);
        }
        heads.into_values().collect()
    }

    pub(crate) fn decide(&mut self, task: StreamId, command: &Command, facts: &Facts) -> Decided {
        let policy = Compiled::compile(&self.control).unwrap();
        let state = self.tasks.entry(task).or_insert_with(|| TaskState::empty(TENANT, task));
        decide(View::of(state, &self.control), &policy, command, facts)
    }

    /// Writes an event and folds it, whatever it says.
    pub(crate) fn record(&mut self, task: StreamId, event: &Event) {
        let leaf = self.write(task, event, Vec::new());
        self.tasks.entry(task).or_insert_with(|| TaskState::empty(TENANT, task)).apply(event, leaf).unwrap();
    }

    pub(crate) fn run_with(&mut self, task: StreamId, command: &Command, facts: &Facts) -> Decided {
        let decided = self.decide(task, command, facts);
        assert!(!decided.events.is_empty(), "{:?} {:?}", decided.verdict, decided.reasons);
        decided.events.iter().for_each(|event| self.record(task, event));
        decided
    }

    pub(crate) fn run(&mut self, task: StreamId, command: Command) -> Decided {
        let facts = self.facts();
        self.run_with(task, &command, &facts)
    }

    pub(crate) fn grant(&self, task: StreamId) -> GrantId {
        self.tasks[&task].root.unwrap()
    }

    pub(crate) fn start(&mut self, task: StreamId) {
        let filled = [("payee", "Acme Ltd"), ("iban", "de89 3704 0044 0532 0130 00"), ("max", "500")];
        let start = Start {
            by: by("anna"),
            subject: Some("customer-17".to_owned()),
            template: TemplateName::parse("pay-invoice").unwrap(),
            parameters: filled.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            agent: agent("payer"),
            only: Vec::new(),
            seen: None,
        };
        self.run(task, Command::Start(Box::new(start)));
    }

    pub(crate) fn bind(&mut self, task: StreamId) {
        let facts = self.facts_of_agent();
        let grant = self.grant(task);
        self.run_with(task, &Command::Bind { grant }, &facts);
    }

    pub(crate) fn command(&self, task: StreamId, name: &str, arguments: &str) -> Command {
        let arguments = json(arguments);
        let id = tool(name);
        let nature = self.control.nature(&id).unwrap();
        let measures = arguments.get("amount").and_then(Json::as_str).map(|text| Measure {
            amount: Reading::Known(Amount::parse(text).unwrap()),
            after: false,
            unit: Reading::Known(Unit::parse("EUR").unwrap()),
        });
        let action = Action {
            pin: digest(name),
            server: digest(id.server().as_str()),
            credential: None,
            effect: nature.effect,
            egress: nature.egress,
            impact: nature.impact,
            sent: digest(&arguments.canonical()),
            arguments,
            resource: None,
            destination: None,
            measures: measures.into_iter().collect(),
            classes: Vec::new(),
            bound: Vec::new(),
            referents: Vec::new(),
            idempotency: Some(IdempotencyKey::parse(&format!("key {}", self.drawn)).unwrap()),
            round: 0,
            tool: id,
            by_field: Vec::new(),
            clean: false,
        };
        let grant = self.grant(task);
        let settle_within = Span::minutes(1);
        Command::Attempt(Box::new(Attempt {
            grant,
            epoch: 1,
            action,
            refused: None,
            settle_within,
            signature: None,
            continues: None,
        }))
    }

    /// Begins an act and answers its seq.
    pub(crate) fn attempt(&mut self, task: StreamId, name: &str, arguments: &str) -> u64 {
        let command = self.command(task, name, arguments);
        let facts = self.facts_of_agent();
        let decided = self.run_with(task, &command, &facts);
        let Verdict::Allow { act, .. } = decided.verdict else { panic!("{:?}", decided.reasons) };
        act
    }

    /// Begins an act without an idempotency key.
    pub(crate) fn attempt_unkeyed(&mut self, task: StreamId, name: &str, arguments: &str) -> u64 {
        let Command::Attempt(mut attempt) = self.command(task, name, arguments) else { panic!("it is an attempt") };
        attempt.action.idempotency = None;
        let facts = self.facts_of_agent();
        let decided = self.run_with(task, &Command::Attempt(attempt), &facts);
        let Verdict::Allow { act, .. } = decided.verdict else { panic!("{:?}", decided.reasons) };
        act
    }

    pub(crate) fn refused(&mut self, task: StreamId, name: &str, arguments: &str) {
        let command = self.command(task, name, arguments);
        let facts = self.facts_of_agent();
        assert_eq!(self.run_with(task, &command, &facts).verdict, Verdict::Deny);
    }

    pub(crate) fn settle(&mut self, task: StreamId, act: u64, outcome: Outcome) {
        let leaf = self.tasks[&task].acts[&act].leaf;
        self.run(task, Command::Settle(Box::new(Settle { act, leaf, outcome })));
    }
}
