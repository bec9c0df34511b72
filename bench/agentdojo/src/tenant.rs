//! A node with the servers of a suite, its people and templates.

mod acts;

use crate::Trouble;
use crate::data::Tool;
use crate::rules::without;
use bailiwick_catalogue::{Offer, Seen, compare, server_identity};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Desk, Node, Vault};
use bailiwick_record::{RootFile, system_random};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const TENANT: TenantId = TenantId::new([7; 16]);
const PERSON: &str = "emma";
pub(crate) const AGENT: &str = "assistant";
/// An agent to whom work may be handed on.
pub(crate) const MATE: &str = "mate";

/// The template that every task begins with.
pub(crate) const LOOK: &str = "look";

/// The tenant of one suite.
pub(crate) struct Tenant {
    pub(crate) desk: Desk,
    folder: PathBuf,
    /// Tools by the names that the recording has for them.
    names: BTreeMap<String, ToolId>,
    /// Which templates name a tool, in the order that they are written.
    templates: Vec<(String, BTreeSet<String>)>,
    /// Tools that only read inside, and tools whose answers nobody else writes.
    reads: BTreeSet<ToolId>,
    /// Templates that want nothing filled in: what a task may be widened by.
    plain: BTreeSet<String>,
    clean: BTreeSet<ToolId>,
    /// All that was applied, in its order.
    pub(crate) documents: Vec<Value>,
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

/// Where the stores stand: in memory where the machine has a place for that. What a commit costs is not measured here.
fn stores() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// A folder's files, in the order of their names.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Trouble>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    Ok(files)
}

/// All documents of the files in a folder of some books.
fn documents(books: &[PathBuf], folder: &str) -> Result<Vec<Value>, Trouble> {
    let each = books.iter().map(|book| files(&book.join(folder))).collect::<Result<Vec<_>, _>>()?;
    let files = each.into_iter().flatten();
    let mut out = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        for part in text.split("\n---\n") {
            out.push(serde_saphyr::from_str::<Value>(part).map_err(|error| format!("{}: {error}", file.display()))?);
        }
    }
    Ok(out)
}

fn agent(name: &str) -> Value {
    json!({"kind": "agent", "name": name, "owner": PERSON, "contact": PERSON, "run_by": "own", "autonomy": "execute",
        "role": "assistant", "review": "2100-01-01"})
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Tenant {
    /// A fresh one with these tools, as the books (folders with `catalogue` and `templates`) describe them.
    pub(crate) async fn new(
        books: &[PathBuf],
        name: &str,
        tools: &[Tool],
        rule: Option<&str>,
    ) -> Result<Self, Trouble> {
        let folder = stores().join(format!("bailiwick-agentdojo-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let store = bailiwick_store::open(&format!("sqlite:{}", folder.join("replay.db").display()))?;
        let root = RootFile::open_or_create(&folder.join("root.key"), &system_random)?;
        let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
        let desk = Desk::new(Arc::new(Node::start(store, vault)?));
        let (names, templates) = (BTreeMap::new(), Vec::new());
        let mut tenant = Self {
            desk,
            folder,
            names,
            templates,
            reads: BTreeSet::new(),
            plain: BTreeSet::new(),
            clean: BTreeSet::new(),
            documents: Vec::new(),
        };
        tenant.furnish(books, tools, rule).await?;
        Ok(tenant)
    }

    async fn furnish(&mut self, books: &[PathBuf], tools: &[Tool], rule: Option<&str>) -> Result<(), Trouble> {
        let node = Arc::clone(self.desk.node());
        node.open_tenant(TENANT, "default", "agentdojo.example/log").await?;
        let there = |name: &str| tools.iter().any(|tool| tool.name == name);
        let mut catalogue = documents(books, "catalogue")?;
        let mut templates = documents(books, "templates")?;
        if let Some(rule) = rule {
            catalogue.iter_mut().chain(&mut templates).for_each(|document| without(document, rule));
        }
        catalogue.retain(|document| match text(document, "tool").split_once('/') {
            Some((_, name)) => there(name),
            None => true,
        });
        for tool in catalogue.iter().map(|document| text(document, "tool")).filter(|tool| !tool.is_empty()) {
            let id = ToolId::parse(tool)?;
            self.names.insert(id.tool().to_owned(), id);
        }
        self.describe(&catalogue)?;
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
        let plain = templates.iter().filter(|template| template.get("parameters").is_none());
        self.plain = plain.map(|template| text(template, "name").to_owned()).collect();
        let people = [
            json!({"kind": "person", "name": PERSON, "roles": ["administrator"]}),
            json!({"kind": "role", "name": "assistant", "allow": [{"tools": ["*"], "effects":
                ["read", "write", "delete", "transfer", "share", "export", "credential", "permission", "execute", "delegate"]}]}),
            agent(AGENT),
            agent(MATE),
            json!({"kind": "policy", "name": "all", "cedar": "permit(principal, action, resource);"}),
        ];
        self.documents = people.into_iter().chain(catalogue).chain(templates).collect();
        let read = |document: &Value| -> Result<Document, Trouble> {
            Document::read(&json_of(document)?).map_err(|error| format!("{document}: {error}").into())
        };
        let documents = self.documents.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let apply = ControlCommand::Apply { by: by(Assurance::Local)?, documents, removed: Vec::new() };
        self.govern(apply, Vec::new()).await?;
        for server in &servers {
            self.review(&ServerName::parse(server)?, tools).await?;
        }
        self.enrol().await
    }

    /// What simpler controls know of tools.
    fn describe(&mut self, catalogue: &[Value]) -> Result<(), Trouble> {
        for document in catalogue.iter().filter(|document| text(document, "kind") == "tool") {
            let id = ToolId::parse(text(document, "tool"))?;
            if text(document, "effect") == "read" && text(document, "egress").is_empty() {
                self.reads.insert(id.clone());
            }
            if document.pointer("/bind/result/clean").and_then(Value::as_bool) == Some(true) {
                self.clean.insert(id);
            }
        }
        Ok(())
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
        let has = |(name, tools): &&(String, BTreeSet<String>)| tools.contains(&tool) && self.plain.contains(name);
        self.templates.iter().rev().filter(has).map(|(name, _)| name.clone()).collect()
    }

    /// Whether nobody else writes what a tool answers.
    pub(crate) fn clean(&self, name: &str) -> bool {
        self.tool(name).is_some_and(|tool| self.clean.contains(tool))
    }

    /// The names of the tools that only read, and of those that these templates and `look` name.
    pub(crate) fn tools_of(&self, chosen: &[String]) -> BTreeSet<String> {
        let named = |tool: &ToolId| {
            let has = |(name, tools): &(String, BTreeSet<String>)| {
                (name == LOOK || chosen.contains(name)) && tools.contains(&tool.to_string())
            };
            self.reads.contains(tool) || self.templates.iter().any(has)
        };
        self.names.iter().filter(|(_, tool)| named(tool)).map(|(name, _)| name.clone()).collect()
    }

    /// Whether there is a template of that name.
    pub(crate) fn has(&self, template: &str) -> bool {
        self.templates.iter().any(|(name, _)| name == template)
    }
}

/// A template and the tools that it names beside `*`.
fn named_by(template: &Value) -> (String, BTreeSet<String>) {
    let rows = template.get("grant").and_then(Value::as_array).into_iter().flatten();
    let tools = rows.filter_map(|row| Vec::<String>::deserialize(row.get("tools")?).ok()).flatten();
    (text(template, "name").to_owned(), tools.collect())
}
