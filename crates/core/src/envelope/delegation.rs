//! The axis of delegation: whether, to whom and how far a holder may hand work on.

use crate::{AgentId, Zone};
use serde::{Deserialize, Serialize};

/// The deepest that a grant may allow: bounds what checking a lineage costs.
pub const DEPTH_MAX: u32 = 64;
/// The most agents, and the most zones, that one grant may name.
pub const DELEGATES_MAX: usize = 64;

/// To whom work may be handed. Nothing said is nothing allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// These agents, by name.
    #[serde(default)]
    pub agents: Vec<AgentId>,
    /// How many grants may still stand below, one under the other: 1 where whom is said and this is not. 0: none.
    #[serde(default = "one")]
    pub depth: u32,
    /// Any agent of these zones.
    #[serde(default)]
    pub zones: Vec<Zone>,
}

const fn one() -> u32 {
    1
}

impl Delegation {
    /// Whether anything may be handed on at all.
    pub fn allowed(&self) -> bool {
        self.depth > 0 && !(self.agents.is_empty() && self.zones.is_empty())
    }

    /// Whether work may be handed to this agent of this zone.
    pub fn permits(&self, agent: &AgentId, zone: &Zone) -> bool {
        self.depth > 0 && (self.agents.contains(agent) || self.zones.contains(zone))
    }

    /// Whether its lists and its depth are within the bounds of the product.
    pub fn bounded(&self) -> bool {
        self.depth <= DEPTH_MAX && self.agents.len() <= DELEGATES_MAX && self.zones.len() <= DELEGATES_MAX
    }

    /// Whom it names, for people.
    pub fn whom(&self) -> String {
        let agents = self.agents.iter().map(ToString::to_string);
        let zones = self.zones.iter().map(|zone| format!("any agent of zone {zone}"));
        agents.chain(zones).collect::<Vec<_>>().join(", ")
    }
}
