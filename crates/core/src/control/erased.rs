//! Tasks that were erased: what a node looks up when it begins, since one that was killed may have left the key.

use super::ControlState;
use crate::TaskId;

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
}
