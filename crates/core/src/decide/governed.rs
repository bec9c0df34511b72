//! Acts of a person on the control stream that are signed, each over all that it comes to: what was shown is made anew from
//! what would be written.

use super::signed::{same_as_shown, stands, unproven_by};
use super::{ControlDecided, breaker, glass};
use crate::consent::{ConsentAct, Signed};
use crate::control::ControlState;
use crate::event::Data;
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::reason::{Code, Reason};
use crate::{ControlCommand, Salt, TaskId};

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

/// Acts on the control stream that a person signs over HTTP, and whose they are; `None` of all others. What is proposed to a
/// second person is signed by that one.
pub fn control_consent_act(command: &ControlCommand) -> Option<(ConsentAct, &By)> {
    match command {
        ControlCommand::CloseGlass { by, .. } => Some((ConsentAct::Close, by)),
        ControlCommand::CloseBreaker { by, .. } => Some((ConsentAct::CloseBreaker, by.as_ref()?)),
        ControlCommand::Signed(said) => control_consent_act(&said.command),
        _ => None,
    }
}

/// Of these acts nothing stands on less than a signature over it, but at the node's own socket.
pub(super) fn unproven(command: &ControlCommand) -> Option<Reason> {
    let unsigned = !matches!(command, ControlCommand::Signed(_));
    control_consent_act(command).filter(|_| unsigned).and_then(|(_, by)| unproven_by(by))
}

/// An act with its signature.
pub(super) fn signed(state: &ControlState, said: &Signed<ControlCommand>, facts: &Facts) -> ControlDecided {
    match attached(state, said, facts) {
        Ok(data) => ControlDecided::one(facts, data),
        Err(reason) => ControlDecided::refuse(reason),
    }
}

fn attached(state: &ControlState, said: &Signed<ControlCommand>, facts: &Facts) -> Result<Data, Reason> {
    let (act, by) = control_consent_act(&said.command).ok_or_else(|| no("an act of this kind is not signed so"))?;
    if matches!(said.command, ControlCommand::Signed(_)) {
        return Err(no("what is signed is an act, not a signature"));
    }
    stands((state, by), (act, &said.consent), facts.now)?;
    let mut data = drafted(state, &said.command, facts)?;
    let (shown, task) = shown(state, &data, said.shown_blind()?).unzip();
    same_as_shown(shown.as_ref(), &said.shown, &said.consent.statement)?;
    if task != Some(said.consent.statement.task) {
        return Err(no("what was signed is of another task"));
    }
    let consent = Some(Box::new(said.consent.clone()));
    match &mut data {
        Data::ControlGlassClosed(closed) => (closed.shown, closed.signed) = (shown, consent),
        Data::ControlBreakerClosed(closed) => (closed.shown, closed.signed) = (shown, consent),
        _ => return Err(no("an act of this kind is not signed so")),
    }
    Ok(data)
}

/// What would be written of it, unsigned.
fn drafted(state: &ControlState, command: &ControlCommand, facts: &Facts) -> Result<Data, Reason> {
    match command {
        ControlCommand::CloseGlass { by, glass, findings } => {
            glass::closed(state, by, *glass, findings, facts).map(Data::from)
        }
        ControlCommand::CloseBreaker { by, breaker } => {
            breaker::closed(state, by.as_ref(), *breaker, facts).map(Data::from)
        }
        _ => Err(no("an act of this kind is not signed so")),
    }
}

fn shown(state: &ControlState, data: &Data, blind: Salt) -> Option<(Json, Option<TaskId>)> {
    match data {
        Data::ControlGlassClosed(closed) => {
            let task = state.glasses.get(&closed.glass)?.task;
            Some((glass::close_shown(state, closed, blind)?, Some(task)))
        }
        Data::ControlBreakerClosed(closed) => Some((breaker::close_shown(state, closed, blind)?, None)),
        _ => None,
    }
}

/// What a person is shown before they sign such an act, and the task that it is about.
///
/// # Errors
/// The [`Reason`] that it would be refused for.
pub fn control_shown(
    state: &ControlState,
    command: &ControlCommand,
    blind: Salt,
    facts: &Facts,
) -> Result<(Json, Option<TaskId>), Reason> {
    let data = drafted(state, command, facts)?;
    shown(state, &data, blind).ok_or_else(|| no("an act of this kind is not signed so"))
}

#[cfg(test)]
mod tests;
