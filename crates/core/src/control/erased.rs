//! Tasks that were erased: what a node looks up when it begins, since one that was killed may have left the key. And how long
//! those are kept that were not.

use super::ControlState;
use crate::document::{Document, Retention, Rule};
use crate::event::ExpiredTask;
use crate::task::TaskState;
use crate::{Digest, Micros, RoleName, TaskId, sha256};

/// The most tasks that are remembered as erased. Longer ago each node has begun anew since.
const ERASED_MAX: usize = 16_384;

impl ControlState {
    pub(super) fn erase(&mut self, task: TaskId) {
        if self.erased.len() >= ERASED_MAX {
            let oldest = self.erased.iter().min_by_key(|(_, seq)| **seq).map(|(task, _)| *task);
            oldest.and_then(|oldest| self.erased.remove(&oldest));
        }
        self.erased.insert(task, self.seq);
    }

    /// How long tasks that ended are kept, and the rule that says so; `None` where none does: then they are kept until a
    /// person erases them.
    pub fn retention(&self) -> Option<(&RoleName, &Retention)> {
        if self.retention_rests {
            return None;
        }
        self.rules.iter().find_map(|(name, entry)| Some((name, entry.document.retention.as_ref()?)))
    }

    /// Whether a rule erases nothing since the store was put back, before it is given again.
    pub(crate) fn rests(&self, rule: &Rule) -> bool {
        self.retention_rests && rule.retention.is_some()
    }

    /// The version of that rule: SHA-256 of its document.
    pub fn retention_digest(&self) -> Option<Digest> {
        let (name, _) = self.retention()?;
        Some(sha256(&Document::Rule(self.rules.get(name)?.document.clone()).bytes()))
    }

    /// From when on the rule keeps a task no longer; `None` where it lives, is erased, or no rule says so.
    pub fn keep_until(&self, task: &TaskState) -> Option<Micros> {
        let (_, retention) = self.retention().filter(|_| task.salt.is_some())?;
        let of = task.ended_as()?;
        Some(of.ended.after(retention.keeps(of.template.as_ref(), &of.classes)))
    }

    /// Whether something that is no fact of the task keeps it from being erased by a rule.
    pub fn keeps(&self, task: TaskId) -> bool {
        self.is_held(task) || self.glass_over(task)
    }

    /// Whether the glass was broken over a task and nobody closed that.
    pub fn glass_over(&self, task: TaskId) -> bool {
        self.glasses.values().any(|glass| glass.task == task && glass.closed.is_none())
    }

    /// Whether a rule keeps a task no longer, at a moment.
    pub fn keeps_no_longer(&self, retention: &Retention, of: &ExpiredTask, now: Micros) -> bool {
        let until = of.ended.after(retention.keeps(of.template.as_ref(), &of.classes));
        now >= until && !self.erased.contains_key(&of.task) && !self.keeps(of.task)
    }
}
