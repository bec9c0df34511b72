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
    let reason = said.reason.trim();
    if !(1..=REASON_CHARS_MAX).contains(&reason.chars().count()) || reason.chars().any(invisible) {
        let most = format_args!("1 to {REASON_CHARS_MAX} characters on one line");
        return ControlDecided::refuse(Reason::new(Code::NotPossible).asked("a reason").most(most));
    }
    if state.erased.contains_key(&said.task) {
        return ControlDecided::nothing();
    }
    let erased = ControlErased {
        by: said.by.clone(),
        facts: facts.clone(),
        listed: said.listed,
        reason: reason.to_owned(),
        rules: RULES,
        task: said.task,
    };
    ControlDecided::one(facts, erased)
}

#[cfg(test)]
mod tests;
