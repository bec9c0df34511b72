//! Events of observation: whose acts at which server are decided and recorded, and for a while not enforced.

use super::nothing_private;
use crate::facts::{By, Facts};
use crate::reason::Reason;
use crate::{AgentId, Micros, ServerName};
use serde::{Deserialize, Serialize};

/// A person wants an agent observed at a server: what rules would stop there is let through, and recorded as that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlObserveBegun {
    /// Whose acts.
    pub agent: AgentId,
    /// The person's act.
    pub by: By,
    /// Over from here on.
    pub expires: Micros,
    /// What it rests on.
    pub facts: Facts,
    /// Why.
    pub reason: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// At which server.
    pub server: ServerName,
}

/// It ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlObserveEnded {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// Which one, by the seq of its `control.observe_begun`.
    pub observation: u64,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// Why an act would not have begun, had it not been observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlyObserved {
    /// The observation, by the seq of its `control.observe_begun`.
    pub observation: u64,
    /// What it would have been told; a refusal, or what people would have been asked.
    pub reasons: Vec<Reason>,
}

nothing_private!(ControlObserveBegun, ControlObserveEnded);
