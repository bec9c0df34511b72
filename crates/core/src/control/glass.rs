//! Overrides of policy and approvals: which are open, which wait for their review, and what they cover.

use super::{BadFold, ControlState};
use crate::document::Template;
use crate::event::{ControlGlassBroken, ControlGlassClosed};
use crate::facts::By;
use crate::{Micros, PersonId, Span, TaskId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest that the glass stays broken.
pub const GLASS_SPAN_MAX: Span = Span::minutes(60);
/// The most overrides of a tenant that nobody has closed.
pub const GLASS_OPEN_MAX: usize = 2;
/// Whoever breaks it again sooner than this needs a second person.
pub const GLASS_AGAIN_AFTER: Span = Span::hours(24);
/// How long after its end somebody else may take to look at it: then no other is opened.
pub const GLASS_REVIEW_WITHIN: Span = Span::hours(24);

/// An override of policy and approvals over one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glass {
    /// Who broke it.
    pub by: By,
    /// When it was looked at by somebody else, and by whom.
    pub closed: Option<(Micros, PersonId)>,
    /// Over from here on.
    pub expires: Micros,
    /// The incident.
    pub incident: String,
    /// When it was broken.
    pub opened: Micros,
    /// Why.
    pub reason: String,
    /// Whose task it is.
    pub requester: PersonId,
    /// Over which task.
    pub task: TaskId,
    /// Whose rows it covers, as they were then.
    pub template: Arc<Template>,
}

impl Glass {
    /// Whether policy and approvals are not asked because of it.
    pub fn open(&self, now: Micros) -> bool {
        self.closed.is_none() && now < self.expires
    }

    /// Whether somebody else should have looked at it by now.
    pub fn overdue(&self, now: Micros) -> bool {
        self.closed.is_none() && now >= self.review_by()
    }

    /// Until when somebody else is to look at it.
    pub fn review_by(&self) -> Micros {
        self.expires.after(GLASS_REVIEW_WITHIN)
    }

    /// Whether it counts against whoever wants another one.
    pub(crate) fn recent(&self, now: Micros) -> bool {
        self.closed.is_none() || now < self.opened.after(GLASS_AGAIN_AFTER)
    }
}

impl ControlState {
    pub(super) fn break_glass(&mut self, broken: &ControlGlassBroken) -> Result<(), BadFold> {
        let now = self.at;
        let template = self.templates.get(&broken.template).filter(|(_, digest)| *digest == broken.template_digest);
        let (template, _) = template.ok_or(BadFold::Unfit("no such template"))?;
        let glass = Glass {
            by: broken.by.clone(),
            closed: None,
            expires: broken.expires,
            incident: broken.incident.clone(),
            opened: now,
            reason: broken.reason.clone(),
            requester: broken.requester.clone(),
            task: broken.task,
            template: Arc::clone(template),
        };
        self.glasses.retain(|_, glass| glass.recent(now));
        self.glasses.insert(self.seq, glass);
        Ok(())
    }

    pub(super) fn close_glass(&mut self, closed: &ControlGlassClosed) -> Result<(), BadFold> {
        let glass = self.glasses.get_mut(&closed.glass).ok_or(BadFold::Unfit("no such override"))?;
        glass.closed = Some((self.at, closed.by.person.clone()));
        Ok(())
    }
}
