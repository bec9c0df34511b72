//! How much speaks against a call, from 0 to 100, with what does: a fold of the task's events, and of facts that the decision
//! names. It decides nothing by itself: policy reads it.

use crate::control::ControlState;
use crate::event::Source;
use crate::facts::Facts;
use crate::source::Origin;
use crate::task::{GrantState, TaskState};
use crate::time::Span;
use crate::{Code, Digest, Micros, ToolId, Whose};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most that it comes to.
pub const RISK_MAX: u64 = 100;
/// So many refused calls of a lineage are some.
const REFUSED_SOME: u64 = 5;
/// So many are many.
const REFUSED_OFTEN: u64 = 50;
/// So many kinds of no within a minute are as if somebody tried doors.
const REFUSED_KINDS: usize = 3;

macro_rules! signs {
    ($($name:ident = $text:literal, $weight:literal, $sentence:literal;)*) => {
        /// Something that speaks against a call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Sign { $(#[doc = $sentence] #[serde(rename = $text)] $name,)* }

        impl Sign {
            /// All of them, by name.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// What it adds.
            pub const fn weight(self) -> u64 {
                match self { $(Self::$name => $weight,)* }
            }
            /// In words.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

// A weight that is another one is another meaning of `decide`: then `RULES` is raised.
signs! {
    Breaker = "breaker", 20, "a breaker over it is not closed, or one over other calls of its agent";
    NewDestination = "new_destination", 15, "its agent has not sent there before";
    NewTool = "new_tool", 10, "its agent has not used this tool before";
    ReadUntrusted = "read_untrusted", 15, "its holder has read what somebody outside may have written";
    RefusedByPerson = "refused_by_person", 15, "a person said no to something in this task";
    RefusedElsewhere = "refused_elsewhere", 30, "its person said no to this in another task of the agent";
    RefusedGoal = "refused_goal", 35, "it comes to what was refused in this task before: by a person, or by another way";
    RefusedKinds = "refused_kinds", 10, "its holder was refused for three reasons or more within a minute";
    RefusedOften = "refused_often", 25, "fifty calls or more of its lineage were refused";
    RefusedSome = "refused_some", 10, "five calls or more of its lineage were refused";
    ReviewOverdue = "review_overdue", 10, "its agent was to be looked at again before today";
    ValueUnvouched = "value_unvouched", 15, "a value of it stood in what others may have written, or nobody knows where";
}

impl std::fmt::Display for Sign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A number, and what makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// What speaks against it, by name.
    pub reasons: Vec<Sign>,
    /// From 0 to 100.
    pub score: u64,
}

impl Risk {
    /// Of these signs, each counted once.
    pub fn of(signs: impl IntoIterator<Item = Sign>) -> Self {
        let reasons: BTreeSet<Sign> = signs.into_iter().collect();
        let score = reasons.iter().fold(0_u64, |sum, sign| sum.saturating_add(sign.weight())).min(RISK_MAX);
        Self { reasons: reasons.into_iter().collect(), score }
    }

    /// Whether this speaks against it.
    pub fn has(&self, sign: Sign) -> bool {
        self.reasons.contains(&sign)
    }
}

/// What of a call is looked at beside who makes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) tool: &'a ToolId,
    pub(crate) sources: &'a [Source],
    /// Its holder has read what others may have written, here or in another task.
    pub(crate) untrusted: bool,
    /// What it comes to, where that is more than to read.
    pub(crate) goal: Option<Digest>,
}

/// What speaks against a call. `None` where nobody gathered what it is told by, as in events of before: then no rule may
/// read it either.
pub(crate) fn risk_of(
    (task, control): (&TaskState, &ControlState),
    lineage: &[&GrantState],
    called: &Called<'_>,
) -> Option<Risk> {
    let (facts, novel) = (called.facts, called.facts.novel?);
    let own = lineage.last()?;
    let mut signs = standing((task, control), lineage, facts.now);
    let mut says = |sign, so: bool| signs.extend(so.then_some(sign));
    let lowly = |source: &Source| matches!(source.source, Origin::Untrusted | Origin::Unknown);
    says(Sign::ReadUntrusted, called.untrusted);
    says(Sign::ValueUnvouched, called.sources.iter().any(lowly));
    says(Sign::NewTool, novel.tool);
    says(Sign::NewDestination, novel.destination);
    says(Sign::RefusedElsewhere, facts.refused_elsewhere > 0);
    says(Sign::RefusedGoal, called.goal.is_some_and(|goal| task.refused_before(&goal, (own.id, called.tool))));
    Some(Risk::of(signs))
}

/// What speaks against whatever is done under a grant now, before it is known what that is. `None` where the grant is not
/// there.
pub fn standing_risk(task: &TaskState, control: &ControlState, grant: crate::GrantId, now: Micros) -> Option<Risk> {
    let lineage = task.lineage(grant)?;
    Some(Risk::of(standing((task, control), &lineage, now)))
}

fn standing((task, control): (&TaskState, &ControlState), lineage: &[&GrantState], now: Micros) -> Vec<Sign> {
    let Some(own) = lineage.last() else { return Vec::new() };
    let mut signs = Vec::new();
    let mut says = |sign, so: bool| signs.extend(so.then_some(sign));
    says(Sign::ReadUntrusted, own.label.trusted == Some(false));
    says(Sign::RefusedByPerson, !task.goals.is_empty());
    let refused = lineage.iter().fold(0_u64, |sum, grant| sum.saturating_add(grant.refused));
    says(Sign::RefusedOften, refused >= REFUSED_OFTEN);
    says(Sign::RefusedSome, (REFUSED_SOME..REFUSED_OFTEN).contains(&refused));
    let minute_ago = now.before(crate::decide::REFUSAL_WINDOW);
    let of_own = task.refusals.iter().filter(|((grant, code, _), last)| {
        *grant == own.id && crate::task::counts_against(*code) && **last > minute_ago
    });
    let kinds: BTreeSet<Code> = of_own.map(|((_, code, _), _)| *code).collect();
    says(Sign::RefusedKinds, kinds.len() >= REFUSED_KINDS);
    let over = |whose: &Whose| match whose {
        Whose::Agent(agent) => *agent == own.holder,
        Whose::Grant(grant) => lineage.iter().any(|of| of.id == *grant),
        Whose::Tenant => true,
        // A tool that fails says nothing of who calls it.
        Whose::Tool(_) => false,
    };
    says(Sign::Breaker, control.breakers.values().any(|breaker| over(&breaker.whose)));
    let agent = control.agents.get(&own.holder);
    says(Sign::ReviewOverdue, agent.is_none_or(|entry| overdue(&entry.document.review, now)));
    signs
}

/// Whether a day is over; one that cannot be read is.
pub fn overdue(day: &str, now: Micros) -> bool {
    crate::normal::day_begins(day).is_none_or(|begins| now >= begins.after(Span::hours(24)))
}

#[cfg(test)]
mod tests;
