//! How much of what a task may ask people is a grant's to use: what was handed on, all of it together, asks half of what it
//! comes from may ask. So no delegate leaves whoever it works for without a way to ask.

use super::View;
use crate::Impact;
use crate::approval::{
    CONFIRMATIONS_HIGH_MAX, CONFIRMATIONS_MAX, CONFIRMATIONS_OPEN_MAX, REVIEWS_MAX, REVIEWS_OPEN_MAX,
};
use crate::reason::{Code, Reason};
use crate::task::{ApprovalState, GrantState};

/// What is to be asked of people.
pub(super) struct Kind {
    /// Of others than the one whose act it is.
    pub(super) review: bool,
    /// Whether its act is of high impact.
    pub(super) high: bool,
}

/// Whether a grant may ask once more. `waits`: whether a request is answered by nobody yet.
pub(super) fn room_to_ask(
    view: View<'_>,
    lineage: &[&GrantState],
    kind: &Kind,
    waits: &dyn Fn(&ApprovalState) -> bool,
) -> Result<(), Reason> {
    for (hands, of) in lineage.iter().enumerate().skip(1) {
        let Some(above) = of.parent else { continue };
        // Itself, those beside it, and all that is below them.
        let below = view.task.subtree(above);
        let theirs = |request: &&ApprovalState| request.grant != above && below.contains(&request.grant);
        let asked: Vec<&ApprovalState> = view.task.approvals.values().map(Box::as_ref).filter(theirs).collect();
        let same = asked.iter().filter(|request| request.review() == kind.review);
        let high = same.clone().filter(|request| request.impact >= Impact::High).count();
        let open = same.clone().filter(|request| waits(request)).count();
        let (most, most_open) = match kind.review {
            true => (REVIEWS_MAX, REVIEWS_OPEN_MAX),
            false => (CONFIRMATIONS_MAX, CONFIRMATIONS_OPEN_MAX),
        };
        let spent = |count: usize, most: u64| u64::try_from(count).unwrap_or(u64::MAX) >= share(most, hands);
        if spent(same.count(), most) || (!kind.review && kind.high && spent(high, CONFIRMATIONS_HIGH_MAX)) {
            return Err(Reason::new(Code::ApprovalsSpent));
        }
        if spent(open, u64::try_from(most_open).unwrap_or(u64::MAX)) {
            return Err(Reason::new(Code::TooManyAsked));
        }
    }
    Ok(())
}

/// Half with each hand, and never nothing.
fn share(most: u64, hands: usize) -> u64 {
    (0..hands).fold(most, |most, _| most.div_ceil(2))
}
