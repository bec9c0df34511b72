//! An action: one concrete thing to be done, as the catalogue read it out of a call.

use crate::json::{Json, Pointer};
use crate::{Amount, DataClass, Digest, Effect, Egress, IdempotencyKey, Impact, ToolId, Unit, Zone};
use serde::{Deserialize, Serialize};

/// What a binding read, or that it could not: never absent, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading<T> {
    /// Read once, in the right form.
    Known(T),
    /// Not there, there twice, or in another form: rules on it refuse or ask.
    Unknown,
}

impl<T> Reading<T> {
    /// The value, if it was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// How much of a unit an action is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Only the result tells: reserved at the per-action limit, settled at what the result measures.
    pub after: bool,
    /// How much. When `after` is set this is what the arguments say beforehand, if they say anything.
    pub amount: Reading<Amount>,
    /// Of what. `Unknown` when the currency could not be read.
    pub unit: Reading<Unit>,
}

/// Where an action sends something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The kind of the value, as `iban` or `host`.
    pub kind: String,
    /// Its whole normal form.
    pub normal: String,
    /// The zone it lies in, where the catalogue knows.
    pub zone: Option<Zone>,
}

/// What a bound value is to its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundAs {
    /// A value of its kind, nothing more.
    #[default]
    Value,
    /// Where it sends.
    Destination,
    /// What it is about: the object that is read, changed, paid for, shared or deleted.
    Object,
    /// A time that binds: of a booking, a payment, a deadline.
    Binds,
    /// An address that stands inside a text: a URL, a host, an e-mail address, an account, a phone number.
    Found,
}

impl BoundAs {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "by INVARIANT of serde: what is skipped is asked by reference"
    )]
    const fn is_value(&self) -> bool {
        matches!(self, Self::Value)
    }
}

/// A value that a binding read out of the arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// SHA-256 of the value's canonical JSON.
    pub digest: Digest,
    /// Arguments that belong together, as recipient and amount.
    pub group: Option<String>,
    /// What kind of value it is.
    pub kind: String,
    /// Its whole normal form; `Unknown` where the value breaks its kind.
    pub normal: Reading<String>,
    /// Where it stands in the arguments.
    pub pointer: Pointer,
    /// What it is to the call.
    #[serde(default, skip_serializing_if = "BoundAs::is_value")]
    pub role: BoundAs,
    /// Of an amount: of what it is, where that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Something an argument points to, with the version that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Referent {
    /// Which argument.
    pub pointer: Pointer,
    /// What stood there, as its server said: for whoever is asked, and in words of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Resolved>,
    /// The version read; `None` while nobody has looked.
    pub version: Option<String>,
}

/// A field of what an argument points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// Where it stands in what the server said.
    pub at: Pointer,
    /// What stands there.
    pub value: String,
}

/// One concrete thing to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The tool.
    pub tool: ToolId,
    /// The reviewed words and schema it was read under.
    pub pin: Digest,
    /// The server's identity, as reviewed.
    pub server: Digest,
    /// The credential that will be sent with it, by reference; never its value.
    pub credential: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// Whether it leaves.
    pub egress: Egress,
    /// How much is at stake.
    pub impact: Impact,
    /// The arguments in canonical form. Whole to 64 KiB; beyond, each string over 4 KiB is `{digest, size}`.
    pub arguments: Json,
    /// SHA-256 over everything that will be sent, every byte of it.
    pub sent: Digest,
    /// The resource it is about, where a binding names one.
    pub resource: Option<String>,
    /// Where it sends, where a binding names that; `Unknown` where the binding could not read it.
    pub destination: Option<Reading<Destination>>,
    /// What it is about in numbers.
    pub measures: Vec<Measure>,
    /// The classes of data that it may bring.
    pub classes: Vec<DataClass>,
    /// Of these, the classes of single fields: what may not be read of its result is taken out, and the rest is given. Empty
    /// where nothing says which part of it is of which class.
    pub by_field: Vec<DataClass>,
    /// Nobody outside the tenant can write anything of what it brings.
    pub clean: bool,
    /// Everything that bindings read.
    pub bound: Vec<Bound>,
    /// What arguments point to.
    pub referents: Vec<Referent>,
    /// What the caller calls this act.
    pub idempotency: Option<IdempotencyKey>,
    /// How often the server has asked something of this call before: each round of it is an act.
    pub round: u64,
}

impl Action {
    /// Whether it points to something that nobody has looked at yet.
    pub fn unread(&self) -> bool {
        self.referents.iter().any(|referent| referent.version.is_none())
    }

    /// A read that stays where it is: its doubt settles itself.
    pub fn harmless(&self) -> bool {
        self.effect == Effect::Read && self.egress == Egress::None
    }
}

/// How an act ended, as the edge saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The downstream said it was done.
    Done,
    /// The result is one that the catalogue names as "nothing was done".
    NotDone,
    /// No byte left in time.
    NeverSent,
    /// A read whose outcome never came: settled at its reserve.
    Assumed,
    /// The server answered with a question, and the call went on as another act, which bears its charge. No event of its
    /// own says so: the beginning of that other act does.
    Asked,
}

/// Why an act is in doubt whose answer says that it failed.
pub const FAILED: &str = "error";

/// What came back of an act, as the catalogue read it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// The server said that it failed. What that proves is for the outcome to say.
    pub failed: bool,
    /// What the result measured, by unit.
    pub measured: Vec<(Unit, Amount)>,
    /// Units that only the result could tell, and it did not: never zero.
    pub unmeasured: Vec<Unit>,
    /// Values of the result that bindings read.
    pub values: Vec<ObservedValue>,
    /// The result's bytes: size and digest, and the body where the template keeps it.
    pub size: u64,
    /// SHA-256 over the result as received.
    pub digest: Option<Digest>,
    /// The body, where it is kept; without what was not given out.
    pub kept: Option<Json>,
    /// The classes of data of which something stood in it and was not given out.
    pub withheld: Vec<DataClass>,
}

/// A value that a binding read out of a result, or that stands inside a text of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservedValue {
    /// The act that answers so made it: the id of a new file.
    #[serde(default, skip_serializing_if = "is_no")]
    pub created: bool,
    /// A salted hash of its normal form: [`value_hash`](crate::value_hash).
    pub hash: Digest,
    /// What kind of value it is.
    pub kind: String,
    /// People call the record by it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub name: bool,
    /// It stands in the record of the person that the task is done for.
    #[serde(default, skip_serializing_if = "is_no")]
    pub own: bool,
    /// Where it stands in the result.
    pub pointer: Pointer,
    /// The record of the result it belongs to.
    pub record: Option<String>,
    /// Whether nobody outside the tenant can write it.
    pub trusted: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "by INVARIANT of serde: what is skipped is asked by reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}
