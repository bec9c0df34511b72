//! The next round of a call that its server answered with a question: it takes the charge of the round before over.

use super::{Allowed, Asked, Stopped, judge};
use crate::Continues;
use crate::decide::View;
use crate::decide::value::Charged;
use crate::event::{Reserved, RowUsed};
use crate::policy::Policy;
use crate::task::{ActStanding, ActState, GrantState, likeness};
use std::sync::Arc;

/// The round of a call that goes on from one which its server answered with a question: judged as if that one had been given
/// back, and charged no less than it. `None`: it is an act like any other, charged beside the first, which stays in doubt.
///
/// The first is of this grant, for the same tool and arguments, and no other act went on from it: whoever brings one state
/// twice, or that of another call, pays for each.
///
/// People who have to say yes to it are asked for that: the round before is no twin of it that they would have to judge.
pub(super) fn going_on(
    asked: &Asked<'_>,
    policy: &dyn Policy,
    first: Continues,
) -> Option<Result<(u64, Allowed), Stopped>> {
    let (task, action) = (asked.view.task, &asked.attempt.action);
    let act = task.acts.get(&first.act)?;
    let like = likeness(&task.salt?, &action.tool, &action.arguments, action.idempotency.as_ref());
    let same = act.leaf == first.leaf && act.grant == asked.attempt.grant && act.tool == action.tool;
    if !same || act.standing != ActStanding::Asked || act.likeness != Some(like) {
        return None;
    }
    let mut without = task.clone();
    without.went_on(first.act, task.seq + 1).ok()?;
    let view = View { task: &without, ..asked.view };
    let (judged, risk) = (Arc::clone(&asked.judged), asked.risk.clone());
    let asked = Asked { view, charged_before: Some(&act.rows), judged, risk, ..*asked };
    match judge(&asked, policy) {
        Ok(allowed) => covers(&allowed.charged, act).then_some(Ok((first.act, allowed))),
        Err(Stopped::Wait(waits)) => covers(waits.charged(), act).then_some(Err(Stopped::Wait(waits))),
        Err(engines @ Stopped::Consult(_)) => Some(Err(engines)),
        Err(Stopped::Again(_) | Stopped::Look | Stopped::No(..)) => None,
    }
}

/// Of the rows that fit only those that were charged before are left.
pub(super) fn same_rows(lineage: &[&GrantState], fitting: &mut [Vec<usize>], before: &[RowUsed]) {
    for (grant, rows) in lineage.iter().zip(fitting) {
        let used =
            |row: &usize| before.iter().any(|used| used.grant == grant.id && u64::try_from(*row) == Ok(used.row));
        rows.retain(used);
    }
}

/// Whether every charge of the first stands again, to the same meter and no less.
fn covers(charged: &Charged, first: &ActState) -> bool {
    let same = |held: &&Reserved, now: &Reserved| {
        held.grant == now.grant && held.row == now.row && held.unit == now.unit && held.amount <= now.amount
    };
    charged.rows == first.rows && first.reserved.iter().all(|held| charged.reserved.iter().any(|now| same(&held, now)))
}
