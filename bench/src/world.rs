//! A node on SQLite with one bank, one agent and as many tasks as are asked for.

use crate::Trouble;
use bailiwick_catalogue::{Offer, Seen, compare, server_identity};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Asked, Attempted, Bound, Desk, HandedOn, Node, Received, Vault};
use bailiwick_record::{RootFile, system_random};
use std::path::PathBuf;
use std::sync::Arc;

const TENANT: TenantId = TenantId::new([7; 16]);

const DOCUMENTS: [&str; 8] = [
    r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*","books/rows","branch/rows","broker/rows","bailiwick/delegate"],"effects":["read","transfer","delegate"]}]}"#,
    r#"{"kind":"agent","name":"payer","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"irreversible","bind":{"arguments":{"/amount":{"kind":"amount","currency":"EUR","role":"measure"},"/iban":{"kind":"iban","role":"destination"}}}}"#,
    r#"{"kind":"template","name":"pay","purpose":"accounts-payable","intent":"Pay to {iban}","parameters":{"iban":{"kind":"iban"}},"window":"24h","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"10.00","total":"900000000.00"}}}]}"#,
    r#"{"kind":"tool","tool":"bank/look","effect":"read","reversibility":"read-only","egress":"none"}"#,
    r#"{"kind":"template","name":"team","purpose":"accounts-payable","intent":"Look","window":"24h","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/look"],"effects":["read"],"resources":"any","meters":{"calls":{"total":"1000000"}}}],"delegate":{"zones":["own"],"depth":63}}"#,
    r#"{"kind":"template","name":"ledger","purpose":"accounts-payable","intent":"Pay to {iban} what is on the list","parameters":{"iban":{"kind":"iban"}},"window":"24h","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/rows","books/rows","branch/rows","broker/rows"],"effects":["read"],"resources":"any"},{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"10.00","total":"900000000.00"}}}]}"#,
    r#"{"kind":"policy","name":"all","cedar":"permit(principal, action, resource);"}"#,
];
/// Servers from whose rows values are remembered: as many as fill what a task remembers of what strangers wrote.
pub(crate) const LEDGERS: [&str; 4] = ["bank", "books", "branch", "broker"];
/// More agents, each of which may hand on to the next.
pub(crate) const AGENTS: usize = 63;
const IBAN: &str = "DE89370400440532013000";
const LOOK: &str = r#"{"name":"look","inputSchema":{"type":"object","additionalProperties":false,"properties":{}}}"#;
const ROWS: &str = r#"{"name":"rows","inputSchema":{"type":"object","additionalProperties":false,"properties":{}}}"#;
/// What is said of the rows of each.
const ROWS_OF: &str = r#"{"kind":"tool","tool":"LEDGER/rows","effect":"read","reversibility":"read-only","egress":"none","bind":{"result":{"values":[{"at":"/rows/*/own","kind":"email","trusted":true},{"at":"/rows/*/from","kind":"email"}]}}}"#;
const TOOL: &str = r#"{"name":"pay","inputSchema":{"type":"object","additionalProperties":false,"properties":{"amount":{"type":"string"},"iban":{"type":"string"},"note":{"type":"string"}},"required":["amount","iban"]}}"#;

/// A node, and where its files are. Both go when it is dropped.
pub(crate) struct World {
    /// Where calls are decided.
    pub(crate) desk: Desk,
    /// Where its files are.
    pub(crate) folder: Folder,
}

/// A folder that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A fresh one, with this name in its own.
    pub(crate) fn new(name: &str) -> Result<Self, Trouble> {
        let folder = std::env::temp_dir().join(format!("bailiwick-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is lost when it stays: it is a folder for temporary files.
        let _kept = std::fs::remove_dir_all(&self.0);
    }
}

/// Reads JSON of ours.
pub(crate) fn json(text: &str) -> Result<Json, Trouble> {
    Ok(Json::parse(text.as_bytes(), &Limits::default())?)
}

/// Who starts tasks.
pub(crate) fn by() -> Result<By, Trouble> {
    Ok(By { assurance: Assurance::Local, person: PersonId::parse("ann")? })
}

/// Starts a node on the files of a folder.
pub(crate) fn start(folder: &Folder) -> Result<Desk, Trouble> {
    let store = bailiwick_store::open(&format!("sqlite:{}", folder.file("bench.db").display()))?;
    let root = RootFile::open_or_create(&folder.file("root.key"), &system_random)?;
    let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
    Ok(Desk::new(Arc::new(Node::start(store, vault)?)))
}

impl World {
    /// A fresh one.
    pub(crate) async fn new(name: &str) -> Result<Self, Trouble> {
        let folder = Folder::new(name)?;
        let world = Self { desk: start(&folder)?, folder };
        world.furnish().await?;
        Ok(world)
    }

    async fn furnish(&self) -> Result<(), Trouble> {
        let node = self.desk.node();
        node.open_tenant(TENANT, "default", "bench.example/log").await?;
        let read = |text: &str| Ok::<_, Trouble>(Document::read(&json(text)?)?);
        let agents = (1..=AGENTS).map(|n| {
            format!(r#"{{"kind":"agent","name":"a{n}","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}}"#)
        });
        let mut documents = DOCUMENTS.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        for ledger in LEDGERS {
            let rows = ROWS_OF.replace("LEDGER", ledger);
            let server = format!(
                r#"{{"kind":"server","name":"{ledger}","transport":{{"wrapped":{{"command":["{ledger}"]}}}}}}"#
            );
            documents.extend([read(&server)?, read(&rows)?]);
        }
        documents.extend(agents.map(|text| read(&text)).collect::<Result<Vec<_>, _>>()?);
        let apply = ControlCommand::Apply { by: by()?, documents, removed: Vec::new() };
        told(node.control_command(TENANT, apply, Vec::new()).await?.0.refused)?;
        for ledger in LEDGERS {
            self.pin(ledger).await?;
        }
        Ok(())
    }

    /// A person takes what a server offers.
    async fn pin(&self, ledger: &str) -> Result<(), Trouble> {
        let node = self.desk.node();
        let control = node.control(TENANT).ok_or("no control")?;
        let server = ServerName::parse(ledger)?;
        let document = &control.state.servers.get(&server).ok_or("no such server")?.document;
        let identity = server_identity(document, &Seen::default());
        let tools = if ledger == "bank" { [TOOL, LOOK, ROWS].as_slice() } else { &[ROWS] };
        let tools = tools.iter().map(|tool| json(tool)).collect::<Result<Vec<_>, _>>()?;
        let offer = Offer::read(&tools, Vec::new());
        let compared = compare(&control.state, &server, &identity, Mode::Cooperative, &offer, &control.blobs);
        let blobs = compared.words.iter().map(|bytes| (sha256(bytes), bytes.clone())).collect();
        let pin = ControlCommand::Pin { server, identity, tools: compared.tools };
        told(node.control_command(TENANT, pin, blobs).await?.0.refused)
    }

    /// Starts a task, consents to it and binds a key.
    pub(crate) async fn task(&self) -> Result<Bound, Trouble> {
        self.task_of("pay").await
    }

    /// The same, of this template.
    pub(crate) async fn task_of(&self, template: &str) -> Result<Bound, Trouble> {
        let task = self.started(template).await?;
        let root = self.desk.node().look(TENANT, task, |task, _| task.root).await?.ok_or("no root")?;
        self.bound(task, root, "payer").await
    }

    /// The tenant.
    pub(crate) const fn tenant(&self) -> TenantId {
        TENANT
    }

    /// Starts a task and consents to it; no key is bound.
    pub(crate) async fn started(&self, template: &str) -> Result<TaskId, Trouble> {
        let node = self.desk.node();
        let task = TaskId::new(node.vault().random()?);
        // What the person said, nobody is asked about.
        let said = (template != "team").then(|| ("iban".to_owned(), IBAN.to_owned()));
        let start = Start {
            by: by()?,
            subject: None,
            template: TemplateName::parse(template)?,
            parameters: said.into_iter().collect(),
            agent: AgentId::parse("payer")?,
            only: Vec::new(),
            seen: None,
        };
        let started = node.command(TENANT, task, Command::Start(Box::new(start)), node.facts(2)?).await?;
        let grant = started.decided.grant.ok_or("no grant")?;
        node.command(TENANT, task, Command::Consent { grant, by: by()? }, node.facts(0)?).await?;
        Ok(task)
    }

    /// Binds a key of this agent to a grant.
    async fn bound(&self, task: TaskId, grant: GrantId, agent: &str) -> Result<Bound, Trouble> {
        let node = self.desk.node();
        let caller = Caller {
            agent: AgentId::parse(agent)?,
            assurance: Assurance::Software,
            attestation: None,
            instance: InstanceId::parse("bench")?,
            key: KeyThumbprint::parse(&"k".repeat(43))?,
            proof: None,
            road: Road::Socket,
        };
        let facts = Facts { caller: Some(caller.clone()), ..node.facts(0)? };
        let bound = node.command(TENANT, task, Command::Bind { grant }, facts).await?;
        told(bound.decided.reasons.first().cloned())?;
        let epoch = node.control(TENANT).ok_or("no control")?.state.epoch;
        Ok(Bound { tenant: TENANT, task, grant, epoch, caller, mode: Mode::Cooperative })
    }

    /// Hands all of a grant on to another agent, which may do so as often as is left; answers the grant.
    pub(crate) async fn hand_on(&self, from: &Bound, agent: &str, depth: usize) -> Result<GrantId, Trouble> {
        let on =
            if depth == 0 { String::new() } else { format!(r#","delegation":{{"zones":["own"],"depth":{depth}}}"#) };
        let request = format!(r#"{{"delegate":"{agent}","purpose":"p","grant":[{{"tools":["bank/look"]}}]{on}}}"#);
        match self.desk.hand_on(from, json(&request)?, None, None).await? {
            HandedOn::Granted(handed) => Ok(handed.grant),
            HandedOn::Refused { reasons, .. } => Err(format!("nothing is handed on: {reasons:?}").into()),
        }
    }

    /// The same, with a key bound to the grant.
    pub(crate) async fn handed(&self, from: &Bound, agent: &str, depth: usize) -> Result<Bound, Trouble> {
        let grant = self.hand_on(from, agent, depth).await?;
        self.bound(from.task, grant, agent).await
    }

    /// As many tasks, started side by side.
    pub(crate) async fn tasks(&self, count: usize) -> Result<Vec<Bound>, Trouble> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(self.task().await?);
        }
        Ok(all)
    }

    /// One call from decision to outcome; two durable events.
    pub(crate) async fn call(desk: &Desk, bound: &Bound) -> Result<(), Trouble> {
        let (act, leaf) = match desk.attempt(bound, pay()?).await? {
            Attempted::Forward { act, leaf, .. } => (act, leaf),
            other => return Err(format!("a call does not go on: {other:?}").into()),
        };
        let result = json(r#"{"content":[{"type":"text","text":"paid"}]}"#)?;
        desk.settle(bound, &tool()?, (act, leaf), Received::Result(result), &[]).await?;
        Ok(())
    }
}

fn told(refused: Option<Reason>) -> Result<(), Trouble> {
    refused.map_or(Ok(()), |reason| Err(reason.to_string().into()))
}

/// The bank's tool.
pub(crate) fn tool() -> Result<ToolId, Trouble> {
    Ok(ToolId::parse("bank/pay")?)
}

/// A call that reads and says nothing.
pub(crate) fn look() -> Result<Asked, Trouble> {
    Ok(Asked { tool: ToolId::parse("bank/look")?, arguments: json("{}")?, ..pay()? })
}

/// A call with arguments of about a KiB.
pub(crate) fn pay() -> Result<Asked, Trouble> {
    let note = "n".repeat(900);
    let arguments = format!(r#"{{"amount":"1.00","iban":"{IBAN}","note":"{note}"}}"#);
    Ok(Asked {
        tool: tool()?,
        arguments: json(&arguments)?,
        beside: bailiwick_core::json::Json::Null,
        idempotency: None,
        continues: None,
        looked: None,
        declined: false,
        settle_within: Span::minutes(1),
        proof: None,
        server: None,
    })
}
