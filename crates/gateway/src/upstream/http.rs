//! Streamable HTTP, both eras: a message a POST, its answer as JSON or as a stream of events.
//!
//! Nothing here follows a redirect, keeps a cookie, asks a proxy or sends twice.

mod answer;
mod events;
mod head;
mod listen;
mod valve;
mod wire;
mod wires;

pub(crate) use events::messages_of;
pub(super) use listen::question as listen_to;

use super::desk::{Desk, Expected};
use super::target::HttpTarget;
use super::{Outgoing, locked};
use crate::asks::Able;
use crate::clock::Boot;
use crate::decider::Received;
use crate::era::{self, Era};
use crate::rpc::{self, RpcError};
use crate::settings::Settings;
use bailiwick_core::json::{Json, Object};
use bailiwick_dial::Place;
use head::{Heads, Routed};
use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use valve::Ticket;
use wire::Asked;
use wires::{Lost, Wires};

/// How long what needs no answer may take.
const ASIDE_WITHIN: Duration = Duration::from_secs(5);
/// How many of these may be under way; a server that asks more gets no answer.
const ASIDE_MAX: usize = 16;
/// How much is read of what nobody waits for.
const ASIDE_BYTES_MAX: usize = 64 << 10;
/// A session that was not used for so long may be gone: it is asked before an act begins on it.
const UNUSED: Duration = Duration::from_secs(30);

/// A session with an endpoint.
pub(crate) struct Http {
    shared: Arc<Shared>,
    listener: Mutex<Option<AbortHandle>>,
}

/// What requests under way and the listener have in common.
struct Shared {
    wires: Wires,
    heads: Mutex<Heads>,
    desk: Arc<Desk>,
    /// No further request begins here: the session is gone, or the server is not reached. What is open goes on.
    gone: AtomicBool,
    /// Why it is not reached.
    trouble: Mutex<Option<String>>,
    aside: Arc<Semaphore>,
    used: Mutex<Instant>,
}

/// Whether a target could be spoken to at all, without connecting.
pub(super) fn check(target: &HttpTarget) -> Result<(), String> {
    Heads::new(wire::place(&target.url)?, target).map(drop)
}

impl Http {
    /// Reads the target; connects to nothing yet.
    pub(super) fn new(target: &HttpTarget, settings: &Settings) -> Result<Self, String> {
        let place = wire::place(&target.url)?;
        let heads = Heads::new(place.clone(), target)?;
        let shared = Shared {
            wires: Wires::new(wire::dialler(place, &target.authorities)?),
            heads: Mutex::new(heads),
            desk: Arc::new(Desk::new(settings.server_message_bytes_max, target.secrets.clone())),
            gone: AtomicBool::new(false),
            trouble: Mutex::new(None),
            aside: Arc::new(Semaphore::new(ASIDE_MAX)),
            used: Mutex::new(Instant::now()),
        };
        Ok(Self { shared: Arc::new(shared), listener: Mutex::new(None) })
    }

    pub(super) fn desk(&self) -> Arc<Desk> {
        self.shared.desk.clone()
    }

    /// From now on it is spoken to as one of this era.
    pub(super) fn speak(&self, era: Era) {
        locked(&self.shared.heads).speak(era);
    }

    /// The older era's handshake agreed on this version.
    pub(super) fn agree(&self, version: &'static str) {
        locked(&self.shared.heads).agree(version);
    }

    pub(super) fn alive(&self) -> bool {
        !self.shared.gone.load(Ordering::Acquire)
    }

    /// Why this failed answer to the probe says nothing about the server's era; `None`: it may be of the older one.
    pub(super) fn says_nothing_of_era(&self, error: &RpcError) -> Option<String> {
        if let Some(why) = locked(&self.shared.trouble).clone() {
            return Some(why);
        }
        let status = error.data.as_ref().and_then(|data| data.get("status")).and_then(Json::as_u64)?;
        let other = matches!(status, 300..=399 | 401 | 403 | 407 | 429 | 500..=599);
        other.then(|| error.message.clone())
    }

    /// Hears from now on what the server says by itself. In the newer era it has to be asked for `changes` (MCP
    /// 2026-07-28, subscriptions).
    pub(super) fn listen(&self, changes: &[&'static str]) {
        let question = match locked(&self.shared.heads).era {
            Era::Legacy => None,
            Era::Modern if changes.is_empty() => return,
            Era::Modern => Some(Bytes::from(listen::question(&Json::from("listen"), changes))),
        };
        let listener = tokio::spawn(listen::listen(self.shared.clone(), question)).abort_handle();
        if let Some(before) = locked(&self.listener).replace(listener) {
            before.abort();
        }
    }

    /// Whether a session that may be gone should be asked before it is used.
    pub(super) fn is_doubtful(&self) -> bool {
        locked(&self.shared.heads).has_session() && locked(&self.shared.used).elapsed() > UNUSED
    }

    /// Sends what needs no answer, and waits until it was taken.
    pub(super) async fn tell(&self, body: Vec<u8>) {
        self.shared.aside(body).await;
    }

    /// Sends an answer, before its time or not at all.
    pub(super) async fn answer(&self, body: Vec<u8>, leave_by: Boot) -> Option<bool> {
        self.shared.answer(body, leave_by).await
    }

    pub(super) async fn exchange(&self, outgoing: Outgoing<'_>, mut expected: Expected) -> Received {
        let Outgoing { id, method, name, headers, body, leave_by, answer_within, cut } = outgoing;
        if expected.hopeless() || !self.alive() {
            return Received::NeverSent;
        }
        let routed = Routed { method, name: name.as_deref(), headers: &headers };
        let (request, era) = {
            let heads = locked(&self.shared.heads);
            (heads.post(Bytes::from(body), routed), heads.era)
        };
        let ticket = Ticket::new(leave_by);
        let opens = method == "initialize";
        let nothing = {
            let mut asking = std::pin::pin!(self.shared.ask(request, &ticket, id, opens, &mut expected));
            let mut answer_by = std::pin::pin!(tokio::time::sleep(answer_within));
            let mut waits = true;
            loop {
                tokio::select! {
                    biased;
                    received = &mut asking => return received,
                    why = cut.wait() => break why,
                    () = ticket.too_late(), if waits => {
                        waits = false;
                        if ticket.withdraw() {
                            return Received::NeverSent;
                        }
                    }
                    () = &mut answer_by => break "time-out",
                }
            }
        };
        if ticket.withdraw() {
            return Received::NeverSent;
        }
        // to the newer era the closed connection says it all; to the older one it says nothing (MCP, cancellation),
        // and `initialize` must not be cancelled
        if era == Era::Legacy && !opens {
            let mut params = Object::default();
            params.insert("reason", Json::from(nothing));
            params.insert("requestId", Json::from(id));
            self.shared.spawn_aside(rpc::notification("notifications/cancelled", params).canonical().into_bytes());
        }
        Received::Nothing(nothing)
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if let Some(listener) = locked(&self.listener).take() {
            listener.abort();
        }
        self.shared.desk.close();
        let heads = locked(&self.shared.heads);
        if !heads.has_session() || self.shared.gone.load(Ordering::Acquire) {
            return;
        }
        let request = heads.delete();
        let shared = self.shared.clone();
        // the session ends with the grant, at the server too; nobody waits for it
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { shared.forget(request).await });
        }
    }
}

impl Shared {
    /// Sends a request and reads its answer.
    async fn ask(
        self: &Arc<Self>,
        request: Asked,
        ticket: &Arc<Ticket>,
        id: u64,
        opens: bool,
        expected: &mut Expected,
    ) -> Received {
        *locked(&self.used) = Instant::now();
        let (wire, response) = match self.wires.send(request, ticket).await {
            Ok(answered) => answered,
            Err(lost) => {
                self.gone.store(true, Ordering::Release);
                let (why, received) = match lost {
                    Lost::Unreached(why) => (Some(why.to_string()), Received::NeverSent),
                    Lost::Unsent => (Some(self.closed()), Received::NeverSent),
                    // half a message may have been taken, or all of it
                    Lost::Sent => (None, Received::Nothing("disconnected")),
                };
                *locked(&self.trouble) = why;
                return received;
            }
        };
        if opens {
            locked(&self.heads).keep_session(response.headers());
        }
        self.read(wire, response, id, expected).await
    }

    fn closed(&self) -> String {
        let Place { host, port, .. } = self.wires.dialler().place();
        format!("`{host}:{port}` closed the connection before anything was sent")
    }

    /// Sends what needs no answer, unless too much of it is under way.
    fn spawn_aside(self: &Arc<Self>, body: Vec<u8>) {
        let Ok(permit) = self.aside.clone().try_acquire_owned() else { return };
        let shared = self.clone();
        tokio::spawn(async move {
            shared.aside(body).await;
            drop(permit);
        });
    }

    async fn aside(&self, body: Vec<u8>) {
        let request = locked(&self.heads).post(Bytes::from(body), Routed::default());
        self.forget(request).await;
    }

    /// Sends an answer. Whatever the server says to it, it had it.
    async fn answer(&self, body: Vec<u8>, leave_by: Boot) -> Option<bool> {
        let request = locked(&self.heads).post(Bytes::from(body), Routed::default());
        let ticket = Ticket::new(leave_by);
        let sending = async {
            match self.wires.send(request, &ticket).await {
                Ok((wire, response)) => {
                    let body = http_body_util::Limited::new(response.into_body(), ASIDE_BYTES_MAX);
                    if body.collect().await.is_ok() {
                        self.wires.keep(wire);
                    }
                    Some(true)
                }
                Err(Lost::Unreached(_) | Lost::Unsent) => Some(false),
                Err(Lost::Sent) => None,
            }
        };
        match tokio::time::timeout(ASIDE_WITHIN, sending).await {
            Ok(left) => left,
            Err(_) => ticket.withdraw().then_some(false),
        }
    }

    /// Sends a request whose answer says nothing.
    async fn forget(&self, request: Asked) {
        let ticket = Ticket::new(Boot::now().after(ASIDE_WITHIN));
        let sending = async {
            let Ok((wire, response)) = self.wires.send(request, &ticket).await else { return };
            let body = http_body_util::Limited::new(response.into_body(), ASIDE_BYTES_MAX);
            if body.collect().await.is_ok() {
                self.wires.keep(wire);
            }
        };
        // one that takes longer is closed with its connection
        let _ = tokio::time::timeout(ASIDE_WITHIN, sending).await;
    }
}

/// Our own envelope for what the listener asks.
fn own_params() -> Object {
    let mut params = Object::default();
    params.insert("_meta", Json::Object(era::own_meta(false, Able::default())));
    params
}

#[cfg(test)]
mod peer;
#[cfg(test)]
mod tests;
