//! Clients over HTTP: MCP Streamable HTTP of both eras, `/mcp` for all servers and `/mcp/{server}` for one. Knows no
//! listener and no token: whole requests come in with the address they came from, and a [`Doorkeeper`] says who calls.

mod body;
mod doorkeeper;
mod exchange;
mod head;
mod listen;
mod mirror;
mod reply;
mod sessions;

pub use body::DoorBody;
pub use doorkeeper::{Admitting, Doorkeeper, Guest, Knock, Recorded, TurnedAway};
pub use head::Reached;

use crate::era::{Era, MODERN, claimed_version};
use crate::methods::{Asked, asked};
use crate::rpc::{self, INVALID_REQUEST, Id, Message, RpcError, quoted};
use crate::session::{Scope, Session, is_own_tool};
use crate::settings::Settings;
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{ServerName, sha256};
use exchange::Exchange;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::{Body, Bytes};
use reply::SESSION;
use sessions::{Opened, Sessions};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// The door for clients over HTTP.
pub struct HttpDoor {
    keeper: Arc<dyn Doorkeeper>,
    reached: Reached,
    settings: Settings,
    sessions: Sessions,
    pieces: Semaphore,
    stopping: watch::Sender<bool>,
}

/// A request whose caller is known.
struct Known<'a> {
    headers: &'a HeaderMap,
    scope: Scope,
    guest: Guest,
}

/// A request's message.
struct Asking {
    id: Id,
    method: Arc<str>,
    params: Object,
}

type Taken = Result<Response<DoorBody>, TurnedAway>;

impl HttpDoor {
    /// A door. `secret` names its sessions; fresh at every start.
    pub fn new(keeper: Arc<dyn Doorkeeper>, reached: Reached, settings: Settings, secret: [u8; 32]) -> Self {
        let (sessions, pieces) = (Sessions::new(secret), Semaphore::new(body::PIECES_MAX));
        Self { keeper, reached, settings, sessions, pieces, stopping: watch::Sender::new(false) }
    }

    /// Ends the requests that would last until somebody ends them: the node goes.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether a path is of this door.
    pub fn serves(path: &str) -> bool {
        scope_of(path).is_some()
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>, peer: IpAddr) -> Response<DoorBody>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let taken = self.take(request, peer).await;
        let mut response = taken.unwrap_or_else(|refused| (*refused).map(DoorBody::from));
        self.keeper.mark(response.headers_mut());
        response
    }

    async fn take<B>(&self, request: Request<B>, peer: IpAddr) -> Taken
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let nothing = || reply::plain(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address");
        let scope = scope_of(head.uri.path()).ok_or_else(nothing)?;
        self.reached.check(&head)?;
        match head.method {
            Method::POST => head::check_post(&head.headers)?,
            Method::GET => head::check_listen(&head.headers)?,
            Method::DELETE => {}
            _ => return Err(reply::wrong_method("POST, GET, DELETE")),
        }
        let body = body::read(&head.headers, body, self.settings.client_message_bytes_max, &self.pieces).await?;
        let digest = sha256(&body);
        let (path, beside) = (head.uri.path(), &head.extensions);
        let knock = Knock { method: &head.method, path, headers: &head.headers, body: &digest, peer, beside };
        let guest = self.keeper.admit(knock).await?;
        let known = Known { headers: &head.headers, scope, guest };
        match head.method {
            Method::POST => self.post(known, &body).await,
            Method::GET => self.listen(&head, known),
            _ => self.end(&head, known),
        }
    }

    /// GET: the older era's stream beside the requests. The newer one has none.
    fn listen(&self, head: &Parts, known: Known<'_>) -> Taken {
        recorded_or(known.guest.unrecorded)?;
        let Some(id) = session_id(&head.headers)? else { return Err(reply::wrong_method("POST")) };
        let caller = known.guest.caller;
        let opened = self.sessions.find(id, &caller.key, &known.scope).ok_or_else(no_session)?;
        let Some(listening) = opened.listen() else {
            let sentence = "this session has its stream already";
            return Err(reply::plain(StatusCode::CONFLICT, "conflict", sentence));
        };
        let every = self.settings.keep_alive_every;
        Ok(reply::stream(listen::open(opened, listening, caller, known.guest.lives, every)))
    }

    /// DELETE: the older era's session ends.
    fn end(&self, head: &Parts, known: Known<'_>) -> Taken {
        recorded_or(known.guest.unrecorded)?;
        let Some(id) = session_id(&head.headers)? else { return Err(reply::wrong_method("POST")) };
        if !self.sessions.close(id, &known.guest.caller.key, &known.scope) {
            return Err(no_session());
        }
        let mut response = Response::new(DoorBody::whole(Bytes::new()));
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    async fn post(&self, mut known: Known<'_>, body: &[u8]) -> Taken {
        let message = match rpc::read(body, self.settings.client_message_bytes_max) {
            Ok(message) => message,
            Err(bad) => {
                recorded_or(known.guest.unrecorded)?;
                return Err(reply::refused(StatusCode::BAD_REQUEST, bad.id.as_ref(), bad.error));
            }
        };
        if !may_be_recorded(&message) {
            recorded_or(known.guest.unrecorded.take())?;
        }
        let modern = head::one(known.headers, mirror::VERSION) == Ok(Some(MODERN));
        match message {
            Message::Request { id, method, params } => {
                let asking = Asking { id, method, params };
                let claims = claimed_version(&asking.params).is_some();
                if claims || (modern && &*asking.method != "initialize") {
                    self.modern(known, asking).await
                } else {
                    self.legacy(known, asking).await
                }
            }
            // no client of the newer era sends one that says anything to us
            Message::Notification { .. } if modern => Ok(reply::accepted().map(DoorBody::from)),
            Message::Response { .. } if modern => {
                let error = RpcError::new(INVALID_REQUEST, "expected a request, found an answer");
                Err(reply::refused(StatusCode::BAD_REQUEST, None, error))
            }
            Message::Notification { method, params } => {
                self.session(&known)?.session.notification(&method, &params);
                Ok(reply::accepted().map(DoorBody::from))
            }
            Message::Response { id, outcome } => {
                let opened = self.session(&known)?;
                opened.session.answered(id.as_ref(), outcome, &known.guest.caller);
                Ok(reply::accepted().map(DoorBody::from))
            }
        }
    }

    async fn modern(&self, known: Known<'_>, asking: Asking) -> Taken {
        if let Err(error) = mirror::check(known.headers, &asking.method, &asking.params) {
            return Err(reply::refused(StatusCode::BAD_REQUEST, Some(&asking.id), error));
        }
        // ids are unique among what is open on one connection only, so each request is a session of its own
        let session = Session::new(known.scope.clone(), self.settings.clone());
        self.exchange(known, asking, session, Era::Modern).await
    }

    async fn legacy(&self, known: Known<'_>, asking: Asking) -> Taken {
        if &*asking.method != "initialize" {
            let opened = self.session(&known)?;
            return self.exchange(known, asking, opened.session, Era::Legacy).await;
        }
        if session_id(known.headers)?.is_some() {
            let error = RpcError::new(INVALID_REQUEST, "expected `initialize` without a session");
            return Err(reply::refused(StatusCode::BAD_REQUEST, Some(&asking.id), error));
        }
        let (caller, scope) = (known.guest.caller.key.clone(), known.scope.clone());
        let full = |_| reply::later("too many sessions are open");
        let (id, opened) = self.sessions.open(&caller, &scope, &self.settings).map_err(full)?;
        let taken = self.exchange(known, asking, opened.session.clone(), Era::Legacy).await;
        if opened.session.version().is_none() {
            // the handshake was none
            self.sessions.close(&id, &caller, &scope);
            return taken;
        }
        let mut response = taken?;
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(SESSION, value);
        }
        Ok(response)
    }

    async fn exchange(&self, known: Known<'_>, asking: Asking, session: Arc<Session>, era: Era) -> Taken {
        let idempotency = match head::one(known.headers, "idempotency-key") {
            Ok(key) => key.map(str::to_owned),
            Err(()) => {
                let sentence = "expected one `Idempotency-Key` of plain text";
                return Err(reply::plain(StatusCode::BAD_REQUEST, "invalid_request", sentence));
            }
        };
        let Guest { caller, unrecorded, recorded, lives } = known.guest;
        let Some(seat) = self.sessions.seat(&caller.key, self.settings.open_requests_max, lives) else {
            let sentence = format!("at most {} requests may be open at a time", self.settings.open_requests_max);
            return Err(reply::plain(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", &sentence));
        };
        let Asking { id, method, params } = asking;
        let admitted = match session.admit(&id, &method, &params) {
            Ok(admitted) => admitted,
            Err(error) => return Err(reply::refused(StatusCode::BAD_REQUEST, Some(&id), error)),
        };
        let keep_alive_every = self.settings.keep_alive_every;
        let lasts = asked(era, &method) == Some(Asked::Listen);
        let exchange = Exchange {
            session,
            caller,
            admitted,
            seat,
            era,
            id,
            method,
            params,
            idempotency,
            mirrored: (era == Era::Modern).then(|| mirror::parameters(known.headers)),
            unrecorded,
            recorded,
            keep_alive_every,
            streams: head::prefers_stream(known.headers),
            stopping: lasts.then(|| self.stopping.subscribe()),
        };
        Ok(exchange.run().await)
    }

    /// The session that a message of the older era belongs to.
    fn session(&self, known: &Known<'_>) -> Result<Opened, TurnedAway> {
        let bad = |sentence: &str| reply::plain(StatusCode::BAD_REQUEST, "invalid_request", sentence);
        let Some(id) = session_id(known.headers)? else {
            return Err(bad("expected `initialize` first, then its `Mcp-Session-Id`; or the envelope of 2026-07-28"));
        };
        let opened = self.sessions.find(id, &known.guest.caller.key, &known.scope).ok_or_else(no_session)?;
        match head::one(known.headers, mirror::VERSION) {
            // absent: that of the session
            Ok(None) => Ok(opened),
            Ok(version) if version == opened.session.version() => Ok(opened),
            Ok(Some(version)) => {
                Err(bad(&format!("`MCP-Protocol-Version` `{}` is not this session's", quoted(version))))
            }
            Err(()) => Err(bad("expected one `MCP-Protocol-Version`")),
        }
    }
}

fn scope_of(path: &str) -> Option<Scope> {
    match path.strip_prefix("/mcp")? {
        "" => Some(Scope::All),
        rest => ServerName::parse(rest.strip_prefix('/')?).ok().map(Scope::One),
    }
}

fn session_id(headers: &HeaderMap) -> Result<Option<&str>, TurnedAway> {
    let twice = |()| reply::plain(StatusCode::BAD_REQUEST, "invalid_request", "expected one `Mcp-Session-Id`");
    head::one(headers, SESSION).map_err(twice)
}

/// Whether a POST with this head may carry this message, as far as its form says.
pub(crate) fn form_of_post(headers: &HeaderMap, method: &str, params: &Json) -> Result<(), String> {
    let told = |away: TurnedAway| String::from_utf8_lossy(away.body()).into_owned();
    head::check_post(headers).map_err(told)?;
    session_id(headers).map_err(told)?;
    let _mirrored = mirror::parameters(headers);
    match params.as_object() {
        Some(params) => mirror::check(headers, method, params).map_err(|error| error.message),
        None => Ok(()),
    }
}

/// MCP 2025-11-25, Transports: a client that gets this begins anew.
fn no_session() -> TurnedAway {
    reply::plain(StatusCode::NOT_FOUND, "session_not_found", "there is no such session: initialize again")
}

/// What is told only to a proof that nothing more needs to be known of.
fn recorded_or(instead: Option<TurnedAway>) -> Result<(), TurnedAway> {
    instead.map_or(Ok(()), Err)
}

/// Whether something may be written of a message: then the record refuses a proof that it has seen.
fn may_be_recorded(message: &Message) -> bool {
    let Message::Request { method, params, .. } = message else { return false };
    let era = if claimed_version(params).is_some() { Era::Modern } else { Era::Legacy };
    match asked(era, method) {
        Some(Asked::CallTool) => !params.get("name").and_then(Json::as_str).is_some_and(is_own_tool),
        Some(Asked::Governed(_)) => true,
        Some(Asked::Listen) => {
            let resources = params.get("notifications").and_then(|wanted| wanted.get("resourceSubscriptions"));
            resources.and_then(Json::as_array).is_some_and(|all| !all.is_empty())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
