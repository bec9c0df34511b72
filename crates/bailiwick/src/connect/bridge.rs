//! Lines of a client on one side, requests with proofs on the other.

use super::alone;
use super::events::Events;
use super::grantee::{Grantee, Held};
use super::headers::{VERSION, modern_headers};
use super::message::{MESSAGE_LIMITS, Message};
use super::mirror::{Mirror, is_mismatch};
use bailiwick_authority::client::{ClientError, NotGranted, Outgoing, Secured};
use bailiwick_core::json::{Json, Object};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The most bytes of an answer that comes whole.
const ANSWER_BYTES_MAX: usize = 32 << 20;
/// How often it is asked whether a task has been started.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// The most pages of tools that are asked for.
const PAGES_MAX: usize = 64;
/// How often it is looked whether what is open needs a newer token.
const RENEW_EVERY: Duration = Duration::from_secs(30);
/// How long until the stream of a session is opened again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const META_REFUSAL: &str = "bailiwick.dev/refusal";
/// Refusals after which the grant will never be good again.
const ENDED: [&str; 4] = ["grant_ended", "task_ended", "window_closed", "epoch_passed"];

/// The older era's session at the node.
#[derive(Clone, PartialEq, Eq)]
struct Opened {
    id: HeaderValue,
    version: HeaderValue,
    task: String,
}

#[derive(Default)]
struct State {
    /// What the client's `initialize` said, once it did.
    hello: Option<Object>,
    /// The client was shown that it has no task.
    alone: bool,
    /// What kind of trouble was said last on standard error.
    said: Option<std::mem::Discriminant<NotGranted>>,
    /// Open requests of the newer era, which end with their connections.
    open: BTreeMap<String, AbortHandle>,
    /// Which arguments go into headers.
    mirror: Mirror,
}

/// One client.
pub(super) struct Bridge {
    grantee: Grantee,
    out: mpsc::Sender<Json>,
    state: Mutex<State>,
    session: tokio::sync::Mutex<Option<Opened>>,
    /// Held by each request that is open.
    busy: Arc<()>,
}

/// How a request ended without an answer of the node.
enum Failed {
    Alone(NotGranted),
    /// The token is not taken: refused before anything was done.
    Token,
    Broken(String),
}

impl From<NotGranted> for Failed {
    fn from(why: NotGranted) -> Self {
        Self::Alone(why)
    }
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Broken(..) | ClientError::Strange(..) => {
                Self::Broken(format!("{error}; nobody here knows whether it was done"))
            }
            error => Self::Alone(NotGranted::Client(error)),
        }
    }
}

impl Bridge {
    pub(super) fn new(grantee: Grantee, out: mpsc::Sender<Json>) -> Arc<Self> {
        let (state, session, busy) = (Mutex::default(), tokio::sync::Mutex::default(), Arc::default());
        Arc::new(Self { grantee, out, state, session, busy })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one message. Ends when its answer has been given.
    pub(super) async fn take(self: Arc<Self>, message: Message) {
        if message.method.is_none() {
            // an answer to what a server asked: the session that asked knows which
            return self.pass_on(&message).await;
        }
        let Some(id) = message.id.clone() else { return self.notice(message).await };
        let _open = Arc::clone(&self.busy);
        if message.method() == "initialize" && !message.modern() {
            let hello = message.params().and_then(Json::as_object).cloned().unwrap_or_default();
            self.state().hello = Some(hello);
            *self.session.lock().await = None;
        }
        if message.method() == "server/discover" && message.modern() && !self.grantee.holds().await {
            return self.answer(&id, Ok(alone::discover())).await;
        }
        match self.ask(&message).await {
            Ok(()) => {}
            Err(Failed::Alone(why)) => {
                self.state().alone = true;
                self.say(&why);
                let answer = alone::answer(message.method(), message.params(), &why, &self.grantee.agent);
                self.answer(&id, answer).await;
            }
            Err(Failed::Broken(why)) => self.answer(&id, Err(alone::broken(&why))).await,
            Err(Failed::Token) => self.answer(&id, Err(alone::broken("the node takes no token of this grant"))).await,
        }
    }

    /// Says what a person has to do about it on standard error too, once: not every client shows what it was told.
    fn say(&self, why: &NotGranted) {
        if matches!(why, NotGranted::Held(_) | NotGranted::Client(_)) || alone::wrong_key(why) {
            let kind = std::mem::discriminant(why);
            if self.state().said.replace(kind) != Some(kind) {
                crate::print::words(&format!("bailiwick: {}", alone::words(why, &self.grantee.agent).trim_end()));
            }
        }
    }

    /// Remembers how an open request of the newer era is ended: with its connection.
    pub(super) fn track(&self, id: Option<String>, task: AbortHandle) {
        if let Some(id) = id {
            let mut state = self.state();
            state.open.retain(|_, task| !task.is_finished());
            state.open.insert(id, task);
        }
    }

    async fn notice(&self, message: Message) {
        if message.method() == "notifications/cancelled" {
            let id = message.params().and_then(|params| params.get("requestId")).map(Json::canonical);
            if let Some(task) = id.and_then(|id| self.state().open.remove(&id)) {
                // MCP 2026-07-28, Transports: closing the connection is the cancellation
                task.abort();
                return;
            }
        }
        self.pass_on(&message).await;
    }

    /// What is not answered: a notice, or an answer of the client's own.
    async fn pass_on(&self, message: &Message) {
        let opened = self.session.lock().await.clone();
        // one that a session is not open for says nothing that would be kept
        let Some(opened) = opened else { return };
        let Ok(held) = self.grantee.hold().await else { return };
        let _lost = self.post(&held, &message.whole, &session_headers(&opened)).await;
    }

    async fn answer(&self, id: &Json, outcome: Result<Json, Json>) {
        let (name, value) = match outcome {
            Ok(result) => ("result", result),
            Err(error) => ("error", error),
        };
        let answer = Json::object([("id", id.clone()), ("jsonrpc", Json::from("2.0")), (name, value)]);
        // a client that is gone needs no answer
        let _gone = self.out.send(answer).await;
    }

    async fn ask(self: &Arc<Self>, message: &Message) -> Result<(), Failed> {
        let held = self.grantee.hold().await?;
        match self.ask_as(&held, message).await {
            Err(Failed::Token) => {}
            other => return other,
        }
        // A new token may do; where the grant has ended there is none, and that is the answer.
        self.grantee.spent(&held).await;
        self.ask_as(&self.grantee.hold().await?, message).await
    }

    async fn ask_as(self: &Arc<Self>, held: &Held, message: &Message) -> Result<(), Failed> {
        let mut again = true;
        loop {
            let response = if message.modern() {
                let mut headers = modern_headers(message.method(), message.params());
                if message.method() == "tools/call" {
                    headers.extend(self.state().mirror.headers(message.params()));
                }
                let response = self.post(held, &message.whole, &headers).await?;
                if response.status() == StatusCode::BAD_REQUEST && again && message.method() == "tools/call" {
                    // nothing was decided: its headers may be wrong because its tool was never listed here
                    let answer = whole(response).await?;
                    again = false;
                    if is_mismatch(&answer) && self.list(held, message).await? {
                        continue;
                    }
                    return self.pass(answer, message, held).await;
                }
                response
            } else if message.method() == "initialize" {
                return self.initialize(held, message).await;
            } else {
                let opened = self.open(held).await?;
                let response = self.post(held, &message.whole, &session_headers(&opened)).await?;
                if response.status() == StatusCode::NOT_FOUND && again {
                    // the session is gone with the node that kept it, and nothing was done: another is opened
                    self.forget(&opened).await;
                    again = false;
                    continue;
                }
                response
            };
            return self.relay(response, message, held).await;
        }
    }

    /// Asks for the tools as the client could, page by page, to learn which arguments go into headers. Answers whether
    /// it could.
    async fn list(&self, held: &Held, message: &Message) -> Result<bool, Failed> {
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let meta = message.params().and_then(|params| params.get("_meta")).cloned().unwrap_or(Json::Null);
            let params = Json::object([("_meta", meta)].into_iter().chain(cursor.map(|cursor| ("cursor", cursor))));
            let whole_message = Json::object([
                ("id", Json::from("bailiwick-connect")),
                ("jsonrpc", Json::from("2.0")),
                ("method", Json::from("tools/list")),
                ("params", params),
            ]);
            let asking = Message { whole: whole_message, id: None, method: Some("tools/list".to_owned()) };
            let response = self.post(held, &asking.whole, &modern_headers(asking.method(), asking.params())).await?;
            if !response.status().is_success() {
                return Ok(false);
            }
            let answer = whole(response).await?;
            self.state().mirror.learn(&answer);
            cursor = answer.get("result").and_then(|result| result.get("nextCursor")).cloned();
            if cursor.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn initialize(self: &Arc<Self>, held: &Held, message: &Message) -> Result<(), Failed> {
        let mut session = self.session.lock().await;
        let response = self.post(held, &message.whole, &HeaderMap::new()).await?;
        let opened = response.headers().get(SESSION).cloned();
        let answer = whole(response).await?;
        let version = answer.get("result").and_then(|result| result.get("protocolVersion")).and_then(Json::as_str);
        if let (Some(id), Some(Ok(version))) = (opened, version.map(HeaderValue::from_str)) {
            *session = Some(Opened { id, version, task: held.task.to_string() });
            self.listen();
        }
        drop(session);
        let _gone = self.out.send(answer).await;
        Ok(())
    }

    /// The session at the node for the client's own, which may have begun before there was a task.
    async fn open(self: &Arc<Self>, held: &Held) -> Result<Opened, Failed> {
        let mut session = self.session.lock().await;
        if let Some(opened) = session.as_ref().filter(|opened| opened.task == held.task.to_string()) {
            return Ok(opened.clone());
        }
        let hello = self.state().hello.clone();
        let Some(hello) = hello else { return Err(Failed::Broken("expected `initialize` first".to_owned())) };
        let message = Json::object([
            ("id", Json::from("bailiwick-connect")),
            ("jsonrpc", Json::from("2.0")),
            ("method", Json::from("initialize")),
            ("params", Json::Object(hello)),
        ]);
        let response = self.post(held, &message, &HeaderMap::new()).await?;
        let id = response.headers().get(SESSION).cloned();
        let answer = whole(response).await?;
        let version = answer.get("result").and_then(|result| result.get("protocolVersion")).and_then(Json::as_str);
        let (Some(id), Some(Ok(version))) = (id, version.map(HeaderValue::from_str)) else {
            return Err(Failed::Broken("the node opened no session".to_owned()));
        };
        let opened = Opened { id, version, task: held.task.to_string() };
        *session = Some(opened.clone());
        let initialized =
            Json::object([("jsonrpc", Json::from("2.0")), ("method", Json::from("notifications/initialized"))]);
        let _lost = self.post(held, &initialized, &session_headers(&opened)).await;
        self.listen();
        Ok(opened)
    }

    async fn forget(&self, gone: &Opened) {
        let mut session = self.session.lock().await;
        if session.as_ref() == Some(gone) {
            *session = None;
        }
    }

    async fn post(&self, held: &Held, message: &Json, headers: &HeaderMap) -> Result<Response<Incoming>, Failed> {
        let mut headers = headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let accept = HeaderValue::from_static("application/json, text/event-stream");
        headers.insert(header::ACCEPT, accept);
        let body = Bytes::from(message.canonical());
        let response =
            self.send(held, Outgoing { method: Method::POST, url: &self.grantee.url, headers, body }).await?;
        if response.status() == StatusCode::UNAUTHORIZED { Err(Failed::Token) } else { Ok(response) }
    }

    async fn send(&self, held: &Held, outgoing: Outgoing<'_>) -> Result<Response<Incoming>, ClientError> {
        self.grantee.client.send(outgoing, Secured { key: &held.key, token: Some(held.token.as_str()) }).await
    }

    /// Gives the client what came back.
    async fn relay(&self, response: Response<Incoming>, message: &Message, held: &Held) -> Result<(), Failed> {
        if !is_stream(response.headers()) {
            let answer = whole(response).await?;
            return self.pass(answer, message, held).await;
        }
        let mut events = Events::default();
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| lost())?;
            let Ok(bytes) = frame.into_data() else { continue };
            for data in events.take(&bytes).map_err(|_| lost())? {
                let told = Json::parse(&data, &MESSAGE_LIMITS).map_err(|_| lost())?;
                if told.get("id") == message.id.as_ref() && told.get("method").is_none() {
                    return self.pass(told, message, held).await;
                }
                let _gone = self.out.send(told).await;
            }
        }
        // a request that was taken back ends without an answer
        Ok(())
    }

    async fn pass(&self, answer: Json, message: &Message, held: &Held) -> Result<(), Failed> {
        let id = message.id.as_ref();
        if answer.get("id") != id || answer.get("jsonrpc").is_none() {
            let said = answer.get("error_description").or_else(|| answer.get("detail")).and_then(Json::as_str);
            let said = crate::print::foreign(said.unwrap_or("it was not understood"));
            return Err(Failed::Broken(format!("the node refused the request: {said}")));
        }
        let refusal =
            answer.get("result").and_then(|result| result.get("_meta")?.get(META_REFUSAL)?.get("code")?.as_str());
        if refusal.is_some_and(|code| ENDED.contains(&code)) {
            self.grantee.spent(held).await;
            self.state().alone = true;
        }
        if message.method() == "tools/list" {
            self.state().mirror.learn(&answer);
        }
        let _gone = self.out.send(answer).await;
        Ok(())
    }

    /// Hears what the node says beside answers, for as long as the session that is open now is.
    fn listen(self: &Arc<Self>) {
        let bridge = Arc::clone(self);
        tokio::spawn(async move {
            let Some(mine) = bridge.session.lock().await.clone() else { return };
            while bridge.session.lock().await.as_ref() == Some(&mine) {
                if !bridge.hear(&mine).await {
                    return;
                }
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        });
    }

    /// One stream until it ends. Answers whether another may be opened.
    async fn hear(&self, opened: &Opened) -> bool {
        let Ok(held) = self.grantee.hold().await else { return false };
        let mut headers = session_headers(opened);
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        let outgoing = Outgoing { method: Method::GET, url: &self.grantee.url, headers, body: Bytes::new() };
        let Ok(response) = self.send(&held, outgoing).await else { return true };
        if response.status() != StatusCode::OK || !is_stream(response.headers()) {
            return false;
        }
        let (mut events, mut body) = (Events::default(), response.into_body());
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(bytes) = frame.into_data() else { continue };
            let Ok(data) = events.take(&bytes) else { return true };
            for told in data.iter().filter_map(|data| Json::parse(data, &MESSAGE_LIMITS).ok()) {
                if self.out.send(told).await.is_err() {
                    return false;
                }
            }
        }
        true
    }

    /// Looks for a task while there is none, and tells the client when one has begun. Runs as long as the client.
    pub(super) async fn wait_for_tasks(self: Arc<Self>) {
        loop {
            tokio::time::sleep(ASK_EVERY).await;
            if !self.state().alone {
                continue;
            }
            let Ok(held) = self.grantee.hold().await else { continue };
            self.state().alone = false;
            crate::print::words(&format!("bailiwick: acting under task {}", held.task));
            if self.state().hello.is_some() {
                let changed = "notifications/tools/list_changed";
                let told = Json::object([("jsonrpc", Json::from("2.0")), ("method", Json::from(changed))]);
                let _gone = self.out.send(told).await;
            }
        }
    }

    /// What is open at the node ends with the newest token that it has seen: while something is, it is shown each newer
    /// one. Runs as long as the client.
    pub(super) async fn renew(self: Arc<Self>) {
        let mut shown = None;
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            if Arc::strong_count(&self.busy) == 1 {
                continue;
            }
            let Ok(held) = self.grantee.hold().await else { continue };
            if shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &held.token)) {
                continue;
            }
            let whole = alone::still_here();
            let message = Message { whole, id: None, method: Some("server/discover".to_owned()) };
            // one that did not get through is tried again
            if self
                .post(&held, &message.whole, &modern_headers(message.method(), message.params()))
                .await
                .is_ok_and(|seen| seen.status().is_success())
            {
                shown = Some(held.token);
            }
        }
    }

    /// Ends the session at the node: its client is gone.
    pub(super) async fn close(&self) {
        self.end_session().await;
        self.grantee.release().await;
    }

    async fn end_session(&self) {
        let opened = self.session.lock().await.take();
        let Some(opened) = opened else { return };
        let Ok(held) = self.grantee.hold().await else { return };
        let headers = session_headers(&opened);
        let outgoing = Outgoing { method: Method::DELETE, url: &self.grantee.url, headers, body: Bytes::new() };
        // one that could not be told ends by itself
        let _lost = self.send(&held, outgoing).await;
    }
}

fn lost() -> Failed {
    Failed::Broken("the answer broke off; nobody here knows whether it was done".to_owned())
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/event-stream"))
}

async fn whole(response: Response<Incoming>) -> Result<Json, Failed> {
    let stream = is_stream(response.headers());
    let limited = http_body_util::Limited::new(response.into_body(), ANSWER_BYTES_MAX);
    let bytes = limited.collect().await.map_err(|_| lost())?.to_bytes();
    let bytes = match stream {
        // the last event is the answer; before it come notes that an answer of this kind has none of
        true => Events::default().take(&bytes).map_err(|_| lost())?.pop().unwrap_or_default().into(),
        false => bytes,
    };
    Json::parse(&bytes, &MESSAGE_LIMITS).map_err(|_| lost())
}

fn session_headers(opened: &Opened) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(SESSION, opened.id.clone());
    headers.insert(VERSION, opened.version.clone());
    headers
}
