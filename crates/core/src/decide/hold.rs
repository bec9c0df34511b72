//! Holding a task, so that nobody and no rule erases it; and letting go of a hold, which waits for a second person: what may be
//! destroyed after the last one cannot be had back.

use super::ControlDecided;
use super::erase::reason_line;
use crate::HoldTask;
use crate::control::{ControlState, HOLDS_MAX, HOLDS_OF_PERSON_MAX, Hold, TASK_HOLDS_MAX, TASK_HOLDS_OF_PERSON_MAX};
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
    // The list here is of the newest erasures; of an older one the node says that its key is gone.
    if said.gone || state.erased.contains_key(&said.task) {
        return no("the task is erased: there is nothing left to hold");
    }
    if let Some(full) = no_room(state, said) {
        return ControlDecided::refuse(Reason::new(Code::NotPossible).asked(full));
    }
    let held = ControlHeld { by: said.by.clone(), facts: facts.clone(), rules: RULES, task: said.task, why: reason };
    ControlDecided::one(facts, held)
}

/// What keeps one more hold from being had. The room is shared: of the task's and of the tenant's one person has a part.
fn no_room(state: &ControlState, said: &HoldTask) -> Option<String> {
    let person = &said.by.person;
    let own = |holds: &[Hold]| holds.iter().filter(|hold| hold.by == *person).count();
    let (task, mut all, mut theirs) = (state.holds_of(said.task), 0_usize, 0_usize);
    for holds in state.holds.values() {
        (all, theirs) = (all.saturating_add(holds.len()), theirs.saturating_add(own(holds)));
    }
    if own(task) >= TASK_HOLDS_OF_PERSON_MAX {
        return Some(format!(
            "{person} has {TASK_HOLDS_OF_PERSON_MAX} holds over this task, as many as one person may: the rest is others'"
        ));
    }
    if task.len() >= TASK_HOLDS_MAX {
        return Some(format!("{TASK_HOLDS_MAX} holds stand over this task, as many as may: release one"));
    }
    if theirs >= HOLDS_OF_PERSON_MAX {
        return Some(format!(
            "{person} has {HOLDS_OF_PERSON_MAX} holds, as many as one person may: release one, or let somebody else hold the task"
        ));
    }
    (all >= HOLDS_MAX).then(|| format!("{HOLDS_MAX} holds stand, as many as may: release one"))
}

pub(super) fn release(state: &ControlState, said: &HoldTask, facts: &Facts) -> ControlDecided {
    let reason = match reason_line(&said.reason) {
        Ok(reason) => reason,
        Err(reason) => return ControlDecided::refuse(reason),
    };
    let hold = match (said.hold, state.holds_of(said.task)) {
        (_, []) => return no("nobody holds this task"),
        (None, [one]) => one,
        (None, several) => {
            let each: Vec<String> = several.iter().map(|hold| format!("{} by {}", hold.seq, hold.by)).collect();
            let which =
                format!("several hold this task ({}): which hold is released is said by its number", each.join(", "));
            return no(&which);
        }
        (Some(seq), holds) => match holds.iter().find(|hold| hold.seq == seq) {
            Some(hold) => hold,
            None => {
                return no(&format!("hold {seq} over this task: it was released, or there was none of that number"));
            }
        },
    };
    let (by, hold, task) = (said.by.clone(), hold.seq, said.task);
    let released = ControlReleased { by, facts: facts.clone(), hold, reason, rules: RULES, task };
    ControlDecided::one(facts, released)
}

#[cfg(test)]
mod tests;
