//! A rule that says when a fault has gone on for too long: then calls are refused until it is over, or a person says so.

use super::BadDocument;
use crate::json::Pointer;
use crate::{Span, ToolId, ToolPattern};
use serde::{Deserialize, Serialize};

/// When calls of a grant, agent, tool or of the tenant are cut off, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerRule {
    /// Whose calls are counted, and cut off, together.
    pub per: BreakerOf,
    /// What is counted.
    pub on: Trouble,
    /// So many of it open the breaker.
    pub most: u64,
    /// Within any span of this length, as `1m`.
    pub over: String,
    /// How long it stays open before a probe may pass, as `1m`.
    #[serde(default = "wait", skip_serializing_if = "is_wait")]
    pub wait: String,
    /// How many probes may be under way at a time, and how many have to go well before it closes by itself.
    #[serde(default = "probes", skip_serializing_if = "is_probes")]
    pub probes: u64,
    /// Which tools count and are cut off; all unless said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolPattern>,
}

fn wait() -> String {
    "1m".to_owned()
}

fn is_wait(text: &String) -> bool {
    *text == wait()
}

const fn probes() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_probes(count: &u64) -> bool {
    *count == probes()
}

/// What is counted, and cut off, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BreakerOf {
    /// One grant; what it handed on is cut off with it.
    Grant,
    /// One agent, in whatever task.
    Agent,
    /// One tool, whoever calls it.
    Tool,
    /// Everything.
    Tenant,
}

/// A fault that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Acts that were allowed and did not come to a good end: errors of the server, unknown outcomes, never sent.
    Failures,
    /// Calls that were refused.
    Refusals,
    /// The same call again and again.
    Retries,
    /// Work handed on, and people asked.
    FanOut,
    /// Calls that come to what was refused before: by a person, to another agent of the task, or with another tool.
    Goals,
}

impl Trouble {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Refusals => "refusals",
            Self::Retries => "retries",
            Self::FanOut => "fan_out",
            Self::Goals => "goals",
        }
    }

    /// In words, after a number.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Failures => "failed acts",
            Self::Refusals => "refused calls",
            Self::Retries => "times the same call",
            Self::FanOut => "grants handed on or requests to people",
            Self::Goals => "more tries at what was refused",
        }
    }
}

impl BreakerOf {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Tenant => "tenant",
        }
    }

    /// Whether others pay when one agent's calls open it.
    pub const fn shared(self) -> bool {
        matches!(self, Self::Tool | Self::Tenant)
    }
}

impl BreakerRule {
    /// The most that opens one: each is remembered with its time.
    pub const MOST_MAX: u64 = 256;
    /// The longest span that is counted over, and the longest wait.
    pub const SPAN_MAX: Span = Span::hours(24);
    /// The most probes, and the most patterns of tools.
    const ENTRIES_MAX: u64 = 16;

    /// The span that is counted over.
    pub fn over(&self) -> Option<Span> {
        span(&self.over)
    }

    /// How long it stays open.
    pub fn wait(&self) -> Option<Span> {
        span(&self.wait)
    }

    /// Whether calls of this tool count and are cut off.
    pub fn counts(&self, tool: &ToolId) -> bool {
        self.tools.is_empty() || self.tools.iter().any(|pattern| pattern.matches(tool))
    }

    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let bad = |place: &str, why: String| Err(BadDocument { at: Pointer::root().join("breaker").join(place), why });
        if self.per.shared() && self.on != Trouble::Failures {
            let why = "expected `grant` or `agent`: what an agent is refused or repeats shuts nobody else out";
            return bad("per", why.to_owned());
        }
        if self.most < 2 || self.most > Self::MOST_MAX {
            return bad("most", format!("expected 2 to {}, found {}", Self::MOST_MAX, self.most));
        }
        if self.probes < 1 || self.probes > Self::ENTRIES_MAX {
            return bad("probes", format!("expected 1 to {}, found {}", Self::ENTRIES_MAX, self.probes));
        }
        if u64::try_from(self.tools.len()).is_ok_and(|len| len > Self::ENTRIES_MAX) {
            return bad("tools", format!("expected at most {} patterns", Self::ENTRIES_MAX));
        }
        for (place, text) in [("over", &self.over), ("wait", &self.wait)] {
            if span(text).is_none() {
                let found = text.escape_debug();
                return bad(place, format!("expected a span as `1m`, at most 24h, found `{found}`"));
            }
        }
        Ok(())
    }

    /// In a line: what opens it, and what then is refused.
    pub(super) fn sentence(&self) -> String {
        let (most, on, over, wait) = (self.most, self.on.words(), &self.over, &self.wait);
        let whose = match self.per {
            BreakerOf::Grant => "of a grant cut it off",
            BreakerOf::Agent => "of an agent cut it off",
            BreakerOf::Tool => "of a tool cut it off",
            BreakerOf::Tenant => "cut the whole tenant off",
        };
        let of = match self.tools.as_slice() {
            [] => String::new(),
            tools => format!(" with {}", tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        };
        format!("a rule: {most} {on} in any {over} {whose}{of} for {wait}")
    }
}

fn span(text: &str) -> Option<Span> {
    Span::parse(text).filter(|span| span.0 > 0 && *span <= BreakerRule::SPAN_MAX)
}

#[cfg(test)]
mod tests;
