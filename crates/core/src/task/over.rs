//! Whether a task is over for good: nothing of it is under way, in doubt, or counts for anything that is to come.

use super::{ActStanding, Standing, TaskState};
use crate::event::ExpiredTask;
use crate::{DataClass, Micros};
use std::collections::BTreeSet;

/// What keeps a task from being erased. Each of these stays away once it is gone: a task that ended never lives again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// It lives.
    Lives,
    /// So many acts are open or in doubt.
    Open(usize),
    /// Something that it drew on a mandate has not gone back yet.
    Draws,
    /// People were asked for a yes, and its time is not over.
    Asks,
}

impl TaskState {
    /// What is not over of this task.
    pub fn unfinished(&self, now: Micros) -> Option<Unfinished> {
        if self.standing.live() {
            return Some(Unfinished::Lives);
        }
        let open = self.acts.values().filter(|act| !matches!(act.standing, ActStanding::Ended { .. })).count();
        if open > 0 {
            return Some(Unfinished::Open(open));
        }
        if self.allocations.values().any(|allocation| !allocation.settled) {
            return Some(Unfinished::Draws);
        }
        self.approvals.values().any(|approval| approval.open(now)).then_some(Unfinished::Asks)
    }

    /// What a rule of retention asks of this task, once it has ended.
    pub fn ended_as(&self) -> Option<ExpiredTask> {
        let Standing::Ended { at: ended, .. } = self.standing else { return None };
        // What was lowered was touched all the same: a word of one person shortens no time.
        let classes: BTreeSet<DataClass> = self
            .grants
            .values()
            .flat_map(|grant| grant.label.classes.iter().chain(grant.lowered.keys()))
            .cloned()
            .collect();
        Some(ExpiredTask { classes, ended, task: self.id, template: self.template.clone() })
    }
}
