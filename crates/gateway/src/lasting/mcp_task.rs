//! An MCP task as its client knows it: our id, and how it stands, in the words of the client's era.

use crate::cut::Cut;
use crate::decider::Call;
use crate::era::Era;
use crate::rpc::RpcError;
use bailiwick_core::ServerName;
use bailiwick_core::json::{Json, Object};
use std::time::Duration;
use tokio::sync::watch;

/// What a client of the older era is told that a result belongs to (MCP 2025-11-25, Tasks).
const RELATED: &str = "io.modelcontextprotocol/related-task";
/// The most characters of what a server says of it.
const TEXT_CHARS_MAX: usize = 4096;
/// The most bytes of a time.
const TIME_BYTES_MAX: usize = 40;
/// Where a server says no time: a task's times are its server's.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Also while its server asks something: that is declined, and nobody else has anything to do about it.
    Working,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    /// What a server says; `None` for a word that is none.
    pub(crate) fn read(word: &str) -> Option<Self> {
        match word {
            "working" | "input_required" => Some(Self::Working),
            "completed" => Some(Self::Completed),
            "failed" => Some(Self::Failed),
            "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a server says of a task beside its status: read strictly, bounded, written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    message: Option<String>,
    created: String,
    updated: String,
}

impl Stamp {
    pub(crate) fn read(task: &Json) -> Self {
        let text = |name: &str| task.get(name).and_then(Json::as_str);
        let time = |name: &str| {
            let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z' | b'-' | b':' | b'.' | b'+');
            text(name).filter(|text| text.len() <= TIME_BYTES_MAX && text.bytes().all(plain))
        };
        let created = time("createdAt").unwrap_or(NO_TIME).to_owned();
        let updated = time("lastUpdatedAt").map_or_else(|| created.clone(), str::to_owned);
        let message = text("statusMessage").map(|text| text.chars().take(TEXT_CHARS_MAX).collect());
        Self { message, created, updated }
    }

    /// Without the server's words, where they are not to be passed on.
    pub(crate) fn silent(self, quiet: bool) -> Self {
        Self { message: self.message.filter(|_| !quiet), ..self }
    }
}

/// How a task stands, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stands {
    pub(crate) status: Status,
    pub(crate) stamp: Stamp,
    /// What its call is answered with, once its act is settled; of one that was cancelled, why there is no result.
    pub(crate) answer: Option<Result<Json, RpcError>>,
    /// What came of it is kept from its client: the answer says so in its place.
    pub(crate) withheld: bool,
    /// The bytes of it.
    pub(crate) bytes: usize,
    pub(crate) poll: Duration,
}

/// One task.
#[derive(Debug)]
pub(crate) struct TaskEntry {
    id: String,
    /// The call that became it.
    call: Call,
    call_bytes: usize,
    /// Its client wants it no longer.
    pub(crate) cut: Cut,
    /// It is remembered no longer: who waits for that must not hold it meanwhile.
    pub(crate) forgotten: Cut,
    pub(crate) stands: watch::Sender<Stands>,
    ttl: Duration,
}

impl TaskEntry {
    pub(crate) fn new(id: String, call: Call, stands: Stands, ttl: Duration) -> Self {
        let call_bytes = call.arguments.canonical().len();
        let (cut, forgotten) = (Cut::new(), Cut::new());
        Self { id, call, call_bytes, cut, forgotten, stands: watch::Sender::new(stands), ttl }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) const fn server(&self) -> &ServerName {
        &self.call.server
    }

    pub(crate) const fn call(&self) -> &Call {
        &self.call
    }

    /// Its client wants it no longer, or may not have it: it is cancelled from now on, whatever becomes of it.
    pub(crate) fn cancel(&self) {
        self.stands.send_if_modified(|stands| {
            let open = stands.answer.is_none();
            if open {
                stands.status = Status::Cancelled;
            }
            open
        });
        self.cut.cut("cancelled");
    }

    /// Whether it has ended for its client.
    pub(crate) fn is_over(&self) -> bool {
        self.stands.borrow().status != Status::Working
    }

    /// Whether its act is settled.
    pub(crate) fn has_ended(&self) -> bool {
        self.stands.borrow().answer.is_some()
    }

    /// Whether something came of it that its client may be given.
    pub(crate) fn holds(&self) -> bool {
        let stands = self.stands.borrow();
        stands.answer.is_some() && !stands.withheld
    }

    /// Keeps from its client what came of it, also what its server said of it: `why`, and `no`, stand in its place.
    pub(crate) fn withhold(&self, why: &str, no: Json) {
        self.stands.send_modify(|stands| {
            stands.status = Status::Cancelled;
            stands.stamp.message = Some(why.to_owned());
            stands.bytes = no.canonical().len();
            stands.answer = Some(Ok(no));
            stands.withheld = true;
        });
    }

    /// Bytes of what is kept of it for who has not fetched its result; while it is open, that is its keeper's.
    pub(crate) fn bytes(&self) -> usize {
        let stands = self.stands.borrow();
        if stands.answer.is_some() { stands.bytes.saturating_add(self.call_bytes) } else { 0 }
    }

    /// Waits until it has ended, and answers what came of it.
    pub(crate) async fn answer(&self) -> Result<Json, RpcError> {
        let mut watching = self.stands.subscribe();
        loop {
            if let Some(answer) = watching.borrow_and_update().answer.clone() {
                return answer;
            }
            // by INVARIANT on self.stands: the sender lives as long as self
            if watching.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// The members of a task in the words of an era. Of one that has a result but whose act is not settled yet nobody is
    /// told that it has.
    pub(crate) fn words(&self, era: Era) -> Object {
        let stands = self.stands.borrow();
        let ms = |span: Duration| Json::from(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        let (ttl, poll) = match era {
            Era::Legacy => ("ttl", "pollInterval"),
            Era::Modern => ("ttlMs", "pollIntervalMs"),
        };
        let mut words = Object::default();
        words.insert("taskId", Json::from(self.id.as_str()));
        words.insert("status", Json::from(stands.status.word()));
        words.insert("createdAt", Json::from(stands.stamp.created.as_str()));
        words.insert("lastUpdatedAt", Json::from(stands.stamp.updated.as_str()));
        if let Some(message) = &stands.stamp.message {
            words.insert("statusMessage", Json::from(message.as_str()));
        }
        words.insert(ttl, ms(self.ttl));
        words.insert(poll, ms(stands.poll));
        words
    }

    /// What a client of the newer era is told of it, with what came of it (the tasks extension, polling).
    pub(crate) fn detailed(&self) -> Json {
        let mut words = self.words(Era::Modern);
        let stands = self.stands.borrow();
        match (stands.status, &stands.answer) {
            (Status::Completed, Some(Ok(result))) => words.insert("result", result.clone()),
            (Status::Failed, Some(Err(error))) => words.insert("error", error.json()),
            _ => None,
        };
        Json::Object(words)
    }

    /// A result that says to a client of the older era which task it is of.
    pub(crate) fn related(&self, result: Json) -> Json {
        let Json::Object(mut members) = result else { return result };
        let mut meta = match members.remove("_meta") {
            Some(Json::Object(meta)) => meta,
            _ => Object::default(),
        };
        meta.insert(RELATED, Json::object([("taskId", Json::from(self.id.as_str()))]));
        members.insert("_meta", Json::Object(meta));
        Json::Object(members)
    }
}
