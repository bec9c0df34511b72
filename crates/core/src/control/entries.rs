//! What the control state holds of each name.

use crate::document::{Agent, Rule, Server};
use crate::event::{Misdeed, PinnedTool};
use crate::{Digest, Effect, Egress, Impact, Micros, PersonId, Reversibility};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An agent, and whether it may act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentEntry {
    /// As registered.
    pub document: Agent,
    /// The digest of its document: a change of it ends what rests on it.
    pub digest: Digest,
    /// Not suspended.
    pub active: bool,
    /// The seq of its last suspension: grants decided before it are over, also once it is resumed.
    pub suspended: Option<u64>,
    /// The seq of the last event since which it is another than what grants of before rest on.
    #[serde(default)]
    pub changed: Option<u64>,
    /// It went for good, and is not resumed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offboarded: bool,
}

/// A server, its identity as reviewed, and whether it was seen to be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerEntry {
    /// As described.
    pub document: Server,
    /// Its identity as pinned or reviewed; `None` before it was first seen.
    pub identity: Option<Digest>,
    /// Whether what was seen last is that identity.
    pub same: bool,
}

/// A tool: what was pinned, and what a person says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolEntry {
    /// As pinned: the words and schema that stand.
    pub pinned: PinnedTool,
    /// What was seen since and waits for review.
    pub seen: Option<PinnedTool>,
    /// What it did, and the leaf of the act that showed it; while it is quarantined.
    pub quarantine: Option<(Misdeed, u64)>,
}

impl ToolEntry {
    /// One that stands as it was pinned.
    pub const fn of(pinned: PinnedTool) -> Self {
        Self { pinned, seen: None, quarantine: None }
    }
}

/// A rule, and since when it stands so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// As written.
    pub document: Rule,
    /// The seq of the event that put it: it speaks of what comes after.
    pub since: u64,
}

/// What the catalogue says of a tool, once a person's word and the proposal are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolNature {
    /// What it does.
    pub effect: Effect,
    /// Whether it leaves.
    pub egress: Egress,
    /// How far it can be undone.
    pub reversibility: Reversibility,
    /// How much is at stake.
    pub impact: Impact,
}

/// An invitation to enrol a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Who is invited.
    pub person: PersonId,
    /// Until when.
    pub expires: Micros,
    /// The seq of its event: its number.
    pub seq: u64,
    /// Who invited.
    pub by: PersonId,
    /// Whose passkeys it rests on: when one of theirs goes, it goes too.
    pub behind: BTreeSet<PersonId>,
}
