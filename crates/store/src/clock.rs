//! The clock of an embedded store: the wall clock is read once, at open; from then on boot time counts, which no
//! administrator sets back and which runs on while the machine sleeps.

use bailiwick_core::{Micros, Span};
use rustix::time::{ClockId, clock_gettime};
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, Copy)]
pub(crate) struct RunningClock {
    at_open: Micros,
    boot_at_open: Span,
}

impl RunningClock {
    /// Reads the wall clock. `floor` is the last time that the log holds: the clock starts no earlier.
    #[expect(
        clippy::disallowed_methods,
        reason = "by INVARIANT 4 of this crate: an embedded store tells the time, the wall is read here once"
    )]
    pub(crate) fn start(floor: Micros) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = Micros(u64::try_from(wall.as_micros()).unwrap_or(u64::MAX));
        Self { at_open: wall.max(floor), boot_at_open: boot_time() }
    }

    pub(crate) fn now(&self) -> Micros {
        self.at_open.after(Span(boot_time().0.saturating_sub(self.boot_at_open.0)))
    }
}

/// How long the machine has been up, sleep included (macOS counts sleep in its monotonic clock).
pub fn boot_time() -> Span {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Span(seconds.saturating_mul(1_000_000).saturating_add(nanos / 1_000))
}

#[cfg(test)]
mod tests;
