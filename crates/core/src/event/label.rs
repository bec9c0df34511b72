//! A label that was lowered: a person said that a class of data counts no more as one that a holder has touched.

use super::{Label, private_struct};
use crate::consent::SignedConsent;
use crate::facts::{By, Facts};
use crate::json::{Json, Pointer};
use crate::{AgentId, DataClass, Digest, GrantId};
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
    /// The person's signature over it, where they gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedConsent>>,
    /// The label after.
    pub to: Label,
    /// The one value that goes without the class, where it is only that: the label stays as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ShownValue>,
}

/// A value that a result showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownValue {
    /// The event that showed it, by its seq in this stream.
    pub event: u64,
    /// A salted hash of its normal form, as that event has it.
    pub hash: Digest,
    /// What kind of value it is.
    pub kind: String,
    /// Where it stands in the result.
    pub pointer: Pointer,
}

/// What of it may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoweredPrivate {
    /// What for, in the person's words.
    pub reason: String,
    /// What the person was shown and signed, whole, where they signed it.
    pub shown: Option<Json>,
}
private_struct!(LabelLowered, LoweredPrivate { reason }, later { shown });
