//! One node at a time: who may send now, by an id that each node may take once.

use bailiwick_core::{Micros, Span, TenantId, sha256};
use bailiwick_store::{Store, StoreError};

/// The kind of the ids that are taken, among those that a store takes once.
const KIND: i32 = 1;
/// How long one taking lasts. A node that was killed is followed after as long at most.
const SLOT: Span = Span::seconds(10);
/// How long before its end who holds it takes the next: others try when it has begun.
const AHEAD: Span = Span::seconds(4);
/// How long the store remembers who took a slot: longer than any node takes it for the present one.
const REMEMBERED: Span = Span::minutes(10);

const _: () = assert!(AHEAD.0 * 2 < SLOT.0);

/// What this node holds.
#[derive(Debug, Default)]
pub(crate) struct Lease {
    /// The last slot that it took.
    held: Option<u64>,
}

impl Lease {
    /// Whether this node sends now. Who sends goes on; another begins when nobody took the present slot. When an answer is
    /// lost the slot may be taken by nobody who knows: then nobody sends until it is over.
    ///
    /// # Errors
    /// [`StoreError`] when the present slot cannot be taken.
    pub(crate) fn hold(&mut self, store: &dyn Store, tenant: TenantId, now: Micros) -> Result<bool, StoreError> {
        let slot = now.0 / SLOT.0;
        let take = |slot: u64| {
            let id = sha256(format!("bailiwick/notices/1\0{slot}").as_bytes());
            store.once(tenant, KIND, id, Micros(slot.saturating_add(1).saturating_mul(SLOT.0)).after(REMEMBERED))
        };
        match self.held {
            Some(held) if held > slot => Ok(true),
            Some(held) if held == slot => {
                let ends = Micros(slot.saturating_add(1).saturating_mul(SLOT.0));
                if now.after(AHEAD) >= ends && matches!(take(slot + 1), Ok(true)) {
                    self.held = Some(slot + 1);
                }
                Ok(true)
            }
            _ => {
                let taken = take(slot)?;
                self.held = taken.then_some(slot);
                Ok(taken)
            }
        }
    }
}

#[cfg(test)]
mod tests;
