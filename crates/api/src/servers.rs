//! Servers: what they offer is compared with the pins, shown to people, and reviewed by them.

mod found;
mod proposed;

use crate::called::is_second;
use crate::decisions::text;
use crate::read::body;
use crate::session::Session;
use crate::{Api, Problem, Who};
use bailiwick_catalogue::{Comparison, Listed, Method, Offer, Seen, ToolWords, compare, floating, server_identity};
use bailiwick_core::json::Json;
use bailiwick_core::{
    ControlCommand, ControlState, Digest, Document, Mode, Server, ServerName, Standing, ToolId, Transport, Zone, sha256,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a server offers, as whoever holds a session with it fetched it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// The server.
    pub server: ServerName,
    /// The file that its process is started from.
    pub executable: Option<Digest>,
    /// The script that an interpreter runs.
    pub script: Option<Digest>,
    /// Entries of `tools/list`.
    pub tools: Vec<Json>,
    /// Entries of `prompts/list`.
    #[serde(default)]
    pub prompts: Vec<Json>,
    /// Entries of `resources/templates/list`.
    #[serde(default)]
    pub templates: Vec<Json>,
    /// What it says of itself.
    pub instructions: Option<String>,
    /// Methods that are no tools and that it serves.
    #[serde(default)]
    pub methods: Vec<String>,
}

/// What a person says yes to: the `look` that they were shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    look: Digest,
    /// Findings that the person has seen and takes: `TOOL:CODE`. A tool with another one is left as it stands.
    #[serde(default)]
    accept: Vec<String>,
}

/// The most findings that are named in one review.
const ACCEPTED_MAX: usize = 1024;

/// What came of looking at a server.
#[derive(Debug, Clone)]
struct Look {
    identity: Digest,
    comparison: Comparison,
    /// The server as it was looked at: its document, but for a wrapped one that was started by another command.
    document: Server,
    /// What it runs may change by itself.
    floating: bool,
}

impl Look {
    /// Names what was seen and what was quarantined, so that a person says yes to that and to nothing that came since.
    fn digest(&self, state: &ControlState) -> Digest {
        let pins = self.comparison.reviewed.iter().map(|tool| {
            let held = state.tools.get(&tool.tool).and_then(|entry| entry.quarantine);
            let held = held.map_or(String::new(), |(_, begun)| format!(" quarantined by {begun}"));
            format!("{} {}{held}", tool.tool, tool.pin)
        });
        let pins: Vec<String> = pins.collect();
        sha256(format!("bailiwick/look/1\0{}\n{}", self.identity, pins.join("\n")).as_bytes())
    }
}

/// The last look at each server. What stands is in the record; this is what a person is shown before they say yes to it.
#[derive(Debug, Default)]
pub(crate) struct Looked(Mutex<BTreeMap<ServerName, Look>>);

impl Looked {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ServerName, Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Api {
    /// Compares what a server offers with its pins, and pins what is new or changed.
    ///
    /// # Errors
    /// [`Problem`] when there is no such server, or it could not be made durable.
    pub async fn offer(&self, offered: Offered, mode: Mode) -> Result<Json, Problem> {
        let control = self.control()?;
        let entry = control.state.servers.get(&offered.server).ok_or_else(|| Problem::not_found("server"))?;
        let (_, answer) = self.offer_of(offered, mode, entry.document.clone()).await?;
        Ok(answer)
    }

    /// The same of a wrapped server, which is the command that its process was started with, whatever the document says.
    pub(crate) async fn wrapped_offer(
        &self,
        offered: Offered,
        secret: &str,
        session: &Session,
    ) -> Result<Json, Problem> {
        let control = self.control()?;
        let entry = control.state.servers.get(&offered.server).ok_or_else(|| Problem::not_found("server"))?;
        let transport = Transport::Wrapped { command: session.command.clone() };
        let document = Server { transport, ..entry.document.clone() };
        // The second of a name waits for review, as any server does that is not what its name stood for.
        let mode = if is_second(&control.state, &document) { Mode::Enforced } else { Mode::Cooperative };
        let (identity, answer) = self.offer_of(offered, mode, document).await?;
        self.sessions.seen(secret, identity);
        Ok(answer)
    }

    async fn offer_of(&self, offered: Offered, mode: Mode, document: Server) -> Result<(Digest, Json), Problem> {
        let control = self.control()?;
        let foreign = document.zone != Zone::own();
        let seen = Seen { executable: offered.executable, script: offered.script };
        let identity = server_identity(&document, &seen);
        let floating = floating(&document, &seen);
        let Offered { server, tools, prompts, templates, instructions, methods, .. } = offered;
        let zone = Some(document.zone.to_string());
        let listed = Listed { prompts, templates, instructions, zone };
        let methods: Vec<ToolWords> = methods
            .iter()
            .filter_map(|name| Method::of_tool(name))
            .chain(Method::ASKED)
            .filter_map(|method| method.words(&listed, foreign).ok())
            .collect();
        let offer = Offer::read(&tools, methods);
        let compared = compare(&control.state, &server, &identity, mode, &offer, &control.blobs);
        let blobs = compared.words.iter().map(|bytes| (sha256(bytes), bytes.clone())).collect();
        let command = ControlCommand::Pin { server: server.clone(), identity, tools: compared.tools.clone() };
        let (decided, leaf) = self.desk.node().control_command(self.tenant, command, blobs).await?;
        if let Some(reason) = decided.refused {
            return Err(Problem::refused(&reason));
        }
        let answer = difference(&compared, leaf.is_some());
        // by INVARIANT of the state: as many as there are servers
        self.looked.lock().insert(server, Look { identity, comparison: compared, document, floating });
        Ok((identity, answer))
    }

    /// What a server offered when it was looked at last. What another command or address offered that its document had then is
    /// no look at the server that it names now; a wrapped one is started by its client, whatever its document says.
    fn look_at(&self, server: &ServerName, state: &ControlState) -> Option<Look> {
        let look = self.looked.lock().get(server).cloned()?;
        let named = &state.servers.get(server)?.document.transport;
        let wrapped = matches!(named, Transport::Wrapped { .. });
        (wrapped || *named == look.document.transport).then_some(look)
    }

    /// Whether what a server runs may change by itself; not known of one that was not looked at.
    pub(crate) fn floats(&self, server: &ServerName) -> Option<bool> {
        self.looked.lock().get(server).map(|look| look.floating)
    }

    /// A server: how its tools stand, and what is different from what stands.
    pub(crate) fn server(&self, name: &str) -> Result<Json, Problem> {
        let server = server_name(name)?;
        let control = self.control()?;
        let entry = control.state.servers.get(&server).ok_or_else(|| Problem::not_found("server"))?;
        let own = control.state.tools.iter().filter(|(tool, _)| *tool.server() == server);
        let tools = own.map(|(tool, known)| {
            let nature = control.state.nature(tool);
            let effect = nature.map_or(known.pinned.effect, |nature| nature.effect);
            Json::object([
                ("effect", text(&effect)),
                ("standing", Json::from(known.pinned.standing.as_str())),
                ("tool", Json::from(tool.tool())),
                ("usable", Json::from(control.state.usable(tool))),
            ])
        });
        let tools = Json::array(tools);
        let look = self.look_at(&server, &control.state);
        let seen = look.as_ref().map_or(Json::Null, |look| text(&look.digest(&control.state)));
        let floating = look.as_ref().map(|look| look.floating);
        let command = look.as_ref().and_then(|look| other_command(&entry.document, &look.document));
        let mut now = look.as_ref().map_or(Json::Null, |look| difference(&look.comparison, false));
        if let (Json::Object(members), Some(look)) = (&mut now, &look) {
            let lines = |which: &dyn Fn(Against) -> bool| {
                let lines = look.comparison.lines.iter();
                let own = lines.filter(|line| which(against(&control.state, &server, &look.comparison, &line.tool)));
                // Why a tool waits is said before a person frees it.
                let first = command.clone().into_iter().chain(held(&control.state, &server));
                Json::array(first.chain(own.map(|line| text(line))))
            };
            members.insert("differs", lines(&|against| against == Against::Differs));
            members.insert("lines", lines(&|against| against != Against::Stands));
            members.insert("offered", Json::array(offered(&control.state, &look.comparison)));
        }
        Ok(Json::object([
            ("document", Document::Server(entry.document.clone()).json()),
            ("floating", floating.map_or(Json::Null, Json::from)),
            ("look", seen),
            ("mode", Json::from(self.mode_of(&entry.document))),
            ("name", text(&server)),
            ("now", now),
            ("problems", crate::nouns::problems(&control, |tool| *tool.server() == server)),
            ("same", Json::from(entry.same)),
            ("tools", tools),
            ("trouble", Json::from(self.trouble_of(&server))),
        ]))
    }

    /// A person takes what a server offers as they were shown it.
    pub(crate) async fn review(&self, name: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let server = server_name(name)?;
        let control = self.control()?;
        if !control.state.servers.contains_key(&server) {
            return Err(Problem::not_found("server"));
        }
        let asked: ReviewBody = body(bytes)?;
        let look = self.look_at(&server, &control.state);
        let Some(look) = look else {
            return Err(Problem::bad(format!("`{server}` was not looked at yet: it has not started on this node")));
        };
        if look.digest(&control.state) != asked.look {
            return Err(Problem::bad(format!("`{server}` offers something else than what was shown: look again")));
        }
        if asked.accept.len() > ACCEPTED_MAX {
            return Err(Problem::bad(format!("at most {ACCEPTED_MAX} findings of one review")));
        }
        let (taken, accepted, kept) = found::told_apart(&control.state, &look.comparison, &asked.accept);
        if taken.is_empty() && !kept.is_empty() {
            return Err(Problem::bad(found::not_named(&kept)));
        }
        let Look { identity, comparison, document, .. } = look;
        if control.state.servers.get(&server).is_some_and(|entry| other_command(&entry.document, &document).is_some()) {
            // Until the review stands nothing that it names may be called: it is another server than the one that stood.
            let applied = self.apply(vec![Document::Server(document)], Vec::new(), false, who).await?;
            if let Some(waits) = applied.get("proposed").and_then(|waits| waits.get("id")).and_then(Json::as_u64) {
                let why =
                    format!("another command is to be `{server}`: change {waits} waits to be signed, then look again");
                let command = Some(format!("bailiwick change show {waits}"));
                return Err(Problem { status: http::StatusCode::CONFLICT, command, ..Problem::bad(why) });
            }
        }
        let blobs = comparison.words.iter().map(|bytes| (sha256(bytes), bytes.clone())).collect();
        let by = self.by(who)?;
        let command = ControlCommand::Review { accepted, by, server, identity, tools: taken };
        let mut answer = self.control_act_with(command, blobs).await?;
        if let (Json::Object(members), false) = (&mut answer, kept.is_empty()) {
            members.insert("kept", Json::array(kept.iter().map(|named| Json::from(named.as_str()))));
        }
        Ok(answer)
    }
}

/// Says that a wrapped server was started by another command than its document has.
fn other_command(document: &Server, looked: &Server) -> Option<Json> {
    let (Transport::Wrapped { command: before }, Transport::Wrapped { command: now }) =
        (&document.transport, &looked.transport)
    else {
        return None;
    };
    let line = || format!("command: - {}  + {}", shown(before), shown(now));
    (before != now).then(|| Json::from(line()))
}

fn shown(command: &[String]) -> String {
    command.join(" ").escape_debug().to_string()
}

/// What a server offers of one tool, against what stands by now: it may have been reviewed since it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Against {
    /// Nothing is different.
    Stands,
    /// Nobody has reviewed it in any form.
    New,
    /// It is offered in another form, or no longer.
    Differs,
}

fn against(state: &ControlState, server: &ServerName, look: &Comparison, tool: &str) -> Against {
    // A name that no tool of ours can have is shown whatever it is.
    let Ok(tool) = ToolId::new(server.clone(), tool) else { return Against::Differs };
    let now = look.reviewed.iter().find(|now| now.tool == tool);
    match (state.tools.get(&tool), now) {
        (None, None) => Against::Stands,
        (None, Some(_)) => Against::New,
        (Some(_), None) => Against::Differs,
        (Some(stood), Some(now)) if stood.pinned.pin != now.pin || stood.seen.is_some() => {
            match stood.pinned.standing {
                Standing::New => Against::New,
                _ => Against::Differs,
            }
        }
        (Some(stood), Some(_)) if stood.pinned.standing == Standing::New => Against::New,
        (Some(_), Some(_)) => Against::Stands,
    }
}

/// Each tool that is offered, as people read it: what it does and who says so, what it says of itself, what it takes.
fn offered<'a>(state: &'a ControlState, look: &'a Comparison) -> impl Iterator<Item = Json> + 'a {
    let all: Vec<ToolWords> = look.words.iter().filter_map(|bytes| ToolWords::from_bytes(bytes).ok()).collect();
    look.reviewed.iter().zip(&look.words).map(move |(tool, bytes)| {
        let classes = state.servers.get(tool.tool.server()).map_or(&[][..], |entry| &entry.document.classes);
        let words = ToolWords::from_bytes(bytes).ok();
        let rule = state.tool_rules.get(&tool.tool);
        let (effect, reversibility) =
            rule.map_or((tool.effect, tool.reversibility), |rule| (rule.effect, rule.reversibility));
        let arguments = words.as_ref().and_then(|words| words.input_schema().get("properties")?.as_object().cloned());
        let names = || arguments.iter().flat_map(bailiwick_core::json::Object::keys);
        let unbound = words.as_ref().map(|words| found::unbound(state, tool, words)).unwrap_or_default();
        // who has said what it is needs no guess
        let seems = words
            .as_ref()
            .filter(|_| rule.is_none())
            .map_or(Json::Null, |words| proposed::json(tool, words, &all, classes));
        Json::object([
            ("arguments", Json::array(names().map(Json::from))),
            ("description", Json::from(words.as_ref().and_then(ToolWords::description).map(str::to_owned))),
            ("described", Json::from(rule.is_some())),
            ("effect", text(&effect)),
            ("findings", found::json(state, look, tool)),
            ("proposal", seems),
            ("reversibility", crate::nouns::word(&reversibility)),
            ("tool", Json::from(tool.tool.tool())),
            ("unbound", Json::array(unbound.into_iter().map(Json::from))),
        ])
    })
}

/// A line for each tool of a server that is quarantined: why, and which event shows it.
fn held<'a>(state: &'a ControlState, server: &'a ServerName) -> impl Iterator<Item = Json> + 'a {
    let own = state.tools.iter().filter(move |(tool, _)| tool.server() == server);
    own.filter_map(|(tool, entry)| {
        let (why, begun) = entry.quarantine?;
        Some(text(&format_args!("{}: quarantined at event {begun}: {}", tool.tool(), why.sentence())))
    })
}

fn difference(compared: &Comparison, changed: bool) -> Json {
    let lines = compared.lines.iter().map(|line| Json::from(line.to_string().as_str()));
    let faults = compared.faults.iter().map(|fault| Json::from(fault.as_str()));
    Json::object([
        ("changed", Json::from(changed)),
        ("faults", Json::array(faults)),
        ("lines", Json::array(lines)),
        ("same_server", Json::from(compared.same_server)),
    ])
}

fn server_name(name: &str) -> Result<ServerName, Problem> {
    ServerName::parse(name).map_err(|error| Problem::bad(error.to_string()))
}
