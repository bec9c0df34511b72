//! The client's side, one state machine for stdio and HTTP: what is asked is answered from the reviewed words, or becomes
//! a call that is decided; nothing of a client goes up but the arguments of what was decided.

mod across;
mod act;
mod answers;
mod ask;
mod asked;
mod kept;
mod listen;
mod look;
mod looks;
mod mcp_task;
mod on_record;
mod outcome;
mod own;
mod round;
mod shape;
mod share;
mod shelf;
mod subscribe;
mod taken_up;
mod wait;
mod watch;

pub(crate) use answers::Answers;
pub(crate) use kept::Kept;
pub use on_record::by_record;
pub(crate) use subscribe::Updates;
pub(crate) use watch::{Changed, Watch};

use crate::asks::{Able, TASKS};
use crate::cut::Cut;
use crate::decider::{Decider, Undecided};
use crate::era::{self, Era, Level, Meta};
use crate::methods::{Asked, Told, asked, told};
use crate::rpc::{INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, Id, METHOD_NOT_FOUND, RpcError, quoted};
use crate::settings::Settings;
use crate::upstream::{Upstreams, locked};
use answers::Expected;
use asked::Desk;
use bailiwick_core::ServerName;
use bailiwick_core::json::{Json, Object};
use own::AUTHORITY_TOOL;
use shelf::Shelf;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use subscribe::Subscriptions;
use tokio::sync::mpsc;
use watch::Listed;

/// Who calls: what decides for them, and their own sessions with servers.
#[derive(Clone)]
pub struct Caller {
    /// Names the caller to this process: a session belongs to one key.
    pub key: String,
    /// Decides every call.
    pub decider: Arc<dyn Decider>,
    /// The servers of the grant.
    pub upstreams: Arc<Upstreams>,
}

/// Which servers an endpoint shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them, each name saying its server.
    All,
    /// One, under its own names.
    One(ServerName),
}

/// What a client has said of itself, and what it has open.
pub(crate) struct Session {
    scope: Scope,
    settings: Settings,
    client: Mutex<Client>,
    open: Mutex<BTreeMap<Id, Cut>>,
    /// What the client was asked and has not answered.
    asked: Desk,
    /// The requests to people whose pages it was given.
    answers: Expected,
    subscriptions: Subscriptions,
    /// The lists that it was given.
    listed: Mutex<Listed>,
}

#[derive(Default)]
struct Client {
    /// The older era's version that was agreed on.
    version: Option<&'static str>,
    level: Option<Level>,
    /// What it can be asked for, as `initialize` said.
    able: Able,
}

/// A request that is open. Dropped: its id is free again.
pub(crate) struct Admitted {
    session: Arc<Session>,
    id: Id,
    pub(crate) cut: Cut,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        locked(&self.session.open).remove(&self.id);
    }
}

/// Why a request ends whose token has expired.
pub(crate) const TOKEN_EXPIRED: &str = "token_expired";

/// What headers say of arguments, by the header's name in small letters after `mcp-param-`; `None` for one that cannot be
/// read, or that came twice.
pub(crate) type Mirrored = BTreeMap<String, Option<String>>;

/// A request, with what came beside it.
pub(crate) struct Incoming {
    pub(crate) method: Arc<str>,
    pub(crate) params: Object,
    /// HTTP `Idempotency-Key`.
    pub(crate) idempotency: Option<String>,
    /// What headers of the newer era say of the arguments, where it came with headers.
    pub(crate) mirrored: Option<Mirrored>,
    /// Where progress and log lines go.
    pub(crate) out: mpsc::Sender<Json>,
}

/// What a request is answered with; `None`: it was cancelled, and nobody waits.
pub(crate) type Answer = Option<Result<Json, RpcError>>;

impl Session {
    pub(crate) fn new(scope: Scope, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            scope,
            settings,
            client: Mutex::default(),
            open: Mutex::default(),
            asked: Desk::default(),
            answers: Expected::default(),
            subscriptions: Subscriptions::default(),
            listed: Mutex::default(),
        })
    }

    /// The version that was agreed on with `initialize`.
    pub(crate) fn version(&self) -> Option<&'static str> {
        locked(&self.client).version
    }

    /// Opens a request, if its id is free and there is room. An `initialize` counts from here: what its client sends
    /// after it is of the session.
    pub(crate) fn admit(self: &Arc<Self>, id: &Id, method: &str, params: &Object) -> Result<Admitted, RpcError> {
        if method == "initialize" && era::claimed_version(params).is_none() {
            self.agree(params)?;
        }
        let mut open = locked(&self.open);
        if open.contains_key(id) {
            return Err(RpcError::new(INVALID_REQUEST, "a request with this `id` is open already"));
        }
        let most = self.settings.open_requests_max;
        if open.len() >= most {
            return Err(RpcError::new(INTERNAL_ERROR, format!("at most {most} requests may be open at a time")));
        }
        let cut = Cut::new();
        open.insert(id.clone(), cut.clone());
        Ok(Admitted { session: self.clone(), id: id.clone(), cut })
    }

    fn agree(&self, params: &Object) -> Result<(), RpcError> {
        let Some(version) = params.get("protocolVersion").and_then(Json::as_str) else {
            return Err(RpcError::new(INVALID_PARAMS, "expected `params.protocolVersion` to be a string"));
        };
        let mut client = locked(&self.client);
        if client.version.is_some() {
            return Err(RpcError::new(INVALID_REQUEST, "this session is initialized already"));
        }
        client.version = Some(era::negotiate(version));
        client.able = Able::read(params.get("capabilities"));
        Ok(())
    }

    /// Cuts everything that is open.
    pub(crate) fn cut_all(&self, why: &'static str) {
        self.subscriptions.end_all();
        locked(&self.open).values().for_each(|cut| cut.cut(why));
    }

    /// Takes an answer of the client; `by` is who brought it. One that is late, came before, or answers nothing is
    /// dropped.
    pub(crate) fn answered(&self, id: Option<&Id>, outcome: Result<Json, RpcError>, by: &Caller) {
        self.asked.answered(id, outcome, by);
    }

    /// Takes a notification. Nothing of it goes up but a cancellation, in our own words.
    pub(crate) fn notification(&self, method: &str, params: &Object) {
        if told(method) == Some(Told::Cancelled) {
            let id = params.get("requestId").and_then(Id::read);
            let cut = id.and_then(|id| locked(&self.open).get(&id).cloned());
            if let Some(cut) = cut {
                cut.cut("cancelled");
            }
        }
    }

    /// What a caller is shown. `fresh`: the servers are started and compared with their pins before.
    async fn shelf(&self, caller: &Caller, fresh: bool) -> Result<Shelf, RpcError> {
        let Caller { decider, upstreams, .. } = caller;
        let (scope, prefixed) = match &self.scope {
            Scope::All => (None, true),
            Scope::One(server) => (Some(server.clone()), false),
        };
        if fresh {
            match &scope {
                None => upstreams.start(&**decider).await,
                // why it is not there is told by whatever needs it
                Some(server) => drop(upstreams.open(server, &**decider).await),
            }
        }
        match decider.shown(scope).await {
            Ok(shown) => {
                let shelf = Shelf::new(shown, prefixed);
                shelf.servers().for_each(|server| upstreams.names(server, shelf.askable(server)));
                Ok(shelf)
            }
            // nothing is bound yet: our own tool says what to ask the person for
            Err(Undecided::Unbound) => Ok(Shelf::new(Vec::new(), prefixed)),
            Err(why) => Err(RpcError::new(INTERNAL_ERROR, why.to_string())),
        }
    }

    /// Whether a method is served to this caller: where no server makes MCP tasks, nobody has any to ask about. Whose grant has
    /// ended is told that: what made them went with it.
    async fn serves(&self, asked: Asked, caller: &Caller) -> bool {
        if !matches!(asked, Asked::Task(_)) || caller.upstreams.make_tasks() {
            return true;
        }
        matches!(caller.decider.mark().await, Ok(mark) if !mark.live)
    }

    /// Answers a request.
    pub(crate) async fn request(&self, caller: &Caller, admitted: &Admitted, incoming: Incoming) -> Answer {
        let Incoming { method, mut params, idempotency, mirrored, out } = incoming;
        let mut meta = match era::take_meta(&mut params) {
            Ok(meta) => meta,
            Err(error) => return Some(Err(error)),
        };
        let era = if meta.envelope.is_some() { Era::Modern } else { Era::Legacy };
        if let (Some(header), Some(own)) = (&idempotency, &meta.idempotency)
            && header != own
        {
            let message = "expected `Idempotency-Key` and the idempotency key in `_meta` to be one";
            return Some(Err(RpcError::new(INVALID_PARAMS, message)));
        }
        meta.idempotency = meta.idempotency.or(idempotency);
        let known = match asked(era, &method) {
            Some(asked) if self.serves(asked, caller).await => Some(asked),
            _ => None,
        };
        let Some(asked) = known else {
            // a request of the newer era that lacks what each has (MCP 2026-07-28, Base protocol, `_meta`)
            let newer = era == Era::Legacy && asked(Era::Modern, &method) == Some(Asked::Discover);
            return Some(Err(if newer { without_envelope() } else { not_governed(&method) }));
        };
        let first = matches!(asked, Asked::Initialize | Asked::Ping);
        if era == Era::Legacy && !first && self.version().is_none() {
            let key = era::META_VERSION;
            let message = format!("expected `initialize` first, or `params._meta[\"{key}\"]` in each request");
            return Some(Err(RpcError::new(INVALID_PARAMS, message)));
        }
        let asking = Asking { session: self, caller, admitted, era, meta, mirrored, out };
        let outcome = match asked {
            Asked::CallTool => asking.call_tool(params).await?,
            Asked::Governed(governed) => asking.govern(governed, params).await?,
            Asked::Listen => asking.listen(&params).await?,
            simple => {
                // nothing is open upstream on its behalf: a client that goes needs no answer
                tokio::select! {
                    biased;
                    _ = admitted.cut.wait() => return None,
                    outcome = asking.answer(simple, params) => outcome,
                }
            }
        };
        Some(match outcome {
            Ok(result) => Ok(shape::result(era, &method, result)),
            Err(error) => Err(shape::error(era, error)),
        })
    }
}

/// One request being answered.
struct Asking<'a> {
    session: &'a Session,
    caller: &'a Caller,
    admitted: &'a Admitted,
    era: Era,
    meta: Meta,
    mirrored: Option<Mirrored>,
    out: mpsc::Sender<Json>,
}

impl Asking<'_> {
    /// Answers what is no act.
    async fn answer(&self, asked: Asked, params: Object) -> Result<Json, RpcError> {
        match asked {
            Asked::Initialize => self.initialize().await,
            Asked::Discover => {
                only(&params, &[])?;
                self.discover().await
            }
            Asked::Ping => only(&params, &[]).map(|()| Json::Object(Object::default())),
            Asked::SetLevel => self.set_level(&params),
            Asked::ListTools => {
                let shelf = self.shelf(true).await?;
                locked(&self.session.listed).tools = Some(watch::digest(&shelf.tools(Era::Modern)));
                self.list(&params, "tools", shelf.tools(self.era))
            }
            Asked::ListPrompts => {
                let prompts = self.shelf(true).await?.prompts();
                locked(&self.session.listed).prompts = Some(watch::digest(&prompts));
                self.list(&params, "prompts", prompts)
            }
            Asked::ListTemplates => {
                let templates = self.shelf(true).await?.templates();
                self.list(&params, "resourceTemplates", templates)
            }
            Asked::Unsubscribe => self.unsubscribe(&params),
            Asked::Task(about) => self.about_task(about, &params).await,
            // by INVARIANT of `request`: the others are not answered here
            Asked::CallTool | Asked::Governed(_) | Asked::Listen => Err(not_governed("")),
        }
    }

    /// The one server of this session, where nothing can be done without it.
    async fn server_there(&self) -> Result<(), RpcError> {
        let Caller { decider, upstreams, .. } = self.caller;
        match &self.session.scope {
            Scope::One(server) if self.session.settings.server_needed => match upstreams.open(server, &**decider).await
            {
                Ok(_) => Ok(()),
                Err(why) => Err(RpcError::new(INTERNAL_ERROR, why.to_string())),
            },
            _ => Ok(()),
        }
    }

    async fn initialize(&self) -> Result<Json, RpcError> {
        self.server_there().await?;
        let shelf = self.shelf(true).await?;
        Ok(Json::object([
            ("capabilities", capabilities(Era::Legacy, &shelf, self.caller.upstreams.make_tasks())),
            ("instructions", Json::from(shelf.instructions())),
            ("protocolVersion", self.session.version().map_or(Json::Null, Json::from)),
            ("serverInfo", era::ourselves()),
        ]))
    }

    async fn discover(&self) -> Result<Json, RpcError> {
        self.server_there().await?;
        let shelf = self.shelf(true).await?;
        Ok(Json::object([
            ("capabilities", capabilities(Era::Modern, &shelf, self.caller.upstreams.make_tasks())),
            ("instructions", Json::from(shelf.instructions())),
            ("supportedVersions", Json::array([Json::from(era::MODERN)])),
        ]))
    }

    fn set_level(&self, params: &Object) -> Result<Json, RpcError> {
        only(params, &["level"])?;
        let Some(level) = params.get("level").and_then(Json::as_str).and_then(Level::read) else {
            return Err(RpcError::new(INVALID_PARAMS, "expected `params.level` to be a log level"));
        };
        locked(&self.session.client).level = Some(level);
        Ok(Json::Object(Object::default()))
    }

    fn list(&self, params: &Object, member: &str, entries: Vec<Json>) -> Result<Json, RpcError> {
        only(params, &["cursor"])?;
        shelf::page(entries, member, params.get("cursor"), self.session.settings.page_entries)
    }

    async fn shelf(&self, fresh: bool) -> Result<Shelf, RpcError> {
        self.session.shelf(self.caller, fresh).await
    }

    /// The least log level that the client wants to hear of.
    fn level(&self) -> Option<Level> {
        match &self.meta.envelope {
            Some(envelope) => envelope.level,
            // a client of the older era that never said so hears everything
            None => locked(&self.session.client).level.or(Some(Level::LEAST)),
        }
    }
}

/// What we serve of what the servers have. `tasks`: calls of some may become MCP tasks.
fn capabilities(era: Era, shelf: &Shelf, tasks: bool) -> Json {
    let none = || Json::Object(Object::default());
    let mut capabilities = Object::default();
    let changes = || Json::object([("listChanged", Json::from(true))]);
    capabilities.insert("tools", changes());
    capabilities.insert("logging", none());
    if shelf.has("prompts:get") {
        capabilities.insert("prompts", changes());
    }
    if shelf.has("resources:read") || shelf.has("resources:list") {
        let subscribes = shelf.has("resources:subscribe").then(|| ("subscribe", Json::from(true)));
        capabilities.insert("resources", Json::object(subscribes));
    }
    if shelf.has("completion:complete") {
        capabilities.insert("completions", none());
    }
    match era {
        Era::Legacy if tasks => {
            let call = Json::object([("tools", Json::object([("call", none())]))]);
            capabilities.insert("tasks", Json::object([("cancel", none()), ("list", none()), ("requests", call)]));
        }
        Era::Modern if tasks => {
            capabilities.insert("extensions", Json::object([(TASKS, none())]));
        }
        Era::Legacy | Era::Modern => {}
    }
    Json::Object(capabilities)
}

/// Whether a name is our own tool's: a call of it decides nothing and writes nothing.
pub(crate) fn is_own_tool(name: &str) -> bool {
    name == AUTHORITY_TOOL
}

fn without_envelope() -> RpcError {
    RpcError::new(INVALID_PARAMS, format!("expected `params._meta[\"{}\"]` to be a string", era::META_VERSION))
}

fn not_governed(method: &str) -> RpcError {
    let method = quoted(method);
    let data = Json::object([("code", Json::from("method_not_governed")), ("disposition", Json::from("stop"))]);
    RpcError::new(METHOD_NOT_FOUND, format!("the method `{method}` is not governed here, so it is refused")).with(data)
}

/// We refuse more than MCP: parameters that a method does not have.
fn only(params: &Object, known: &[&str]) -> Result<(), RpcError> {
    match params.keys().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let name = quoted(name);
            Err(RpcError::new(
                INVALID_PARAMS,
                format!("`params.{name}` is no parameter of this method, or not served here"),
            ))
        }
    }
}

#[cfg(test)]
mod tests;
