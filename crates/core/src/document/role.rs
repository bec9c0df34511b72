//! Roles of agents: the outer bound of what any of their grants may allow.

use crate::{Effect, RoleName, ToolId, ToolPattern};
use serde::{Deserialize, Serialize};

/// An outer bound of what agents may be granted. Never sufficient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What it allows.
    pub allow: Vec<RoleRow>,
}

/// Which tools a role speaks of: a pattern, or `*` for every tool of every server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolePattern {
    /// Every tool of every server: a role is an outer bound and never sufficient.
    Every,
    /// Those that the pattern names.
    Named(ToolPattern),
}

impl RolePattern {
    fn matches(&self, tool: &ToolId) -> bool {
        match self {
            Self::Every => true,
            Self::Named(pattern) => pattern.matches(tool),
        }
    }
}

impl Serialize for RolePattern {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Every => s.serialize_str("*"),
            Self::Named(pattern) => pattern.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for RolePattern {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        if text == "*" {
            return Ok(Self::Every);
        }
        ToolPattern::parse(&text).map(Self::Named).map_err(serde::de::Error::custom)
    }
}

/// Some tools with some effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRow {
    /// The tools.
    pub tools: Vec<RolePattern>,
    /// The effects.
    pub effects: Vec<Effect>,
}

impl Role {
    /// Whether the role's bound holds this.
    pub fn allows(&self, tool: &ToolId, effect: Effect) -> bool {
        self.allow.iter().any(|row| row.effects.contains(&effect) && row.tools.iter().any(|p| p.matches(tool)))
    }
}
