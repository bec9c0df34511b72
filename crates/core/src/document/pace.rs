//! A rule that says how much one agent, one tool or the whole tenant may do within a time, over all tasks.

use super::BadDocument;
use crate::json::Pointer;
use crate::{Amount, Span, ToolId, ToolPattern, Unit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much of something within any span of a length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Whose it is.
    pub per: PaceOf,
    /// The most, by unit: `calls`, a currency, or a unit of the tenant's.
    pub most: BTreeMap<Unit, Amount>,
    /// The length of the span, as `1m`.
    pub over: String,
    /// Which tools count; all unless said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolPattern>,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaceOf {
    /// All that one agent does, in whatever task.
    Agent,
    /// All that is done with one tool, by whomever.
    Tool,
    /// Everything.
    Tenant,
}

impl PaceOf {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Tenant => "tenant",
        }
    }
}

impl Pace {
    /// The longest span: what is counted is kept in memory.
    pub const OVER_MAX: Span = Span::hours(24);
    /// The most units, and the most patterns of tools.
    const ENTRIES_MAX: usize = 16;

    /// The length of the span.
    pub fn span(&self) -> Option<Span> {
        Span::parse(&self.over).filter(|span| *span <= Self::OVER_MAX)
    }

    /// Whether calls of this tool count.
    pub fn counts(&self, tool: &ToolId) -> bool {
        self.tools.is_empty() || self.tools.iter().any(|pattern| pattern.matches(tool))
    }

    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let bad = |place: &str, why: String| Err(BadDocument { at: Pointer::root().join("rate").join(place), why });
        let most = Self::ENTRIES_MAX;
        if self.most.is_empty() || self.most.len() > most {
            return bad("most", format!("expected 1 to {most} units, as `{{calls: \"60\"}}`"));
        }
        if let Some((unit, _)) = self.most.iter().find(|(_, amount)| **amount == Amount::ZERO) {
            return bad("most", format!("expected more than 0 {unit}: what may not be done at all is not granted"));
        }
        if self.tools.len() > most {
            return bad("tools", format!("expected at most {most} patterns"));
        }
        match self.span() {
            Some(_) => Ok(()),
            None => bad("over", format!("expected a span as `1m`, at most 24h, found `{}`", self.over.escape_debug())),
        }
    }

    /// In a line: how much, whose, in which time.
    pub(super) fn sentence(&self) -> String {
        let most: Vec<String> = self.most.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
        let whose = match self.per {
            PaceOf::Agent => "each agent",
            PaceOf::Tool => "each tool",
            PaceOf::Tenant => "the whole tenant",
        };
        let of = match self.tools.as_slice() {
            [] => String::new(),
            tools => format!(" with {}", tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        };
        format!("a rule: {whose} does at most {} in any {}{of}, over all tasks", most.join(" and "), self.over)
    }
}
