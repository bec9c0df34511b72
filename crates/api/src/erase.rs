//! `/v1/tasks/{id}/erase`: the key of a task is destroyed, and with it what was said, sent and answered in it.

use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ActStanding, ControlCommand, EraseTask, TaskId, TaskState};
use bailiwick_node::LiveControl;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseBody {
    /// Why: it stands in the record.
    reason: String,
}

/// What keeps a task from being erased.
enum Held {
    Lives,
    /// So many acts are open or in doubt.
    Open(usize),
    /// Something that it drew has not gone back yet.
    Draws,
}

fn held(task: &TaskState) -> Option<Held> {
    if task.standing.live() {
        return Some(Held::Lives);
    }
    let open = task.acts.values().filter(|act| !matches!(act.standing, ActStanding::Ended { .. })).count();
    if open > 0 {
        return Some(Held::Open(open));
    }
    task.allocations.values().any(|allocation| !allocation.settled).then_some(Held::Draws)
}

impl Api {
    /// Erases a task; where a second person has to sign it, it waits for that.
    pub(crate) async fn erase(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: EraseBody = body(bytes)?;
        let look = |task: &TaskState, _: &LiveControl| held(task);
        // Each of these stays as it is once it is so: a task that ended never lives again.
        let (why, command) = match self.desk.node().look(self.tenant, task, look).await? {
            None => (None, None),
            Some(Held::Lives) => {
                (Some("the task lives: end it first".to_owned()), Some(format!("bailiwick task revoke {task}")))
            }
            Some(Held::Open(open)) => {
                let why = format!("what became of {open} acts is not known yet: it has to be settled first");
                (Some(why), Some(format!("bailiwick task show {task}")))
            }
            Some(Held::Draws) => {
                (Some("what the task drew on mandates has not gone back yet: ask again in a moment".to_owned()), None)
            }
        };
        if let Some(why) = why {
            return Err(Problem { command, ..Problem::bad(why) });
        }
        let said = EraseTask { by: self.by(who)?, listed: false, reason: asked.reason, task };
        self.control_act(ControlCommand::Erase(Box::new(said))).await
    }
}
