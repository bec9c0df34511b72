//! `/v1/tasks/{id}/hold` and `/release`: a task that is held is not erased, by nobody and no rule.

use crate::people::text;
use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlCommand, Hold, HoldTask, TaskId};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldBody {
    /// Why: it stands in the record.
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseBody {
    /// Which hold, by its number; the only one where none is named.
    #[serde(default)]
    hold: Option<u64>,
    /// Why.
    reason: String,
}

/// The holds over a task, the oldest first.
pub(crate) fn holds_json(holds: &[Hold]) -> Json {
    let one = |hold: &Hold| {
        Json::object([
            ("at", Json::from(hold.at.0)),
            ("by", text(&hold.by)),
            ("id", Json::from(hold.seq)),
            ("reason", Json::from(hold.reason.as_str())),
        ])
    };
    Json::array(holds.iter().map(one))
}

impl Api {
    /// Holds a task, at once: whatever would erase it, does not.
    pub(crate) async fn hold(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let HoldBody { reason } = body(bytes)?;
        let said = self.said_of(task, (None, reason), who).await?;
        self.control_act(ControlCommand::Hold(said)).await
    }

    /// Lets go of one hold; where a second person has to sign that, it waits for it.
    pub(crate) async fn release(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let ReleaseBody { hold, reason } = body(bytes)?;
        let said = self.said_of(task, (hold, reason), who).await?;
        self.control_act(ControlCommand::Release(said)).await
    }

    async fn said_of(
        &self,
        task: TaskId,
        (hold, reason): (Option<u64>, String),
        who: &Who,
    ) -> Result<Box<HoldTask>, Problem> {
        // Of a task that is not there nothing is held.
        self.desk.task(self.tenant, task).await?;
        // Whether its key is gone, the node looks for itself.
        Ok(Box::new(HoldTask { by: self.by(who)?, gone: false, hold, reason, task }))
    }
}
