//! What a replay came to: differences by agent, tool and rule, each with some of the calls.

use bailiwick_core::{Micros, TaskId};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most groups of differences.
const GROUPS_MAX: usize = 1_000;
/// The most calls that are named of one group.
const CALLS_MAX: usize = 5;

/// What would come newly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It was refused or asked about, and would be allowed.
    Allowed,
    /// People would be asked.
    Asked,
    /// It would be refused.
    Refused,
}

impl Turn {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Asked => "asked",
            Self::Refused => "refused",
        }
    }
}

/// A call that would be decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayedCall {
    /// When.
    pub at: Micros,
    /// Its event, by its place in the log.
    pub event: u64,
    /// The task.
    pub task: TaskId,
    /// `allowed`, `asked` or `refused`.
    pub was: &'static str,
}

/// Calls that would be decided otherwise for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayedGroup {
    /// Who called.
    pub agent: String,
    /// Some of the calls, the first ones.
    pub calls: Vec<ReplayedCall>,
    /// How many there are.
    pub count: u64,
    /// The rules that it rests on; none where no rule permits.
    pub rules: Vec<String>,
    /// What.
    pub tool: String,
    /// What would come.
    pub turn: Turn,
}

/// What kind of difference it is: what comes, of whom, at which tool, by which rules.
type Kind = (Turn, String, String, Vec<String>);

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replayed {
    /// How many recorded calls were looked at.
    pub calls: u64,
    /// How many would be decided the same.
    pub same: u64,
    /// How many cannot be decided again: private fields are erased or were not shown.
    pub undecidable: u64,
    /// How many do not come out again as they are recorded, whatever the policy: they rest on what the record has not, or on
    /// other rules of deciding.
    pub otherwise: u64,
    /// Refusals that were only counted: nothing of them is recorded to be decided.
    pub counted: u64,
    /// How many differ in groups past those that are kept.
    pub more: u64,
    groups: BTreeMap<Kind, (u64, Vec<ReplayedCall>)>,
}

impl Replayed {
    pub(super) fn add(&mut self, kind: Kind, call: ReplayedCall) {
        if self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(&kind) {
            self.more += 1;
            return;
        }
        let (count, calls) = self.groups.entry(kind).or_default();
        *count += 1;
        if calls.len() < CALLS_MAX {
            calls.push(call);
        }
    }

    /// How many would come newly.
    pub fn count(&self, turn: Turn) -> u64 {
        self.groups.iter().filter(|(kind, _)| kind.0 == turn).map(|(_, (count, _))| count).sum()
    }

    /// The differences, by what would come, then the largest first.
    pub fn groups(&self) -> Vec<ReplayedGroup> {
        let mut all: Vec<ReplayedGroup> = self
            .groups
            .iter()
            .map(|((turn, agent, tool, rules), (count, calls))| ReplayedGroup {
                agent: agent.clone(),
                calls: calls.clone(),
                count: *count,
                rules: rules.clone(),
                tool: tool.clone(),
                turn: *turn,
            })
            .collect();
        all.sort_by_key(|group| (group.turn, std::cmp::Reverse(group.count)));
        all
    }
}
