//! What a tool's annotations propose of its nature. They are the server's claims: enough for a first use on a server
//! that its own user wraps, and a proposal to a reviewer everywhere else.

use bailiwick_core::json::Json;
use bailiwick_core::{Effect, Egress, Reversibility};

/// A proposed nature, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it does.
    pub effect: Effect,
    /// Whether it leaves.
    pub egress: Egress,
    /// How far it can be undone.
    pub reversibility: Reversibility,
    /// Why, a sentence each.
    pub why: Vec<&'static str>,
}

/// Reads annotations. Absent, or of another type than a boolean, a hint has the default that MCP gives it: the worse.
pub fn propose(annotations: Option<&Json>) -> Proposal {
    let hint = |name: &str| annotations.and_then(|hints| hints.get(name)).and_then(Json::as_bool);
    let mut why = Vec::with_capacity(3);
    let (effect, reversibility) = match (hint("readOnlyHint"), hint("destructiveHint")) {
        (Some(true), _) => {
            why.push("the server says that it only reads");
            (Effect::Read, Reversibility::ReadOnly)
        }
        (read_only, destructive) => {
            why.push(match read_only {
                Some(_) => "the server says that it writes",
                None => "the server does not say that it only reads",
            });
            why.push(match destructive {
                Some(true) => "the server says that it destroys",
                Some(false) => "the server says that it destroys nothing",
                None => "the server does not say that it destroys nothing",
            });
            let undone =
                if destructive == Some(false) { Reversibility::Reversible } else { Reversibility::Irreversible };
            (Effect::Write, undone)
        }
    };
    let egress = match hint("openWorldHint") {
        Some(false) => {
            why.push("the server says that it stays in its own world");
            Egress::None
        }
        Some(true) => {
            why.push("the server says that it reaches an open world");
            Egress::Open
        }
        None => {
            why.push("the server does not say that it stays in its own world");
            Egress::Open
        }
    };
    Proposal { effect, egress, reversibility, why }
}

#[cfg(test)]
mod tests;
