//! Who acts where a story is told or an attack is rehearsed: real clients with keys that a program holds, over the wire.

mod agent;
mod raw;
mod signer;

pub(crate) use agent::{Agent, client};
pub(crate) use signer::Signer;

/// How a call ended, as the agent saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Whether it was allowed.
    pub(crate) allowed: bool,
    /// The code of a refusal.
    pub(crate) reason: String,
    /// The sentence with it.
    pub(crate) said: String,
}
