//! `/v1/wrap` and `/v1/decisions`: attempt, settle, watch. What wrappers and SDKs speak to a node.

mod lasting;
mod looked;

use crate::called::{called, numbered};
use crate::known::Known;
use crate::read::body;
use crate::session::{Session, thumbprint};
use crate::{Api, Peer, Problem, Who};
use bailiwick_catalogue::Method;
use bailiwick_core::json::Json;
use bailiwick_core::{
    ActStanding, AgentId, Assurance, Caller, Code, Command, Digest, Document, Ender, InstanceId, Mode, Reason, Road,
    Server, ServerEntry, ServerName, Span, Standing, Start, TaskStanding, TaskState, TemplateName, ToolId, Transport,
    Zone,
};
use bailiwick_node::{Asked, Attempted, Bound, Given, LiveControl, Received, Round, Waits};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Opens a session for a wrapped server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenWrap {
    /// The secret that the wrapper drew for this start: at least 32 characters.
    secret: String,
    /// The command and its arguments, as the client's configuration has them.
    command: Vec<String>,
    /// The name to give the server, where the user chose one.
    name: Option<ServerName>,
    /// The agent it is for.
    agent: AgentId,
    /// Digests of the files that the process is started from.
    executable: Option<bailiwick_core::Digest>,
    /// The process that asks.
    instance: InstanceId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttemptBody {
    tool: String,
    server: ServerName,
    arguments: Json,
    /// What goes with it beside the arguments: answers to what the server asked.
    #[serde(default)]
    input: Json,
    idempotency: Option<String>,
    /// The round that it goes on from.
    #[serde(default)]
    continues: Option<RoundBody>,
    /// What it points to, as the edge saw it just now.
    #[serde(default)]
    looked: Option<Vec<looked::LookedBody>>,
    /// Whoever was asked said no.
    #[serde(default)]
    declined: bool,
    settle_within_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoundBody {
    act: u64,
    leaf: u64,
    asked: u64,
    under: Digest,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettleBody {
    server: ServerName,
    tool: String,
    act: u64,
    leaf: u64,
    #[serde(default)]
    result: Option<Json>,
    /// `error`, `never_sent`, `secret_returned`, `secret_in_error`, or why nothing came.
    #[serde(default)]
    nothing: Option<String>,
}

impl Api {
    /// The session that a request belongs to.
    pub(crate) fn session(&self, secret: Option<&str>, peer: &Peer) -> Result<Session, Problem> {
        secret.and_then(|secret| self.sessions.get(secret, peer.uid)).ok_or_else(Problem::unknown_caller)
    }

    /// Opens a session: the line in the client's configuration is the consent, by the user whose process asks.
    pub(crate) async fn open_wrap(&self, bytes: &[u8], peer: &Peer) -> Result<Json, Problem> {
        let asked: OpenWrap = body(bytes)?;
        if asked.secret.len() < 32 || asked.command.is_empty() {
            return Err(Problem::bad("expected a secret of at least 32 characters and a command"));
        }
        let (server, note) = self.named(&asked)?;
        let start = personal(&server, asked.agent.clone(), self.by(&Who::Socket(*peer))?)?;
        // A no leaves nothing behind: no document of a server that was not let start.
        self.would_start(&start)?;
        self.describe(&asked, &server, peer).await?;
        let bound = self.open_personal(&asked, start).await?;
        let task = bound.task;
        let session = Session {
            bound,
            server: Some(server.clone()),
            command: asked.command.clone(),
            identity: None,
            uid: peer.uid,
            held: false,
        };
        if !self.sessions.put(&asked.secret, session.clone()) {
            self.end_session(&session, Ender::Node, Code::NotPossible).await?;
            return Err(Problem::from(bailiwick_node::Failure::Busy));
        }
        let note = note.as_deref().map_or(Json::Null, Json::from);
        Ok(Json::object([("note", note), ("server", text(&server)), ("task", text(&task))]))
    }

    /// Ends a session: its client went in good order, so its task is complete. Unless its server was not there.
    pub(crate) async fn close_wrap(&self, secret: Option<&str>, query: &str, uid: u32) -> Result<Json, Problem> {
        let why = match query {
            "" => Code::Completed,
            "server=gone" => Code::ServerGone,
            _ => return Err(Problem::bad("expected no query, or `server=gone`")),
        };
        let session = secret.and_then(|secret| self.sessions.take(secret, uid)).ok_or_else(Problem::unknown_caller)?;
        let by = self.by(&Who::Socket(Peer { uid, pid: None }))?;
        self.end_session(&session, Ender::Person(by), why).await?;
        Ok(Json::object([("closed", Json::from(true)), ("task", text(&session.bound.task))]))
    }

    /// The process at the other end of a session is gone without having said so.
    ///
    /// # Errors
    /// [`Problem`] when its task could not be ended; it expires.
    pub async fn gone(&self, secret: &str, peer: Peer) -> Result<(), Problem> {
        match self.sessions.take(secret, peer.uid) {
            Some(session) => self.end_session(&session, Ender::Node, Code::ClientGone).await,
            // It had said so.
            None => Ok(()),
        }
    }

    /// The connection that opened a session is gone. Until another one stands for its process, so is that.
    ///
    /// # Errors
    /// As of [`Self::gone`].
    pub async fn opener_gone(&self, secret: &str, peer: Peer) -> Result<(), Problem> {
        match self.sessions.take_unheld(secret, peer.uid) {
            Some(session) => self.end_session(&session, Ender::Node, Code::ClientGone).await,
            // Another stands for it, or it has ended.
            None => Ok(()),
        }
    }

    /// How many acts of open sessions are under way: allowed, and neither settled nor in doubt. A subscription is no work: it
    /// lasts until somebody ends it.
    pub async fn open_acts(&self) -> usize {
        let mut open = 0;
        for session in self.sessions.all() {
            let Bound { tenant, task, .. } = session.bound;
            let count = |task: &TaskState, _: &LiveControl| {
                let lasts = |tool: &ToolId| tool.tool() == Method::ResourcesSubscribe.tool();
                let open = task.acts.values().filter(|act| act.standing == ActStanding::Open);
                open.filter(|act| !lasts(&act.tool)).count()
            };
            // Of a task that cannot be read nothing is known to be under way.
            open += self.desk.node().look(tenant, task, count).await.unwrap_or(0);
        }
        open
    }

    /// Ends all sessions: the node goes, and none of them outlives it.
    ///
    /// # Errors
    /// The first [`Problem`]; the others are ended all the same.
    pub async fn close_sessions(&self) -> Result<(), Problem> {
        let mut result = Ok(());
        for session in self.sessions.take_all() {
            result = result.and(self.end_session(&session, Ender::Node, Code::NodeStopped).await);
        }
        result
    }

    async fn end_session(&self, session: &Session, who: Ender, why: Code) -> Result<(), Problem> {
        self.end_bound(&session.bound, who, why).await
    }

    async fn end_bound(&self, bound: &Bound, who: Ender, why: Code) -> Result<(), Problem> {
        let Bound { tenant, task, .. } = *bound;
        match self.desk.end(tenant, task, None, who, why).await? {
            Ok(_) => Ok(()),
            // Somebody ended it before.
            Err(reason) if reason.code == Code::TaskEnded => Ok(()),
            Err(reason) => Err(Problem::refused(&reason)),
        }
    }

    /// The server's name: that of the same command, or a new one. A name that was given is kept whatever stands behind it,
    /// for policies speak of it: another command there is another server, which waits for review. Only where no name was
    /// given is one found that is free. Says what the user has to know of the name.
    fn named(&self, asked: &OpenWrap) -> Result<(ServerName, Option<String>), Problem> {
        let control = self.control()?;
        let transport = Transport::Wrapped { command: asked.command.clone() };
        let standing = |name: &ServerName| control.state.servers.get(name).map(|entry| &entry.document.transport);
        Ok(match &asked.name {
            Some(name) => {
                // a command that never answered as a server does not hold the name that it was given
                let unborn = control.state.servers.get(name).is_some_and(|entry| !held(entry));
                let note = match standing(name).filter(|_| !unborn) {
                    Some(other @ Transport::Wrapped { .. }) if *other != transport => Some(format!(
                        "`{name}` was another command until now: what it may do waits until you have looked at it with \
                         `bailiwick server review {name}`"
                    )),
                    None | Some(Transport::Wrapped { .. }) => None,
                    Some(Transport::Stdio { .. } | Transport::Http { .. }) => {
                        let why = "is a server that the node itself starts or reaches: choose another with --name";
                        return Err(Problem::bad(format!("`{name}` {why}")));
                    }
                };
                (name.clone(), note)
            }
            None => {
                let first = called(&asked.command);
                let mut names =
                    std::iter::once(first.clone()).chain((2..100).filter_map(|n| numbered(&asked.command, n)));
                let free = |name: &ServerName| standing(name).is_none_or(|other| *other == transport);
                let too_many = || Problem::bad("too many servers of this name: choose one with --name");
                let name = names.find(free).ok_or_else(too_many)?;
                let mut tools = control.state.tools.iter().filter(|(tool, _)| *tool.server() == name);
                let waits = !tools.any(|(_, entry)| entry.pinned.standing == Standing::Reviewed);
                let note = (name != first).then(|| {
                    let look = format!("nothing of it may be called until you have looked at it with `bailiwick server review {name}`, ");
                    format!(
                        "`{first}` is another command already, so this one is `{name}`, a server of its own: {}policies \
                         and reviews of `{first}` do not hold for it; give --name to choose",
                        if waits { look.as_str() } else { "" }
                    )
                });
                (name, note)
            }
        })
    }

    /// The server's document, where there is none of this name that holds it.
    async fn describe(&self, asked: &OpenWrap, name: &ServerName, peer: &Peer) -> Result<(), Problem> {
        let transport = Transport::Wrapped { command: asked.command.clone() };
        let server = match self.control()?.state.servers.get(name) {
            Some(entry) if asked.name.is_none() || held(entry) || entry.document.transport == transport => {
                return Ok(());
            }
            // what else a person said of it stays
            Some(entry) => Server { transport, ..entry.document.clone() },
            None => Server {
                name: name.clone(),
                transport,
                zone: Zone::own(),
                classes: Vec::new(),
                stateless: false,
                int64_exact: false,
                words_may_change: true,
            },
        };
        self.apply(vec![Document::Server(server)], Vec::new(), false, &Who::Socket(*peer)).await.map(drop)
    }

    /// A task of the built-in template `personal`, and its grant bound to this instance.
    async fn open_personal(&self, asked: &OpenWrap, start: Start) -> Result<Bound, Problem> {
        let (task, grant) = self.start_task(start, None).await?;
        let key = thumbprint(&asked.secret).ok_or_else(|| Problem::broken("the session has no key"))?;
        let caller = Caller {
            agent: asked.agent.clone(),
            assurance: Assurance::Local,
            attestation: asked.executable,
            instance: asked.instance.clone(),
            key,
            proof: None,
            road: Road::Socket,
        };
        let epoch = self.control()?.state.epoch;
        let bound = Bound { tenant: self.tenant, task, grant, epoch, caller, mode: Mode::Cooperative };
        if let Err(problem) = self.bind(&bound).await {
            self.end_bound(&bound, Ender::Node, Code::NotPossible).await?;
            return Err(problem);
        }
        Ok(bound)
    }

    /// Binds an instance's key to its grant.
    pub(crate) async fn bind(&self, bound: &Bound) -> Result<(), Problem> {
        let node = self.desk.node();
        let facts = bailiwick_core::Facts { caller: Some(bound.caller.clone()), mode: bound.mode, ..node.facts(0)? };
        let facts = node.with_elsewhere((bound.tenant, bound.task), None, facts).await?;
        let command = Command::Bind { grant: bound.grant };
        let decision = node.command(bound.tenant, bound.task, command, facts).await?;
        decision.decided.reasons.first().map_or(Ok(()), |reason| Err(Problem::refused(reason)))
    }

    /// Decides a call.
    pub(crate) async fn attempt(&self, bytes: &[u8], secret: &str, session: &Session) -> Result<Json, Problem> {
        let asked: AttemptBody = body(bytes)?;
        // What cannot be a tool's name is no tool: the answer is that of one that is not there, and not to try later.
        let Ok(tool) = ToolId::new(asked.server, &asked.tool) else {
            let reasons = vec![Reason::new(Code::NotAvailable)];
            return Ok(self.attempted(Attempted::Refused { reasons, event: None, waits: None }, &session.bound).await);
        };
        let asked = Asked {
            tool,
            arguments: asked.arguments,
            beside: asked.input,
            idempotency: asked.idempotency,
            continues: asked.continues.map(|RoundBody { act, leaf, asked, under }| Round { act, leaf, asked, under }),
            looked: asked.looked.map(looked::read),
            declined: asked.declined,
            settle_within: Span::seconds(asked.settle_within_seconds),
            proof: None,
            server: self.behind(session)?,
        };
        let attempted = self.desk.attempt(&session.bound, asked.clone()).await?;
        if let Attempted::Refused { reasons, .. } = &attempted
            && let Some(next) = self.follow(secret, session, reasons).await?
        {
            let attempted = self.desk.attempt(&next.bound, asked).await?;
            return Ok(self.attempted(attempted, &next.bound).await);
        }
        Ok(self.attempted(attempted, &session.bound).await)
    }

    async fn attempted(&self, attempted: Attempted, bound: &Bound) -> Json {
        let known = match &attempted {
            Attempted::Refused { reasons, .. } => self.known(bound, reasons).await,
            Attempted::Forward { .. } | Attempted::Look(_) | Attempted::Again { .. } => Known::default(),
        };
        attempted_json(attempted, &known, self.people.get().map(crate::signin::People::url))
    }

    /// Who takes the calls of a wrapper, where that is known: what it was seen to be. Another one may have started under
    /// the same name since, and been looked at.
    fn behind(&self, session: &Session) -> Result<Option<bailiwick_core::Digest>, Problem> {
        let Some(server) = &session.server else { return Ok(None) };
        let control = self.control()?;
        let same = control.state.servers.get(server).is_some_and(
            |entry| matches!(&entry.document.transport, Transport::Wrapped { command } if *command == session.command),
        );
        // Not looked at yet: of the same command the last look holds, another one is not what was looked at.
        let unseen = || (!same).then(|| bailiwick_core::Digest::new([0; 32]));
        Ok(session.identity.or_else(unseen))
    }

    /// When the window of a `personal` task has passed, the next one follows in the same process; never after a
    /// revocation, a suspension or a stop.
    async fn follow(&self, secret: &str, session: &Session, reasons: &[Reason]) -> Result<Option<Session>, Problem> {
        let ended = reasons
            .first()
            .is_some_and(|reason| matches!(reason.code, Code::WindowClosed | Code::TaskEnded | Code::GrantEnded));
        let Some(server) = session.server.clone().filter(|_| ended) else { return Ok(None) };
        let old = &session.bound;
        let summary = self.desk.task(old.tenant, old.task).await?;
        let expired = match summary.standing {
            TaskStanding::Live => reasons.first().is_some_and(|reason| reason.code == Code::WindowClosed),
            TaskStanding::Ended { why, .. } => why == Code::WindowClosed,
        };
        let Some(person) = summary.requester.filter(|_| expired) else { return Ok(None) };
        let by = bailiwick_core::By { assurance: Assurance::Local, person };
        let start = personal(&server, old.caller.agent.clone(), by)?;
        let (task, grant) = self.start_task(start, None).await?;
        let bound = Bound { task, grant, ..old.clone() };
        self.bind(&bound).await?;
        let next = Session { bound, ..session.clone() };
        if !self.sessions.rebind(secret, next.bound.clone()) {
            // Its process has ended meanwhile.
            self.end_session(&next, Ender::Node, Code::ClientGone).await?;
            return Ok(None);
        }
        Ok(Some(next))
    }

    /// What became of an act.
    pub(crate) async fn settle(&self, bytes: &[u8], session: &Session) -> Result<Json, Problem> {
        let asked: SettleBody = body(bytes)?;
        let tool = ToolId::new(asked.server, &asked.tool).map_err(|error| Problem::bad(error.to_string()))?;
        let received = match (asked.result, asked.nothing.as_deref()) {
            (Some(result), None) => Received::Result(result),
            (None, Some("never_sent")) => Received::NeverSent,
            (None, Some("error")) => Received::Error,
            (None, Some("secret_returned")) => Received::Secret { failed: false },
            (None, Some("secret_in_error")) => Received::Secret { failed: true },
            (None, Some(why)) => Received::Nothing(why.to_owned()),
            _ => return Err(Problem::bad("expected either `result` or `nothing`")),
        };
        let given = self.desk.settle(&session.bound, &tool, (asked.act, asked.leaf), received, &[]).await?;
        Ok(match given {
            Given::Whole(result) => Json::object([("given", Json::from("whole")), ("result", result)]),
            Given::Withheld(why) => Json::object([("given", Json::from("withheld")), ("why", Json::from(why))]),
            Given::Assumed => Json::object([("given", Json::from("assumed"))]),
            Given::Nothing => Json::object([("given", Json::from("nothing"))]),
        })
    }

    /// The tools that the caller's grant names, in the reviewed words.
    pub(crate) async fn shown(&self, session: &Session) -> Result<Json, Problem> {
        let tools = self.desk.shown(&session.bound, session.server.clone()).await?;
        let entry = |shown: bailiwick_node::ShownTool| {
            Json::object([
                ("server", text(shown.tool.server())),
                ("tool", Json::from(shown.tool.tool())),
                ("words", shown.words),
            ])
        };
        Ok(Json::object([("tools", Json::array(tools.into_iter().map(entry)))]))
    }

    /// What the caller may do.
    pub(crate) async fn authority(&self, session: &Session) -> Result<Json, Problem> {
        let authority = self.desk.authority(&session.bound, |approval| self.approval_url(approval)).await?;
        Ok(Json::object([("structured", authority.structured), ("text", Json::from(authority.text.as_str()))]))
    }

    /// Answers once people have answered a request of the caller's task.
    pub(crate) async fn answered(&self, session: &Session, approval: u64) -> Result<Json, Problem> {
        self.desk.answered(&session.bound, approval).await?;
        Ok(Json::object([("answered", Json::from(true))]))
    }

    /// Answers when the caller's grant has ended.
    pub(crate) async fn ended(&self, session: &Session) -> Result<Json, Problem> {
        self.desk.ended(&session.bound).await?;
        Ok(Json::object([("ended", Json::from(true))]))
    }
}

/// The start of a wrapper's task.
fn personal(server: &ServerName, agent: AgentId, by: bailiwick_core::By) -> Result<Start, Problem> {
    let template = TemplateName::parse("personal").map_err(|error| Problem::broken(error.to_string()))?;
    let parameters = BTreeMap::from([("server".to_owned(), server.to_string())]);
    Ok(Start { by, subject: None, template, parameters, agent, only: Vec::new(), seen: None })
}

pub(crate) fn text(value: &dyn std::fmt::Display) -> Json {
    Json::from(value.to_string().as_str())
}

fn waits_json(waits: Waits, url: Option<&str>) -> Json {
    let url = url.map(|url| format!("{url}/approvals/{}", waits.approval));
    Json::object([
        ("approval", Json::from(waits.approval)),
        ("until", Json::from(waits.until.0)),
        ("url", url.map_or(Json::Null, Json::from)),
    ])
}

fn attempted_json(attempted: Attempted, known: &Known, url: Option<&str>) -> Json {
    match attempted {
        Attempted::Forward { act, leaf, arguments, idempotency, under, within, quiet } => Json::object([
            ("act", Json::from(act)),
            ("arguments", arguments),
            ("idempotency", idempotency.as_deref().map_or(Json::Null, Json::from)),
            ("leaf", Json::from(leaf)),
            ("quiet", Json::from(quiet)),
            ("under", text(&under)),
            ("verdict", Json::from("forward")),
            ("within_micros", Json::from(within.0)),
        ]),
        Attempted::Look(looks) => Json::object([
            ("looks", Json::array(looks.into_iter().map(looked::look_json))),
            ("verdict", Json::from("look")),
        ]),
        Attempted::Again { act, outcome, result, .. } => Json::object([
            ("act", Json::from(act)),
            ("outcome", Json::from(outcome)),
            ("result", result.unwrap_or(Json::Null)),
            ("verdict", Json::from("again")),
        ]),
        Attempted::Refused { reasons, event, waits } => Json::object([
            ("event", event.map_or(Json::Null, Json::from)),
            ("known", known.json()),
            ("reasons", Json::array(reasons.iter().filter_map(|reason| reason_json(reason).ok()))),
            ("verdict", Json::from("refused")),
            ("waits", waits.map_or(Json::Null, |waits| waits_json(waits, url))),
        ]),
    }
}

fn reason_json(reason: &Reason) -> Result<Json, Problem> {
    // What people with the right to read policy may know is not told to the caller.
    let told = reason.clone().told();
    let text = serde_json::to_vec(&told).map_err(|error| Problem::broken(error.to_string()))?;
    Json::parse(&text, &crate::read::BODY_LIMITS).map_err(|error| Problem::broken(error.to_string()))
}

/// Whether a server's name is its command's: it was seen, or it is one that the node itself starts or reaches.
fn held(entry: &ServerEntry) -> bool {
    entry.identity.is_some() || !matches!(entry.document.transport, Transport::Wrapped { .. })
}
