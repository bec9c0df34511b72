//! What a node does each second, whoever asks for nothing.

use super::{Node, WAKES_MAX, send};
use crate::live::control_stream;
use crate::step::{Input, Seen};
use bailiwick_store::StoreError;

impl Node {
    /// One beat of the node's housekeeping: what falls due is woken, the store's control is compared. Called every second.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read; nothing else happens then, and nothing is allowed either.
    pub fn beat(&self) -> Result<(), StoreError> {
        let store = self.shared.store.as_ref();
        for (tenant, _) in store.tenants()? {
            let log = store.log(tenant)?;
            self.shared.clock.heard(log.now);
            let control = store.head(tenant, control_stream(tenant))?.map_or(0, |head| head.head);
            let seen = Seen { floor: log.control_floor, epoch: log.epoch, control };
            send(&self.inbox, Input::Seen { tenant, seen });
            // What keeps a key from being destroyed now does not keep the node from its work: it is tried again.
            let _later = self.go_on_erasing(tenant);
        }
        for (tenant, stream) in store.due(self.now(), WAKES_MAX)? {
            send(&self.inbox, Input::Wake { tenant, stream });
        }
        send(&self.inbox, Input::Second);
        Ok(())
    }
}
