//! Events of changes that wait for a second person: what is proposed, who signed it, and what was taken back.

use super::{Accepted, DocumentNamed, PinnedTool, nothing_private};
use crate::assertion::Assertion;
use crate::facts::{By, Facts};
use crate::{AgentId, DataClass, Digest, Micros, PersonId, ServerName, Span, TaskId, TemplateName, sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long a proposed change waits.
pub const CHANGE_SPAN: Span = Span::hours(7 * 24);
/// How long it waits where the glass is to be broken: whoever wants it, wants it now.
pub(crate) const GLASS_SIGN_WITHIN: Span = Span::hours(1);
/// From when on one person alone may sign what they proposed themselves.
pub const ALONE_AFTER: Span = Span::minutes(10);

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Proposed {
    /// A suspended agent acts again.
    Agent {
        /// Which agent.
        agent: AgentId,
    },
    /// Policy and approvals are not asked of a task for a while.
    BreakGlass {
        /// The incident.
        incident: String,
        /// Why.
        reason: String,
        /// Whose task it is.
        requester: PersonId,
        /// For how long.
        span: Span,
        /// Over which task.
        task: TaskId,
        /// The template whose rows it covers.
        template: TemplateName,
        /// Its digest.
        template_digest: Digest,
    },
    /// Documents stand from then on, others go.
    Documents {
        /// What stood of them when it was proposed: once that is another, the change is void.
        before: Vec<DocumentNamed>,
        /// Those that are to stand; their bytes are blobs.
        documents: Vec<DocumentNamed>,
        /// Those that are to go, as (kind, name).
        removed: Vec<(String, String)>,
    },
    /// A task is erased.
    Erase {
        /// Why.
        reason: String,
        /// The task.
        task: TaskId,
    },
    /// Tasks that one person began are erased.
    ErasePerson {
        /// Of those that an account of the person began, by which: as the directory has it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        accounts: BTreeMap<TaskId, PersonId>,
        /// Who began them.
        person: PersonId,
        /// Why.
        reason: String,
        /// The tasks.
        tasks: Vec<TaskId>,
    },
    /// A person who signed by passkey before may enrol another.
    Invite {
        /// SHA-256 of the code.
        code: Digest,
        /// Who is invited.
        person: PersonId,
    },
    /// What tasks left on a server carries a class of data no more.
    LowerPlace {
        /// The class.
        class: DataClass,
        /// The place alone that this event of the log brought it to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<u64>,
        /// What for.
        reason: String,
        /// The server.
        server: ServerName,
        /// So many leaves the log had when it was looked at.
        until: u64,
    },
    /// What rules would stop of an agent at a server is let through for a while.
    Observe {
        /// Which agent.
        agent: AgentId,
        /// Why.
        reason: String,
        /// At which server.
        server: ServerName,
        /// For how long, from when it is signed.
        span: Span,
    },
    /// A task that is held may be erased again.
    Release {
        /// The hold, by the seq of its event: one that comes later is another.
        hold: u64,
        /// Why.
        reason: String,
        /// The task.
        task: TaskId,
    },
    /// What a server offers is taken as it is.
    Review {
        /// What is odd about these tools and is taken with them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<Accepted>,
        /// Its identity as reviewed.
        identity: Digest,
        /// The server.
        server: ServerName,
        /// All its tools.
        tools: Vec<PinnedTool>,
    },
    /// All work goes on.
    Tenant {},
}

/// What a second person signs: its digest is the challenge of the assertion. Fields are declared in alphabetical order, so
/// that what serde writes is RFC 8785 form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeStatement {
    /// When it was proposed.
    pub asked: Micros,
    /// Who proposed it.
    pub by: PersonId,
    /// What is to change.
    pub change: Proposed,
    /// The epoch of the tenant.
    pub epoch: u32,
    /// What of it lets more happen than before, in words.
    pub loosens: Vec<String>,
    /// Worth nothing from here on.
    pub not_after: Micros,
    /// The origin of the tenant's log.
    pub origin: String,
    /// Its number: the seq of its `control.proposed`.
    pub proposal: u64,
    /// What it is: `bailiwick/change/1`.
    #[serde(rename = "type")]
    pub of: String,
}

impl ChangeStatement {
    /// What a statement of this form says that it is.
    pub const TYPE: &'static str = "bailiwick/change/1";

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

/// A change that loosens was proposed: nothing of it stands yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlProposed {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What the proposer signed for it, where an invitation was: SHA-256 of the passkey's challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Digest>,
    /// What others are to sign.
    pub statement: ChangeStatement,
}

/// A person signed a proposed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlSeconded {
    /// What the authenticator answered.
    pub assertion: Assertion,
    /// Who signed.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Nobody else could sign: after a delay one person was enough. It is never counted as four eyes.
    pub single_person: bool,
    /// What was signed.
    pub statement: ChangeStatement,
    /// Whether enough have signed: then the change is the next event, of the same append.
    pub takes_effect: bool,
}

/// A proposed change was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlWithdrawn {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// Which one.
    pub proposal: u64,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

nothing_private!(ControlProposed, ControlSeconded, ControlWithdrawn);
