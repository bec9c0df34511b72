//! The envelope: what a grant allows, on every axis. An action must fit one row of every envelope of its lineage.

mod consent;
mod delegation;
mod from;
mod within;

pub use consent::ConsentAge;
pub use delegation::{DELEGATES_MAX, DEPTH_MAX, Delegation};
pub use from::{From, FromPlace};
pub use within::{Beyond, Bound as PassedBound};

use crate::action::Action;
use crate::approval::{Approver, Approvers, Escalation};
use crate::json::{Json, Pointer};
use crate::reason::{Code, Reason};
use crate::{Constraint, DataClass, Effect, MeterLimit, Micros, Span, ToolPattern, Unit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most rows of one envelope: bounds what one decision costs.
pub const ROWS_MAX: usize = 64;
/// The most tool patterns and constraints of one row.
pub const ROW_PARTS_MAX: usize = 64;
/// The longest window without a rule of the tenant that allows more.
pub const WINDOW_MAX: Span = Span::hours(24);

/// An axis that the code does not ask yet. Code that does ask it lets a grant that says this do nothing, and ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotYet {
    /// Written, never absent.
    #[serde(rename = "not_yet")]
    NotYet,
}

/// An axis that is asked; in grants of before it was, `not_yet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Axis<T> {
    /// What it allows.
    Is(T),
    /// Written before the axis was asked: such a grant does nothing.
    Not(NotYet),
}

impl<T> Axis<T> {
    /// What it allows, if it was written by who asked it.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Is(of) => Some(of),
            Self::Not(_) => None,
        }
    }
}

/// What a grant allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// How old a consent may be.
    pub consent_age: Axis<ConsentAge>,
    /// To whom work may be handed.
    pub delegation: Axis<Delegation>,
    /// Data classes that may be passed on.
    pub passable: Axis<BTreeSet<DataClass>>,
    /// Data classes that may be read.
    pub readable: Axis<BTreeSet<DataClass>>,
    /// The rows, in order; the first that fits with room on its meters is charged.
    pub rows: Vec<Row>,
    /// When it may be used.
    pub window: Window,
}

/// When a grant may be used: from `not_before` (inclusive) to `expires` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Not usable from here on.
    pub expires: Micros,
    /// Not usable before.
    pub not_before: Micros,
}

/// One row: some tools with some effects, under conditions of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What needs an approval, whoever may give it.
    pub ask: Vec<Ask>,
    /// Where it may send. Not asked yet.
    pub destinations: NotYet,
    /// The effects it allows; read alone unless named.
    pub effects: Vec<Effect>,
    /// Where values may come from, whoever would say yes to another source.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: From,
    /// Limits by unit. A unit of money that is not named here is not allowed.
    pub meters: BTreeMap<Unit, MeterLimit>,
    /// Which resources. Not asked yet: a template may only say `any`.
    pub resources: NotYet,
    /// The tools.
    pub tools: Vec<ToolPattern>,
    /// How many acts in all.
    pub uses: Option<u64>,
    /// Conditions on arguments. Erasable: they hold names and account numbers, so they stand in the body of the event.
    #[serde(skip)]
    pub when: When,
}

/// Conditions on arguments by JSON Pointer.
pub type When = BTreeMap<Pointer, Constraint>;

/// A boundary past which somebody must say yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// How many distinct persons.
    pub count: u64,
    /// To whom it goes when nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
    /// Who may not say yes.
    pub exclude: Vec<Approver>,
    /// Amounts by unit that may pass without; empty: always ask.
    pub over: BTreeMap<Unit, crate::Amount>,
    /// For acts of these tools alone; for all of the row where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolPattern>,
    /// How long the yes is valid.
    pub valid: Span,
    /// Who.
    pub who: Approvers,
}

impl Ask {
    /// Whether it is about acts of this tool.
    pub fn about(&self, tool: &crate::ToolId) -> bool {
        self.tools.is_empty() || self.tools.iter().any(|pattern| pattern.matches(tool))
    }
}

impl Row {
    /// Whether it allows anything: a row that was narrowed away keeps its place, and names nothing any more.
    pub fn stands(&self) -> bool {
        !self.effects.is_empty()
    }

    /// Whether any effect of the row needs the second act of consent.
    pub fn privileged(&self) -> bool {
        self.effects.iter().any(|effect| effect.privileged())
    }

    /// Whether the row names this tool with this effect.
    pub fn names(&self, action: &Action) -> bool {
        self.effects.contains(&action.effect) && self.tools.iter().any(|pattern| pattern.matches(&action.tool))
    }

    /// The first condition that the arguments break.
    fn broken(&self, arguments: &Json) -> Option<(&Pointer, &Constraint)> {
        self.when.iter().find(|(pointer, constraint)| !constraint.allows(arguments.pointer(pointer)))
    }
}

/// How near a row came to allowing an action: the refusal that says most is the one that came furthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Tool,
    Effect,
    Consent,
}

impl Envelope {
    /// The rows that this action fits, by index. `privileged` says whether the second act of consent was given.
    ///
    /// # Errors
    /// The [`Reason`] of the row that came nearest.
    pub fn fits(&self, action: &Action, privileged: bool) -> Result<Vec<usize>, Reason> {
        let mut fitting = Vec::new();
        let mut nearest: Option<(Reached, Reason)> = None;
        let mut reach = |reached: Reached, reason: Reason| {
            if nearest.as_ref().is_none_or(|(before, _)| reached > *before) {
                nearest = Some((reached, reason));
            }
        };
        for (index, row) in self.rows.iter().enumerate() {
            if !row.stands() || !row.tools.iter().any(|pattern| pattern.matches(&action.tool)) {
                continue;
            }
            if !row.effects.contains(&action.effect) {
                let most = row.effects.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", ");
                reach(Reached::Tool, Reason::new(Code::EffectNotGranted).asked(action.effect).most(most));
            } else if action.effect.privileged() && !privileged {
                reach(Reached::Effect, Reason::new(Code::ConsentMissing).asked(action.effect));
            } else if let Some((pointer, constraint)) = row.broken(&action.arguments) {
                let reason = Reason::new(Code::ArgumentNotGranted).at(pointer).allowed(constraint);
                reach(Reached::Consent, reason);
            } else {
                fitting.push(index);
            }
        }
        if !fitting.is_empty() {
            return Ok(fitting);
        }
        Err(nearest.map_or_else(|| Reason::new(Code::ToolNotGranted).asked(&action.tool), |(_, reason)| reason))
    }

    /// Whether any row names the tool with some effect: what a list of tools shows.
    pub fn lists(&self, tool: &crate::ToolId, effect: Effect) -> bool {
        self.rows.iter().any(|row| row.effects.contains(&effect) && row.tools.iter().any(|p| p.matches(tool)))
    }

    /// Whether any row names the tool, whatever the effect: only then is the caller told anything of it.
    pub fn names(&self, tool: &crate::ToolId) -> bool {
        self.rows.iter().any(|row| row.stands() && row.tools.iter().any(|pattern| pattern.matches(tool)))
    }

    /// Whether every axis that is asked by now was written by who asked it. Else the grant does nothing, and is ended.
    pub fn is_known(&self) -> bool {
        let classes = self.passable.known().is_some() && self.readable.known().is_some();
        self.consent_age.known().is_some() && self.delegation.known().is_some() && classes
    }

    /// To whom work may be handed, if to anybody.
    pub fn delegates(&self) -> Option<&Delegation> {
        self.delegation.known().filter(|delegation| delegation.allowed())
    }

    /// Whether anything of it needs the second act of consent.
    pub fn privileged(&self) -> bool {
        self.rows.iter().any(Row::privileged) || self.delegates().is_some()
    }
}

#[cfg(test)]
mod tests;
