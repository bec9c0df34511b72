//! Events of an act: begun, ended, in doubt, refused, waiting.

use super::{nothing_private, private_struct};
use crate::action::{Action, Bound, Destination, Measure, ObservedValue, Reading, Referent, Status};
use crate::facts::{By, Facts, Mode};
use crate::json::Json;
use crate::reason::Reason;
use crate::risk::Risk;
use crate::source::Origin;
use crate::{Amount, DataClass, Digest, Effect, Egress, GrantId, IdempotencyKey, Impact, Micros, ToolId, Unit};
use serde::{Deserialize, Serialize};

/// What a charge was made to: a row of a grant's envelope, in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    /// How much.
    pub amount: Amount,
    /// Whose meter.
    pub grant: GrantId,
    /// Which row.
    pub row: u64,
    /// In which unit.
    pub unit: Unit,
}

/// Which row of which grant of the lineage an act used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowUsed {
    /// The grant.
    pub grant: GrantId,
    /// The row.
    pub row: u64,
}

/// What it was decided under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Under {
    /// The override that it was decided under, by the seq of its `control.glass_broken`: policy and approvals were not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakglass: Option<u64>,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// The epoch.
    pub epoch: u32,
    /// Set where it began only because it is observed: what would have stopped it. It is not enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<super::OnlyObserved>,
    /// The digest of the policy.
    pub policy: Digest,
    /// The rules of policy that permitted, or forbade.
    pub policy_rules: Vec<String>,
    /// What spoke against it, where anything did: what policy read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The meaning of `decide`.
    pub rules: u32,
}

/// The action, as it stands in an event: what is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Of an action with referents: the digest it has without them. It is what an idempotency key stands for, since what is
    /// pointed to may be another thing, or gone, once the act was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Digest>,
    /// Of its classes those of single fields, which are taken out where they may not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_field: Vec<DataClass>,
    /// The classes of data that it may bring.
    pub classes: Vec<DataClass>,
    /// Nobody outside the tenant can write anything of what it brings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clean: bool,
    /// The credential sent with it, by reference.
    pub credential: Option<String>,
    /// The action digest: what an approval is bound to.
    pub digest: Digest,
    /// What it does.
    pub effect: Effect,
    /// Whether it leaves.
    pub egress: Egress,
    /// How much is at stake.
    pub impact: Impact,
    /// A salted hash of the idempotency key.
    pub key: Option<Digest>,
    /// What it is about in numbers.
    pub measures: Vec<Measure>,
    /// The reviewed words and schema it was read under.
    pub pin: Digest,
    /// How often the server has asked something of this call before.
    #[serde(default, skip_serializing_if = "is_first")]
    pub round: u64,
    /// The server's identity.
    pub server: Digest,
    /// The tool.
    pub tool: ToolId,
}

/// What of an action may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionPrivate {
    /// The arguments.
    pub arguments: Json,
    /// Everything that bindings read.
    pub bound: Vec<Bound>,
    /// Where it sends.
    pub destination: Option<Reading<Destination>>,
    /// What the caller called this act.
    pub idempotency: Option<IdempotencyKey>,
    /// What arguments point to.
    pub referents: Vec<Referent>,
    /// The resource.
    pub resource: Option<String>,
    /// SHA-256 over everything that is sent.
    pub sent: Digest,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "by INVARIANT of serde: what is skipped is asked by reference")]
const fn is_first(round: &u64) -> bool {
    *round == 0
}

impl ActionPrivate {
    /// The erasable part of an action.
    pub fn of(action: &Action) -> Self {
        Self {
            arguments: action.arguments.clone(),
            bound: action.bound.clone(),
            destination: action.destination.clone(),
            idempotency: action.idempotency.clone(),
            referents: action.referents.clone(),
            resource: action.resource.clone(),
            sent: action.sent,
        }
    }
}

impl Recorded {
    /// The permanent part of an action.
    pub fn of(action: &Action, digest: Digest, key: Option<Digest>) -> Self {
        Self {
            asked: None,
            by_field: action.by_field.clone(),
            classes: action.classes.clone(),
            clean: action.clean,
            credential: action.credential.clone(),
            digest,
            effect: action.effect,
            egress: action.egress,
            impact: action.impact,
            key,
            measures: action.measures.clone(),
            pin: action.pin,
            round: action.round,
            server: action.server,
            tool: action.tool.clone(),
        }
    }

    /// The action put together again from both its parts: what a verifier decides again.
    pub fn whole(&self, private: &ActionPrivate) -> Action {
        Action {
            tool: self.tool.clone(),
            pin: self.pin,
            server: self.server,
            credential: self.credential.clone(),
            effect: self.effect,
            egress: self.egress,
            impact: self.impact,
            arguments: private.arguments.clone(),
            sent: private.sent,
            resource: private.resource.clone(),
            destination: private.destination.clone(),
            measures: self.measures.clone(),
            classes: self.classes.clone(),
            by_field: self.by_field.clone(),
            clean: self.clean,
            bound: private.bound.clone(),
            referents: private.referents.clone(),
            idempotency: private.idempotency.clone(),
            round: self.round,
        }
    }
}

/// Where a bound argument's value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The event that brought it, by its seq in this stream.
    pub event: Option<u64>,
    /// The kind of value.
    pub kind: String,
    /// Which argument.
    pub pointer: crate::json::Pointer,
    /// The record it stood in.
    pub record: Option<String>,
    /// What it is.
    pub source: Origin,
}

/// What a holder has touched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Data classes.
    pub classes: Vec<DataClass>,
    /// Whether everything it touched can be trusted; `None` while it has touched nothing.
    pub trusted: Option<bool>,
    /// Zones it came from.
    pub zones: Vec<crate::Zone>,
}

impl ActionBegun {
    /// What goes with the act: what its holder had touched, but for what it goes without.
    pub fn carries(&self) -> Label {
        self.label_before.without(&self.sheds)
    }
}

/// An act was allowed and may leave until `forward_by`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionBegun {
    /// What is done.
    pub action: Recorded,
    /// Approvals used by it.
    pub approvals: Vec<Digest>,
    /// The act that it goes on from, which was answered with a question and ends by this: its charge and its uses are given
    /// back, and those of this act, which are no less, stand in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<u64>,
    /// What it rests on, the actor included.
    pub facts: Facts,
    /// It leaves before this, or not at all.
    pub forward_by: Micros,
    /// Under which grant.
    pub grant: GrantId,
    /// The holder's label after, as the catalogue declares it for the tool.
    pub label_after: Label,
    /// The holder's label before.
    pub label_before: Label,
    /// Enforced, cooperative or observed.
    pub mode: Mode,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<ActionPrivate>,
    /// What was charged, along the whole lineage.
    pub reserved: Vec<Reserved>,
    /// Which row of each grant of the lineage was used, root first.
    pub rows: Vec<RowUsed>,
    /// In doubt past this.
    pub settle_by: Micros,
    /// Classes of data that its holder has touched and it goes without: all that it says are values that a person lowered, and
    /// what they said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheds: Vec<DataClass>,
    /// The instance's signature over the action digest, where it gave one.
    pub signature: Option<String>,
    /// Where bound arguments came from.
    pub sources: Vec<Source>,
    /// What it was decided under.
    pub under: Under,
}
private_struct!(ActionBegun, ActionPrivate { arguments, bound, destination, idempotency, referents, resource, sent });

/// What the result was, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultSeen {
    /// The server said that it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// Whether the body is kept in the private part.
    pub kept: bool,
    /// Bytes as received.
    pub size: u64,
    /// The classes of data of which something stood in it and was not given out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<DataClass>,
}

/// An act that read what the downstream has on record of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRead {
    /// By the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub begun: u64,
}

/// An act ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionEnded {
    /// Which act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub begun: u64,
    /// The person who settled it, where one did.
    pub by: Option<By>,
    /// What it rests on.
    pub facts: Facts,
    /// The label of the result.
    pub label: Label,
    /// What the result measured, by unit.
    pub measured: Vec<(Unit, Amount)>,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<EndedPrivate>,
    /// The act that read the downstream's own record, where that told: then the result is what was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRead>,
    /// The result.
    pub result: ResultSeen,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What each charge came to; one for each in `reserved` of the beginning, in its order.
    pub settled: Vec<Reserved>,
    /// The downstream's signature, where it gave one.
    pub signature: Option<String>,
    /// The signature of the person who settled it, where they gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<crate::consent::SignedConsent>>,
    /// How it ended.
    pub status: Status,
    /// Units that only the result could tell, and it did not: never zero.
    pub unmeasured: Vec<Unit>,
    /// Values of the result that bindings read.
    pub values: Vec<ObservedValue>,
}

/// What of an outcome may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedPrivate {
    /// SHA-256 over the result as received.
    pub digest: Option<Digest>,
    /// The body, where the template keeps it.
    pub result: Option<Json>,
}
private_struct!(ActionEnded, EndedPrivate { digest, result });

/// Why an act is in doubt that its server answered with a question.
pub const ASKED: &str = "input_required";

/// Nobody can tell whether an act was done; it stays charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionDoubtful {
    /// Which act, by the seq of its `action.begun`.
    pub act: u64,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Why, in words of ours: `time-out`, `disconnected`, `error`, `cancelled`, `cut`, `secret_returned`, [`ASKED`].
    pub why: String,
}

/// A call was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRefused {
    /// What was to be done.
    pub action: Recorded,
    /// Approvals that would have been used by it.
    pub approvals: Vec<Digest>,
    /// What it rests on, the actor included.
    pub facts: Facts,
    /// What it comes to, whatever the tool, where rules refused that: a salted hash, as that of a request to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Digest>,
    /// Under which grant.
    pub grant: GrantId,
    /// The holder's label as it would have been after, as the catalogue declares it for the tool.
    pub label_after: Label,
    /// The holder's label.
    pub label_before: Label,
    /// Enforced, cooperative or observed.
    pub mode: Mode,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<ActionPrivate>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The instance's signature over the action digest, where it gave one.
    pub signature: Option<String>,
    /// Where bound arguments came from.
    pub sources: Vec<Source>,
    /// What it was decided under.
    pub under: Under,
}
private_struct!(ActionRefused, ActionPrivate { arguments, bound, destination, idempotency, referents, resource, sent });

/// A call waits for an approval. Same fields as a refusal, and whom it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionWaiting {
    /// What is to be done.
    pub action: Recorded,
    /// Approvals that would have been used by it.
    pub approvals: Vec<Digest>,
    /// What it rests on, the actor included.
    pub facts: Facts,
    /// Under which grant.
    pub grant: GrantId,
    /// The holder's label as it would have been after, as the catalogue declares it for the tool.
    pub label_after: Label,
    /// The holder's label.
    pub label_before: Label,
    /// Enforced, cooperative or observed.
    pub mode: Mode,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<ActionPrivate>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The instance's signature over the action digest, where it gave one.
    pub signature: Option<String>,
    /// Where bound arguments came from.
    pub sources: Vec<Source>,
    /// What it was decided under.
    pub under: Under,
    /// Who is to say yes.
    pub who: Vec<String>,
}
private_struct!(ActionWaiting, ActionPrivate { arguments, bound, destination, idempotency, referents, resource, sent });

/// How often one refusal was repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedRefusal {
    /// The code.
    pub code: crate::Code,
    /// How many since the last count.
    pub count: u64,
    /// Whose calls.
    pub grant: GrantId,
    /// The tool.
    pub tool: ToolId,
}

/// Refusals that were not written one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalsCounted {
    /// What was counted.
    pub counted: Vec<CountedRefusal>,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

nothing_private!(ActionDoubtful, RefusalsCounted);
