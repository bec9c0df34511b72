//! One session with one server, whatever its era and transport. Everything that goes up is ours: ids, tokens, envelope.

mod described;
mod desk;
mod heard;
mod http;
mod lines;
mod notices;
mod offer;
mod open;
mod pipe;
mod pool;
mod process;
mod said;
mod secrets;
mod seen;
mod target;

pub use described::NoTarget;
pub(crate) use http::messages_of;
pub(crate) use lines::{Line, Lines};
pub(crate) use notices::{Notice, Notices, WAITING_MAX, Wants};
pub(crate) use offer::AsTask;
pub use offer::mirrored;
pub(crate) use pool::named;
pub use pool::{NotOpen, Upstreams};
pub(crate) use said::{Said, URI_BYTES_MAX};
pub use secrets::{BadSecret, Secrets};
pub use target::{Account, HttpTarget, StderrTo, StdioTarget, Target};

use crate::asks::Able;
use crate::clock::Boot;
use crate::cut::Cut;
use crate::decider::Received;
use crate::era::{self, Era};
use crate::rpc::{self, INTERNAL_ERROR, Id, RpcError};
use bailiwick_core::json::{Json, Object};
use desk::Desk;
use offer::Offered;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// The type of a result that asks for input.
pub(crate) const ASKS: &str = "input_required";
/// How long a server may take to say how an MCP task stands.
const ABOUT_TASK_WITHIN: Duration = Duration::from_secs(30);
/// The type of a result that is an MCP task instead.
pub(crate) const TASK: &str = "task";
/// How long a server may take to say that it still has a session.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

/// One request to a server.
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) params: Object,
    /// What a decided act is called, for `_meta`.
    pub(crate) idempotency: Option<String>,
    /// No byte of it leaves after this.
    pub(crate) leave_by: Boot,
    pub(crate) answer_within: Duration,
    pub(crate) cut: Cut,
    pub(crate) notices: Option<Notices>,
    /// What the server may ask for in its answer, in the newer era.
    pub(crate) able: Able,
    /// Takes what the server asks meanwhile, in the older era.
    pub(crate) questions: Option<mpsc::Sender<Wants>>,
}

impl Ask {
    /// A question of our own, that no client is behind.
    fn own(method: &'static str, params: Object, within: Duration) -> Self {
        let leave_by = Boot::now().after(within);
        let (cut, notices, idempotency) = (Cut::new(), None, None);
        let able = Able::default();
        Self { method, params, idempotency, leave_by, answer_within: within, cut, notices, able, questions: None }
    }
}

/// How messages reach the server.
pub(crate) enum Link {
    Pipe(pipe::Pipe),
    Http(http::Http),
}

/// A session with one server.
pub(crate) struct Upstream {
    link: Link,
    desk: Arc<Desk>,
    era: Era,
    offered: Mutex<Arc<Offered>>,
}

/// A request on its way: its id, its bytes, and its bounds.
pub(crate) struct Outgoing<'a> {
    pub(crate) id: u64,
    pub(crate) method: &'static str,
    /// What `Mcp-Name` says, where the method has one.
    pub(crate) name: Option<String>,
    /// Arguments that go into headers besides.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) leave_by: Boot,
    pub(crate) answer_within: Duration,
    pub(crate) cut: &'a Cut,
}

impl Upstream {
    fn new(link: Link, desk: Arc<Desk>, era: Era) -> Self {
        let offered = Mutex::new(Arc::new(Offered::default()));
        if let Link::Http(http) = &link {
            http.speak(era);
        }
        Self { link, desk, era, offered }
    }

    pub(crate) const fn era(&self) -> Era {
        self.era
    }

    /// Whether it still answers, as far as is known.
    pub(crate) fn alive(&self) -> bool {
        let reached = match &self.link {
            Link::Pipe(_) => true,
            Link::Http(http) => http.alive(),
        };
        reached && !self.desk.is_closed()
    }

    /// Asks a server whose session was not used for long whether it still has it, so that no act begins on one that is
    /// gone. Afterwards [`Upstream::alive`] says what came of it.
    async fn look_again(&self) {
        if matches!(&self.link, Link::Http(http) if http.is_doubtful()) {
            // whatever it answers: only a session that is gone changes anything
            let _ = self.inquire("ping", Object::default(), LOOK_WITHIN).await;
        }
    }

    /// The older era's handshake agreed on this version.
    fn agree(&self, version: &'static str) {
        if let Link::Http(http) = &self.link {
            http.agree(version);
        }
    }

    /// Hears what the server says by itself, where that needs asking.
    fn listen(&self, changes: &[&'static str]) {
        match &self.link {
            Link::Http(http) => http.listen(changes),
            // the newer era says nothing that was not asked for (MCP 2026-07-28, subscriptions); its answer comes at the end
            Link::Pipe(pipe) if self.era == Era::Modern && !changes.is_empty() => {
                pipe.tell(http::listen_to(&Json::from(self.desk.number()), changes));
            }
            Link::Pipe(_) => {}
        }
    }

    /// Hears what it says of what is subscribed to, from now on.
    pub(crate) fn watch_said(&self) -> broadcast::Receiver<Said> {
        self.desk.watch_said()
    }

    /// Waits until it is gone.
    pub(crate) async fn gone(&self) {
        self.desk.gone().await;
    }

    /// What it offered when it was last asked.
    pub(crate) fn offered(&self) -> Arc<Offered> {
        locked(&self.offered).clone()
    }

    fn keep_offered(&self, offered: Offered) {
        *locked(&self.offered) = Arc::new(offered);
    }

    /// Sends a request and waits for what becomes of it. Never sends twice.
    pub(crate) async fn ask(&self, ask: Ask) -> Received {
        self.ask_as(self.desk.number(), ask).await
    }

    /// An id for a request that is known by it before it is asked.
    pub(crate) fn number(&self) -> u64 {
        self.desk.number()
    }

    /// As [`Upstream::ask`], under this id.
    pub(crate) async fn ask_as(&self, id: u64, ask: Ask) -> Received {
        let Ask { method, mut params, idempotency, leave_by, answer_within, cut, notices, able, questions } = ask;
        if cut.why().is_some() {
            return Received::NeverSent;
        }
        let mut meta = match self.era {
            Era::Modern => era::own_meta(notices.as_ref().is_some_and(Notices::wants_logs), able),
            Era::Legacy => Object::default(),
        };
        if notices.as_ref().is_some_and(|notices| notices.progress) {
            meta.insert("progressToken", Json::from(id));
        }
        if let Some(key) = idempotency {
            meta.insert(era::META_IDEMPOTENCY, Json::from(key));
        }
        if !meta.is_empty() {
            params.insert("_meta", Json::Object(meta));
        }
        let routed = match method {
            "tools/call" | "prompts/get" => params.get("name"),
            "resources/read" => params.get("uri"),
            // the tasks extension, Streamable HTTP, routing headers
            "tasks/get" | "tasks/update" | "tasks/cancel" => params.get("taskId"),
            _ => None,
        };
        let name = routed.and_then(Json::as_str).map(str::to_owned);
        let headers = self.headers_of(method, name.as_deref(), &params);
        let body = rpc::request(&Json::from(id), method, params).canonical().into_bytes();
        let expected = self.desk.expect(id, notices, questions);
        let outgoing = Outgoing { id, method, name, headers, body, leave_by, answer_within, cut: &cut };
        let received = match &self.link {
            Link::Pipe(pipe) => pipe.exchange(outgoing, expected).await,
            Link::Http(http) => http.exchange(outgoing, expected).await,
        };
        match (received, self.era) {
            (Received::Result(result), Era::Modern) => complete(method, able.tasks, result),
            (received, _) => received,
        }
    }

    fn headers_of(&self, method: &str, name: Option<&str>, params: &Object) -> Vec<(String, String)> {
        match (self.era, method, name) {
            (Era::Modern, "tools/call", Some(name)) => {
                let arguments = params.get("arguments").unwrap_or(&Json::Null);
                self.offered().headers(name, arguments)
            }
            _ => Vec::new(),
        }
    }

    /// Asks about an MCP task that it made.
    pub(crate) async fn about_task(&self, method: &'static str, mut params: Object, task: &str, cut: &Cut) -> Received {
        params.insert("taskId", Json::from(task));
        let able = Able { tasks: self.era == Era::Modern, ..Able::default() };
        self.ask(Ask { able, cut: cut.clone(), ..Ask::own(method, params, ABOUT_TASK_WITHIN) }).await
    }

    /// Waits for the result of an MCP task (the older era). What it asks meanwhile is declined.
    pub(crate) async fn result_of_task(&self, task: &str, within: Duration, cut: &Cut) -> Received {
        let params = [("taskId", Json::from(task))].into_iter().collect();
        let ask = Ask::own("tasks/result", params, ABOUT_TASK_WITHIN);
        self.ask(Ask { answer_within: within, cut: cut.clone(), ..ask }).await
    }

    /// Takes a subscription back (the older era). Whatever it answers, nothing of it is passed on any more.
    pub(crate) async fn unsubscribe(&self, uri: &str) {
        let params = [("uri", Json::from(uri))].into_iter().collect();
        let _said = self.inquire("resources/unsubscribe", params, LOOK_WITHIN).await;
    }

    /// Asks something of our own and takes an answer, or says why there is none.
    async fn inquire(&self, method: &'static str, params: Object, within: Duration) -> Result<Json, RpcError> {
        match self.ask(Ask::own(method, params, within)).await {
            Received::Result(result) => Ok(result),
            Received::Error(error) => {
                Err(RpcError::read(&error).unwrap_or_else(|| RpcError::new(INTERNAL_ERROR, "an error that is none")))
            }
            Received::NeverSent => Err(RpcError::new(INTERNAL_ERROR, format!("it did not take `{method}` in time"))),
            Received::Secret { .. } => {
                Err(RpcError::new(INTERNAL_ERROR, format!("its answer to `{method}` held a secret that it was given")))
            }
            Received::Nothing(why) => Err(RpcError::new(INTERNAL_ERROR, format!("no answer to `{method}`: {why}"))),
        }
    }

    /// Answers what the server asked. Says whether it left; `None` when nobody knows.
    pub(crate) async fn answer(&self, id: &Id, outcome: &Result<Json, RpcError>, leave_by: Boot) -> Option<bool> {
        let body = rpc::answer(Some(id), outcome).canonical().into_bytes();
        match &self.link {
            Link::Pipe(pipe) => pipe.answer(body, leave_by).await,
            Link::Http(http) => http.answer(body, leave_by).await,
        }
    }

    /// Says what needs no answer. What is asked afterwards comes after it.
    async fn tell(&self, method: &str, params: Object) {
        let body = rpc::notification(method, params).canonical().into_bytes();
        match &self.link {
            Link::Pipe(pipe) => pipe.tell(body),
            Link::Http(http) => http.tell(body).await,
        }
    }
}

/// Requests that may be answered with a question (MCP 2026-07-28, multi round-trip requests).
pub(crate) const MAY_ASK: [&str; 3] = ["prompts/get", "resources/read", "tools/call"];

/// A result of the newer era says that it is one (MCP 2026-07-28, Base Protocol), or that it asks for input first, or, where
/// it was told that it may, that it is an MCP task.
fn complete(method: &str, tasks: bool, result: Json) -> Received {
    let refused = |message: String| Received::Error(RpcError::new(INTERNAL_ERROR, message).json());
    match result.get("resultType").and_then(Json::as_str) {
        Some("complete") => Received::Result(result),
        Some(ASKS) if MAY_ASK.contains(&method) => Received::Result(result),
        Some(TASK) if tasks && method == "tools/call" => Received::Result(result),
        Some(other) => refused(format!("the server answered with a result of type `{}`", rpc::quoted(other))),
        None => refused("the server's result has no `resultType`".into()),
    }
}

/// A lock that a panic elsewhere does not take with it: what it guards is whole between any two statements.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
