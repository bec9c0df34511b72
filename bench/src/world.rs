//! A node on SQLite with one bank, one agent and as many tasks as are asked for.

use crate::Trouble;
use bailiwick_catalogue::{Offer, Seen, compare, server_identity};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Asked, Attempted, Bound, Desk, Node, Received, Vault};
use bailiwick_record::{RootFile, system_random};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const TENANT: TenantId = TenantId::new([7; 16]);

const DOCUMENTS: [&str; 6] = [
    r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read","transfer"]}]}"#,
    r#"{"kind":"agent","name":"payer","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"server","name":"bank","transport":{"wrapped":{"command":["bank"]}}}"#,
    r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"irreversible","bind":{"arguments":{"/amount":{"kind":"amount","currency":"EUR","role":"measure"},"/iban":{"kind":"iban","role":"destination"}}}}"#,
    r#"{"kind":"template","name":"pay","purpose":"accounts-payable","intent":"Pay","window":"24h","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"10.00","total":"900000000.00"}}}]}"#,
    r#"{"kind":"policy","name":"all","cedar":"permit(principal, action, resource);"}"#,
];
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

fn json(text: &str) -> Result<Json, Trouble> {
    Ok(Json::parse(text.as_bytes(), &Limits::default())?)
}

fn by() -> Result<By, Trouble> {
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
        let documents = DOCUMENTS.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let apply = ControlCommand::Apply { by: by()?, documents, removed: Vec::new() };
        told(node.control_command(TENANT, apply, Vec::new()).await?.0.refused)?;
        let control = node.control(TENANT).ok_or("no control")?;
        let bank = ServerName::parse("bank")?;
        let document = &control.state.servers.get(&bank).ok_or("no bank")?.document;
        let identity = server_identity(document, &Seen::default());
        let offer = Offer::read(&[json(TOOL)?], Vec::new());
        let compared = compare(&control.state, &bank, &identity, Mode::Cooperative, &offer, &control.blobs);
        let blobs = compared.words.iter().map(|bytes| (sha256(bytes), bytes.clone())).collect();
        let pin = ControlCommand::Pin { server: bank, identity, tools: compared.tools };
        told(node.control_command(TENANT, pin, blobs).await?.0.refused)
    }

    /// Starts a task, consents to it and binds a key.
    pub(crate) async fn task(&self) -> Result<Bound, Trouble> {
        let node = self.desk.node();
        let task = TaskId::new(node.vault().random()?);
        let start = Start {
            by: by()?,
            subject: None,
            template: TemplateName::parse("pay")?,
            parameters: BTreeMap::new(),
            agent: AgentId::parse("payer")?,
            only: Vec::new(),
            seen: None,
        };
        let started = node.command(TENANT, task, Command::Start(Box::new(start)), node.facts(2)?).await?;
        let grant = started.decided.grant.ok_or("no grant")?;
        node.command(TENANT, task, Command::Consent { grant, by: by()? }, node.facts(0)?).await?;
        let caller = Caller {
            agent: AgentId::parse("payer")?,
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
        let Attempted::Forward { act, leaf, .. } = desk.attempt(bound, pay()?).await? else {
            return Err("a call was refused".into());
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

/// A call with arguments of about a KiB.
pub(crate) fn pay() -> Result<Asked, Trouble> {
    let note = "n".repeat(900);
    let arguments = format!(r#"{{"amount":"1.00","iban":"DE89370400440532013000","note":"{note}"}}"#);
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
