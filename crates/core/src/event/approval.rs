//! Events of approvals: asked, given, refused.

use super::{nothing_private, private_struct};
use crate::approval::{Need, Sheet, Statement, Terms};
use crate::assertion::Assertion;
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::{Digest, Effect, GrantId, Impact, ToolId};
use serde::{Deserialize, Serialize};

/// People are asked to say yes to one act: the `action.waiting` right before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalAsked {
    /// What it does.
    pub effect: Effect,
    /// What it rests on.
    pub facts: Facts,
    /// What it comes to, whatever the tool: a salted hash of the effect and of what it is about.
    pub goal: Digest,
    /// Under which grant.
    pub grant: GrantId,
    /// How much is at stake.
    pub impact: Impact,
    /// Who is to say yes.
    pub needs: Vec<Need>,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<AskedPrivate>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What they say yes to.
    pub terms: Terms,
    /// The tool.
    pub tool: ToolId,
}

/// What of a request may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedPrivate {
    /// What is displayed, whole.
    pub display: Json,
}
private_struct!(ApprovalAsked, AskedPrivate { display });

/// A person said yes: a signature over the statement. It is used once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalGiven {
    /// What the authenticator answered: whoever has the person's public key can check it.
    pub assertion: Assertion,
    /// The person's act.
    pub by: By,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The sheet that was signed, where it was signed with others: its digest is the challenge then, and the statement's
    /// stands on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<Sheet>,
    /// The one person of the directory said yes to what somebody else is to say yes to: never counted as four eyes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_person: bool,
    /// What was signed.
    pub statement: Statement,
}

/// A person said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRefused {
    /// The request, by the seq of its `approval.asked`.
    pub approval: u64,
    /// The person's act.
    pub by: By,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<NoPrivate>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What else waited and comes to the same, by the seqs of those requests: nobody's yes to them counts from here on.
    /// `None` in records of before, where such a yes was taken and nothing came of it, and where an offer was a no like any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voids: Option<Vec<u64>>,
}

/// What of a no may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoPrivate {
    /// Arguments that the person would say yes to.
    pub instead: Option<Json>,
    /// Why, in the person's words: the agent is told.
    pub reason: String,
}
private_struct!(ApprovalRefused, NoPrivate { instead, reason });

/// Nobody who was asked first has answered in time: whom the request goes to then may answer from here on as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalEscalated {
    /// The request, by the seq of its `approval.asked`.
    pub approval: u64,
    /// The leaf of that event: the request's name in the tenant.
    pub asked: u64,
    /// What it rests on.
    pub facts: Facts,
    /// The needs that went on, by the roles that are asked for.
    pub roles: Vec<String>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// A request ran out, and no act has used it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalExpired {
    /// The request, by the seq of its `approval.asked`.
    pub approval: u64,
    /// The leaf of that event: the request's name in the tenant.
    pub asked: u64,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

nothing_private!(ApprovalGiven, ApprovalEscalated, ApprovalExpired);
