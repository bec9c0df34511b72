//! A small world to decide in: one tenant made by real control events, one task, a policy that says what it is told, and
//! everything folded as a node folds it. Shared by the unit tests of `decide` and the property tests.

#[path = "furnished.rs"]
mod furnished;
#[path = "giving.rs"]
mod giving;
#[path = "says.rs"]
mod says;
#[path = "signing.rs"]
mod signing;

use super::prelude::json::Json;
use super::prelude::*;
use furnished::{DOCUMENTS, TOOLS};
pub(crate) use furnished::{DRAWING, MANDATE, pinned};
pub(crate) use says::Says;
pub(crate) use signing::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const IBAN: &str = "DE89370400440532013000";
/// When a world begins.
pub(crate) const DAWN: Micros = Micros(1_800_000_000_000_000);

pub(crate) fn digest(text: &str) -> Digest {
    sha256(text.as_bytes())
}

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &json::Limits::default()).unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub(crate) fn eur() -> Unit {
    Unit::parse("EUR").unwrap()
}

pub(crate) fn by(person: &str) -> By {
    By { assurance: Assurance::Local, person: PersonId::parse(person).unwrap() }
}

pub(crate) fn document(text: &str) -> Document {
    Document::read(&json(text)).unwrap()
}

pub(crate) fn tool(name: &str) -> ToolId {
    ToolId::parse(name).unwrap()
}

pub(crate) fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

/// An agent's process, by a letter that its key is made of.
pub(crate) fn caller(name: &str, letter: char) -> Caller {
    Caller {
        agent: agent(name),
        assurance: Assurance::KeyOnly,
        attestation: None,
        instance: InstanceId::parse(&format!("process-{letter}")).unwrap(),
        key: KeyThumbprint::parse(&letter.to_string().repeat(43)).unwrap(),
        proof: None,
        road: Road::Http,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) control: ControlState,
    pub(crate) control_events: Vec<(Event, u64)>,
    pub(crate) blobs: BTreeMap<Digest, Arc<[u8]>>,
    pub(crate) task: TaskState,
    pub(crate) events: Vec<(Event, u64)>,
    /// Mandates by name, each folded from its own stream.
    pub(crate) mandates: BTreeMap<MandateName, MandateState>,
    pub(crate) policy: Says,
    pub(crate) now: Micros,
    pub(crate) leaf: u64,
    /// Fresh ids, proofs and keys are drawn from it.
    pub(crate) drawn: u64,
}

impl World {
    /// A tenant with agents, role, servers, reviewed tools and templates, and a task that nothing was said of.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            control: ControlState::default(),
            control_events: Vec::new(),
            blobs: BTreeMap::new(),
            task: TaskState::empty(TenantId::new([1; 16]), TaskId::new([2; 16])),
            events: Vec::new(),
            mandates: BTreeMap::new(),
            policy: Says(Answer::Permit(vec!["all".to_owned()])),
            now: DAWN,
            leaf: 0,
            drawn: 0,
        };
        world.govern(ControlCommand::Open { name: "default".to_owned(), origin: "example/log".to_owned(), epoch: 1 });
        world.documents(DOCUMENTS);
        for name in ["bank", "mail"] {
            let server = ServerName::parse(name).unwrap();
            let own = TOOLS.iter().filter(|(tool, ..)| tool.starts_with(&format!("{name}/")));
            let tools = own.map(|(tool, effect, egress)| pinned(tool, *effect, *egress, Standing::Reviewed)).collect();
            let identity = digest(name);
            world.govern(ControlCommand::Review { accepted: Vec::new(), by: by("otto"), server, identity, tools });
        }
        world
    }

    /// A task of `pay-invoice`, consented to in both acts, its grant bound to the process `a`.
    pub(crate) fn ready() -> Self {
        let mut world = Self::new();
        world.start("pay-invoice");
        world.consent();
        world.bind('a');
        world
    }

    /// A task of `broad`, its grant bound to the process `a`.
    pub(crate) fn broad() -> Self {
        let mut world = Self::new();
        world.start("broad");
        world.bind('a');
        world
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::of(&self.task, &self.control)
    }

    pub(crate) fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let mut id = [9; 16];
        id.iter_mut().zip(self.drawn.to_be_bytes()).for_each(|(byte, drawn)| *byte = drawn);
        id
    }

    /// Facts of the node's or a person's own.
    pub(crate) fn facts(&mut self) -> Facts {
        let ids = vec![Salt::new(self.draw()), Salt::new(self.draw())];
        self.counted(Facts::of_nobody(self.now, ids))
    }

    /// Facts of a call by a process of `payer`, with a proof of its own.
    pub(crate) fn facts_of(&mut self, letter: char) -> Facts {
        let proof = digest(&format!("proof {}", self.drawn));
        self.drawn += 1;
        let caller = Caller { proof: Some(proof), ..caller("payer", letter) };
        Facts { caller: Some(caller), ids: Vec::new(), ..self.facts() }
    }

    pub(crate) fn grant(&self) -> GrantId {
        self.task.root.unwrap()
    }

    /// Decides without folding: the world stays as it is.
    pub(crate) fn ask(&self, command: &Command, facts: &Facts) -> Decided {
        let mandates = self.mandates.iter().map(|(name, state)| (name.clone(), state)).collect();
        decide(View { mandates: &mandates, ..self.view() }, &self.policy, command, facts)
    }

    /// Decides and folds.
    pub(crate) fn run(&mut self, command: &Command, facts: &Facts) -> Decided {
        let decided = self.ask(command, facts);
        for event in &decided.events {
            self.fold(event.clone());
        }
        decided
    }

    pub(crate) fn fold(&mut self, event: Event) {
        self.leaf += 1;
        self.task.apply(&event, self.leaf).unwrap();
        self.fold_given(&event);
        self.events.push((event, self.leaf));
    }

    /// Decides on the control stream and folds.
    /// What a control command would come to.
    pub(crate) fn governs(&mut self, command: &ControlCommand) -> ControlDecided {
        let facts = self.facts();
        decide_control(&self.control, &UnreadPolicies, command, &facts)
    }

    pub(crate) fn govern(&mut self, command: ControlCommand) -> ControlDecided {
        let facts = self.facts();
        let decided = decide_control(&self.control, &UnreadPolicies, &command, &facts);
        self.blobs.extend(decided.blobs.iter().map(|(digest, bytes)| (*digest, Arc::from(bytes.as_slice()))));
        for event in &decided.events {
            self.leaf += 1;
            self.control.apply(event, self.leaf, &self.blobs).unwrap();
            self.control_events.push((event.clone(), self.leaf));
        }
        self.give();
        decided
    }

    pub(crate) fn documents(&mut self, texts: &[&str]) -> ControlDecided {
        let documents = texts.iter().map(|text| document(text)).collect();
        self.govern(ControlCommand::Apply { by: by("otto"), documents, removed: Vec::new() })
    }

    pub(crate) fn remove(&mut self, kind: &str, name: &str) -> ControlDecided {
        let removed = vec![(kind.to_owned(), name.to_owned())];
        self.govern(ControlCommand::Apply { by: by("otto"), documents: Vec::new(), removed })
    }

    pub(crate) fn suspend(&mut self, active: bool) {
        self.govern(ControlCommand::Agent { by: by("otto"), agent: agent("payer"), active });
    }

    pub(crate) fn stop(&mut self, running: bool) {
        self.govern(ControlCommand::Tenant { by: by("otto"), running });
    }

    pub(crate) fn start_command(template: &str) -> Start {
        let filled = [("payee", "Acme Ltd"), ("iban", IBAN), ("max", "500.00")];
        let filled = filled.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Start {
            by: by("anna"),
            subject: Some("customer-17".to_owned()),
            template: TemplateName::parse(template).unwrap(),
            parameters: if template == "pay-invoice" { filled.into() } else { BTreeMap::new() },
            agent: agent("payer"),
            only: Vec::new(),
            seen: None,
        }
    }

    pub(crate) fn start(&mut self, template: &str) -> Decided {
        let facts = self.facts();
        self.run(&Command::Start(Box::new(Self::start_command(template))), &facts)
    }

    pub(crate) fn consent(&mut self) -> Decided {
        let facts = self.facts();
        self.run(&Command::Consent { grant: self.grant(), by: by("anna") }, &facts)
    }

    pub(crate) fn bind(&mut self, letter: char) -> Decided {
        let facts = self.facts_of(letter);
        self.run(&Command::Bind { grant: self.grant() }, &facts)
    }

    /// An action as the catalogue would read it: under the entries that stand.
    pub(crate) fn action(&self, name: &str, arguments: &str) -> Action {
        let arguments = json(arguments);
        let id = tool(name);
        let nature = self.control.nature(&id);
        let server = self.control.servers.get(id.server()).and_then(|server| server.identity);
        let pin = self.control.tools.get(&id).map(|entry| entry.pinned.pin);
        let records = Unit::records();
        let unsized_after = Measure { amount: Reading::Unknown, after: true, unit: Reading::Known(records) };
        let paid = arguments.get("amount").and_then(Json::as_str).map(|text| Measure {
            amount: Amount::parse(text).map_or(Reading::Unknown, Reading::Known),
            after: false,
            unit: Reading::Known(eur()),
        });
        let measures =
            if name == "bank/export" || name == "bank/batch" { vec![unsized_after] } else { Vec::from_iter(paid) };
        let key = arguments.get("key").and_then(Json::as_str).map(|key| IdempotencyKey::parse(key).unwrap());
        Action {
            pin: pin.unwrap_or(digest("no pin")),
            server: server.unwrap_or(digest("no server")),
            credential: None,
            effect: nature.map_or(Effect::Execute, |nature| nature.effect),
            egress: nature.map_or(Egress::Open, |nature| nature.egress),
            impact: nature.map_or(Impact::High, |nature| nature.impact),
            sent: digest(&format!("{name} {}", arguments.canonical())),
            arguments,
            resource: None,
            destination: None,
            measures,
            classes: Vec::new(),
            bound: Vec::new(),
            referents: Vec::new(),
            idempotency: key,
            round: 0,
            tool: id,
            by_field: Vec::new(),
            clean: false,
        }
    }

    pub(crate) fn payment(&self, euros: &str) -> Action {
        self.action("bank/pay", &format!(r#"{{"amount":"{euros}","iban":"{IBAN}"}}"#))
    }

    pub(crate) fn keyed_payment(&self, euros: &str, key: &str) -> Action {
        self.action("bank/pay", &format!(r#"{{"amount":"{euros}","iban":"{IBAN}","key":"{key}"}}"#))
    }

    pub(crate) fn attempt_command(&self, action: Action) -> Attempt {
        Attempt {
            grant: self.grant(),
            epoch: self.control.epoch,
            action,
            refused: None,
            settle_within: Span::minutes(1),
            signature: None,
            continues: None,
        }
    }

    /// The process `a` wants to do this.
    pub(crate) fn attempt(&mut self, action: Action) -> Decided {
        let facts = self.facts_of('a');
        let attempt = self.attempt_command(action);
        self.run(&Command::Attempt(Box::new(attempt)), &facts)
    }

    pub(crate) fn call(&mut self, name: &str) -> Decided {
        let action = self.action(name, "{}");
        self.attempt(action)
    }

    pub(crate) fn pay(&mut self, euros: &str) -> Decided {
        let action = self.payment(euros);
        self.attempt(action)
    }

    pub(crate) fn settle(&mut self, act: u64, outcome: Outcome) -> Decided {
        let leaf = self.task.acts.get(&act).map_or(0, |act| act.leaf);
        let facts = self.facts();
        self.run(&Command::Settle(Box::new(Settle { act, leaf, outcome })), &facts)
    }

    pub(crate) fn doubt(&mut self, act: u64) -> Decided {
        self.settle(act, Outcome::Doubt { why: "disconnected".to_owned() })
    }

    pub(crate) fn asked(&mut self, act: u64) -> Decided {
        self.settle(act, Outcome::Doubt { why: ASKED.to_owned() })
    }

    /// The next round of a call: the same action with answers beside it.
    pub(crate) fn goes_on(&mut self, first: u64, round: u64, action: Action) -> Decided {
        let facts = self.facts_of('a');
        let (leaf, sent) =
            (self.task.acts.get(&first).map_or(0, |act| act.leaf), digest(&format!("{} {round}", action.sent)));
        let continues = Some(Continues { act: first, leaf });
        let attempt = Attempt { continues, ..self.attempt_command(Action { round, sent, ..action }) };
        self.run(&Command::Attempt(Box::new(attempt)), &facts)
    }

    pub(crate) fn done(&mut self, act: u64, measured: &[(Unit, &str)]) -> Decided {
        let measured = measured.iter().map(|(unit, text)| (unit.clone(), amount(text))).collect();
        self.settle(act, Outcome::Done(Observed { measured, size: 2, ..Observed::default() }))
    }

    pub(crate) fn tick(&mut self) -> Decided {
        let facts = self.facts();
        self.run(&Command::Tick, &facts)
    }

    pub(crate) fn revoke(&mut self) -> Decided {
        let facts = self.facts();
        let who = Ender::Person(by("anna"));
        self.run(&Command::EndGrant { grant: self.grant(), who, why: Code::Revoked }, &facts)
    }

    /// Folds a grant below the root that nobody decided: what a fault at minting would leave.
    pub(crate) fn mint_child(&mut self, holder: &str, edit: impl FnOnce(&mut Envelope)) -> GrantId {
        let grant = GrantId::new(self.draw());
        let parent = &self.task.grants[&self.grant()];
        let mut envelope = parent.envelope.clone().unwrap();
        edit(&mut envelope);
        let when = envelope.rows.iter().map(|row| row.when.clone()).collect();
        envelope.rows.iter_mut().for_each(|row| row.when = BTreeMap::new());
        let (private, parent) = (Some(GrantPrivate { when }), Some(parent.id));
        let control = self.control.seq;
        let minted = GrantMinted { act: None, control, envelope, grant, holder: agent(holder), parent, private };
        self.fold(Event { at: self.now, data: minted.into() });
        grant
    }

    /// The process of the holder of a grant asks to hand work on.
    pub(crate) fn hand_on(&mut self, grant: GrantId, request: &str) -> Decided {
        let action = delegate_action(json(request), None, &self.control).unwrap();
        self.hand_on_by(grant, action)
    }

    pub(crate) fn hand_on_by(&mut self, grant: GrantId, action: Action) -> Decided {
        let key = self.task.grants[&grant].key.as_ref().map(|bound| bound.key.to_string());
        let letter = key.and_then(|key| key.chars().next()).unwrap_or('a');
        let facts = Facts { ids: vec![Salt::new(self.draw())], ..self.facts_by(grant, letter) };
        let attempt = Attempt { grant, ..self.attempt_command(action) };
        self.run(&Command::Attempt(Box::new(attempt)), &facts)
    }

    /// Facts of a call by a process of a grant's holder.
    pub(crate) fn facts_by(&mut self, grant: GrantId, letter: char) -> Facts {
        let agent = self.task.grants[&grant].holder.clone();
        let facts = self.facts_of(letter);
        Facts { caller: facts.caller.map(|caller| Caller { agent, ..caller }), ..facts }
    }

    /// A process of the holder of a grant takes it.
    pub(crate) fn bind_grant(&mut self, grant: GrantId, letter: char) -> Decided {
        let facts = self.facts_by(grant, letter);
        self.run(&Command::Bind { grant }, &facts)
    }

    /// A process of another agent takes a grant.
    pub(crate) fn take(&mut self, grant: GrantId, letter: char) {
        assert_eq!(self.bind_grant(grant, letter).verdict, Verdict::Done);
    }

    /// Folds a binding that nobody decided.
    pub(crate) fn fold_bound(&mut self, grant: GrantId, letter: char) {
        let facts = self.facts_of_other(letter);
        let caller = caller("other", letter);
        let bound = KeyBound {
            agent: caller.agent,
            assurance: caller.assurance,
            control: None,
            facts,
            grant,
            instance: caller.instance,
            key: caller.key,
            retired: None,
            rules: RULES,
        };
        self.fold(Event { at: self.now, data: bound.into() });
    }

    pub(crate) fn facts_of_other(&mut self, letter: char) -> Facts {
        let mut facts = self.facts_of(letter);
        facts.caller = facts.caller.map(|caller| Caller { agent: agent("other"), ..caller });
        facts
    }

    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now.after(span);
    }

    /// What a row of the root grant was charged of a unit.
    pub(crate) fn charged(&self, row: usize, unit: &Unit) -> Amount {
        let state = &self.task.grants[&self.grant()].rows[row];
        state.meters.get(unit).map(Meter::charged).unwrap_or_default()
    }

    pub(crate) fn uses(&self, row: usize) -> u64 {
        self.task.grants[&self.grant()].rows[row].uses
    }

    /// Folds everything again from nothing, through the bytes that are stored, and compares with memory.
    pub(crate) fn replay(&self) {
        let mut task = TaskState::empty(self.task.tenant, self.task.id);
        for (event, leaf) in &self.events {
            task.apply(&reread(event), *leaf).unwrap();
        }
        assert_eq!(task, self.task, "replay of the task gives another state");
        let mut control = ControlState::default();
        for (event, leaf) in &self.control_events {
            control.apply(&reread(event), *leaf, &self.blobs).unwrap();
        }
        assert_eq!(control, self.control, "replay of the control stream gives another state");
    }
}

/// An event as it comes back from a store: written, read, its private fields opened.
pub(crate) fn reread(event: &Event) -> Event {
    let private: Vec<_> = event.data.private().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let (mut read, _) = Event::read(&event.clear(None).unwrap()).unwrap();
    if !private.is_empty() {
        read.open(&private).unwrap();
    }
    assert_eq!(read, *event, "an event comes back as another");
    read
}

/// The code of a no, or a failure of the test that says what it was instead.
pub(crate) fn code(decided: &Decided) -> Code {
    assert_eq!(decided.verdict, Verdict::Deny, "{decided:?}");
    decided.reasons[0].code
}

/// The seq of an act that was allowed.
pub(crate) fn allowed(decided: &Decided) -> u64 {
    match decided.verdict {
        Verdict::Allow { act, .. } => act,
        _ => panic!("expected an allowed act, found {decided:?}"),
    }
}
