//! The last writes, so that a failover can lose some of them and nothing else.

use super::data::Data;
use std::collections::VecDeque;

/// The most appends that a failover can lose.
const APPENDS_KEPT_MAX: usize = 64;

type Write = Box<dyn Fn(&mut Data) + Send>;

pub(super) struct Journal {
    /// The data before the first step.
    base: Data,
    steps: VecDeque<(bool, Write)>,
    appends: usize,
}

impl Journal {
    pub(super) fn new(base: Data) -> Self {
        Self { base, steps: VecDeque::new(), appends: 0 }
    }

    /// Keeps a write that stood. What is older than the appends kept joins the base.
    pub(super) fn push(&mut self, is_append: bool, write: Write) {
        self.appends += usize::from(is_append);
        self.steps.push_back((is_append, write));
        while self.appends > APPENDS_KEPT_MAX {
            let Some((was_append, write)) = self.steps.pop_front() else { return };
            write(&mut self.base);
            self.appends -= usize::from(was_append);
        }
    }

    /// The data before the last `lose` appends, which are forgotten with all that came after; and how many they were.
    pub(super) fn without_last(&mut self, lose: usize) -> (Data, usize) {
        let lost = lose.min(self.appends);
        let mut left = lost;
        while left > 0 {
            let Some((was_append, _)) = self.steps.pop_back() else { break };
            left -= usize::from(was_append);
        }
        self.appends -= lost;
        let mut data = self.base.clone();
        self.steps.iter().for_each(|(_, write)| write(&mut data));
        (data, lost)
    }
}
