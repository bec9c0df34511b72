//! Events of breakers: which fault cut which calls off, and that they go on.

use super::nothing_private;
use crate::consent::SignedConsent;
use crate::document::Trouble;
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::{AgentId, GrantId, Micros, RoleName, ToolId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose calls are cut off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Whose {
    /// Those of an agent.
    Agent(AgentId),
    /// Those of a grant, and of what it handed on.
    Grant(GrantId),
    /// All.
    Tenant,
    /// Those of a tool.
    Tool(ToolId),
}

impl Whose {
    /// How many it is over, from few to all.
    pub const fn reach(&self) -> usize {
        match self {
            Self::Grant(_) => 0,
            Self::Agent(_) => 1,
            Self::Tool(_) => 2,
            Self::Tenant => 3,
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => write!(f, "agent {agent}"),
            Self::Grant(grant) => write!(f, "grant {grant}"),
            Self::Tenant => f.write_str("the whole tenant"),
            Self::Tool(tool) => write!(f, "tool {tool}"),
        }
    }
}

/// A fault went on for too long: such calls are refused until it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlBreakerOpened {
    /// How many of it were counted; of a probe that went wrong, one.
    pub counted: u64,
    /// The half-open breaker that made room for it, by the seq of the event that opened that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displaces: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// What was counted.
    pub on: Trouble,
    /// The rule.
    pub rule: RoleName,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Nothing passes before this; then probes do.
    pub until: Micros,
    /// Whose calls they are.
    pub whose: Whose,
}

/// The calls go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlBreakerClosed {
    /// Which one, by the seq of the event that opened it.
    pub breaker: u64,
    /// The person's act; nobody's where its probes went well.
    pub by: Option<By>,
    /// What it rests on.
    pub facts: Facts,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What the person was shown and signed, whole, where they signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Json>,
    /// Their signature over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedConsent>>,
}

nothing_private!(ControlBreakerOpened, ControlBreakerClosed);
