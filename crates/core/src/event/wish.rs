//! Events of wishes: an agent asks its person for more, and the person says no. A yes is a `task.amended` that names the wish.

use super::private_struct;
use crate::GrantId;
use crate::facts::{By, Facts};
use serde::{Deserialize, Serialize};

/// An agent asked for more than its grant allows. It gives nothing: the person may widen the task, or say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishMade {
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on: the caller among it.
    pub facts: Facts,
    /// Under which grant.
    pub grant: GrantId,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<WishPrivate>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

/// What of a wish may be erased: all of it is the agent's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishPrivate {
    /// Tools that it named, as it wrote them. Nobody has said that there are such.
    pub tools: Vec<String>,
    /// What it wants to do and why, in its own words.
    pub wanted: String,
}
private_struct!(WishMade, WishPrivate { tools, wanted });

/// The person whose task it is said no to a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishRefused {
    /// The person's act.
    pub by: By,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<WishNoPrivate>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The wish, by the seq of its `wish.made`.
    pub wish: u64,
}

/// What of a no may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishNoPrivate {
    /// Why, in the person's words: the agent is told.
    pub reason: String,
}
private_struct!(WishRefused, WishNoPrivate { reason });
