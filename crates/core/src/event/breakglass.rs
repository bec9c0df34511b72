//! Events of an override: who broke the glass over which task, and who looked at it afterwards.

use super::nothing_private;
use crate::consent::SignedConsent;
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::{Digest, Micros, PersonId, TaskId, TemplateName};
use serde::{Deserialize, Serialize};

/// A person broke the glass over a task: for a while policy and approvals are not asked of what the template's rows name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlGlassBroken {
    /// The person's act.
    pub by: By,
    /// Over from here on; then it waits for its review.
    pub expires: Micros,
    /// What it rests on.
    pub facts: Facts,
    /// The incident, as it is called elsewhere.
    pub incident: String,
    /// Why.
    pub reason: String,
    /// Whose task it is: never the person who breaks the glass.
    pub requester: PersonId,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Over which task.
    pub task: TaskId,
    /// The template whose rows it covers.
    pub template: TemplateName,
    /// The digest of that template.
    pub template_digest: Digest,
}

/// Somebody else looked at what was done, and closed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlGlassClosed {
    /// The person's act.
    pub by: By,
    /// What it rests on.
    pub facts: Facts,
    /// What was found.
    pub findings: String,
    /// Which one, by the seq of its `control.glass_broken`.
    pub glass: u64,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// What the person was shown and signed, whole, where they signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Json>,
    /// Their signature over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedConsent>>,
    /// Nobody else was there: after a delay its own person was enough. It is never counted as four eyes.
    pub single_person: bool,
}

nothing_private!(ControlGlassBroken, ControlGlassClosed);
