//! `break-glass …`: overrides of policy and approvals over one task, and their review by somebody else.

use super::Outcome;
use crate::cli::Glass;
use crate::client::Client;
use crate::hint::here;
use crate::home::Trouble;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn glass(client: &Client, asked: Glass, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Glass::Open { task, envelope, incident, reason, minutes } => {
            let task = super::find_task(client, &task).await?;
            let template = super::template::named(client, &envelope).await?;
            let body = Json::object([
                ("incident", Json::from(incident.as_str())),
                ("minutes", Json::from(minutes)),
                ("reason", Json::from(reason.as_str())),
                ("task", Json::from(task.as_str())),
                ("template", Json::from(template.as_str())),
            ]);
            let done = client.post("/v1/break-glass", &body).await?;
            if json {
                print::json(&done);
                return Ok(Outcome::Done);
            }
            match done.get("proposed") {
                Some(waits) => signed_where(waits),
                None => {
                    data(&format!("the glass is broken over task {task}; event {}", number(&done, "event")));
                    words(&here("somebody else looks at it afterwards: bailiwick break-glass list"));
                }
            }
            told_at_once(&done);
            nobody_closes(&done);
        }
        Glass::List => {
            let found = client.get("/v1/break-glass").await?;
            if json {
                print::json_lines(&found, "break_glass");
            } else if list(&found, "break_glass").is_empty() {
                words("no glass is broken, and nothing of it waits for a look");
            } else {
                list(&found, "break_glass").iter().for_each(show);
            }
        }
        Glass::Close { glass, findings } => {
            let body = Json::object([("findings", Json::from(findings.as_str()))]);
            let done = client.post(&format!("/v1/break-glass/{glass}/close"), &body).await?;
            if json {
                print::json(&done);
            } else {
                data(&format!("break-glass {glass} is closed; event {}", number(&done, "event")));
            }
        }
    }
    Ok(Outcome::Done)
}

/// An emergency is no time to find out afterwards that it helps nobody.
fn told_at_once(done: &Json) {
    let no = |name: &str| done.get(name).and_then(Json::as_bool) == Some(false);
    if no("told") {
        words("nobody is told of it at once: no rule has `notify` on `breakglass.opened`; tell them yourself");
    }
    if no("signers") && done.get("proposed").is_some() {
        words(
            "nobody could sign it as things stand: whoever opens it signs with a passkey of their own, and once more within a day \
             an administrator who did not start the task signs as well",
        );
    }
}

/// What nobody may close stays to be looked at, and once it is overdue no other glass is broken.
fn nobody_closes(one: &Json) {
    if number(one, "may_close") == 0 && one.get("closed_by").is_none_or(Json::is_null) {
        words(
            "nobody could close it as things stand: whoever does is administrator or has the role `break-glass`, neither \
             opened it nor started that task, and has a passkey where administrators have one. Describe such a person",
        );
    }
}

/// Nothing is overridden before who asked has signed.
fn signed_where(waits: &Json) {
    let (id, until) = (number(waits, "id"), time(number(waits, "not_after")));
    data(&format!("nothing is overridden yet: sign change {id} with your passkey, until {until}"));
    match waits.get("url").and_then(Json::as_str) {
        Some(url) => words(&format!("sign it at {url}; again within a day an administrator signs as well")),
        None => words("this node has no address where people sign"),
    }
}

fn show(one: &Json) {
    let (id, by, task) = (number(one, "id"), text(one, "by"), text(one, "task"));
    data(&format!("{id:<7} {:<10} by {by} over task {task}", text(one, "standing").replace('_', " ")));
    let (incident, reason) = (foreign(text(one, "incident")), foreign_whole(text(one, "reason")));
    data(&format!("        {incident}: {reason}"));
    data(&format!(
        "        until {}, to be looked at by {}",
        time(number(one, "expires")),
        time(number(one, "review_by"))
    ));
    for (name, words) in [
        ("reached", "without policy and approvals"),
        ("still_refused", "named, and refused as ever: the task's grants or its agents' roles do not allow it"),
    ] {
        for tool in list(one, name).iter().filter_map(Json::as_str) {
            data(&format!("        {}  {words}", foreign_whole(tool)));
        }
    }
    if let Some(closed) = one.get("closed_by").and_then(Json::as_str) {
        data(&format!("        closed by {closed}"));
    }
    nobody_closes(one);
}
