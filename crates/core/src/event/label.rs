//! A label that was lowered: a person said that a class of data counts no more as one that a holder has touched.

use super::{Label, private_struct};
use crate::facts::{By, Facts};
use crate::{AgentId, DataClass, GrantId};
use serde::{Deserialize, Serialize};

/// A person lowered what a holder counts as having touched. Nothing else ever does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelLowered {
    /// The person's act.
    pub by: By,
    /// The class that does not count any more.
    pub class: DataClass,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// The label before.
    pub from: Label,
    /// Whose.
    pub grant: GrantId,
    /// Who holds that grant.
    pub holder: AgentId,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<LoweredPrivate>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The label after.
    pub to: Label,
}

/// What of it may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoweredPrivate {
    /// What for, in the person's words.
    pub reason: String,
}
private_struct!(LabelLowered, LoweredPrivate { reason });
