//! `task hold` and `task release`.

use super::super::{Outcome, change};
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time};
use bailiwick_core::json::Json;

/// Holds a task.
pub(super) async fn hold(client: &Client, task: &str, reason: &str, json: bool) -> Result<Outcome, Trouble> {
    let body = Json::object([("reason", Json::from(reason))]);
    let done = client.post(&format!("/v1/tasks/{task}/hold"), &body).await?;
    if json {
        print::json(&done);
    } else {
        let event = number(&done, "event");
        data(&format!("task {task} is held: nobody and no rule erases it; event {event}"));
    }
    Ok(Outcome::Done)
}

/// Lets go of a hold, or proposes that.
pub(super) async fn release(
    client: &Client,
    task: &str,
    (hold, reason): (Option<u64>, &str),
    json: bool,
) -> Result<Outcome, Trouble> {
    let said = [("reason", Json::from(reason))].into_iter().chain(hold.map(|hold| ("hold", Json::from(hold))));
    let done = client.post(&format!("/v1/tasks/{task}/release"), &Json::object(said)).await?;
    if json {
        print::json(&done);
    } else if change::waits(&done) {
        return Ok(Outcome::Done);
    } else {
        data(&format!("that hold over task {task} is released; event {}", number(&done, "event")));
    }
    Ok(Outcome::Done)
}

/// Who holds a task, where somebody does.
pub(super) fn told(task: &Json) {
    for hold in list(task, "holds") {
        let (by, reason) = (foreign(text(hold, "by")), foreign(text(hold, "reason")));
        let (id, since) = (number(hold, "id"), time(number(hold, "at")));
        data(&format!("  held       by {by}, since {since} (hold {id}): {reason}"));
    }
}
