//! What the gateway asks of whoever decides: the node in this process, or one behind a socket. The gateway itself knows no
//! grants: it turns messages into calls and answers into messages.

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Micros, Reason, ServerName};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A future of a decider.
pub type Deciding<'a, T> = Pin<Box<dyn Future<Output = Result<T, Undecided>> + Send + 'a>>;

/// Nobody decided: then nothing may be forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// The caller is not known here, or no longer: bind again.
    Unbound,
    /// Try again; nothing was allowed.
    Unavailable(String),
    /// The answer to the commit was lost: if it stands, the act is in doubt.
    Unknown,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbound => f.write_str("this caller is bound to no grant"),
            Self::Unavailable(why) => write!(f, "the decision could not be made, so nothing was done: {why}"),
            Self::Unknown => f.write_str("nobody knows whether the decision was kept; nothing was forwarded"),
        }
    }
}
impl std::error::Error for Undecided {}

/// One call, as the client wrote it and the gateway parsed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The server.
    pub server: ServerName,
    /// The tool's own name, or a method that is no tool: `resources:read`, `resources:subscribe`, `prompts:get`, ….
    pub tool: String,
    /// The arguments. Of a method that is no tool: its parameters without `_meta`.
    pub arguments: Json,
    /// What goes with it beside the arguments, in the newer era: answers to what the server asked, and the server's own
    /// state. Null for nothing.
    pub input: Json,
    /// `_meta["bailiwick.dev/idempotency-key"]`.
    pub idempotency: Option<String>,
    /// The round of it that the server answered with a question.
    pub continues: Option<Round>,
    /// What it points to, as it was seen just now; `None` while nobody has looked.
    pub looked: Option<Vec<Looked>>,
    /// It is the answer to a question, and whoever was asked said no: it is recorded, and refused.
    pub declined: bool,
    /// How long its outcome may take, in seconds.
    pub settle_within_seconds: u64,
}

/// Something that a call points to, to be read before it can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The argument that points to it.
    pub pointer: Pointer,
    /// The tool of the same server that reads it.
    pub tool: String,
    /// With these arguments.
    pub arguments: Json,
}

/// A call that reads what its server has on record of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    /// The tool of the same server that reads it.
    pub tool: String,
    /// With these arguments.
    pub arguments: Json,
}

/// What was read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The argument that points to it.
    pub pointer: Pointer,
    /// The result; `None` when there is none.
    pub seen: Option<Json>,
}

/// A round of a call that the server answered with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// How often the server has asked, with this.
    pub asked: u64,
    /// What it was decided under, as [`Forward::under`] said.
    pub under: String,
}

/// What was decided of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    /// Forward exactly these arguments before `forward_by`, or settle it as never sent.
    Forward(Forward),
    /// What it points to is to be seen first: nothing was decided.
    Look(Vec<Look>),
    /// The same act was done before: give this, forward nothing.
    Again {
        /// The result as it was given then, where it was kept.
        result: Option<Json>,
        /// What is known in words: `done`, `not done`, `in doubt`, `asked`, `under way`.
        outcome: String,
        /// Where it is in doubt and may be asked about: the act, and the leaf that it began at.
        doubtful: Option<(u64, u64)>,
    },
    /// No.
    Refused(Refused),
}

/// An act that may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// Written anew from the decided action.
    pub arguments: Json,
    /// What goes with it in place of an idempotency key that came beside the arguments.
    pub idempotency: Option<String>,
    /// Names the reviewed words, server and epoch that it was read under: another round of it comes under the same.
    pub under: String,
    /// How long from now until it must have left, in microseconds, by the store's time at the decision.
    pub forward_within_micros: u64,
    /// Nothing that the server says beside the result may be given: no progress, no log line, no question.
    pub quiet: bool,
}

/// A refusal, as the agent is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why; the first one ended it.
    pub reasons: Vec<Reason>,
    /// The leaf of the event that says so; `None` when it was only counted.
    pub event: Option<u64>,
    /// Names for the command that a person is to run.
    pub known: Known,
    /// People are asked: the same call may begin once they have said yes.
    pub waits: Option<Waits>,
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// The request's number.
    pub approval: u64,
    /// Until when, in microseconds since 1970.
    pub until: Micros,
    /// Where people answer it, if the node has an address for people.
    pub url: Option<String>,
}

/// What the caller's own grant knows by name. A command that names anything else is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The agent that a person can let go on, where one that it knows is suspended.
    pub agent: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// The template that the task was started from.
    pub template: Option<String>,
}

/// What came back from upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A result.
    Result(Json),
    /// A JSON-RPC error: it proves nothing about what was done.
    Error(Json),
    /// No byte left.
    NeverSent,
    /// An answer came that held a secret which the server was given: it is kept from everybody.
    Secret {
        /// It was an error, or said that it failed: then it proves nothing about what was done.
        failed: bool,
    },
    /// Nothing came: `time-out`, `disconnected`, `cancelled`, `cut`.
    Nothing(&'static str),
}

/// What may be given to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The result, perhaps with fields taken out.
    Whole(Json),
    /// There is none, and the act was a read that stays where it is: it counts as done.
    Assumed,
    /// Withheld; the reason is told, and the outcome stands in the record.
    Withheld(String),
}

/// A tool as it is shown: the reviewed words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The server.
    pub server: ServerName,
    /// The entry of `tools/list` (or of `prompts/list`, …) as it was reviewed.
    pub words: Json,
}

/// What a server offers, as the gateway fetched it under its own identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The server.
    pub server: ServerName,
    /// What was seen of its identity: digest of the executable, name and version it calls itself, origin.
    pub identity: Json,
    /// Entries of `tools/list`.
    pub tools: Vec<Json>,
    /// Entries of `prompts/list`.
    pub prompts: Vec<Json>,
    /// Entries of `resources/templates/list`.
    pub templates: Vec<Json>,
    /// Its instructions.
    pub instructions: Option<String>,
    /// Methods that are no tools and that it serves: `resources:read`, `prompts:get`, …
    pub methods: Vec<String>,
}

/// What the caller may do and what it waits for: the answer of `bailiwick_authority`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// In words.
    pub text: String,
    /// As structured content.
    pub structured: Json,
}

/// What a caller's grant comes to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whether it is live.
    pub live: bool,
    /// Another text when what it can use may be another.
    pub name: String,
}

/// Who decides. One for each bound caller; every call is decided again.
pub trait Decider: Send + Sync {
    /// Decides a call. When it answers *forward*, the act is durable.
    fn attempt<'a>(&'a self, call: Call) -> Deciding<'a, Attempted>;
    /// Says what became of an act, and answers what may be given out.
    fn settle<'a>(&'a self, act: u64, leaf: u64, received: Received) -> Deciding<'a, Given>;
    /// Whether an act that has begun, and lasts, would still be allowed; without an `act` (its seq and leaf), whether what
    /// came of one that is over may be given out. Writes nothing.
    fn stands<'a>(&'a self, act: Option<(u64, u64)>, call: Call) -> Deciding<'a, bool>;
    /// How to read what the server has on record of an act that is in doubt; `None` where nothing says how, or it is not.
    fn record<'a>(&'a self, _act: (u64, u64), _call: Call) -> Deciding<'a, Option<OnRecord>> {
        Box::pin(std::future::ready(Ok(None)))
    }
    /// Settles it by what the act `read`, which is still open, has read: whether it was done, where that tells.
    fn settle_by_record<'a>(
        &'a self,
        _act: (u64, u64),
        _call: Call,
        _read: u64,
        _seen: Json,
    ) -> Deciding<'a, Option<bool>> {
        Box::pin(std::future::ready(Ok(None)))
    }
    /// What the grant comes to now: asked again and again while something lasts.
    fn mark<'a>(&'a self) -> Deciding<'a, Mark>;
    /// What the grant can use, in the reviewed words.
    fn shown<'a>(&'a self, server: Option<ServerName>) -> Deciding<'a, Vec<Shown>>;
    /// What a server offers, for comparison with the pins. Answers whether what may be used changed.
    fn offered<'a>(&'a self, offer: Offer) -> Deciding<'a, bool>;
    /// What the caller may do and what it waits for.
    fn authority<'a>(&'a self) -> Deciding<'a, Authority>;
    /// Seals what a client is to bring back: it opens for this grant alone, and not for long.
    ///
    /// # Errors
    /// [`Undecided`] when it cannot be sealed.
    fn seal(&self, state: &[u8]) -> Result<String, Undecided>;
    /// Opens what a client brought back. `None`: it was sealed for another grant, was changed, or is too old.
    fn open(&self, sealed: &str) -> Option<Vec<u8>>;
    /// Answers once people have answered a request, or it ran out: then the same call is worth another try.
    fn answered<'a>(&'a self, approval: u64) -> Deciding<'a, ()>;
    /// Answers when the caller's grant has ended: everything open is cut then.
    fn ended<'a>(&'a self) -> Deciding<'a, Micros>;
}
