//! Erasing a task: its key goes, and with it all that a person may erase. That it has ended and that nothing of it is in doubt
//! is the node's to look at before: both stay so.

use super::ControlDecided;
use crate::EraseTask;
use crate::approval::REASON_CHARS_MAX;
use crate::control::ControlState;
use crate::event::{ControlErased, RULES};
use crate::facts::Facts;
use crate::normal::invisible;
use crate::reason::{Code, Reason};

pub(super) fn erase(state: &ControlState, said: &EraseTask, facts: &Facts) -> ControlDecided {
    let reason = match reason_line(&said.reason) {
        Ok(reason) => reason,
        Err(reason) => return ControlDecided::refuse(reason),
    };
    if state.erased.contains_key(&said.task) {
        return ControlDecided::nothing();
    }
    // What was erased before the store was put back is gone elsewhere: whoever holds it in the copy holds nothing.
    if state.is_held(said.task) && !said.listed {
        return ControlDecided::refuse(Reason::new(Code::TaskHeld));
    }
    let erased = ControlErased {
        by: said.by.clone(),
        facts: facts.clone(),
        listed: said.listed,
        reason,
        rules: RULES,
        task: said.task,
    };
    ControlDecided::one(facts, erased)
}

/// Why, in one line: it stands in the record for good.
pub(super) fn reason_line(said: &str) -> Result<String, Reason> {
    let reason = said.trim();
    if (1..=REASON_CHARS_MAX).contains(&reason.chars().count()) && !reason.chars().any(invisible) {
        return Ok(reason.to_owned());
    }
    let most = format_args!("1 to {REASON_CHARS_MAX} characters on one line");
    Err(Reason::new(Code::NotPossible).asked("a reason").most(most))
}

#[cfg(test)]
mod tests;
