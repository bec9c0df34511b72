//! How far a rule may run. The engine bounds itself by a clock that it is handed; ours counts how often it is looked at.
//! So the bound is a number of steps: what fails here fails everywhere, and whoever decides again comes to the same.

use regorus::Engine;
use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

/// The most steps of one rule of the three that are asked. A step is an expression, a statement or a turn of a loop.
pub(crate) const STEPS_MAX: u64 = 200_000;
/// How many steps one look at the clock stands for.
const STEPS_PER_LOOK: NonZeroU32 = NonZeroU32::new(16).unwrap();

thread_local! {
    /// How often the clock was looked at on this thread. Only differences count.
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// A clock that goes on by one nanosecond a look.
struct Looks;

impl TimeSource for Looks {
    fn now(&self) -> Option<Duration> {
        let looks = LOOKS.get().saturating_add(1);
        LOOKS.set(looks);
        Some(Duration::from_nanos(looks))
    }
}

static SET: LazyLock<bool> = LazyLock::new(|| set_time_source(&Looks).is_ok());

/// Bounds an engine; `false` where another clock stands already: then nothing may run.
pub(crate) fn bound(engine: &mut Engine) -> bool {
    let limit = Duration::from_nanos(STEPS_MAX / u64::from(STEPS_PER_LOOK.get()));
    engine.set_execution_timer_config(ExecutionTimerConfig { limit, check_interval: STEPS_PER_LOOK });
    *SET
}
