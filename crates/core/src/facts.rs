//! Facts: everything a decision rests on that is not in a stream. Gathered before the command is queued, written whole
//! into the event, so that anybody can decide again.

use crate::document::Period;
use crate::elsewhere::Elsewhere;
use crate::json::Pointer;
use crate::{AgentId, Digest, InstanceId, KeyThumbprint, Micros, Salt, Software};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an act of a person or agent was made sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// Peer of the Unix socket: uid, pid, executable.
    Local,
    /// Tests and the demo.
    Software,
    /// A key, and nothing about who holds it.
    KeyOnly,
    /// A workload token or a login of an OIDC issuer.
    Oidc,
    /// A SPIFFE identity document.
    Spiffe,
    /// A session over HTTP that its person began with a passkey: whoever has its cookie has it.
    Session,
    /// A passkey with user verification, over this very thing.
    Passkey,
    /// A FIDO2 key on a terminal.
    Fido2,
}

impl Assurance {
    /// Whether a passkey or a FIDO2 key signed this very thing.
    pub const fn signed(self) -> bool {
        matches!(self, Self::Passkey | Self::Fido2)
    }

    /// Whether a person showed who they are to begin with: by a signature over this, or by a session that one began.
    pub const fn signed_in(self) -> bool {
        self.signed() || matches!(self, Self::Session)
    }
}

/// By what road the call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Road {
    /// The node's own Unix socket.
    Socket,
    /// HTTP with proof of possession.
    Http,
}

/// Whether the agent could go around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The node holds the only way to the server.
    Enforced,
    /// This machine's user could go around it.
    Cooperative,
    /// Decided and recorded, not enforced.
    Observed,
}

/// Who is acting, as authenticated for this call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// The registered agent.
    pub agent: AgentId,
    /// How it was made sure.
    pub assurance: Assurance,
    /// Digest of what attested the instance, where something did.
    pub attestation: Option<Digest>,
    /// The running process.
    pub instance: InstanceId,
    /// The thumbprint of the instance's key.
    pub key: KeyThumbprint,
    /// Hash of the proof's id: used once in the stream.
    pub proof: Option<Digest>,
    /// By what road.
    pub road: Road,
}

/// What a rate said that is counted outside the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Which rule, and what it counts together: `agent (rule pace)`.
    pub scope: String,
    /// Whether there was room.
    pub within: bool,
}

/// Something from outside that may change trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Which signal.
    pub id: String,
    /// Its revision.
    pub revision: u64,
    /// What it says.
    pub value: String,
}

/// What an outside engine came to: it may only forbid or ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineVerdict {
    /// It has nothing against it.
    Nothing,
    /// It forbids it.
    Forbid,
    /// It asks people.
    Ask,
    /// It gave no answer that can be used.
    Failed,
}

/// What an outside engine said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Whom it asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<crate::envelope::Ask>,
    /// The moment that it was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Micros>,
    /// What it calls its decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The digest of the document that it was asked by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Digest>,
    /// The digest of what it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Digest>,
    /// Which engine: the name of its document.
    pub name: String,
    /// The revision of what it decided by.
    pub revision: String,
    /// Its verdict.
    pub verdict: EngineVerdict,
    /// What it failed by, in the node's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a referent's version was when it was read for this decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadReferent {
    /// Which argument.
    pub pointer: Pointer,
    /// The version read.
    pub version: String,
}

/// Closed and versioned: a new fact raises `rules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The person at whose word the node reads, through the grant that `caller` holds, what a server has on record: then
    /// nobody called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<By>,
    /// Who acts; absent when a person or the node itself does.
    pub caller: Option<Caller>,
    /// What comes from other tasks of the tenant, where anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Box<Elsewhere>>,
    /// What outside engines said.
    pub engines: Vec<Engine>,
    /// Fresh ids and salts, drawn before.
    pub ids: Vec<Salt>,
    /// As the edge that holds the upstream knows it.
    pub mode: Mode,
    /// What of the call its agent has not done before, as far as the node remembers; `None` where nobody looked. Then no rule
    /// may read how much speaks against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub novel: Option<Novel>,
    /// The store's time.
    pub now: Micros,
    /// Periods of the calendar that hold `now`, as `month in Europe/Berlin`: what a time zone's rules come to is in no
    /// stream, and is other in years to come. None where none is asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub periods: BTreeMap<String, Period>,
    /// Breakers, by the seq of the event that opened them, whose bounded number of probes this call is one of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<u64>,
    /// Rates counted outside the stream.
    pub rates: Vec<Rate>,
    /// Versions of what arguments point to.
    pub referents: Vec<ReadReferent>,
    /// How often the person whose task it is said no to what this comes to, in other tasks of the agent, of late.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_elsewhere: u64,
    /// Signals known.
    pub signals: Vec<Signal>,
    /// What the instance says that it runs, where its key is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<Software>,
}

/// What an agent has not done before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Novel {
    /// It has not sent there.
    pub destination: bool,
    /// It has not used this tool.
    pub tool: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Facts {
    /// Who called; nobody where the node reads at a person's word.
    pub fn called(&self) -> Option<&Caller> {
        self.caller.as_ref().filter(|_| self.asked_by.is_none())
    }

    /// Facts of an act that no agent does: a person's, or the node's own.
    pub fn of_nobody(now: Micros, ids: Vec<Salt>) -> Self {
        Self {
            asked_by: None,
            caller: None,
            elsewhere: None,
            engines: Vec::new(),
            ids,
            mode: Mode::Enforced,
            novel: None,
            now,
            periods: BTreeMap::new(),
            probes: Vec::new(),
            rates: Vec::new(),
            referents: Vec::new(),
            refused_elsewhere: 0,
            signals: Vec::new(),
            software: None,
        }
    }
}

/// A person who did something, and how that was made sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct By {
    /// How it was made sure.
    pub assurance: Assurance,
    /// Who.
    pub person: crate::PersonId,
}

#[cfg(test)]
mod tests;
