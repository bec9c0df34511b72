//! Approvals: who is to say yes to an act, and the statement that they sign.

mod approver;
mod offer;
mod sheet;

pub use approver::{Approver, Approvers};
pub use offer::AskedFor;
pub(crate) use offer::Wider;
pub use sheet::{SHEET_MAX, Sheet};

use crate::event::{Label, Reserved, Source};
use crate::hash::sha256;
use crate::json::Json;
use crate::{Digest, Micros, PersonId, Span, TaskId, TenantId};
use serde::{Deserialize, Serialize};

/// The most persons that one need asks for.
pub const COUNT_MAX: u64 = 5;
/// The most needs of one act.
pub const NEEDS_MAX: usize = 8;
/// How long a yes is valid where nothing else is said.
pub const VALID: Span = Span::minutes(30);
/// The most open reviews of one task, and the most that it may ever ask.
pub const REVIEWS_OPEN_MAX: usize = 3;
/// See [`REVIEWS_OPEN_MAX`].
pub const REVIEWS_MAX: u64 = 10;
/// The most open confirmations of one task.
pub const CONFIRMATIONS_OPEN_MAX: usize = 3;
/// The most confirmations that a task may ever ask.
pub const CONFIRMATIONS_MAX: u64 = 60;
/// The most of them for acts of high impact.
pub const CONFIRMATIONS_HIGH_MAX: u64 = 10;
/// How often people may say no to one goal: asking once more ends the grant.
pub const GOAL_REFUSED_MAX: u64 = 2;
/// The most characters of a refusal's reason.
pub const REASON_CHARS_MAX: usize = 500;
/// The most bytes of a narrower act that is offered instead.
pub const INSTEAD_BYTES_MAX: usize = 4 << 10;

const _: () = assert!(CONFIRMATIONS_HIGH_MAX < CONFIRMATIONS_MAX, "high impact is asked less often than all");

/// Why a yes is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The template asks.
    Template,
    /// A rule of policy asks.
    Policy,
    /// The same act is in doubt.
    Doubt,
    /// The agent assists: what it writes is confirmed.
    Assists,
    /// Much is at stake.
    Impact,
    /// Somebody said no to this before.
    Refused,
    /// The consent is older than it may be.
    Aged,
    /// A value of it comes from where nobody who may has vouched for it.
    Source,
    /// Nobody named this tool, and what the agent has read may have asked for it.
    Unnamed,
    /// Rules refused this before, to somebody who tried it another way.
    Tried,
    /// It was offered in the place of what people refused more than once.
    Offered,
}

impl Why {
    /// What people are told.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Template => "the template asks for it",
            Self::Policy => "a policy asks for it",
            Self::Doubt => "the same act is in doubt: nobody knows whether it was done",
            Self::Assists => "the agent assists: a person confirms what it changes",
            Self::Impact => "much is at stake, and the consent did not name it",
            Self::Refused => "somebody said no to this before",
            Self::Tried => "rules refused this before, to another agent of the task or with another tool",
            Self::Offered => "it was refused more than once, and an offer in its place is no signature",
            Self::Aged => "the consent is older than it may be",
            Self::Source => "nobody who may has said a value of it",
            Self::Unnamed => "nobody named this tool, and the agent may have been told to use it by what it read",
        }
    }
}

/// To whom it goes when nobody has said anything. It adds persons and never lowers the number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// After this long.
    pub after: Span,
    /// Who may say yes from then on as well.
    pub to: Approvers,
}

/// Somebody who has to say yes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// How many distinct persons.
    pub count: u64,
    /// To whom it goes when nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
    /// Who may not.
    pub exclude: Vec<Approver>,
    /// As what they sign: the rule's own words.
    pub role: String,
    /// How long a yes is valid.
    pub valid: Span,
    /// Who may: any of these. `owner` was resolved to persons when it was asked.
    pub who: Approvers,
    /// Why.
    pub why: Why,
}

impl Need {
    /// Whether it is a confirmation: by the one whose act it is. Else it is a review, by others.
    pub fn confirms(&self) -> bool {
        self.who.iter().all(|who| matches!(who, Approver::Requester | Approver::Customer))
    }
}

/// What a request to say yes rests on: all of a statement but who signs, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The action digest: everything that makes this act this act.
    pub action: Digest,
    /// The digest of what is displayed.
    pub display: Digest,
    /// What the holder has touched.
    pub labels: Label,
    /// What it would be charged.
    pub meters: Vec<Reserved>,
    /// Drawn for this request: two identical acts are two approvals.
    pub nonce: Digest,
    /// Worth nothing from here on.
    pub not_after: Micros,
    /// The digest of the policy.
    pub policy: Digest,
    /// Where its values come from.
    pub sources: Vec<Source>,
}

/// What a person signs: its digest is the challenge of the assertion. Fields are declared in alphabetical order, so that
/// what serde writes is RFC 8785 form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// How often this person has said yes to it before, as this: those yeses count no more, and what was signed for them is
    /// none for this one.
    #[serde(default, skip_serializing_if = "is_none")]
    pub again: u64,
    /// The request, by the seq of its `approval.asked` in the stream of the task.
    pub approval: u64,
    /// Who signs.
    pub person: PersonId,
    /// As what the person signs.
    pub role: String,
    /// The task.
    pub task: TaskId,
    /// The tenant.
    pub tenant: TenantId,
    /// What it says yes to.
    pub terms: Terms,
    /// What it is: `bailiwick/approval/1`.
    #[serde(rename = "type")]
    pub of: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Statement {
    /// What a statement of this form says that it is.
    pub const TYPE: &'static str = "bailiwick/approval/1";

    /// The bytes that are hashed: RFC 8785 form.
    pub fn text(&self) -> String {
        // by INVARIANT of these types: all are written as texts and numbers, so writing them cannot fail
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The challenge: SHA-256 of its text.
    pub fn digest(&self) -> Digest {
        sha256(self.text().as_bytes())
    }
}

/// The digest of what is displayed.
pub fn display_digest(display: &Json) -> Digest {
    sha256(display.canonical().as_bytes())
}

#[cfg(test)]
mod tests;
