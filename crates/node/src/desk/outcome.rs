//! An act asked for again: what became of it the first time.

use super::inert::inert;
use super::{Attempted, Bound, Desk};
use crate::codec::open_event;
use crate::step::Failure;
use bailiwick_core::json::Json;
use bailiwick_core::{ActStanding, Data, Status, ToolId};
use std::time::Duration;

/// How long a repeated call waits for the first to end before it is told that it is under way.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How often it looks when nobody in this process settled it: another node may have.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Desk {
    /// Waits for the first, and gives its outcome, or says that it is in doubt.
    pub(super) async fn again(&self, bound: &Bound, act: u64, _: &ToolId) -> Result<Attempted, Failure> {
        let waited = tokio::time::timeout(WAIT_MAX, async {
            loop {
                let settled = self.settled.notified();
                let standing = self.standing(bound, act).await?;
                if !matches!(standing, Some((_, ActStanding::Open))) {
                    return Ok::<_, Failure>(standing);
                }
                let _either = tokio::time::timeout(LOOK_EVERY, settled).await;
            }
        });
        let standing = waited.await.unwrap_or(Ok(None))?;
        match standing {
            Some((_, ActStanding::Ended { status, seq })) => {
                let outcome = match status {
                    Status::Done => "done",
                    Status::NotDone => "not done",
                    Status::NeverSent => "never sent",
                    Status::Assumed => "in doubt",
                    Status::Asked => "asked",
                };
                Ok(Attempted::Again { act, doubtful: None, outcome, result: self.kept(bound, seq)?.map(inert) })
            }
            standing => {
                let doubtful = standing.map(|(leaf, _)| leaf);
                Ok(Attempted::Again { act, doubtful, outcome: "in doubt", result: None })
            }
        }
    }

    async fn standing(&self, bound: &Bound, act: u64) -> Result<Option<(u64, ActStanding)>, Failure> {
        let look = move |task: &bailiwick_core::TaskState, _: &crate::LiveControl| {
            task.acts.get(&act).map(|act| (act.leaf, act.standing.clone()))
        };
        self.node.look(bound.tenant, bound.task, look).await
    }

    /// The result that was kept with the event of this seq.
    fn kept(&self, bound: &Bound, seq: u64) -> Result<Option<Json>, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let store = self.node.store();
        let events = store.stream(bound.tenant, bound.task, seq, 1).map_err(|error| unavailable(&error))?;
        let key = self
            .node
            .vault()
            .data_key(store.as_ref(), bound.tenant, bound.task)
            .map_err(|error| unavailable(&error))?;
        let Some(stored) = events.first() else { return Ok(None) };
        let event = open_event(bound.tenant, key.as_ref(), stored).map_err(|error| unavailable(&error))?;
        Ok(match event.data {
            // what a person gave as evidence is no result
            Data::ActionEnded(ended) if ended.by.is_none() => ended.private.and_then(|private| private.result),
            _ => None,
        })
    }
}
