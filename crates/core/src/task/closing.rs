//! That the window of a task closes is told once, early enough to renew it.

use super::TaskState;
use crate::{GrantId, Micros, Span};

/// Of a shorter window nobody is told: it is over before anybody would look.
const WINDOW_TOLD_MIN: Span = Span::minutes(10);
/// It is told when less than this part of the window is left.
const WINDOW_PARTS: u64 = 10;
/// And never sooner before its end.
const LEAD_MAX: Span = Span::minutes(15);
/// Nor later: nobody could do anything by then.
const LEAD_MIN: Span = Span::minutes(1);
/// The template of wrapped servers: when its task expires, the next one follows by itself.
const PERSONAL: &str = "personal";

const _: () = assert!(WINDOW_TOLD_MIN.0 / WINDOW_PARTS >= LEAD_MIN.0, "whoever is told has a minute at least");
const _: () = assert!(LEAD_MIN.0 <= LEAD_MAX.0);

/// A window that closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The root's grant.
    pub grant: GrantId,
    /// When it is told.
    pub told_at: Micros,
    /// Not usable from here on.
    pub expires: Micros,
}

impl TaskState {
    /// The window of a live task whose end is told, whether it was or not; `None` where nobody is told of it.
    pub fn closing(&self) -> Option<Closing> {
        let root = self.grants.get(&self.root?).filter(|root| self.standing.live() && root.standing.live())?;
        if self.template.as_ref().is_some_and(|template| template.as_str() == PERSONAL) {
            return None;
        }
        let window = root.envelope.as_ref()?.window;
        // A renewed one counts from there.
        let span = window.expires.0.saturating_sub(window.not_before.max(self.window_set).0);
        if span < WINDOW_TOLD_MIN.0 {
            return None;
        }
        let lead = Span((span / WINDOW_PARTS).min(LEAD_MAX.0));
        Some(Closing { grant: root.id, told_at: window.expires.before(lead), expires: window.expires })
    }

    /// What of it is still to be told.
    pub(crate) fn closing_untold(&self) -> Option<Closing> {
        // a task without room says nothing of it, and is not to be woken for it
        let untold = |closing: &Closing| self.closing_told != Some(closing.expires) && !crate::decide::full(self);
        self.closing().filter(untold)
    }
}
