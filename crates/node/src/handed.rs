//! What a part of a task was handed on for, in its delegator's words: they stand in the act that handed it on.

use crate::codec::open_event;
use crate::node::Node;
use crate::step::Failure;
use bailiwick_core::json::Json;
use bailiwick_core::{Data, TaskId, TenantId};
use std::sync::Arc;

impl Node {
    /// The purpose that the act `seq` of a task names; `None` where it is no such act, or was erased.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read, or is not what was written.
    pub async fn handed_for(
        self: &Arc<Self>,
        tenant: TenantId,
        task: TaskId,
        seq: u64,
    ) -> Result<Option<String>, Failure> {
        let node = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || node.purpose_at(tenant, task, seq)).await;
        read.map_err(|_| Failure::Draining)?
    }

    fn purpose_at(&self, tenant: TenantId, task: TaskId, seq: u64) -> Result<Option<String>, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let found = self.store().stream(tenant, task, seq, 1).map_err(|error| unavailable(&error))?;
        let Some(stored) = found.into_iter().find(|stored| stored.seq == seq) else { return Ok(None) };
        if let Some(why) = self.unlike(tenant, None, &stored)? {
            return Err(Failure::Unavailable(format!("the store was changed: this event {why}")));
        }
        let key = self.vault().data_key(self.store().as_ref(), tenant, task).map_err(|error| unavailable(&error))?;
        let event = open_event(tenant, key.as_ref(), &stored).map_err(|error| unavailable(&error))?;
        let Data::ActionBegun(begun) = event.data else { return Ok(None) };
        let said = begun.private.and_then(|private| private.arguments.get("purpose").cloned());
        Ok(said.as_ref().and_then(Json::as_str).map(str::to_owned))
    }
}
