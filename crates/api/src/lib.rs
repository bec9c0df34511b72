//! The doors that answer: `/v1` for people, scripts and wrappers.
//!
//! Knows no transport: a request comes in with who its peer is, an answer goes out.
//!
//! 1. Every act of a person is recorded with who did it and how that was made sure.
//! 2. A session's secret is worth something only to the uid that opened it.
//! 3. GET changes nothing.

mod called;
mod decisions;
mod documents;
mod events;
mod log;
mod nouns;
mod operate;
mod people;
mod problem;
mod read;
mod servers;
mod session;

pub use called::called;
pub use log::Streamed;
pub use operate::Operator;
pub use problem::{Misplaced, Problem};
pub use read::BODY_BYTES_MAX;
pub use servers::Offered;

use bailiwick_core::json::Json;
use bailiwick_core::{TaskId, TenantId};
use bailiwick_node::{Desk, Failure, LiveControl};
use http::{HeaderValue, Method, Response, header};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Who is on the other end of the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The uid, as the kernel says.
    pub uid: u32,
    /// The process, where the kernel says.
    pub pid: Option<i32>,
}

/// The header that carries a session's secret.
pub const SESSION_HEADER: &str = "bailiwick-session";

/// Where running instances ask for tasks.
pub trait Attach: std::fmt::Debug + Send + Sync {
    /// The next instance of its agent gets this task. False when too many wait already.
    fn attach(&self, task: TaskId) -> bool;
}

/// `/v1` of one tenant.
#[derive(Debug)]
pub struct Api {
    desk: Desk,
    tenant: TenantId,
    sessions: session::Sessions,
    /// What servers offered when they were looked at last.
    looked: servers::Looked,
    troubles: operate::Troubles,
    instances: OnceLock<Arc<dyn Attach>>,
    operator: OnceLock<Arc<dyn Operator>>,
    /// Whether nothing begins any more: what is under way is settled.
    draining: AtomicBool,
    /// Where files are, for `status`.
    places: Json,
}

/// A request, whole.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query, without its mark.
    pub query: String,
    /// The session's secret, where one came.
    pub session: Option<String>,
    /// The body, bounded by the server layer.
    pub body: Vec<u8>,
}

impl Api {
    /// Over a desk. `places` is shown by `status` as it is.
    pub fn new(desk: Desk, tenant: TenantId, places: Json) -> Self {
        let (sessions, looked) = (session::Sessions::default(), servers::Looked::default());
        let troubles = operate::Troubles::default();
        let (instances, operator) = (OnceLock::new(), OnceLock::new());
        let draining = AtomicBool::new(false);
        Self { desk, tenant, sessions, looked, troubles, instances, operator, draining, places }
    }

    /// The desk that it answers from.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Says where instances ask for tasks, once the node has an address for them.
    pub fn has_instances(&self, instances: Arc<dyn Attach>) {
        // One node has one address: a second is not asked.
        let _first = self.instances.set(instances);
    }

    /// How many sessions are open: a user's own node exits when there are none.
    pub fn sessions(&self) -> usize {
        self.sessions.count()
    }

    fn control(&self) -> Result<Arc<LiveControl>, Problem> {
        Ok(self.desk.node().control_now(self.tenant)?)
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request, peer: Peer) -> Response<Vec<u8>> {
        if let Some(file) = self.file(&request).await {
            return file.unwrap_or_else(|problem| problem.response());
        }
        match self.route(&request, peer).await {
            Ok(json) => {
                let mut response = Response::new(json.canonical().into_bytes());
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(problem) => problem.response(),
        }
    }

    async fn route(&self, request: &Request, peer: Peer) -> Result<Json, Problem> {
        let body = request.body.as_slice();
        let secret = request.session.as_deref();
        let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["v1", "wrap" | "decisions"] | ["v1", "tasks"]) if self.draining.load(Ordering::Relaxed) => {
                Err(Failure::Draining.into())
            }
            ("GET", ["v1", "status"]) => self.status().await,
            ("GET", ["v1", "events"]) => self.events(number(&request.query, "from")?.unwrap_or(0), 200),
            ("POST", ["v1", "documents"]) => self.apply_body(body, &peer).await,
            ("GET", ["v1", "tasks"]) => self.tasks().await,
            ("POST", ["v1", "tasks"]) => self.start_body(body, &peer).await,
            ("POST", ["v1", "tasks", "preview"]) => self.preview_body(body),
            ("GET", ["v1", "tasks", task]) => self.task_of(task).await,
            ("POST", ["v1", "tasks", task, "consent"]) => self.consent(decisions::task_id(task)?, &peer).await,
            ("POST", ["v1", "tasks", task, "attach"]) => self.attach(decisions::task_id(task)?, &peer).await,
            ("POST", ["v1", "tasks", task, "end"]) => self.end(decisions::task_id(task)?, body, &peer).await,
            ("GET", ["v1", "agents"]) => self.agents(),
            ("GET", ["v1", "agents", agent]) => self.agent_of(agent).await,
            ("GET", ["v1", "servers"]) => self.servers(),
            ("GET", ["v1", "servers", server]) => self.server(server),
            ("GET", ["v1", "tools"]) => self.tools(),
            // a tool's id is split at its first slash: the rest is its name
            ("GET", ["v1", "tools", server, tool @ ..]) if !tool.is_empty() => self.tool(server, &tool.join("/")),
            ("GET", ["v1", "templates"]) => self.templates(),
            ("GET", ["v1", "templates", template]) => self.template(template),
            ("GET", ["v1", "log"]) => self.log(),
            ("POST", ["v1", "servers", server, "review"]) => self.review(server, body, &peer).await,
            ("POST", ["v1", "agents", agent, "keys"]) => self.enroll(agent, body, &peer).await,
            ("POST", ["v1", "agents", agent, "suspend"]) => self.agent(agent, false, &peer).await,
            ("POST", ["v1", "agents", agent, "resume"]) => self.agent(agent, true, &peer).await,
            ("POST", ["v1", "tenant", "stop"]) => self.tenant(false, &peer).await,
            ("POST", ["v1", "tenant", "resume"]) => self.tenant(true, &peer).await,
            ("POST", ["v1", "log", "checkpoint"]) => self.checkpoint().await,
            ("GET", ["v1", "log", "key"]) => self.log_key(),
            ("POST", ["v1", "log", "heads"]) => self.heads().await,
            ("POST", ["v1", "log", "proof"]) => self.proof(&request.query).await,
            ("GET", ["v1", "doctor"]) => self.doctor().await,
            ("POST", ["v1", "backup"]) => self.backup(body).await,
            ("POST", ["v1", "node", "stop"]) => self.stop().await,
            ("POST", ["v1", "wrap"]) => self.open_wrap(body, &peer).await,
            ("DELETE", ["v1", "wrap"]) => self.close_wrap(secret, peer.uid).await,
            ("GET", ["v1", "wrap", "held"]) => {
                self.session(secret, &peer)?;
                // Never answered: whoever asked is there for as long as it waits, and the session no longer.
                std::future::pending().await
            }
            ("POST", ["v1", "offers"]) => {
                let session = self.session(secret, &peer)?;
                let offered: Offered = read::body(body)?;
                // A wrapper speaks of the server whose process it holds, and of no other.
                if session.server.as_ref() != Some(&offered.server) {
                    return Err(Problem::not_found("server"));
                }
                self.wrapped_offer(offered, secret.unwrap_or_default(), &session).await
            }
            ("POST", ["v1", "decisions"]) => {
                let session = self.session(secret, &peer)?;
                self.attempt(body, secret.unwrap_or_default(), &session).await
            }
            ("POST", ["v1", "decisions", "settle"]) => self.settle(body, &self.session(secret, &peer)?).await,
            ("GET", ["v1", "decisions", "shown"]) => self.shown(&self.session(secret, &peer)?).await,
            ("GET", ["v1", "decisions", "authority"]) => self.authority(&self.session(secret, &peer)?).await,
            ("GET", ["v1", "decisions", "ended"]) => self.ended(&self.session(secret, &peer)?).await,
            _ => Err(Problem::not_found("place")),
        }
    }
}

/// A number of the query; a name that stands twice is refused.
fn number(query: &str, name: &str) -> Result<Option<u64>, Problem> {
    let mut found = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
    let value = found.next().map(|(_, value)| value);
    if found.next().is_some() {
        return Err(Problem::bad(format!("`{name}` stands twice")));
    }
    value.map(|text| text.parse().map_err(|_| Problem::bad(format!("`{name}`: expected a whole number")))).transpose()
}
