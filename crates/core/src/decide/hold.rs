//! Holding a task, so that nobody and no rule erases it; and letting go of it, which waits for a second person: what may be
//! destroyed after it cannot be had back.

use super::ControlDecided;
use super::erase::reason_line;
use crate::HoldTask;
use crate::control::{ControlState, HOLDS_MAX};
use crate::event::{ControlHeld, ControlReleased, RULES};
use crate::facts::Facts;
use crate::reason::{Code, Reason};

fn no(what: &str) -> ControlDecided {
    ControlDecided::refuse(Reason::new(Code::NotPossible).asked(what))
}

pub(super) fn hold(state: &ControlState, said: &HoldTask, facts: &Facts) -> ControlDecided {
    let reason = match reason_line(&said.reason) {
        Ok(reason) => reason,
        Err(reason) => return ControlDecided::refuse(reason),
    };
    if state.erased.contains_key(&said.task) {
        return no("the task is erased: there is nothing left to hold");
    }
    // A second one would go with the first: whoever needs it longer is told so, and by whom.
    if let Some(hold) = state.holds.get(&said.task) {
        let held = format!("{} holds the task already ({}), and one release ends that", hold.by, hold.reason);
        return ControlDecided::refuse(Reason::new(Code::NotPossible).asked(held));
    }
    if state.holds.len() >= HOLDS_MAX {
        return no("as many tasks as may be held are held already: release one");
    }
    let held = ControlHeld { by: said.by.clone(), facts: facts.clone(), rules: RULES, task: said.task, why: reason };
    ControlDecided::one(facts, held)
}

pub(super) fn release(state: &ControlState, said: &HoldTask, facts: &Facts) -> ControlDecided {
    let reason = match reason_line(&said.reason) {
        Ok(reason) => reason,
        Err(reason) => return ControlDecided::refuse(reason),
    };
    let Some(hold) = state.holds.get(&said.task) else {
        return no("nobody holds this task");
    };
    if said.hold.is_some_and(|seq| seq != hold.seq) {
        return no("that hold was released, and somebody holds the task anew");
    }
    let (by, hold, task) = (said.by.clone(), hold.seq, said.task);
    let released = ControlReleased { by, facts: facts.clone(), hold, reason, rules: RULES, task };
    ControlDecided::one(facts, released)
}

#[cfg(test)]
mod tests;
