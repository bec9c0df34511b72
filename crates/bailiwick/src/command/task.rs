//! `task …`.

use super::Outcome;
use crate::cli::Task;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, foreign, list, number, text, time, words, yes};
use crate::trust::BadInput;
use bailiwick_core::json::Json;

pub(super) async fn task(client: &Client, asked: Task, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Task::Start { template, parameters, agent, subject, yes, yes_privileged } => {
            let mut given: Vec<(String, Json)> = Vec::new();
            for parameter in &parameters {
                let (name, value) = parameter
                    .split_once('=')
                    .ok_or_else(|| BadInput(format!("`{parameter}`: expected a parameter as `name=value`")))?;
                if given.iter().any(|(known, _)| known == name) {
                    return Err(BadInput(format!("`{name}` is given twice")).into());
                }
                given.push((name.to_owned(), Json::from(value)));
            }
            let body = Json::object([
                ("agent", Json::from(agent.as_str())),
                ("parameters", Json::object(given)),
                ("subject", subject.as_deref().map_or(Json::Null, Json::from)),
                ("template", Json::from(template.as_str())),
            ]);
            start(client, &body, (yes, yes_privileged), json).await
        }
        Task::List => {
            let tasks = client.get("/v1/tasks").await?;
            if json {
                data(&tasks.canonical());
                return Ok(Outcome::Done);
            }
            for task in list(&tasks, "tasks") {
                data(&format!("{}  {:<24} {}", text(task, "task"), standing(task), foreign(text(task, "intent"))));
            }
            Ok(Outcome::Done)
        }
        Task::Show { task } => {
            let task = client.get(&format!("/v1/tasks/{}", find(client, &task).await?)).await?;
            show(&task, json);
            Ok(Outcome::Done)
        }
        Task::Consent { task, yes: said } => {
            let id = find(client, &task).await?;
            let task = client.get(&format!("/v1/tasks/{id}")).await?;
            show_rows(&task);
            if !said && !yes("Do you consent to the privileged tools of this task?") {
                return Ok(Outcome::No);
            }
            show(&consent(client, &id).await?, json);
            Ok(Outcome::Done)
        }
        Task::Attach { task } => {
            let id = find(client, &task).await?;
            let task = client.post(&format!("/v1/tasks/{id}/attach"), &Json::Null).await?;
            if json {
                data(&task.canonical());
            } else {
                data(&format!("the next instance of its agent gets task {id}: {}", foreign(text(&task, "intent"))));
            }
            Ok(Outcome::Done)
        }
        Task::Complete { task } => end(client, &task, None, true, json).await,
        Task::Revoke { task, grant } => end(client, &task, grant, false, json).await,
    }
}

async fn start(client: &Client, body: &Json, said: (bool, bool), json: bool) -> Result<Outcome, Trouble> {
    let preview = client.post("/v1/tasks/preview", body).await?;
    words(&format!("{}\nfor {}, it may:", foreign(text(&preview, "intent")), text(&preview, "window")));
    for row in list(&preview, "rows").iter().filter_map(Json::as_str) {
        words(&format!("  - {}", foreign(row)));
    }
    if !said.0 && !yes("Do you consent to this task?") {
        words("not started; say --yes to consent without being asked");
        return Ok(Outcome::No);
    }
    let mut task = client.post("/v1/tasks", body).await?;
    let privileged: Vec<&str> = list(&preview, "privileged").iter().filter_map(Json::as_str).collect();
    if !privileged.is_empty() {
        words("privileged, and consented to by an act of its own:");
        for row in &privileged {
            words(&format!("  - {}", foreign(row)));
        }
        if said.1 || yes("Do you consent to these as well?") {
            task = consent(client, text(&task, "task")).await?;
        } else {
            words(&format!("not consented; later: bailiwick task consent {}", text(&task, "task")));
        }
    }
    show(&task, json);
    Ok(Outcome::Done)
}

async fn consent(client: &Client, task: &str) -> Result<Json, Trouble> {
    client.post(&format!("/v1/tasks/{task}/consent"), &Json::Null).await
}

async fn end(
    client: &Client,
    task: &str,
    grant: Option<String>,
    completed: bool,
    json: bool,
) -> Result<Outcome, Trouble> {
    let id = find(client, task).await?;
    let body = Json::object([
        ("completed", Json::from(completed)),
        ("grant", grant.as_deref().map_or(Json::Null, Json::from)),
    ]);
    let receipt = client.post(&format!("/v1/tasks/{id}/end"), &body).await?;
    if json {
        data(&receipt.canonical());
        return Ok(Outcome::Done);
    }
    data(&format!("effective at {}: nothing begins after it", time(number(&receipt, "effective_at"))));
    data(&format!("drained at   {}: nothing leaves after it", time(number(&receipt, "drained_at"))));
    data(&format!("event {}; open at that moment: {}", number(&receipt, "event"), acts(&receipt, "open")));
    data(&format!("outcome not known: {}", acts(&receipt, "unsettled")));
    Ok(Outcome::Done)
}

fn acts(receipt: &Json, name: &str) -> String {
    let acts: Vec<String> = list(receipt, name).iter().map(Json::canonical).collect();
    if acts.is_empty() { "none".to_owned() } else { acts.join(", ") }
}

/// The task whose id begins so.
pub(super) async fn find(client: &Client, beginning: &str) -> Result<String, Trouble> {
    if beginning.len() == 32 {
        return Ok(beginning.to_owned());
    }
    let tasks = client.get("/v1/tasks").await?;
    let mut found = list(&tasks, "tasks").iter().map(|task| text(task, "task")).filter(|id| id.starts_with(beginning));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id.to_owned()),
        (None, _) => Err(BadInput(format!("there is no task `{beginning}`; see `bailiwick task list`")).into()),
        (Some(_), Some(_)) => Err(BadInput(format!("more than one task begins with `{beginning}`")).into()),
    }
}

fn standing(json: &Json) -> String {
    let Some(standing) = json.get("standing") else { return String::new() };
    if standing.get("live").and_then(Json::as_bool).unwrap_or_default() {
        "live".to_owned()
    } else {
        format!("ended ({})", text(standing, "why"))
    }
}

fn show_rows(task: &Json) {
    for row in list(task, "grants").iter().flat_map(|grant| list(grant, "rows")).filter_map(Json::as_str) {
        words(&format!("  - {}", foreign(row)));
    }
}

fn show(task: &Json, json: bool) {
    if json {
        data(&task.canonical());
        return;
    }
    data(&format!("task {}  {}", text(task, "task"), standing(task)));
    data(&format!("  intent     {}", foreign(text(task, "intent"))));
    data(&format!("  requester  {}", foreign(text(task, "requester"))));
    for grant in list(task, "grants") {
        data(&format!("  grant {}  {}", text(grant, "grant"), standing(grant)));
        data(&format!("    holder   {}, until {}", text(grant, "holder"), time(number(grant, "expires"))));
        for row in list(grant, "rows").iter().filter_map(Json::as_str) {
            data(&format!("    allows   {}", foreign(row)));
        }
        for meter in list(grant, "charged") {
            let total = text(meter, "total");
            let of = if total.is_empty() { String::new() } else { format!(" of {total}") };
            data(&format!(
                "    charged  {}{of} {} (row {})",
                text(meter, "amount"),
                text(meter, "unit"),
                number(meter, "row")
            ));
        }
        data(&format!("    open     {}, refused {}", number(grant, "open"), number(grant, "refused")));
    }
    for act in list(task, "doubtful") {
        data(&format!("  in doubt: act {}", act.canonical()));
    }
}
