//! A world in which somebody gives a mandate, and tasks that draw on it.

use super::super::prelude::*;
use super::{DAWN, DRAWING, MANDATE, World};

impl World {
    /// A tenant in which a mandate is given.
    pub(crate) fn with_mandate() -> Self {
        let mut world = Self::new();
        world.documents(&[MANDATE]);
        world.documents(&[DRAWING]);
        world
    }

    /// A task that draws 500 EUR of 1,000 a month, its grant bound to the process `a`.
    pub(crate) fn drawing() -> Self {
        let mut world = Self::with_mandate();
        world.start("pay-monthly");
        world.consent();
        world.bind('a');
        world
    }

    /// Another task of the same tenant takes this one's place. Answers the one that goes.
    pub(crate) fn another(&mut self) -> (TaskState, Vec<(Event, u64)>) {
        let id = TaskId::new(self.draw());
        let fresh = TaskState::empty(self.task.tenant, id);
        let task = std::mem::replace(&mut self.task, fresh);
        (task, std::mem::take(&mut self.events))
    }

    /// A month, as this world counts them: thirty days from its dawn on.
    pub(crate) fn month(&self) -> Period {
        let long = Span::hours(30 * 24).0;
        let from = DAWN.0 + self.now.0.saturating_sub(DAWN.0) / long * long;
        Period { from: Micros(from), until: Micros(from + long) }
    }

    /// Each mandate that control names has a stream.
    pub(super) fn give(&mut self) {
        for name in self.control.mandates.keys() {
            let stream = mandate_stream(self.task.tenant, name);
            let state = || MandateState::empty(self.task.tenant, stream);
            self.mandates.entry(name.clone()).or_insert_with(state);
        }
    }

    /// Folds what stands in a mandate's stream as well.
    pub(super) fn fold_given(&mut self, event: &Event) {
        let drawn = match &event.data {
            Data::AllocationMade(made) => &made.mandate,
            Data::AllocationReturned(returned) => &returned.mandate,
            _ => return,
        };
        self.mandates.get_mut(drawn).unwrap().apply(event).unwrap();
    }

    /// With the month that it is.
    pub(super) fn counted(&self, facts: Facts) -> Facts {
        let periods = [("month in UTC".to_owned(), self.month())].into();
        Facts { periods, ..facts }
    }
}
