//! Rules looked at by search: cases are made of the constants that rules compare with and of what lies beside them, for the
//! agents and tools of a tenant, and asked about.
//!
//! What a case shows is true: Cedar itself said it. That no case shows something is no proof: search tells apart what
//! constants tell apart, and not every relation between two attributes. So what is found is a note, and never refuses.

mod case;
mod differ;
mod domain;
mod found;
mod probe;
mod value;
mod walk;
pub(crate) mod world;

pub(crate) use case::Case;
pub use differ::{Changed, Example, differences};
#[cfg(test)]
pub(crate) use domain::domain;
#[cfg(test)]
pub(crate) use probe::{Eye, Probe, Said};
#[cfg(test)]
pub(crate) use walk::{Budget, Go, walk};
pub use world::Shape;

use crate::rules;
use bailiwick_core::{ControlState, ToolId};
use std::collections::BTreeMap;
use std::fmt;

/// The most names in one note.
const NAMED_MAX: usize = 5;

/// What is wrong with a rule that can be applied all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// It matches no case.
    NeverMatches,
    /// Another rule says as much wherever it matches.
    Shadowed,
    /// It never matches for a tool that it names.
    Silent,
}

impl NoteKind {
    /// For programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverMatches => "never_matches",
            Self::Shadowed => "shadowed",
            Self::Silent => "silent",
        }
    }
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum FoundBy {
    /// No case that was tried says otherwise.
    #[default]
    Search,
    /// No case can.
    Proof,
}

impl FoundBy {
    /// For programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Proof => "proof",
        }
    }
}

/// What was noted of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleNote {
    /// The policy.
    pub document: String,
    /// The rule, as `policy.rule`.
    pub rule: String,
    /// The line on which it begins.
    pub line: Option<usize>,
    /// What.
    pub kind: NoteKind,
    /// In words.
    pub text: String,
    /// The rules that stand over it, or the tools that it is silent about.
    pub by: Vec<String>,
    /// How it is known.
    pub found_by: FoundBy,
    /// How many cases were tried.
    pub tried: u64,
    /// Whether these were all that its constants tell apart; else a sample.
    pub whole: bool,
}

impl RuleNote {
    /// What is proven where it is.
    fn proven(&self) -> String {
        let named: Vec<String> = self.by.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
        let more = self.by.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        match self.kind {
            NoteKind::NeverMatches => "never matches".to_owned(),
            NoteKind::Shadowed => format!("shadowed by {}", named.join(", ")),
            NoteKind::Silent => format!("says nothing about {}{more}", named.join(", ")),
        }
    }
}

impl fmt::Display for RuleNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.found_by == FoundBy::Proof {
            return write!(f, "rule `{}` {} (proven: {})", self.rule, self.text, self.proven());
        }
        let sample = if self.whole { "" } else { " of more" };
        let of = format!("{} cases{sample}, with the agents and tools that are known", self.tried);
        write!(f, "rule `{}` {} (by search: {of})", self.rule, self.text)
    }
}

/// What one look came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// What was noted, in the order of documents and lines.
    pub notes: Vec<RuleNote>,
    /// How many rules there are.
    pub rules: usize,
    /// How many of them were not looked at, or not to the end: the search was over.
    pub unlooked: usize,
    /// How many cases were tried.
    pub tried: u64,
    /// The solver that was asked to prove what was noted.
    pub solver: Option<String>,
}

/// Looks for rules that do nothing. Policies that cannot be read are left to [`validate`](crate::validate).
///
/// `shapes` says what bindings of tools can read; of a tool that is not in it, nothing. At most `cases_max` cases are tried.
pub fn look(control: &ControlState, shapes: &BTreeMap<ToolId, Shape>, cases_max: u64) -> Look {
    match rules::read(control.policies.values().map(|(text, _)| text.as_ref())) {
        Ok(rules) => found::look(control, &rules, shapes, cases_max),
        Err(_) => Look::default(),
    }
}

#[cfg(test)]
mod tests;
