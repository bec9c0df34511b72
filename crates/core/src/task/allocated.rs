//! What a task drew on mandates, and what of it went back.

use super::{TaskAllocation, TaskState};
use crate::control::BadFold;
use crate::event::{AllocationMade, AllocationReturned};
use crate::{Amount, Unit};
use std::collections::BTreeMap;

impl TaskState {
    pub(super) fn allocated(&mut self, made: &AllocationMade) -> Result<(), BadFold> {
        if made.task != self.id {
            return Err(BadFold::Unfit("an allocation to another task"));
        }
        let drawn: BTreeMap<Unit, Amount> =
            made.amounts.iter().map(|allocated| (allocated.unit.clone(), allocated.amount)).collect();
        let allocation = TaskAllocation { counts: drawn.clone(), drawn, ends: made.ends, settled: false };
        match self.allocations.insert(made.mandate.clone(), allocation) {
            None => Ok(()),
            Some(_) => Err(BadFold::Unfit("the task drew on the mandate before")),
        }
    }

    pub(super) fn gave_back(&mut self, returned: &AllocationReturned) -> Result<(), BadFold> {
        let own = self.allocations.get_mut(&returned.mandate).filter(|of| !of.settled && returned.task == self.id);
        let own = own.ok_or(BadFold::Unfit("nothing that the task drew"))?;
        for back in &returned.amounts {
            *own.counts.get_mut(&back.unit).ok_or(BadFold::Unfit("nothing that the task drew"))? = back.counts;
        }
        own.settled = returned.settled;
        Ok(())
    }
}
