//! How often a command was decided in vain, and when that is enough.

use super::{Failure, OVERTAKEN_WITHIN, TRIES_MAX};
use bailiwick_core::Micros;

/// What a command lost so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Nobody knew whether it stood, and it did not.
    unknown: u32,
    /// When something else first stood in its place: an event of control, or of its own stream.
    overtaken: Option<Micros>,
}

impl Losses {
    /// Nothing of it was written, because something else was. So it is not tried again for nothing: whenever it loses,
    /// somebody else has got on.
    pub(super) fn overtaken(&mut self, now: Micros) {
        self.overtaken.get_or_insert(now);
    }

    /// Nobody knows what became of it.
    pub(super) const fn unknown(&mut self) {
        self.unknown += 1;
    }

    /// What is said of it when it is not decided again.
    pub(super) fn enough(&self, now: Micros) -> Option<Failure> {
        let overdue = self.overtaken.is_some_and(|since| now > since.after(OVERTAKEN_WITHIN));
        match self.unknown >= TRIES_MAX {
            true => Some(Failure::Unknown),
            false => overdue.then_some(Failure::Overtaken),
        }
    }
}
