//! When a notice is tried again: by the age of what it tells of, so that whoever begins anew knows it as well.

use bailiwick_core::{Micros, Span};

/// The ages at which a notice is tried. The last is the end: what was not taken then is given up.
const TRIES: [Span; 9] = [
    Span(0),
    Span::seconds(5),
    Span::seconds(30),
    Span::minutes(2),
    Span::minutes(10),
    Span::hours(1),
    Span::hours(4),
    Span::hours(12),
    Span::hours(24),
];
/// A lane that failed rests so long at least, also where many notices are late.
const REST: Span = Span::seconds(5);

/// When a notice of `at`, which was tried `now` and not taken, is tried again; `None`: it is given up. After `until` nobody
/// can use it any more.
pub(crate) fn next_try(at: Micros, now: Micros, until: Option<Micros>) -> Option<Micros> {
    let due = TRIES.iter().map(|age| at.after(*age)).find(|due| *due > now)?;
    let next = due.max(now.after(REST));
    until.is_none_or(|until| next < until).then_some(next)
}

/// How long a lane rests after it gave a notice up.
pub(crate) const fn rested(now: Micros) -> Micros {
    now.after(REST)
}

#[cfg(test)]
mod tests;
