//! `/v1` of one tenant: what it stands on, and how a request is answered.

use crate::allowed::other_methods;
use crate::described::read_whole;
use crate::keys::KeyRing;
use crate::openapi::openapi;
use crate::operate::{self, Operator};
use crate::problem::Own;
use crate::ways::{Accounts, Places};
use crate::{People, Problem, Who, servers, session};
use bailiwick_core::json::Json;
use bailiwick_core::{GrantId, TaskId, TenantId};
use bailiwick_node::{Desk, LiveControl};
use http::{HeaderValue, Method, Response, StatusCode, header};
use std::sync::atomic::AtomicBool;
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
    /// The next instance of its agent gets this task, or this grant of it. False when too many wait already.
    fn attach(&self, task: TaskId, grant: Option<GrantId>) -> bool;
}

/// `/v1` of one tenant.
#[derive(Debug)]
pub struct Api {
    pub(crate) desk: Desk,
    pub(crate) tenant: TenantId,
    pub(crate) sessions: session::Sessions,
    /// What servers offered when they were looked at last.
    pub(crate) looked: servers::Looked,
    pub(crate) troubles: operate::Troubles,
    pub(crate) accounts: OnceLock<Arc<dyn Accounts>>,
    pub(crate) places_of_agents: Places,
    pub(crate) instances: OnceLock<Arc<dyn Attach>>,
    pub(crate) records: OnceLock<Arc<dyn crate::Records>>,
    pub(crate) operator: OnceLock<Arc<dyn Operator>>,
    pub(crate) keys: OnceLock<Arc<dyn KeyRing>>,
    pub(crate) notices: OnceLock<Arc<dyn crate::Telling>>,
    pub(crate) provers: OnceLock<Arc<dyn crate::Provers>>,
    /// Where people reach the node.
    pub(crate) people: OnceLock<People>,
    /// One replay at a time, and what was said of changes that wait.
    pub(crate) replaying: crate::replay::Replaying,
    pub(crate) waiting: crate::replay::Waiting,
    /// The candidate that runs beside the policies.
    pub(crate) shadows: Arc<crate::replay::Shadows>,
    /// When authority is looked through next.
    pub(crate) sprawl: crate::review::SprawlBeat,
    /// Whether nothing begins any more: what is under way is settled.
    pub(crate) draining: AtomicBool,
    /// Where files are, for `status`.
    pub(crate) places: Json,
}

/// The path has other methods (RFC 9110 section 15.5.6).
fn not_allowed(others: &[&str]) -> Response<Vec<u8>> {
    let others = others.join(", ");
    let detail = format!("expected {others}");
    let (status, code) = (StatusCode::METHOD_NOT_ALLOWED, Own::MethodNotAllowed.into());
    let mut response = Problem { status, code, ..Problem::bad(detail) }.response();
    if let Ok(others) = HeaderValue::from_str(&others) {
        response.headers_mut().insert(header::ALLOW, others);
    }
    response
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
        let (instances, operator, keys) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let (notices, people, records) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let (accounts, provers, places_of_agents) = (OnceLock::new(), OnceLock::new(), Places::default());
        let draining = AtomicBool::new(false);
        Self {
            desk,
            tenant,
            sessions,
            looked,
            troubles,
            accounts,
            places_of_agents,
            instances,
            records,
            operator,
            keys,
            notices,
            people,
            provers,
            replaying: crate::replay::Replaying::default(),
            waiting: crate::replay::Waiting::default(),
            shadows: Arc::default(),
            sprawl: crate::review::SprawlBeat::default(),
            draining,
            places,
        }
    }

    /// Where people look at a request and answer it; `None` where the node has no address for people.
    pub fn approval_url(&self, approval: u64) -> Option<String> {
        self.people.get().map(|people| format!("{}/approvals/{approval}", people.url()))
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

    pub(crate) fn control(&self) -> Result<Arc<LiveControl>, Problem> {
        Ok(self.desk.node().control_now(self.tenant)?)
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request, who: &Who) -> Response<Vec<u8>> {
        if let Some(document) = openapi(&request.method, &request.path) {
            return document;
        }
        if let Some(others) = other_methods(request.method.as_str(), &request.path, who) {
            return not_allowed(&others);
        }
        if let Err(problem) = self.may(request.method.as_str(), &request.path, who).await {
            return problem.response();
        }
        if let Err(problem) = read_whole(request.method.as_str(), &request.path, &request.query) {
            return problem.response();
        }
        if let Some(file) = self.file(&request).await {
            return file.unwrap_or_else(|problem| problem.response());
        }
        match self.route(&request, who).await {
            Ok(json) => {
                let mut response = Response::new(json.canonical().into_bytes());
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                if request.path == DECISIONS
                    && let Some(at) = answered_at(&json)
                {
                    *response.status_mut() = StatusCode::ACCEPTED;
                    response.headers_mut().insert(header::LOCATION, at);
                }
                response
            }
            Err(problem) => problem.response(),
        }
    }
}

/// Where calls are decided.
const DECISIONS: &str = "/v1/decisions";

/// Where a call that waits for people is told that they answered (RFC 9110 §15.3.3): it is neither done nor refused yet.
fn answered_at(decided: &Json) -> Option<HeaderValue> {
    let approval = decided.get("waits")?.get("approval")?.as_u64()?;
    HeaderValue::from_str(&format!("{DECISIONS}/answered/{approval}")).ok()
}
