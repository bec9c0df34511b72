//! `grant …`.

use super::Outcome;
use super::task::{end, show_grant, standing};
use crate::cli::Grant;
use crate::client::Client;
use crate::home::Trouble;
use crate::names::by_beginning;
use crate::print::{self, data, foreign, list, text, time_of};
use bailiwick_core::json::Json;

pub(super) async fn grant(client: &Client, asked: Grant, json: bool) -> Result<Outcome, Trouble> {
    let tasks = client.get("/v1/tasks").await?;
    let all: Vec<(&Json, &Json)> = list(&tasks, "tasks")
        .iter()
        .flat_map(|task| list(task, "grants").iter().map(move |grant| (task, grant)))
        .collect();
    match asked {
        Grant::List { live } => {
            let lives = |json: &Json| json.get("standing").and_then(|s| s.get("live")).and_then(Json::as_bool);
            let shown =
                all.iter().filter(|(task, grant)| !live || (lives(task), lives(grant)) == (Some(true), Some(true)));
            for (task, grant) in shown {
                if json { print::json(&with_task(task, grant)) } else { data(&line(task, grant)) }
            }
            Ok(Outcome::Done)
        }
        Grant::Show { grant } => {
            let (task, grant) = find(&all, &grant)?;
            if json {
                print::json(&with_task(task, grant));
            } else {
                data(&format!("grant {}  {}", text(grant, "grant"), standing(grant)));
                data(&format!("  task     {}  {}", text(task, "task"), standing(task)));
                data(&format!("  intent   {}", foreign(text(task, "intent"))));
                show_grant(task, grant, "  ");
            }
            Ok(Outcome::Done)
        }
        Grant::Revoke { grant } => {
            let (task, grant) = find(&all, &grant)?;
            end(client, text(task, "task"), Some(text(grant, "grant")), false, json).await
        }
    }
}

fn find<'a>(all: &[(&'a Json, &'a Json)], beginning: &str) -> Result<(&'a Json, &'a Json), Trouble> {
    let id = by_beginning("grant", beginning, all.iter().map(|(_, grant)| text(grant, "grant")))?;
    let found = all.iter().find(|(_, grant)| text(grant, "grant") == id);
    found.copied().ok_or_else(|| "the list of grants changed".into())
}

/// A grant says whose it is.
fn with_task(task: &Json, grant: &Json) -> Json {
    let Json::Object(mut members) = grant.clone() else { return grant.clone() };
    members.insert("intent", task.get("intent").cloned().unwrap_or(Json::Null));
    members.insert("task", Json::from(text(task, "task")));
    members.insert("task_standing", task.get("standing").cloned().unwrap_or(Json::Null));
    Json::Object(members)
}

fn line(task: &Json, grant: &Json) -> String {
    let until = time_of(grant, "expires");
    let holder = text(grant, "holder");
    format!(
        "{}  {:<16} {holder:<12} until {until}  {}{}",
        text(grant, "grant"),
        standing(grant),
        foreign(text(task, "intent")),
        super::task::mark(task)
    )
}
