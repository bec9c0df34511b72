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

/// A hold as JSON; null where nobody holds the task.
pub(crate) fn hold_json(hold: Option<&Hold>) -> Json {
    let one = |hold: &Hold| {
        Json::object([
            ("at", Json::from(hold.at.0)),
            ("by", text(&hold.by)),
            ("reason", Json::from(hold.reason.as_str())),
        ])
    };
    hold.map_or(Json::Null, one)
}

impl Api {
    /// Holds a task, at once: whatever would erase it, does not.
    pub(crate) async fn hold(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let said = self.said_of(task, bytes, who).await?;
        self.control_act(ControlCommand::Hold(said)).await
    }

    /// Lets go of it; where a second person has to sign that, it waits for it.
    pub(crate) async fn release(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let said = self.said_of(task, bytes, who).await?;
        self.control_act(ControlCommand::Release(said)).await
    }

    async fn said_of(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Box<HoldTask>, Problem> {
        let asked: HoldBody = body(bytes)?;
        // Of a task that is not there nothing is held.
        self.desk.task(self.tenant, task).await?;
        Ok(Box::new(HoldTask { by: self.by(who)?, hold: None, reason: asked.reason, task }))
    }
}
