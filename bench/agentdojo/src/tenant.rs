//! A node with the servers of a suite, its people and templates.

use crate::Trouble;
use crate::data::Tool;
use bailiwick_catalogue::{Offer, Seen, compare, server_identity};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Bound, Desk, Node, Vault};
use bailiwick_record::{RootFile, system_random};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const TENANT: TenantId = TenantId::new([7; 16]);
const PERSON: &str = "emma";
const AGENT: &str = "assistant";

/// The tenant of one suite.
pub(crate) struct Tenant {
    pub(crate) desk: Desk,
    folder: PathBuf,
    /// Tools by the names that the recording has for them.
    names: BTreeMap<String, ToolId>,
    /// Which templates name a tool, in the order that they are written.
    templates: Vec<(String, BTreeSet<String>)>,
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // Nothing is lost when it stays: it is a folder for temporary files.
        let _kept = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn json_of(value: &Value) -> Result<Json, Trouble> {
    Ok(Json::parse(value.to_string().as_bytes(), &Limits::stored())?)
}

fn person() -> Result<PersonId, Trouble> {
    Ok(PersonId::parse(PERSON)?)
}

fn by(assurance: Assurance) -> Result<By, Trouble> {
    Ok(By { assurance, person: person()? })
}

/// All documents of a folder's files.
fn documents(folder: &Path) -> Result<Vec<Value>, Trouble> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Trouble>>()?;
    files.sort();
    let mut out = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        for part in text.split("\n---\n") {
            out.push(serde_saphyr::from_str::<Value>(part).map_err(|error| format!("{}: {error}", file.display()))?);
        }
    }
    Ok(out)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What a rule does to the documents when it is taken out.
fn without(document: &mut Value, rule: Option<&str>) {
    let Some(rule) = rule else { return };
    match document {
        Value::Object(members) => {
            match rule {
                "groups" => drop(members.remove("group")),
                "own" => drop(members.remove("own")),
                "named" => drop(members.remove("name")),
                "conditions" => drop(members.remove("from")),
                // What stands inside texts is not looked for, and what a value is is not asked.
                "addresses" if members.get("kind").and_then(Value::as_str) == Some("content") => {
                    *members = [("role".to_owned(), json!("harmless"))].into_iter().collect();
                }
                "sources" => drop(members.remove("from")),
                _ => {}
            }
            if rule == "sources" && members.contains_key("arguments") && !members.contains_key("tool") {
                for argument in members.get_mut("arguments").and_then(Value::as_object_mut).into_iter().flatten() {
                    if argument.1.get("role").and_then(Value::as_str) != Some("measure") {
                        *argument.1 = json!({"role": "harmless"});
                    }
                }
            }
            members.values_mut().for_each(|value| without(value, Some(rule)));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| without(value, Some(rule))),
        _ => {}
    }
}

impl Tenant {
    /// A fresh one with these tools.
    pub(crate) async fn new(here: &Path, suite: &str, tools: &[Tool], rule: Option<&str>) -> Result<Self, Trouble> {
        let folder = std::env::temp_dir().join(format!("bailiwick-agentdojo-{}-{suite}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let store = bailiwick_store::open(&format!("sqlite:{}", folder.join("replay.db").display()))?;
        let root = RootFile::open_or_create(&folder.join("root.key"), &system_random)?;
        let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
        let desk = Desk::new(Arc::new(Node::start(store, vault)?));
        let mut tenant = Self { desk, folder, names: BTreeMap::new(), templates: Vec::new() };
        tenant.furnish(here, tools, rule).await?;
        Ok(tenant)
    }

    async fn furnish(&mut self, here: &Path, tools: &[Tool], rule: Option<&str>) -> Result<(), Trouble> {
        let node = Arc::clone(self.desk.node());
        node.open_tenant(TENANT, "default", "agentdojo.example/log").await?;
        let there = |name: &str| tools.iter().any(|tool| tool.name == name);
        let mut catalogue = documents(&here.join("catalogue"))?;
        let mut templates = documents(&here.join("templates"))?;
        catalogue.iter_mut().chain(&mut templates).for_each(|document| without(document, rule));
        catalogue.retain(|document| match text(document, "tool").split_once('/') {
            Some((_, name)) => there(name),
            None => true,
        });
        for tool in catalogue.iter().map(|document| text(document, "tool")).filter(|tool| !tool.is_empty()) {
            let id = ToolId::parse(tool)?;
            self.names.insert(id.tool().to_owned(), id);
        }
        if let Some(tool) = tools.iter().find(|tool| !self.names.contains_key(&tool.name)) {
            return Err(format!("the catalogue has no `{}`", tool.name).into());
        }
        let servers: BTreeSet<String> = self.names.values().map(|id| id.server().to_string()).collect();
        catalogue.retain(|document| text(document, "kind") != "server" || servers.contains(text(document, "name")));
        for template in &mut templates {
            let rows = template.get_mut("grant").and_then(Value::as_array_mut).ok_or("a template without a grant")?;
            for row in rows.iter_mut() {
                let named = row.get_mut("tools").and_then(Value::as_array_mut).ok_or("a row without tools")?;
                named.retain(|tool| {
                    let (server, name) = tool.as_str().and_then(|tool| tool.split_once('/')).unwrap_or_default();
                    servers.contains(server) && (name == "*" || there(name))
                });
            }
            rows.retain(|row| row.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty()));
        }
        templates
            .retain(|template| template.get("grant").and_then(Value::as_array).is_some_and(|rows| !rows.is_empty()));
        self.templates = templates.iter().map(named_by).collect();
        let people = [
            json!({"kind": "person", "name": PERSON, "roles": ["administrator"]}),
            json!({"kind": "role", "name": "assistant", "allow": [{"tools": ["*"], "effects":
                ["read", "write", "delete", "transfer", "share", "export", "credential", "permission", "execute"]}]}),
            json!({"kind": "agent", "name": AGENT, "owner": PERSON, "contact": PERSON, "run_by": "own",
                "autonomy": "execute", "role": "assistant", "review": "2100-01-01"}),
            json!({"kind": "policy", "name": "all", "cedar": "permit(principal, action, resource);"}),
        ];
        let all = people.iter().chain(&catalogue).chain(&templates);
        let read = |document: &Value| -> Result<Document, Trouble> {
            Document::read(&json_of(document)?).map_err(|error| format!("{document}: {error}").into())
        };
        let documents = all.map(read).collect::<Result<Vec<_>, _>>()?;
        let apply = ControlCommand::Apply { by: by(Assurance::Local)?, documents, removed: Vec::new() };
        self.govern(apply, Vec::new()).await?;
        for server in &servers {
            self.review(&ServerName::parse(server)?, tools).await?;
        }
        self.enrol().await
    }

    async fn govern(&self, command: ControlCommand, blobs: Vec<(Digest, Vec<u8>)>) -> Result<(), Trouble> {
        match self.desk.node().control_command(TENANT, command, blobs).await?.0.refused {
            Some(reason) => Err(format!("refused: {reason}").into()),
            None => Ok(()),
        }
    }

    /// Reviews what a server offers, as the recording has it.
    async fn review(&self, server: &ServerName, tools: &[Tool]) -> Result<(), Trouble> {
        let own = tools.iter().filter(|tool| self.names.get(&tool.name).is_some_and(|id| id.server() == server));
        let offered = own.map(|tool| {
            let mut schema = tool.parameters.clone();
            if let Some(members) = schema.as_object_mut() {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            json_of(&json!({"name": tool.name, "description": tool.description, "inputSchema": schema}))
        });
        let offered = offered.collect::<Result<Vec<_>, _>>()?;
        let control = self.desk.node().control(TENANT).ok_or("no control")?;
        let document = &control.state.servers.get(server).ok_or("no such server")?.document;
        let identity = server_identity(document, &Seen::default());
        let offer = Offer::read(&offered, Vec::new());
        let compared = compare(&control.state, server, &identity, Mode::Enforced, &offer, &control.blobs);
        let blobs: Vec<(Digest, Vec<u8>)> =
            compared.words.iter().map(|bytes| (sha256(bytes), bytes.to_vec())).collect();
        let tools = compared.tools.iter().map(|tool| PinnedTool { standing: Standing::Reviewed, ..tool.clone() });
        let (by, tools) = (by(Assurance::Local)?, tools.collect());
        self.govern(ControlCommand::Review { accepted: Vec::new(), by, server: server.clone(), identity, tools }, blobs)
            .await
    }

    /// The person enrols a passkey. Nobody signs with it: an edge would check signatures, and there is none here.
    async fn enrol(&self) -> Result<(), Trouble> {
        let (code, expires) = (sha256(b"code"), self.desk.node().now().after(Span::hours(1)));
        let invite =
            ControlCommand::Invite { by: by(Assurance::Local)?, person: person()?, code, expires, signed: None };
        self.govern(invite, Vec::new()).await?;
        let key = json_of(&json!({"crv": "P-256", "kty": "EC", "x": "x", "y": "y"}))?;
        let passkey = Passkey {
            id: "key".to_owned(),
            key,
            model: Salt::new([0; 16]),
            site: "localhost".to_owned(),
            name: "phone".to_owned(),
        };
        self.govern(ControlCommand::Enroll { by: by(Assurance::Passkey)?, code, passkey }, Vec::new()).await
    }

    /// A tool by the name that the recording has for it.
    pub(crate) fn tool(&self, name: &str) -> Option<&ToolId> {
        self.names.get(name)
    }

    /// Templates that name a tool, the last one first: those that ask stand behind those that do not.
    pub(crate) fn templates_with(&self, tool: &ToolId) -> Vec<String> {
        let tool = tool.to_string();
        let has = |(_, tools): &&(String, BTreeSet<String>)| tools.contains(&tool);
        self.templates.iter().rev().filter(has).map(|(name, _)| name.clone()).collect()
    }

    /// Whether the suite has a template of that name.
    pub(crate) fn has(&self, template: &str) -> bool {
        self.templates.iter().any(|(name, _)| name == template)
    }

    /// The kinds of the values that a prompt states, as the person would be shown them.
    pub(crate) fn stated(&self, prompt: &str) -> Result<Vec<String>, Trouble> {
        let control = self.desk.node().control(TENANT).ok_or("no control")?;
        let look = TemplateName::parse("look")?;
        let (template, _) = control.state.templates.get(&look).ok_or("no template `look`")?;
        let given = [("said".to_owned(), prompt.to_owned())].into();
        let filled = fill(template, &given, self.desk.node().now()).map_err(|error| error.to_string())?;
        Ok(filled.stated.iter().map(|stated| stated.kind.to_string()).collect())
    }

    /// Starts a task for a prompt, with these templates beside `look`.
    pub(crate) async fn start(&self, prompt: &str, more: &[String]) -> Result<Bound, Trouble> {
        let node = self.desk.node();
        let task = TaskId::new(node.vault().random()?);
        let start = Start {
            by: by(Assurance::Local)?,
            subject: None,
            template: TemplateName::parse("look")?,
            parameters: [("said".to_owned(), prompt.to_owned())].into(),
            agent: AgentId::parse(AGENT)?,
            only: Vec::new(),
            seen: None,
        };
        let started = node.command(TENANT, task, Command::Start(Box::new(start)), node.facts(2)?).await?;
        let grant = started.decided.grant.ok_or_else(|| format!("not started: {:?}", started.decided.reasons))?;
        let caller = Caller {
            agent: AgentId::parse(AGENT)?,
            assurance: Assurance::Software,
            attestation: None,
            instance: InstanceId::parse("replay")?,
            key: KeyThumbprint::parse(&"k".repeat(43))?,
            proof: None,
            road: Road::Http,
        };
        let facts = Facts { caller: Some(caller.clone()), ..node.facts(0)? };
        node.command(TENANT, task, Command::Bind { grant }, facts).await?;
        let epoch = node.control(TENANT).ok_or("no control")?.state.epoch;
        let bound = Bound { tenant: TENANT, task, grant, epoch, caller, mode: Mode::Enforced };
        for template in more.iter().filter(|template| self.has(template)) {
            self.widen(&bound, template).await?;
        }
        Ok(bound)
    }

    /// The person gives more, in both acts.
    pub(crate) async fn widen(&self, bound: &Bound, template: &str) -> Result<(), Trouble> {
        let node = self.desk.node();
        let amend = Amend {
            by: by(Assurance::Local)?,
            grant: bound.grant,
            change: AmendChange::Widen {
                template: TemplateName::parse(template)?,
                parameters: BTreeMap::new(),
                only: Vec::new(),
                seen: None,
            },
            wish: None,
        };
        let facts = node.facts(0)?;
        let widened = node.command(TENANT, bound.task, Command::Amend(Box::new(amend)), facts).await?;
        if widened.decided.verdict == Verdict::Deny {
            return Err(format!("`{template}` is not added: {:?}", widened.decided.reasons).into());
        }
        let consent = Command::Consent { grant: bound.grant, by: by(Assurance::Local)? };
        node.command(TENANT, bound.task, consent, node.facts(0)?).await?;
        Ok(())
    }

    /// The person says yes to requests: to one, or to several on one sheet.
    pub(crate) async fn approve(&self, bound: &Bound, leaves: &[u64]) -> Result<bool, Trouble> {
        let mut statements: Vec<(u64, Digest, String)> = Vec::new();
        for leaf in leaves.iter().copied() {
            let who = person()?;
            let look = move |task: &TaskState, _: &_| -> Vec<(u64, Digest, String)> {
                let Some(state) = task.approval_at(leaf) else { return Vec::new() };
                let statement = |role: &str| (state.seq, task.statement(state, role, &who).digest(), role.to_owned());
                state.needs.iter().map(|need| statement(&need.role)).collect()
            };
            statements.extend(self.desk.node().look(TENANT, bound.task, look).await?);
        }
        let digests = statements.iter().map(|(_, digest, _)| *digest).collect::<Vec<_>>();
        let sheet = if digests.len() > 1 { Sheet::of(digests) } else { None };
        for (approval, digest, role) in statements {
            let part = || "cGFydA".to_owned();
            let assertion =
                Assertion { authenticator_data: part(), client_data: part(), id: "key".to_owned(), signature: part() };
            let signed = sheet.as_ref().map_or(digest, Sheet::digest);
            let by = by(Assurance::Passkey)?;
            let said = Approve { approval, role, by, signed, assertion, sheet: sheet.clone() };
            if self.desk.approve(TENANT, bound.task, said).await?.is_err() {
                return Ok(false);
            }
        }
        Ok(!leaves.is_empty())
    }
}

/// A template and the tools that it names beside `*`.
fn named_by(template: &Value) -> (String, BTreeSet<String>) {
    let rows = template.get("grant").and_then(Value::as_array).into_iter().flatten();
    let tools = rows.filter_map(|row| Vec::<String>::deserialize(row.get("tools")?).ok()).flatten();
    (text(template, "name").to_owned(), tools.collect())
}
