//! What rules refused, by what it comes to: so that another tool, or another agent of the task, is no quiet way to the same.

use super::{ApprovalStanding, ApprovalState, GRANTS_MAX, TaskState};
use crate::event::ActionRefused;
use crate::{Code, Digest, GrantId, Micros, ToolId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most goals of a task that are remembered; past it the one that was tried longest ago is forgotten.
pub(crate) const TRIED_MAX: usize = 256;
/// The most ways to one goal that are remembered.
const WAYS_MAX: usize = 16;
/// The most ways that one grant has written down within the time that a refusal is counted in.
pub(crate) const WAYS_WRITTEN_MAX: usize = 16;

/// A goal that rules refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalTried {
    /// When it was last written down.
    pub last: Micros,
    /// Who tried it, and with which tool.
    pub ways: Vec<(GrantId, ToolId)>,
}

/// Whether a no is to what an act comes to. What says who may not do it, how much, when, or that it is not readable is none:
/// another agent, a smaller sum or a corrected call is honest work.
pub(crate) const fn of_goal(code: Code) -> bool {
    matches!(
        code,
        Code::ArgumentNotGranted
            | Code::FlowRefused
            | Code::OverDestination
            | Code::PolicyForbidden
            | Code::PolicyNotPermitted
            | Code::SourceNotGranted
    )
}

impl TaskState {
    /// Whether this goal was refused in this task: by a person, or by rules to somebody who tried it by another way.
    pub fn refused_before(&self, goal: &Digest, way: (GrantId, &ToolId)) -> bool {
        self.goals.contains_key(goal) || self.tried_otherwise(goal, way)
    }

    /// Whether rules refused this goal to another grant of the task, or with another tool. What was refused to whom this
    /// grant handed on says nothing against it: a part is narrower than the whole, and could make its whole be asked.
    pub(crate) fn tried_otherwise(&self, goal: &Digest, (grant, tool): (GrantId, &ToolId)) -> bool {
        let other = |(of, with): &(GrantId, ToolId)| (*of != grant || with != tool) && !self.hangs_below(*of, grant);
        self.tried.get(goal).is_some_and(|tried| tried.ways.iter().any(other))
    }

    /// Whether this goal was refused to this grant itself, or to one that it works for: by people, or by rules by another way.
    /// What was refused to others of the task, a part of this one's own work among them, asks this one's person and is no
    /// fault of this one: nobody is cut off for what another was refused.
    pub fn refused_to_own(&self, goal: &Digest, (grant, tool): (GrantId, &ToolId)) -> bool {
        let own = |of: GrantId| of == grant || self.hangs_below(grant, of);
        let way = |(of, with): &(GrantId, ToolId)| own(*of) && (*of != grant || with != tool);
        self.people_refused(goal, own) || self.tried.get(goal).is_some_and(|tried| tried.ways.iter().any(way))
    }

    /// Whether people refused this goal to this grant itself, or to one that it works for.
    pub(crate) fn people_refused_own(&self, goal: &Digest, grant: GrantId) -> bool {
        self.people_refused(goal, |of| of == grant || self.hangs_below(grant, of))
    }

    fn people_refused(&self, goal: &Digest, own: impl Fn(GrantId) -> bool) -> bool {
        let refused = |of: &ApprovalState| matches!(of.standing, ApprovalStanding::Refused { .. });
        self.approvals.values().any(|of| of.goal == *goal && refused(of) && own(of.grant))
    }

    fn hangs_below(&self, grant: GrantId, above: GrantId) -> bool {
        let parent = |of: &GrantId| self.grants.get(of).and_then(|of| of.parent);
        std::iter::successors(parent(&grant), parent).take(GRANTS_MAX).any(|of| of == above)
    }

    /// Whether a refusal of this goal is to be written, though its kind was a moment ago: it was not tried by this way before.
    pub(crate) fn new_way(&self, goal: &Digest, (grant, tool): (GrantId, &ToolId), since: Micros) -> bool {
        let known = |tried: &GoalTried| tried.ways.iter().any(|(of, with)| *of == grant && with == tool);
        let full = |tried: &GoalTried| tried.ways.len() >= WAYS_MAX;
        let own = |tried: &&GoalTried| tried.last > since && tried.ways.iter().any(|(of, _)| *of == grant);
        !self.tried.get(goal).is_some_and(|tried| known(tried) || full(tried))
            && self.tried.values().filter(own).count() < WAYS_WRITTEN_MAX
    }

    /// The goal that makes room for another: of the grant that was first refused most of them the one that was tried longest
    /// ago. So no grant pushes out what another was refused.
    fn tried_least(&self) -> Option<Digest> {
        let first = |tried: &GoalTried| tried.ways.first().map(|(grant, _)| *grant);
        let mut counts: BTreeMap<Option<GrantId>, usize> = BTreeMap::new();
        self.tried.values().for_each(|tried| *counts.entry(first(tried)).or_default() += 1);
        let most = counts.into_iter().max_by_key(|(_, count)| *count)?.0;
        let own = self.tried.iter().filter(|(_, tried)| first(tried) == most);
        own.min_by_key(|(goal, tried)| (tried.last, **goal)).map(|(goal, _)| *goal)
    }

    pub(super) fn tried(&mut self, refused: &ActionRefused, at: Micros) {
        let Some(goal) = refused.goal else { return };
        if self.tried.len() >= TRIED_MAX && !self.tried.contains_key(&goal) {
            let oldest = self.tried_least();
            oldest.map(|goal| self.tried.remove(&goal));
        }
        let way = (refused.grant, refused.action.tool.clone());
        let tried = self.tried.entry(goal).or_insert(GoalTried { last: at, ways: Vec::new() });
        tried.last = at;
        if tried.ways.len() < WAYS_MAX && !tried.ways.contains(&way) {
            tried.ways.push(way);
        }
    }
}
