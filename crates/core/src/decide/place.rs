//! What tasks left on a server carries a class of data no more, because a person says so. Where the class was left is in no state
//! of a stream: the node looks at it before, and folds the event into what it knows of all tasks.

use super::{ControlDecided, LOWERED_CHARS_MAX};
use crate::LowerPlace;
use crate::control::ControlState;
use crate::event::{ControlPlaceLowered, RULES};
use crate::facts::Facts;
use crate::normal::invisible;
use crate::reason::{Code, Reason};

pub(super) fn lower(state: &ControlState, said: &LowerPlace, facts: &Facts) -> ControlDecided {
    match lowered(state, said, facts) {
        Ok(lowered) => ControlDecided::one(facts, lowered),
        Err(reason) => ControlDecided::refuse(reason),
    }
}

fn lowered(state: &ControlState, said: &LowerPlace, facts: &Facts) -> Result<ControlPlaceLowered, Reason> {
    let reason = said.reason.trim();
    let odd = |c: char| c.is_control() || invisible(c);
    if !(1..=LOWERED_CHARS_MAX).contains(&reason.chars().count()) || reason.chars().any(odd) {
        let most = format_args!("1 to {LOWERED_CHARS_MAX} characters on one line");
        return Err(Reason::new(Code::NotPossible).asked("the reason").most(most));
    }
    if !state.servers.contains_key(&said.server) {
        return Err(Reason::new(Code::NotAvailable).asked(format_args!("server {}", said.server)));
    }
    // Nobody lowers what comes only after they looked.
    if said.event.is_some_and(|event| event >= said.until) {
        return Err(Reason::new(Code::NotPossible).asked("the event").most(format_args!("before leaf {}", said.until)));
    }
    Ok(ControlPlaceLowered {
        by: said.by.clone(),
        class: said.class.clone(),
        event: said.event,
        facts: facts.clone(),
        reason: reason.to_owned(),
        rules: RULES,
        server: said.server.clone(),
        until: said.until,
    })
}

/// What it lets happen, in words for the second person.
pub(super) fn line(lowered: &ControlPlaceLowered) -> String {
    let (class, server) = (&lowered.class, &lowered.server);
    let place = match lowered.event {
        None => format!("anywhere on server {server}"),
        Some(event) => format!("on server {server}, where event {event} of the log left it"),
    };
    format!("what tasks left {place} is read from now on as what holds no data of class {class}: {}", lowered.reason)
}

#[cfg(test)]
mod tests;
