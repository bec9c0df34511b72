//! The node's clock: the last store time answered plus the boot-time clock since. Never the wall clock.

use bailiwick_core::Micros;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Reads time as the store tells it.
#[derive(Debug)]
pub struct Clock {
    base: Mutex<(Micros, Instant)>,
}

impl Clock {
    /// From the time that the store just answered.
    pub fn new(store_time: Micros) -> Self {
        Self { base: Mutex::new((store_time, boot())) }
    }

    /// Now. Never falls.
    pub fn now(&self) -> Micros {
        let base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        at(*base)
    }

    /// The store answered this time: later than ours, it counts; earlier, ours goes on.
    pub fn heard(&self, store_time: Micros) {
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        if store_time > at(*base) {
            *base = (store_time, boot());
        }
    }
}

fn at((time, since): (Micros, Instant)) -> Micros {
    let passed = boot().saturating_duration_since(since).as_micros();
    Micros(time.0.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX)))
}

#[expect(clippy::disallowed_methods, reason = "the one place of the node that reads the boot-time clock")]
fn boot() -> Instant {
    Instant::now()
}
