//! Events of a tenant's control stream: who may do what, and what stands behind the names.

use super::nothing_private;
use crate::facts::{By, Facts};
use crate::{AgentId, Digest, Effect, Egress, Reversibility, ServerName, ToolId};
use serde::{Deserialize, Serialize};

/// The tenant came to be: the first event of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlOpened {
    /// The epoch it begins in.
    pub epoch: u32,
    /// What it rests on.
    pub facts: Facts,
    /// The tenant's name.
    pub name: String,
    /// The origin of its log's checkpoints.
    pub origin: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// The head of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogHead {
    /// Its epoch.
    pub epoch: u32,
    /// The root over its leaves.
    pub root: Digest,
    /// How many they are.
    pub size: u64,
}

/// The store was put back by a person: a new epoch begins, with a log of its own. Nothing that was granted, signed or
/// proposed before counts, and no agent acts before somebody says so again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlRestored {
    /// The highest head of a log of before that was known outside of the store.
    pub before: Option<LogHead>,
    /// The person's act.
    pub by: By,
    /// The epoch that begins.
    pub epoch: u32,
    /// What it rests on.
    pub facts: Facts,
    /// The origin of the checkpoints of its log.
    pub origin: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// One document by digest; its bytes are a blob.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentNamed {
    /// SHA-256 of its RFC 8785 form.
    pub digest: Digest,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Documents of kinds that only widen (agent, server, template, person) were added: none of these names was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlAdded {
    /// The person's act.
    pub by: By,
    /// The documents.
    pub documents: Vec<DocumentNamed>,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// Documents were added, changed or removed. An import is one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlApplied {
    /// The person's act.
    pub by: By,
    /// Documents that stand from now on, in place of those of the same kind and name.
    pub documents: Vec<DocumentNamed>,
    /// What it rests on.
    pub facts: Facts,
    /// Documents that are gone, as (kind, name).
    pub removed: Vec<(String, String)>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// How a tool stands in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Pinned at first sight, of a cooperative server; nobody has looked at it.
    FirstUse,
    /// A person has looked at it.
    Reviewed,
    /// New on an enforced server: waits for review.
    New,
    /// Words or schema changed: the reviewed words stand, calls wait for review.
    Changed,
    /// Only words changed on a server where words may: calls go on under the reviewed words.
    Reworded,
    /// No longer offered.
    Gone,
    /// It did what no tool may: nothing but a person's review frees it.
    Quarantined,
}

impl Standing {
    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstUse => "first_use",
            Self::Reviewed => "reviewed",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Reworded => "reworded",
            Self::Gone => "gone",
            Self::Quarantined => "quarantined",
        }
    }
}

/// One tool as a server offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedTool {
    /// What it does, as proposed from its annotations or accepted by a person.
    pub effect: Effect,
    /// Whether it leaves.
    pub egress: Egress,
    /// The hash of its words and schema.
    pub pin: Digest,
    /// How far it can be undone.
    pub reversibility: Reversibility,
    /// How it stands.
    pub standing: Standing,
    /// The tool.
    pub tool: ToolId,
    /// The digest of its words and schema; the bytes are a blob.
    pub words: Digest,
}

/// What a server offers was seen and pinned by the node itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPinned {
    /// What it rests on.
    pub facts: Facts,
    /// The server's identity as seen.
    pub identity: Digest,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Whether the identity is the reviewed one; calls wait for review when it is not.
    pub same_server: bool,
    /// The server.
    pub server: ServerName,
    /// Tools that are new or changed.
    pub tools: Vec<PinnedTool>,
}

/// What a tool did that quarantines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misdeed {
    /// Its answer held a secret that its server was given.
    SecretReturned,
}

impl Misdeed {
    /// What is told to people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SecretReturned => "its answer held a secret that its server was given; replace that secret first",
        }
    }
}

/// A tool was quarantined by the node itself: its calls wait for a person's review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlQuarantined {
    /// The leaf of the `action.begun` whose answer showed it.
    pub begun: u64,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The tool.
    pub tool: ToolId,
    /// What it did.
    pub why: Misdeed,
}

/// Something odd about a tool that a person was shown, and took it all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// What was found: a stable word.
    pub code: String,
    /// Of which tool.
    pub tool: ToolId,
}

/// A person reviewed what a server offers: from now on this is it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlReviewed {
    /// What was odd about these tools and was taken with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Accepted>,
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The server's identity as reviewed.
    pub identity: Digest,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The server.
    pub server: ServerName,
    /// Its tools that were taken, as reviewed. What it offers beside them waits.
    pub tools: Vec<PinnedTool>,
}

/// An agent was suspended (its live grants end), or resumed (it may get new ones).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlAgent {
    /// Whether it may act.
    pub active: bool,
    /// Which agent.
    pub agent: AgentId,
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// It was offboarded: it is not resumed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offboarded: bool,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// All work of the tenant was stopped, or goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTenant {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Whether work may go on.
    pub running: bool,
}

/// The tenant's keys from now on: those that tokens are signed with, and the root key above all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlKeys {
    /// The person's act; absent when the node made its first key.
    pub by: Option<By>,
    /// What it rests on.
    pub facts: Facts,
    /// The public keys, as a JWK set in RFC 8785 form, with members of ours: `active`, the number of the one that signs;
    /// `turned`, when others did; `root`, the version of the root key, once it was turned.
    pub keys: crate::json::Json,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// A commitment to the heads of all streams: lets a bundle prove that a stream has no more events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlHeads {
    /// How many streams.
    pub count: u64,
    /// What it rests on.
    pub facts: Facts,
    /// The root over the sorted heads.
    pub root: Digest,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Leaves of the log when the heads were read.
    pub size: u64,
}

nothing_private!(
    ControlOpened,
    ControlRestored,
    ControlAdded,
    ControlApplied,
    ControlPinned,
    ControlQuarantined,
    ControlReviewed,
    ControlAgent,
    ControlTenant,
    ControlKeys,
    ControlHeads,
);
