//! Who waits for which answer of a server, and what its other messages are to us.

use super::heard::Heard;
use super::locked;
use super::notices::{Notices, Wants};
use super::said::{SAID_WAITING_MAX, Said};
use crate::asks::Kind;
use crate::decider::Received;
use crate::methods::{Noticed, Wanted, noticed, wanted};
use crate::rpc::{self, Id, METHOD_NOT_FOUND, Message, RpcError};
use bailiwick_catalogue::{Secret, contains_secret};
use bailiwick_core::json::{Json, Object};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Which requests a message may answer, by where it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Any that is open: they share one channel.
    Any,
    /// This one: it came on its own stream.
    Only(u64),
    /// None.
    Nobody,
}

/// The open requests of one session, and what was dropped.
pub(crate) struct Desk {
    open: Mutex<BTreeMap<u64, Waiting>>,
    /// The last id given to a request. Sessions of either era on one channel share it: a late answer to one is not taken
    /// for another's.
    asked: AtomicU64,
    message_bytes_max: usize,
    /// What was sent to this server and must not come back.
    secrets: Arc<[Secret]>,
    dropped: AtomicU64,
    changed: watch::Sender<u64>,
    /// Of what is subscribed to.
    said: broadcast::Sender<Said>,
    closed: watch::Sender<bool>,
}

struct Waiting {
    answer: oneshot::Sender<Received>,
    notices: Option<Notices>,
    /// Takes what the server asks of the client meanwhile; `None`: there is nobody to ask.
    questions: Option<mpsc::Sender<Wants>>,
    heard: Heard,
}

/// An answer that is waited for. Dropped: what still comes is late.
pub(crate) struct Expected {
    desk: Arc<Desk>,
    id: u64,
    answer: oneshot::Receiver<Received>,
}

impl Expected {
    /// The answer, or that none will come.
    pub(crate) async fn answer(&mut self) -> Received {
        (&mut self.answer).await.unwrap_or(Received::Nothing("disconnected"))
    }

    /// The answer if it is there.
    pub(crate) fn now(&mut self) -> Option<Received> {
        match self.answer.try_recv() {
            Ok(received) => Some(received),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Received::Nothing("disconnected")),
        }
    }

    /// Whether the server was gone before anything was sent.
    pub(crate) fn hopeless(&self) -> bool {
        self.desk.is_closed()
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        locked(&self.desk.open).remove(&self.id);
    }
}

impl Desk {
    pub(crate) fn new(message_bytes_max: usize, secrets: Arc<[Secret]>) -> Self {
        Self {
            open: Mutex::new(BTreeMap::new()),
            asked: AtomicU64::new(0),
            message_bytes_max,
            secrets,
            dropped: AtomicU64::new(0),
            changed: watch::Sender::new(0),
            said: broadcast::Sender::new(SAID_WAITING_MAX),
            closed: watch::Sender::new(false),
        }
    }

    pub(crate) const fn message_bytes_max(&self) -> usize {
        self.message_bytes_max
    }

    /// An id for a request.
    pub(crate) fn number(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Waits for the answer to a request that is about to be sent.
    pub(crate) fn expect(
        self: &Arc<Self>,
        id: u64,
        notices: Option<Notices>,
        questions: Option<mpsc::Sender<Wants>>,
    ) -> Expected {
        let (sender, answer) = oneshot::channel();
        if !self.is_closed() {
            let waiting = Waiting { answer: sender, notices, questions, heard: Heard::default() };
            locked(&self.open).insert(id, waiting);
        }
        Expected { desk: self.clone(), id, answer }
    }

    /// Whether no answer is waited for.
    pub(crate) fn is_idle(&self) -> bool {
        locked(&self.open).is_empty()
    }

    /// Whether the server is gone.
    pub(crate) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// The server is gone: nobody waits any longer.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
        locked(&self.open).clear();
    }

    /// Waits until the server is gone.
    pub(crate) async fn gone(&self) {
        let mut closed = self.closed.subscribe();
        // by INVARIANT on self.closed: the sender lives as long as self
        let _ = closed.wait_for(|closed| *closed).await;
    }

    /// How often the server said that what it offers changed.
    pub(crate) fn changes(&self) -> u64 {
        *self.changed.borrow()
    }

    /// Counts the changes of what the server offers.
    pub(crate) fn watch_changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Hears what the server says of what is subscribed to, from now on.
    pub(crate) fn watch_said(&self) -> broadcast::Receiver<Said> {
        self.said.subscribe()
    }

    /// Messages that belonged to nothing: late, doubled, unknown, unreadable.
    #[cfg(test)]
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether these bytes hold a secret that was sent to this server.
    pub(crate) fn holds_secret(&self, bytes: &[u8]) -> bool {
        contains_secret(bytes, &self.secrets)
    }

    /// Says that what the server offers may be another by now.
    pub(crate) fn offer_may_have_changed(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Takes one message of a channel that all requests share. What it gives back is to be sent to the server.
    pub(crate) fn take(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.take_as(bytes, Whose::Any)
    }

    /// Takes one message. What it gives back is to be sent to the server.
    pub(crate) fn take_as(&self, bytes: &[u8], whose: Whose) -> Option<Vec<u8>> {
        let tainted = self.holds_secret(bytes);
        match rpc::read(bytes, self.message_bytes_max) {
            Ok(Message::Response { id, outcome }) => {
                let id = own(id, whose);
                let received = match outcome {
                    Ok(result) if tainted || self.leaks(id.as_ref(), &result) => {
                        Received::Secret { failed: says_that_it_failed(&result) }
                    }
                    Ok(result) => Received::Result(result),
                    Err(error) if tainted || self.leaks(id.as_ref(), &error.json()) => {
                        Received::Secret { failed: true }
                    }
                    Err(error) => Received::Error(error.json()),
                };
                match id {
                    Some(id) if whose == Whose::Any && self.misnamed(&id) => {
                        self.unreadable(None, &format!("it answers `{}`, which was not asked", shown(&id)));
                    }
                    id => self.settle(id.as_ref(), received),
                }
                None
            }
            Ok(Message::Notification { method, params }) => {
                if self.heard(&method, &params, tainted, whose) {
                    self.notice(&method, &params);
                } else {
                    self.drop_one();
                }
                None
            }
            Ok(Message::Request { id, method, params }) => {
                let kind = Kind::of_method(&method).filter(|kind| *kind != Kind::Roots);
                match kind {
                    Some(kind) if self.asks(id.clone(), kind, params, tainted, whose) => None,
                    _ => Some(reply(&id, &method)),
                }
            }
            Err(bad) => {
                let why = if tainted { "it holds a secret" } else { bad.error.message.as_str() };
                match whose {
                    Whose::Any => self.unreadable(bad.id.as_ref(), why),
                    Whose::Only(_) | Whose::Nobody => match own(bad.id, whose) {
                        Some(id) => self.unreadable(Some(&id), why),
                        None => self.drop_one(),
                    },
                }
                None
            }
        }
    }

    /// Hands a question to the open request that it belongs to. On a channel that requests share only one can be meant:
    /// where several may be, none is. Says whether it was taken.
    fn asks(&self, id: Id, kind: Kind, params: Object, tainted: bool, whose: Whose) -> bool {
        let mut open = locked(&self.open);
        let asked = match whose {
            Whose::Only(own) => open.get_mut(&own),
            Whose::Any | Whose::Nobody => {
                let mut able = open.values_mut().filter(|waiting| waiting.notices.is_some());
                able.next().filter(|_| able.next().is_none())
            }
        };
        let Some(waiting) = asked else { return false };
        let Some(questions) = &waiting.questions else { return false };
        // a question that holds a secret of the server's reaches nobody, and taints what follows it
        waiting.heard.leaked |= tainted;
        if !waiting.heard.take(&params, &self.secrets) {
            self.drop_one();
            return false;
        }
        questions.try_send(Wants { id, kind, params }).is_ok()
    }

    /// Whether what answers this request holds a secret, in pieces, or together with what was said before it.
    fn leaks(&self, id: Option<&Id>, last: &Json) -> bool {
        let waiting = |id| locked(&self.open).get_mut(&id).map(|waiting| std::mem::take(&mut waiting.heard));
        // this is the last that is heard of it, and it is looked through while others may go on
        let heard = id.and_then(number).and_then(waiting).unwrap_or_default();
        heard.leaked || heard.completes(last, &self.secrets)
    }

    /// Remembers what was said, with the request that it belongs to. Says whether it may be passed on. What holds a secret
    /// taints the answer too: the tool that was called has it.
    fn heard(&self, method: &str, params: &Object, tainted: bool, whose: Whose) -> bool {
        if !matches!(noticed(method), Some(Noticed::Progress | Noticed::Message)) && !tainted {
            return true;
        }
        let mut open = locked(&self.open);
        let named = match whose {
            Whose::Only(id) => Some(id),
            Whose::Any | Whose::Nobody => params.get("progressToken").and_then(Json::as_u64),
        };
        // a log line names no request: any that is open may be meant
        let meant: Vec<u64> = match named.filter(|id| open.contains_key(id)) {
            Some(id) => vec![id],
            None => open.keys().copied().collect(),
        };
        let mut passed = !tainted;
        for id in meant {
            let Some(waiting) = open.get_mut(&id) else { continue };
            waiting.heard.leaked |= tainted;
            passed &= waiting.heard.take(params, &self.secrets);
        }
        passed
    }

    /// Whether no request ever had this id: then it is no late answer either, and whoever waits would wait in vain.
    fn misnamed(&self, id: &Id) -> bool {
        match id {
            Id::Text(_) => true,
            Id::Integer(number) => {
                !u64::try_from(*number).is_ok_and(|number| (1..=self.asked.load(Ordering::Relaxed)).contains(&number))
            }
        }
    }

    /// An answer that came and could not be taken: whoever waits for it learns so now.
    pub(crate) fn unreadable(&self, id: Option<&Id>, why: &str) {
        let error = RpcError::new(rpc::INTERNAL_ERROR, format!("the server's answer was not taken: {why}"));
        match id {
            Some(id) => self.settle(Some(id), Received::Error(error.json())),
            None => {
                self.drop_one();
                // with one request open there is only one that it can be
                let only = {
                    let open = locked(&self.open);
                    open.keys().next().copied().filter(|_| open.len() == 1)
                };
                if let Some(only) = only {
                    self.settle(numbered(only).as_ref(), Received::Error(error.json()));
                }
            }
        }
    }

    fn settle(&self, id: Option<&Id>, received: Received) {
        let waiting = id.and_then(number).and_then(|number| locked(&self.open).remove(&number));
        match waiting {
            Some(waiting) => {
                if waiting.answer.send(received).is_err() {
                    self.drop_one();
                }
            }
            None => self.drop_one(),
        }
    }

    fn notice(&self, method: &str, params: &Object) {
        let taken = match noticed(method) {
            Some(Noticed::Progress) => {
                let token = params.get("progressToken").and_then(Json::as_u64);
                let mut open = locked(&self.open);
                let waiting = token.and_then(|token| open.get_mut(&token));
                waiting.and_then(|waiting| waiting.notices.as_mut()).is_some_and(|notices| notices.progress(params))
            }
            Some(Noticed::Message) => {
                // a log line names no request: the newest open one that wants log lines has it
                let mut open = locked(&self.open);
                let newest = open.values_mut().rev().filter_map(|waiting| waiting.notices.as_mut());
                newest.into_iter().find(|notices| notices.wants_logs()).is_some_and(|notices| notices.message(params))
            }
            Some(Noticed::OfferChanged) => {
                self.offer_may_have_changed();
                true
            }
            // where nobody is subscribed to anything it belongs to nothing
            Some(Noticed::Updated) => Said::updated(params).is_some_and(|said| self.said.send(said).is_ok()),
            Some(Noticed::Acknowledged) => Said::acknowledged(params).is_some_and(|said| self.said.send(said).is_ok()),
            Some(Noticed::Dropped) | None => false,
        };
        if !taken {
            self.drop_one();
        }
    }
}

/// Whether a result is no success: an error of the tool, or a question instead of an answer.
fn says_that_it_failed(result: &Json) -> bool {
    let asks = result.get("resultType").is_some_and(|kind| kind.as_str() != Some("complete"));
    asks || result.get("isError").is_some_and(|flag| flag.as_bool() != Some(false))
}

fn shown(id: &Id) -> String {
    match id {
        Id::Integer(number) => number.to_string(),
        Id::Text(text) => format!("\"{}\"", rpc::quoted(text)),
    }
}

fn number(id: &Id) -> Option<u64> {
    match id {
        Id::Integer(number) => u64::try_from(*number).ok(),
        Id::Text(_) => None,
    }
}

fn numbered(id: u64) -> Option<Id> {
    i64::try_from(id).ok().map(Id::Integer)
}

/// Which request a message answers that names this one, or none.
fn own(named: Option<Id>, whose: Whose) -> Option<Id> {
    match whose {
        Whose::Any => named,
        // on a stream of its own an answer need not repeat its name, and cannot have another
        Whose::Only(id) if named.is_none() || named == numbered(id) => numbered(id),
        Whose::Only(_) | Whose::Nobody => None,
    }
}

/// The answer at once to a request of the server: nobody is asked. Its envelope does not name what would be shared, the
/// client is of the other era, or nobody knows which of several acts it is about.
fn reply(id: &Id, method: &str) -> Vec<u8> {
    let outcome = match wanted(method) {
        Some(Wanted::Ping) => Ok(Json::Object(Object::default())),
        Some(Wanted::Roots) => Ok(Json::object([("roots", Json::Array(Vec::new()))])),
        Some(Wanted::Elicitation) => Ok(Json::object([("action", Json::from("decline"))])),
        Some(Wanted::Declined) => Err(RpcError::new(METHOD_NOT_FOUND, format!("`{method}` is declined here"))),
        None => Err(RpcError::new(METHOD_NOT_FOUND, format!("`{}` is not known here", rpc::quoted(method)))),
    };
    rpc::answer(Some(id), &outcome).canonical().into_bytes()
}
