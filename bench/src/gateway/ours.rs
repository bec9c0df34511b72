//! The real binary as `serve`, with one server, one agent, and as many tasks as there are connections.

use super::call::{Caller, IBAN, PATH, TOOL, clock, draw_key};
use super::load::Target;
use super::socket::Socket;
use crate::Trouble;
use crate::world::Folder;
use bailiwick_authority::client::{Asked, Client, Found};
use bailiwick_core::{AgentId, Micros, TaskId};
use bailiwick_identity::SigningKey;
use bailiwick_record::system_random;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};

const START_WITHIN: Duration = Duration::from_secs(30);
const SEEN_WITHIN: Duration = Duration::from_secs(20);
const ASK_EVERY: Duration = Duration::from_millis(20);
/// A token lives five minutes; a round that begins before this is over before that.
const TOKEN_USED_MICROS_MAX: u64 = 120_000_000;
const AGENT: &str = "payer";

/// A node that runs. It ends when this is dropped.
pub(super) struct Node {
    /// Its process.
    pub(super) pid: u32,
    address: String,
    client: Client,
    found: Found,
    agent: AgentId,
    agent_key: SigningKey,
    tasks: Vec<(TaskId, Arc<Caller>)>,
    asked: Option<Micros>,
    _child: Child,
}

fn documents(upstream: &str, key: &SigningKey) -> Result<Value, Trouble> {
    let key: Value = serde_json::from_str(&key.public().to_jwk())?;
    let tool = format!("bank/{TOOL}");
    Ok(json!({"documents": [
        {"kind": "role", "name": "payer", "allow": [{"tools": ["bank/*"], "effects": ["read", "transfer"]}]},
        {
            "kind": "agent", "name": AGENT, "owner": "ann", "contact": "ann", "run_by": "own", "autonomy": "execute",
            "role": "payer", "review": "2030-01-01", "keys": [key],
        },
        {"kind": "server", "name": "bank", "transport": {"http": {"url": format!("http://{upstream}{PATH}")}}},
        {
            "kind": "tool", "tool": tool, "effect": "transfer", "reversibility": "irreversible",
            "bind": {"arguments": {
                "/amount": {"kind": "amount", "currency": "EUR", "role": "measure"},
                "/iban": {"kind": "iban", "role": "destination"},
                "/note": {"kind": "text", "role": "harmless"},
            }},
        },
        {
            "kind": "template", "name": "pay", "purpose": "accounts-payable", "intent": "Pay to {iban}",
            "parameters": {"iban": {"kind": "iban"}}, "window": "24h",
            "start": {"who": ["anyone"], "agents": [AGENT]},
            "grant": [{
                "tools": [tool], "effect": "transfer",
                "meters": {"EUR": {"each": "10.00", "total": "900000000.00"}},
            }],
        },
    ]}))
}

impl Node {
    /// Starts one in this folder, before this server, with so many tasks that a person consented to.
    pub(super) async fn start(binary: &Path, folder: &Folder, upstream: &str, tasks: usize) -> Result<Self, Trouble> {
        let home = folder.file("node");
        std::fs::create_dir_all(&home)?;
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string();
        let log_file = folder.file("node.log");
        let log = std::fs::File::create(&log_file)?;
        let child = Command::new(binary)
            .arg("--home")
            .arg(&home)
            .args(["serve", "--listen", &address])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}; build it, or name it with --binary", binary.display()))?;
        let pid = child.id().ok_or("the node ended at once")?;
        let person = Socket(home.join("node.sock"));
        let up = async {
            while !person.answers().await {
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        let said = |_| format!("the node did not start: {}", std::fs::read_to_string(&log_file).unwrap_or_default());
        tokio::time::timeout(START_WITHIN, up).await.map_err(said)?;
        let agent_key = draw_key()?;
        describe(&person, upstream, &agent_key).await?;
        let url = format!("http://{address}{PATH}");
        let client = Client::new(Arc::new(system_random), Arc::new(|| clock().unwrap_or(Micros(0))));
        let found = client.find(&url).await?;
        let mut started = Vec::new();
        for _ in 0..tasks {
            started.push((consent(&person).await?, Arc::new(Caller::new(&url, "")?)));
        }
        let agent = AgentId::parse(AGENT)?;
        Ok(Self { pid, address, client, found, agent, agent_key, tasks: started, asked: None, _child: child })
    }

    /// Where to call it, with tokens that are good for a round.
    pub(super) async fn target(&mut self) -> Result<Target, Trouble> {
        let now = clock()?;
        if self.asked.is_none_or(|asked| now.0 - asked.0 > TOKEN_USED_MICROS_MAX) {
            for (task, caller) in &self.tasks {
                let asked = Asked {
                    agent: &self.agent,
                    agent_key: &self.agent_key,
                    key: &caller.key,
                    task: Some(*task),
                    grant: None,
                    instance: None,
                    software: None,
                };
                let granted = self.client.ask(&self.found, &asked).await?;
                caller.renew(granted.token.as_str());
            }
            self.asked = Some(now);
        }
        Ok(Target::node(&self.address, self.tasks.iter().map(|(_, caller)| Arc::clone(caller)).collect()))
    }
}

async fn describe(person: &Socket, upstream: &str, key: &SigningKey) -> Result<(), Trouble> {
    person.post("/v1/documents", &documents(upstream, key)?).await?;
    let seen = async {
        loop {
            match person.get("/v1/servers/bank").await?.get("look") {
                Some(look) if !look.is_null() => return Ok::<Value, Trouble>(look.clone()),
                _ => tokio::time::sleep(ASK_EVERY).await,
            }
        }
    };
    let look = tokio::time::timeout(SEEN_WITHIN, seen).await.map_err(|_| "the node did not see the server")??;
    person.post("/v1/servers/bank/review", &json!({"look": look})).await?;
    Ok(())
}

/// A task that may move money at once: two acts of consent.
async fn consent(person: &Socket) -> Result<TaskId, Trouble> {
    let body = json!({"agent": AGENT, "parameters": {"iban": IBAN}, "subject": null, "template": "pay"});
    let started = person.post("/v1/tasks", &body).await?;
    let task = started.get("task").and_then(Value::as_str).ok_or("a task without a name")?;
    person.post(&format!("/v1/tasks/{task}/consent"), &Value::Null).await?;
    Ok(TaskId::parse(task)?)
}
