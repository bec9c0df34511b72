//! A mandate's stream: each of its events stands in a task's stream as well, and was decided there.

use crate::report::{Finding, Found, Report};
use bailiwick_core::{Data, Event, MandateName, MandateState, StreamId, TenantId};
use std::collections::VecDeque;

/// A mandate as far as it was read.
pub(crate) struct Mandate {
    name: MandateName,
    state: MandateState,
    /// What a task's stream said of it, in the same append.
    due: VecDeque<Event>,
    /// Something of it could not be folded: what is left of it is not known any more.
    broken: bool,
}

impl Mandate {
    pub(crate) fn new(tenant: TenantId, id: StreamId, name: MandateName) -> Self {
        Self { name, state: MandateState::empty(tenant, id), due: VecDeque::new(), broken: false }
    }

    /// What tasks drew on it, while that is known.
    pub(crate) fn known(&self) -> Option<(MandateName, &MandateState)> {
        (!self.broken).then(|| (self.name.clone(), &self.state))
    }

    /// A task's stream says so: the same is to follow here.
    pub(crate) fn expect(&mut self, event: Event) {
        self.due.push_back(event);
    }

    /// Takes one event. `shown` says whether a task's stream is in the bundle: of others what they drew is taken as it is.
    pub(crate) fn event(
        &mut self,
        event: &Event,
        shown: impl Fn(&StreamId) -> bool,
        report: &mut Report,
    ) -> Result<(), Finding> {
        let task = match &event.data {
            Data::AllocationMade(made) => Some(made.task),
            Data::AllocationReturned(returned) => Some(returned.task),
            _ => None,
        };
        if self.due.front() == Some(event) {
            self.due.pop_front();
            report.decided_again += 1;
        } else if task.is_none_or(|task| shown(&task)) {
            self.broken = true;
            let text = format!("mandate `{}` was moved by what no task's stream says in the same append", self.name);
            return Err(Finding::new(Found::DecisionDiffers, text));
        }
        self.state.apply(event).map_err(|error| {
            self.broken = true;
            Finding::new(Found::Unfit, error)
        })
    }

    /// What is to be said once the stream has ended.
    pub(crate) fn end(&self, report: &mut Report, of: StreamId) {
        if !self.due.is_empty() {
            let text = format!("mandate `{}` lacks what a task's stream says of it, in the same append", self.name);
            report.add(Finding::new(Found::StreamTruncated, text).of(of));
        }
    }
}
