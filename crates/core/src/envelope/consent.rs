//! The axis of consent age: how old a person's consent may be before what is at stake needs a fresh act of theirs.

use crate::{Micros, Span};
use serde::{Deserialize, Serialize};

/// How old a consent may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentAge {
    /// From this age on an act of high impact waits for the person, or for a renewed consent. Never, where it is not said.
    pub renew_after: Option<Span>,
}

impl ConsentAge {
    /// Whether a consent of that moment is too old now.
    pub fn past(self, consented: Micros, now: Micros) -> bool {
        self.renew_after.is_some_and(|span| now >= consented.after(span))
    }

    /// Whether this one asks for a fresh consent at least as soon as `other`.
    pub fn within(self, other: Self) -> bool {
        match (self.renew_after, other.renew_after) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(most)) => own <= most,
        }
    }
}
