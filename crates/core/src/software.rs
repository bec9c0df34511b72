//! What an instance runs, by its own word: a version, and the digest of its configuration. A key proves who says it, and not
//! that it is so; an attestation of the workload would.

use crate::document::Agent;
use crate::{Digest, Version};
use serde::{Deserialize, Serialize};

/// What an instance says that it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Software {
    /// The SHA-256 of its configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Digest>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

impl Software {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Where it is not what the agent's document says: what it says, and what is said there. What the document leaves out may
    /// be anything.
    pub fn unlike(&self, agent: &Agent) -> Option<(String, String)> {
        let told = |what: &str, value: Option<String>| match value {
            Some(value) => format!("{what} {value}"),
            None => format!("no {what}"),
        };
        let differs = |what: &str, own: Option<String>, said: Option<String>| {
            (said.is_some() && own != said).then(|| (told(what, own), told(what, said)))
        };
        let text = |version: &Option<Version>| version.as_ref().map(ToString::to_string);
        let hex = |digest: &Option<Digest>| digest.as_ref().map(ToString::to_string);
        let version = differs("version", text(&self.version), text(&agent.version));
        version.or_else(|| differs("configuration", hex(&self.config), hex(&agent.config)))
    }
}
