//! An act that lasts, or what came of one, looked at again: whether what it was allowed by still stands. Charges nothing
//! and writes nothing.

use super::{Stopped, ask_policy, asked, caller, control, flows, readable, recorded_only, role, within};
use crate::Attempt;
use crate::decide::{Consult, View, breaker, live_lineage};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::reason::{Code, Reason};
use crate::task::ActStanding;

/// Whether an act that has begun may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// It may.
    Yes,
    /// It may not; why.
    No(Reason),
    /// Outside engines have to be asked first.
    Consult(Vec<Consult>),
}

/// Whether an act that has begun may go on. It is asked what its beginning was asked, but for what was used
/// up by that: its proof and key, its charge, its place, and what people said yes to. Without an `act` it is what came of
/// one that is over, and is kept for who has not fetched it: that may be given out while such a call would be allowed.
pub fn stands(
    view: View<'_>,
    policy: &dyn Policy,
    act: Option<(u64, u64)>,
    attempt: &Attempt,
    facts: &Facts,
) -> Stands {
    // along a stream time never falls
    let facts = Facts { now: facts.now.max(view.task.at), ..facts.clone() };
    match look(view, policy, act, attempt, &facts) {
        Ok(()) => Stands::Yes,
        Err(Stopped::No(reasons, _)) => {
            Stands::No(reasons.into_iter().next().unwrap_or(Reason::new(Code::NotPossible)))
        }
        Err(Stopped::Consult(engines)) => Stands::Consult(engines),
        // by INVARIANT of `look`: it asks for none of these
        Err(Stopped::Again(_) | Stopped::Look | Stopped::Wait(_)) => Stands::No(Reason::new(Code::NotPossible)),
    }
}

fn look(
    view: View<'_>,
    policy: &dyn Policy,
    act: Option<(u64, u64)>,
    attempt: &Attempt,
    facts: &Facts,
) -> Result<(), Stopped> {
    let open = |(act, leaf): (u64, u64)| {
        view.task.acts.get(&act).is_some_and(|own| {
            let same = own.leaf == leaf && own.grant == attempt.grant && own.tool == attempt.action.tool;
            same && own.standing == ActStanding::Open
        })
    };
    if !act.is_none_or(open) {
        return Err(Reason::new(Code::NotAvailable).asked(&attempt.action.tool).into());
    }
    let (asked, _) = asked(view, policy, attempt, facts)?;
    let caller = caller(view, (attempt.grant, attempt.epoch), facts)?;
    let lineage = live_lineage(view, attempt.grant, facts.now)?;
    control(view, caller, attempt.grant, &attempt.action)?;
    breaker::passes(view, &lineage, &caller.agent, &attempt.action.tool, facts)?;
    if let Some(reason) = &attempt.refused {
        return Err(reason.clone().into());
    }
    within(&asked, caller, &lineage)?;
    readable(view.task, &lineage, attempt, facts)?;
    role(view, &lineage, &attempt.action)?;
    flows(view, &lineage, &asked)?;
    // what asks people was answered when the act began: a rule that asks is no rule that forbids
    if asked.broken.is_none()
        && let Err(stopped) = ask_policy(&asked, &lineage, policy)
    {
        recorded_only(&asked, stopped)?;
    }
    Ok(())
}
