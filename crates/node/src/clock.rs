//! The node's clock: the last store time answered plus the boot-time clock since. Never the wall clock.

use bailiwick_core::{Micros, Span};
use bailiwick_store::boot_time;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// How long the store's last word on the time is gone by; past that it is asked before anything is decided.
const HEARD_MAX: Span = Span::seconds(5);

/// Reads time as the store tells it.
pub struct Clock {
    base: Mutex<Base>,
    /// Time since the machine started, sleep included.
    boot: Box<dyn Fn() -> Span + Send + Sync>,
}

#[derive(Debug, Clone, Copy)]
struct Base {
    /// A time that the store said, and the boot time then.
    time: Micros,
    since: Span,
    /// The boot time when it last said any, or was asked because it had not.
    heard: Span,
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Clock {
    /// From the time that the store just answered.
    pub fn new(store_time: Micros) -> Self {
        Self::by(store_time, boot_time)
    }

    fn by(store_time: Micros, boot: impl Fn() -> Span + Send + Sync + 'static) -> Self {
        let since = boot();
        Self { base: Mutex::new(Base { time: store_time, since, heard: since }), boot: Box::new(boot) }
    }

    fn at(&self, base: &Base) -> Micros {
        base.time.after(Span((self.boot)().0.saturating_sub(base.since.0)))
    }

    /// Now. Never falls.
    pub fn now(&self) -> Micros {
        let base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        self.at(&base)
    }

    /// The store answered this time: later than ours, it counts; earlier, ours goes on.
    pub fn heard(&self, store_time: Micros) {
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        base.heard = (self.boot)();
        if store_time > self.at(&base) {
            (base.time, base.since) = (store_time, base.heard);
        }
    }

    /// Whether the store has not said the time for so long that it is to be asked first. Asked once, it has its time to
    /// answer: a store that is away does not hold up whoever asks.
    pub(crate) fn must_ask(&self) -> bool {
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.boot)();
        let old = now.0.saturating_sub(base.heard.0) > HEARD_MAX.0;
        if old {
            base.heard = now;
        }
        old
    }
}

#[cfg(test)]
mod tests;
