//! `task hold` and `task release`.

use super::super::{Outcome, change};
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, number, text, time};
use bailiwick_core::json::Json;

/// Holds a task, or lets go of it, or proposes that.
pub(super) async fn hold(
    client: &Client,
    task: &str,
    (reason, holds): (&str, bool),
    json: bool,
) -> Result<Outcome, Trouble> {
    let what = if holds { "hold" } else { "release" };
    let body = Json::object([("reason", Json::from(reason))]);
    let done = client.post(&format!("/v1/tasks/{task}/{what}"), &body).await?;
    if json {
        print::json(&done);
    } else if change::waits(&done) {
        return Ok(Outcome::Done);
    } else {
        let said = if holds { "is held: nobody and no rule erases it" } else { "is held no longer" };
        data(&format!("task {task} {said}; event {}", number(&done, "event")));
    }
    Ok(Outcome::Done)
}

/// Who holds a task, where somebody does.
pub(super) fn told(task: &Json) {
    let Some(hold) = task.get("hold").filter(|hold| !hold.is_null()) else { return };
    let (by, reason) = (foreign(text(hold, "by")), foreign(text(hold, "reason")));
    data(&format!("  held       by {by}, since {}: {reason}", time(number(hold, "at"))));
}
