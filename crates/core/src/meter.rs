//! Meters: counters with a limit in a unit, charged by what begins and never past the limit.

use crate::{Amount, Micros, Span};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The limits of one unit in one row. An absent part is no limit of that kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeterLimit {
    /// The most in one action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Amount>,
    /// The most that goes to one destination, over the life of the task and whichever of its grants is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_destination: Option<Amount>,
    /// The most over the life of the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Amount>,
    /// The most within any span of this length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowLimit>,
}

/// A rolling limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowLimit {
    /// The most within the span.
    pub most: Amount,
    /// The length of the span, in microseconds.
    pub over: Span,
}

/// Which limit a charge would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The limit of one action.
    Each,
    /// The limit in total.
    Total,
    /// The rolling limit.
    Window,
    /// The count of charges within the window is past what is kept.
    Kept,
}

impl MeterLimit {
    /// Whether it limits nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What one meter has been charged so far: reserved and settled together, so that a limit holds whatever is still open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    charged: Amount,
    /// Charges within the window, oldest first; kept only where a window limits.
    recent: VecDeque<Charge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Charge {
    at: Micros,
    act: u64,
    amount: Amount,
}

impl Charge {
    /// Whether it still counts at `now`: a charge exactly one span ago has left the window.
    const fn within(&self, window: &WindowLimit, now: Micros) -> bool {
        now.0 < self.at.after(window.over).0
    }
}

/// The most charges one window remembers; past it the meter refuses rather than forgets.
pub const WINDOW_CHARGES_MAX: usize = 4096;

impl Meter {
    /// Reserved plus settled.
    pub const fn charged(&self) -> Amount {
        self.charged
    }

    /// How many charges are remembered one by one.
    pub(crate) fn remembered(&self) -> usize {
        self.recent.len()
    }

    /// The bytes of one of them.
    pub(crate) const CHARGE_BYTES: usize = size_of::<Charge>();

    /// What is left of the total, if it is limited.
    pub fn left(&self, limit: &MeterLimit) -> Option<Amount> {
        limit.total.map(|total| total.saturating_sub(self.charged))
    }

    /// Whether `amount` may be charged at `now`.
    ///
    /// # Errors
    /// [`Over`] naming the first limit it would break.
    pub fn room(&self, limit: &MeterLimit, amount: Amount, now: Micros) -> Result<(), Over> {
        if limit.each.is_some_and(|each| amount > each) {
            return Err(Over::Each);
        }
        // A sum too large to write is over every limit, and over none if there is none: refuse.
        let sum = self.charged.checked_add(amount).ok_or(Over::Total)?;
        if limit.total.is_some_and(|total| sum > total) {
            return Err(Over::Total);
        }
        if let Some(window) = &limit.window {
            let mut within = amount;
            let mut count = 0_usize;
            for charge in self.recent.iter().filter(|charge| charge.within(window, now)) {
                within = within.checked_add(charge.amount).ok_or(Over::Window)?;
                count += 1;
            }
            if within > window.most {
                return Err(Over::Window);
            }
            if count >= WINDOW_CHARGES_MAX {
                return Err(Over::Kept);
            }
        }
        Ok(())
    }

    /// Charges an act. Total: an amount that no longer fits into a number stays at the most there is.
    pub(crate) fn charge(&mut self, limit: &MeterLimit, act: u64, amount: Amount, at: Micros) {
        self.charged = self.charged.checked_add(amount).unwrap_or(Amount::MOST);
        if let Some(window) = &limit.window {
            while self.recent.front().is_some_and(|charge| !charge.within(window, at)) {
                self.recent.pop_front();
            }
            self.recent.push_back(Charge { at, act, amount });
        }
    }

    /// Whether the meter is past a limit once the act comes to `settled`: a result may be more than was foreseen.
    pub(crate) fn past(&self, limit: &MeterLimit, act: u64, reserved: Amount, settled: Amount) -> bool {
        let mut after = self.clone();
        after.settle(act, reserved, settled);
        limit.each.is_some_and(|each| settled > each)
            || limit.total.is_some_and(|total| after.charged > total)
            || limit.window.as_ref().is_some_and(|window| after.past_window(window))
    }

    /// Whether any span that ends with a charge holds more than the most.
    fn past_window(&self, window: &WindowLimit) -> bool {
        let mut within = Amount::ZERO;
        let mut first = self.recent.iter().peekable();
        self.recent.iter().any(|last| {
            within = within.checked_add(last.amount).unwrap_or(Amount::MOST);
            while let Some(left) = first.next_if(|charge| !charge.within(window, last.at)) {
                within = within.saturating_sub(left.amount);
            }
            within > window.most
        })
    }

    /// Replaces what an act reserved by what it came to.
    pub(crate) fn settle(&mut self, act: u64, reserved: Amount, settled: Amount) {
        let rest = self.charged.saturating_sub(reserved);
        self.charged = rest.checked_add(settled).unwrap_or(Amount::MOST);
        if let Some(charge) = self.recent.iter_mut().find(|charge| charge.act == act) {
            charge.amount = settled;
        }
    }
}

#[cfg(test)]
mod tests;
