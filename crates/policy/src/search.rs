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
mod world;

pub(crate) use case::Case;
pub use differ::{Changed, Example, differences};
pub use world::Shape;

use crate::rules;
use bailiwick_core::{ControlState, ToolId};
use std::collections::BTreeMap;
use std::fmt;

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
    /// How many cases were tried.
    pub tried: u64,
    /// Whether these were all that its constants tell apart; else a sample.
    pub whole: bool,
}

impl fmt::Display for RuleNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
