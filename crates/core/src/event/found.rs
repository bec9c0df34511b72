//! What was found of authority that sprawls: once for each thing found, for as long as a finding is kept.

use super::nothing_private;
use crate::facts::Facts;
use crate::hash::sha256_parts;
use crate::{AgentId, Digest, Micros, Span};
use serde::{Deserialize, Serialize};

/// What is still so after this long is found anew.
pub const FOUND_ANEW_AFTER: Span = Span::hours(30 * 24);
/// The most characters of what a finding is about, and of why.
pub const FOUND_CHARS_MAX: usize = 512;

macro_rules! sprawls {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $unused:literal;)*) => {
        /// How authority sprawls, or what stands in the way of a rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Sprawl { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl Sprawl {
            /// All of them, by name.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// Whether it says that something was not done: then a record that is shorter than the time looked at says nothing.
            pub const fn is_absence(self) -> bool {
                match self { $(Self::$name => $unused,)* }
            }
        }
    };
}

sprawls! {
    /// An agent was to be looked at again.
    AgentReviewDue = "agent_review_due", false;
    /// An agent did nothing.
    AgentUnused = "agent_unused", true;
    /// An agent holds far more grants at once than others.
    AuthorityPilesUp = "authority_piles_up", false;
    /// The same calls were cut off again and again.
    BreakerAgain = "breaker_again", false;
    /// Work was handed on far further than is usual.
    ChainDeep = "chain_deep", false;
    /// The store's clock is not believed.
    ClockDoubted = "clock_doubted", false;
    /// One grant was handed on far more often than is usual.
    FanOutWide = "fan_out_wide", false;
    /// What rules refused was tried by many ways.
    GoalManyWays = "goal_many_ways", false;
    /// A grant was never used.
    GrantUnused = "grant_unused", true;
    /// The key that tokens are signed with was not turned.
    KeysUnturned = "keys_unturned", true;
    /// A mandate was never drawn on.
    MandateUnused = "mandate_unused", true;
    /// Whoever answers for an agent has left.
    OwnerLeft = "owner_left", false;
    /// A role bounds nobody.
    RoleUnused = "role_unused", true;
    /// A role allows what none of its agents did.
    RoleWide = "role_wide", true;
    /// A template was never used.
    TemplateUnused = "template_unused", true;
    /// A tool that is allowed was never called.
    ToolUnused = "tool_unused", true;
}

impl std::fmt::Display for Sprawl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that a person should look at. It changes no authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlFound {
    /// The agent that it is about, whose owner is told.
    pub agent: Option<AgentId>,
    /// What it is.
    pub code: Sprawl,
    /// What it rests on.
    pub facts: Facts,
    /// Which finding: whoever finds the same within its time comes to the same.
    pub finding: Digest,
    /// What it is about.
    pub of: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Why, in words of ours.
    pub why: String,
}

/// In which turn of findings a moment lies.
pub const fn turn_of(at: Micros) -> u64 {
    at.0 / FOUND_ANEW_AFTER.0
}

/// What tells a finding from others, by what it is, what it is about and its turn.
pub fn finding_of(code: Sprawl, of: &str, turn: u64) -> Digest {
    sha256_parts("bailiwick/finding/1", &[code.as_str().as_bytes(), of.as_bytes(), &turn.to_be_bytes()])
}

nothing_private!(ControlFound);
