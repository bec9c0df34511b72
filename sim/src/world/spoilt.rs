//! What a mutant makes of a task's state that is kept: a node that reads it decides on what never was.

use crate::mutant::Mutant;
use bailiwick_core::{ApprovalStanding, GrantId, RowState, TaskStanding, TaskState};
use std::collections::BTreeSet;

/// Spoils a state as a mutant does; without one, or by one that does something else, it stays what it is.
pub(super) fn spoil(mutant: Option<Mutant>, state: &mut TaskState) {
    let grants = || state.grants.keys().copied().collect::<BTreeSet<GrantId>>();
    match mutant {
        Some(Mutant::LiftsMetersInSnapshots | Mutant::ForgetsChargesInSnapshots) => lift(state, &grants()),
        Some(Mutant::LiftsMetersAboveInSnapshots) => {
            let above = state.grants.values().filter_map(|grant| grant.parent).collect();
            lift(state, &above);
        }
        Some(Mutant::LiftsConditionsInSnapshots) => {
            let envelopes = state.grants.values_mut().filter_map(|grant| grant.envelope.as_mut());
            envelopes.flat_map(|envelope| &mut envelope.rows).for_each(|row| row.when.clear());
        }
        Some(Mutant::CutsFromParentInSnapshots) => {
            state.grants.values_mut().for_each(|grant| grant.parent = None);
        }
        Some(Mutant::RevivesInSnapshots) => {
            state.standing = TaskStanding::Live;
            state.grants.values_mut().for_each(|grant| grant.standing = TaskStanding::Live);
        }
        Some(Mutant::ReopensApprovalsInSnapshots) => {
            let used = |standing: &ApprovalStanding| matches!(standing, ApprovalStanding::Used { .. });
            let approvals = state.approvals.values_mut().filter(|approval| used(&approval.standing));
            approvals.for_each(|approval| approval.standing = ApprovalStanding::Open);
        }
        _ => {}
    }
}

fn lift(state: &mut TaskState, grants: &BTreeSet<GrantId>) {
    let lifted = state.grants.values_mut().filter(|grant| grants.contains(&grant.id));
    lifted.flat_map(|grant| &mut grant.rows).for_each(|row| *row = RowState::default());
}
