//! What a person offered who said no: an act that is this, or less of it, is no refused goal.

use super::{ApprovalState, GoalRefused, TaskState};
use crate::approval::AskedFor;
use crate::event::ActionBegun;
use crate::json::Json;
use crate::{GrantId, PersonId, ToolId};
use serde::{Deserialize, Serialize};

/// What was offered in the place of a refused request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Who offered it.
    pub by: PersonId,
    /// The request that was refused, by the leaf of its `approval.asked`.
    pub request: u64,
    /// To which grant.
    pub grant: GrantId,
    /// With which tool.
    pub tool: ToolId,
    /// What was asked, with what was offered in the place of it.
    of: AskedFor,
}

impl Offer {
    pub(super) fn of(refused: &ApprovalState, by: &PersonId, of: AskedFor) -> Self {
        Self { by: by.clone(), request: refused.leaf, grant: refused.grant, tool: refused.tool.clone(), of }
    }

    fn covers(&self, (grant, tool): (GrantId, &ToolId), arguments: &Json) -> bool {
        self.grant == grant && self.tool == *tool && self.of.covers(arguments)
    }
}

impl TaskState {
    /// The refused goal that a call is the offer of, or less of it.
    pub(crate) fn offered(&self, way: (GrantId, &ToolId), arguments: &Json) -> Option<(&GoalRefused, &Offer)> {
        let mut offers = self.goals.values().filter_map(|goal| Some((goal, goal.offer.as_deref()?)));
        offers.find(|(_, offer)| offer.covers(way, arguments))
    }

    /// The offer that an act takes, in the task as it was before it.
    pub fn offer_of(&self, begun: &ActionBegun) -> Option<&Offer> {
        let private = begun.private.as_ref()?;
        self.offered((begun.grant, &begun.action.tool), &private.arguments).map(|(_, offer)| offer)
    }

    /// Whether a request asks about what was offered: nobody is told of the no that it came with.
    pub fn asks_about_offer(&self, asked: &ApprovalState) -> bool {
        let of = asked.asked_for.as_ref();
        of.is_some_and(|of| self.offered((asked.grant, &asked.tool), of.arguments()).is_some())
    }

    /// Whether what was offered in the place of this request may still be taken.
    pub fn offer_stands(&self, request: u64) -> bool {
        self.goals.values().filter_map(|goal| goal.offer.as_deref()).any(|offer| offer.request == request)
    }

    /// An offer is taken once: what comes to the same after it is refused before, as it was.
    pub(super) fn offer_taken(&mut self, begun: &ActionBegun) {
        let Some(private) = begun.private.as_ref().filter(|_| !self.goals.is_empty()) else { return };
        let (way, arguments) = ((begun.grant, &begun.action.tool), &private.arguments);
        let taken = |offer: &Offer| offer.covers(way, arguments);
        for goal in self.goals.values_mut().filter(|goal| goal.offer.as_deref().is_some_and(taken)) {
            goal.offer = None;
        }
    }
}
