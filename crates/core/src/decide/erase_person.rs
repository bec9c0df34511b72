//! Erasing what one person began, many tasks in one act. Which these are, and that they have ended, the node read and says.

use super::ControlDecided;
use super::erase::reason_line;
use crate::ErasePerson;
use crate::control::ControlState;
use crate::event::{ControlPersonErased, RULES};
use crate::facts::Facts;
use crate::reason::{Code, Reason};
use std::collections::BTreeSet;

/// The most tasks of one act: who signs it may look at each.
pub const ERASED_AT_ONCE_MAX: usize = 128;

pub(super) fn erase_person(state: &ControlState, said: &ErasePerson, facts: &Facts) -> ControlDecided {
    let reason = match reason_line(&said.reason) {
        Ok(reason) => reason,
        Err(reason) => return ControlDecided::refuse(reason),
    };
    if said.tasks.len() > ERASED_AT_ONCE_MAX {
        let asked = Reason::new(Code::NotPossible).asked(format_args!("{} tasks in one act", said.tasks.len()));
        return ControlDecided::refuse(asked.most(format_args!("at most {ERASED_AT_ONCE_MAX}")));
    }
    if let Some(held) = said.tasks.iter().find(|task| state.is_held(**task)) {
        return ControlDecided::refuse(Reason::new(Code::TaskHeld).asked(held));
    }
    let left: BTreeSet<_> = said.tasks.iter().filter(|task| !state.erased.contains_key(task)).copied().collect();
    if left.is_empty() {
        return ControlDecided::nothing();
    }
    let erased = ControlPersonErased {
        by: said.by.clone(),
        facts: facts.clone(),
        person: said.person.clone(),
        reason,
        rules: RULES,
        tasks: left.into_iter().collect(),
    };
    ControlDecided::one(facts, erased)
}

#[cfg(test)]
mod tests;
