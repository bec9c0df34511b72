//! `/v1/tasks/{id}/erase`: the key of a task is destroyed, and with it what was said, sent and answered in it.

use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Code, ControlCommand, ControlState, EraseTask, Reason, TaskId, TaskState, Unfinished};
use bailiwick_node::LiveControl;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseBody {
    /// Why: it stands in the record.
    reason: String,
}

impl Api {
    /// Erases a task; where a second person has to sign it, it waits for that.
    pub(crate) async fn erase(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: EraseBody = body(bytes)?;
        let now = self.desk.node().now();
        let look =
            move |task: &TaskState, control: &LiveControl| (task.unfinished(now), control.state.glass_over(task.id));
        if self.control()?.state.is_held(task) {
            let named = task.to_string();
            return Err(Problem::refused_of(&Reason::new(Code::TaskHeld), &[("TASK", named.as_str())]));
        }
        // Each of these stays as it is once it is so: a task that ended never lives again.
        let (why, command) = match self.desk.node().look(self.tenant, task, look).await? {
            (Some(Unfinished::Lives), _) => {
                (Some("the task lives: end it first".to_owned()), Some(format!("bailiwick task revoke {task}")))
            }
            (Some(Unfinished::Open(open)), _) => {
                let why = format!("what became of {open} acts is not known yet: it has to be settled first");
                (Some(why), Some(format!("bailiwick task show {task}")))
            }
            (Some(Unfinished::Draws), _) => {
                (Some("what the task drew on mandates has not gone back yet: ask again in a moment".to_owned()), None)
            }
            (_, true) => {
                let why = "the glass was broken over it, and nobody has closed that yet".to_owned();
                (Some(why), Some("bailiwick break-glass list".to_owned()))
            }
            // Who erases it by hand decides that nobody's yes is waited for.
            (None | Some(Unfinished::Asks), false) => (None, None),
        };
        if let Some(why) = why {
            return Err(Problem { command, ..Problem::bad(why) });
        }
        let said = EraseTask { by: self.by(who)?, listed: false, reason: asked.reason, task };
        self.control_act(ControlCommand::Erase(Box::new(said))).await
    }

    /// How many tasks a change of the rule that says how long they are kept would erase as things stand; nothing where it does
    /// not change.
    pub(crate) async fn would_erase(
        &self,
        before: &ControlState,
        after: &ControlState,
    ) -> Result<Option<Json>, Problem> {
        if after.retention().is_none() || after.retention_digest() == before.retention_digest() {
            return Ok(None);
        }
        let found = self.desk.node().would_expire(self.tenant, after.clone()).await?;
        Ok(Some(Json::object([("all", Json::from(found.all)), ("tasks", Json::from(found.tasks))])))
    }
}
