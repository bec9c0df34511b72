//! What a call does to the world, and how much that matters: effect, egress, reversibility, impact.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a call does to the world. Unknown is [`Effect::Execute`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Looks and changes nothing.
    Read,
    /// Creates or changes something.
    Write,
    /// Removes something.
    Delete,
    /// Moves value.
    Transfer,
    /// Lets somebody else see or have something.
    Share,
    /// Takes data out in bulk.
    Export,
    /// Makes, reads or changes a secret or a key.
    Credential,
    /// Changes who may do what.
    Permission,
    /// Runs something whose effect nobody can tell beforehand.
    Execute,
    /// Hands work to another agent.
    Delegate,
}

impl Effect {
    /// All of them, in the order people read them.
    pub const ALL: [Self; 10] = [
        Self::Read,
        Self::Write,
        Self::Delete,
        Self::Transfer,
        Self::Share,
        Self::Export,
        Self::Credential,
        Self::Permission,
        Self::Execute,
        Self::Delegate,
    ];

    /// Every effect but read and write: consented to by name, in an act of its own.
    pub const fn privileged(self) -> bool {
        !matches!(self, Self::Read | Self::Write)
    }

    /// The impact a call of this effect has unless the tenant raises it.
    pub const fn impact(self, reversibility: Reversibility) -> Impact {
        match self {
            Self::Read => Impact::Low,
            Self::Write => Impact::Medium,
            Self::Delete | Self::Share | Self::Export | Self::Execute | Self::Delegate => match reversibility {
                Reversibility::ReadOnly | Reversibility::Reversible => Impact::Medium,
                Reversibility::ByOthers | Reversibility::Irreversible => Impact::High,
            },
            Self::Transfer | Self::Credential | Self::Permission => Impact::High,
        }
    }

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Transfer => "transfer",
            Self::Share => "share",
            Self::Export => "export",
            Self::Credential => "credential",
            Self::Permission => "permission",
            Self::Execute => "execute",
            Self::Delegate => "delegate",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a call can be undone, as the catalogue has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversibility {
    /// There is nothing to undo.
    ReadOnly,
    /// The same caller can undo it.
    Reversible,
    /// Somebody else can undo it.
    ByOthers,
    /// Nobody can.
    Irreversible,
}

/// How much is at stake. The worst of the chain counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// Reading within the envelope.
    Low,
    /// Changes that can be undone.
    Medium,
    /// Money, secrets, permissions, what leaves or cannot be undone.
    High,
    /// As the tenant says.
    Critical,
}

impl Impact {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Through how many hands work of this impact may go at most; `None` where the envelopes alone say it.
    pub const fn hands_most(self) -> Option<usize> {
        match self {
            Self::Low | Self::Medium => None,
            Self::High => Some(1),
            Self::Critical => Some(0),
        }
    }

    /// The word used everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a call carries bytes chosen by the caller to another zone, or fetches a host chosen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Egress {
    /// It stays where the server is.
    None,
    /// It leaves.
    Open,
}

#[cfg(test)]
mod tests;
