//! By which time a rule may erase. A clock that was set ahead would have it erase everything at once, and nothing brings that
//! back: so the store's time is compared with the machine's own, and with when anything was last written.

use bailiwick_core::{Micros, Span};
use std::fmt;

/// How far the store's time may be from the machine's own before nothing is erased by either.
const APART_MAX: Span = Span::minutes(5);
/// How long nothing may have been written before it is asked whether that time passed; and how long a clock has to go steadily
/// before it is believed again. Until then people look.
pub(super) const SILENT_MAX: Span = Span::hours(24);

/// Time as the node's machine tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnTime {
    /// Since the machine started, sleep included: nobody sets it.
    pub up: Span,
    /// What its clock on the wall says.
    pub wall: Micros,
}

/// Why the store's time is not gone by where a rule would erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDoubt {
    /// It is too far from the machine's own: nothing is erased.
    Apart {
        /// The store's.
        store: Micros,
        /// The machine's.
        own: Micros,
    },
    /// For more than a day nothing was written, and this node did not run all that time: nothing is erased until it has run for
    /// a day. Not what was due before either: what was written last may bear the wrong time itself.
    Silent {
        /// For how long nothing was.
        span: Span,
        /// The node saw the clock being set ahead.
        stepped: bool,
    },
}

impl ClockDoubt {
    /// Whether something is wrong that people should look at: that nothing was written, and nobody ran, is nothing wrong.
    pub const fn needs_people(&self) -> bool {
        !matches!(self, Self::Silent { stepped: false, .. })
    }
}

impl fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart { store, own } => {
                let apart = store.0.abs_diff(own.0) / 1_000_000;
                write!(f, "the store's time is {apart} s from this machine's: no rule erases anything")
            }
            Self::Silent { span, stepped, .. } => {
                let hours = span.0 / Span::hours(1).0;
                match stepped {
                    true => write!(f, "the store's clock was set ahead by about {hours} h")?,
                    false => write!(f, "nothing was written for {hours} h, and this node did not run all that time")?,
                }
                f.write_str(": rules erase nothing until it has run for a day")
            }
        }
    }
}

/// Since when the store's clock has gone as the machine's own does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steady {
    /// The store's time then.
    pub(super) since: Micros,
    /// The machine's then.
    up: Span,
    /// Whether it was set ahead then, while this node ran.
    stepped: bool,
}

impl Steady {
    /// What is known now, from what was known before.
    pub(super) fn now(before: Option<Self>, store: Micros, up: Span) -> Self {
        let Some(known) = before else { return Self { since: store, up, stepped: false } };
        let due = known.since.after(known.passed(up));
        if store.0.abs_diff(due.0) <= APART_MAX.0 {
            return known;
        }
        Self { since: store, up, stepped: true }
    }

    fn passed(&self, up: Span) -> Span {
        Span(up.0.saturating_sub(self.up.0))
    }

    /// Whether it has gone so for long enough that whatever was before does not matter.
    pub(super) fn long(&self, up: Span) -> bool {
        self.passed(up).0 >= SILENT_MAX.0
    }

    /// What is to be doubted where something was written at `before` and next at `after`, the last such pair of a day or more
    /// before this began.
    pub(super) fn silence(&self, before: Option<Micros>, after: Option<Micros>) -> Option<ClockDoubt> {
        let last = before?;
        let span = Span(after.unwrap_or(self.since).0.saturating_sub(last.0));
        (span > SILENT_MAX).then_some(ClockDoubt::Silent { span, stepped: self.stepped })
    }
}

/// Whether the store's time is too far from the machine's own.
pub(super) fn apart(store: Micros, own: OwnTime) -> Option<ClockDoubt> {
    (store.0.abs_diff(own.wall.0) > APART_MAX.0).then_some(ClockDoubt::Apart { store, own: own.wall })
}

#[cfg(test)]
mod tests;
