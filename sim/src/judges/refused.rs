//! A request that is refused leaves all as it was, but for its own record and what that counts: no act, no charge, no grant,
//! no yes, nothing drawn, no control.

use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::setup::TENANT;
use crate::world::World;
use bailiwick_core::{ApprovalStanding, Data, TaskId, TaskState, Verdict as Decision};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Refused {
    /// Tasks that were refused something, folded as far as they were judged.
    folded: BTreeMap<TaskId, TaskState>,
}

/// What no refusal may touch: grants but for how often they were refused, acts, keys, requests but for whether a no was told,
/// goals, what was drawn, sums and wishes.
fn same(before: &TaskState, after: &TaskState) -> bool {
    let (mut grants, mut approvals) = (before.grants.clone(), before.approvals.clone());
    for (id, grant) in &mut grants {
        grant.refused = after.grants.get(id).map_or(0, |now| now.refused);
    }
    for approval in approvals.values_mut() {
        let now = after.approvals.get(&approval.seq).map(|now| &now.standing);
        if let (ApprovalStanding::Refused { told, .. }, Some(ApprovalStanding::Refused { told: now, .. })) =
            (&mut approval.standing, now)
        {
            *told = *now;
        }
    }
    let kept = |of: &TaskState| (of.standing, of.consented, of.open, of.asked, of.epoch, of.root);
    kept(before) == kept(after)
        && (grants, approvals) == (after.grants.clone(), after.approvals.clone())
        && (&before.acts, &before.keys, &before.goals) == (&after.acts, &after.keys, &after.goals)
        && (&before.allocations, &before.sums, &before.wishes) == (&after.allocations, &after.sums, &after.wishes)
}

impl Judge for Refused {
    fn name(&self) -> &'static str {
        "refused"
    }

    fn entry(&mut self, entry: &Entry, log: &Log) -> Verdict {
        let Data::ActionRefused(_) = &entry.event.data else { return Ok(()) };
        let (leaf, task) = (entry.stored.leaf, entry.stored.stream);
        let state = self.folded.entry(task).or_insert_with(|| TaskState::empty(TENANT, task));
        log.fold(state, entry.stored.seq - 1)?;
        let before = state.clone();
        log.fold(state, entry.stored.seq)?;
        holds(same(&before, state), || format!("leaf {leaf}: a refusal changes its task"))
    }

    fn happened(&mut self, happening: &Happening, _: &Log, _: &World) -> Verdict {
        match happening {
            Happening::Told { task, decided, leaf, .. } if decided.verdict == Decision::Deny => {
                // A refusal may be the one too many, which ends the grant.
                let own =
                    |data: &Data| matches!(data, Data::ActionRefused(_) | Data::GrantEnded(_) | Data::TaskEnded(_));
                let other = decided.events.iter().map(|event| &event.data).find(|data| !own(data));
                holds(other.is_none(), || {
                    format!("of {task} somebody was told no, and `{}` stands", other.map_or("", Data::kind))
                })?;
                holds(leaf.is_none() || !decided.events.is_empty(), || {
                    format!("of {task} a no without an event stands at leaf {leaf:?}")
                })?;
                holds(decided.grant.is_none(), || format!("of {task} a no made a grant"))
            }
            Happening::ToldControl { decided, .. } if decided.refused.is_some() => {
                holds(decided.events.is_empty(), || "a control command was refused, and something stands".to_owned())
            }
            _ => Ok(()),
        }
    }
}
