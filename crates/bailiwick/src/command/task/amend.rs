//! `task widen|narrow|renew`: turns of the person whose task it is.

use super::show;
use crate::client::Client;
use crate::command::Outcome;
use crate::hint::ours;
use crate::home::Trouble;
use crate::print::{data, foreign, list, text, words, yes};
use crate::trouble::NoYes;
use bailiwick_core::json::Json;

async fn amended(client: &Client, task: &str, body: (&str, Json), json: bool) -> Result<Outcome, Trouble> {
    let task = client.post(&format!("/v1/tasks/{task}/amend"), &Json::object([body])).await?;
    show(&task, json);
    Ok(Outcome::Done)
}

pub(super) async fn widen(
    client: &Client,
    task: &str,
    (template, parameters, (only, wish)): (&str, Json, (Json, Option<u64>)),
    said: bool,
    json: bool,
) -> Result<Outcome, Trouble> {
    let template = crate::command::template::named(client, template).await?;
    let widen = |preview| {
        Json::object([
            ("only", only.clone()),
            ("parameters", parameters.clone()),
            ("preview", Json::from(preview)),
            ("template", Json::from(template.as_str())),
            ("wish", wish.map_or(Json::Null, Json::from)),
        ])
    };
    let more = client.post(&format!("/v1/tasks/{task}/amend"), &Json::object([("widen", widen(true))])).await?;
    if !json {
        data(&format!("It would also: {}", foreign(text(&more, "intent"))));
        let privileged: Vec<&str> = list(&more, "privileged").iter().filter_map(Json::as_str).collect();
        let rows: Vec<&str> = list(&more, "rows").iter().filter_map(Json::as_str).collect();
        // what is read of the person's own words is told by itself
        for line in text(&more, "consent").lines().filter(|line| !line.starts_with("from your own words: ")) {
            let second = privileged.contains(&line) && !rows.contains(&line);
            let mark = if second {
                format!("  (privileged: waits for `{}`)", ours(&format!("task consent {task}")))
            } else {
                String::new()
            };
            data(&format!("  {}{mark}", foreign(line)));
        }
    }
    super::stated(&more, json);
    if !said && !yes("Do you give this task more?") {
        return Err(NoYes("nothing changed: nobody said yes; --yes says it without being asked").into());
    }
    if !list(&more, "privileged").is_empty() && !json {
        words(
            "what is privileged in this task waits for your second consent now, what was consented to before as well",
        );
    }
    amended(client, task, ("widen", super::as_shown(&widen(false), &more)), json).await
}

pub(super) async fn narrow(
    client: &Client,
    task: &str,
    without: &[String],
    within: Option<&str>,
    json: bool,
) -> Result<Outcome, Trouble> {
    let tools = Json::array(without.iter().map(|tool| Json::from(tool.as_str())));
    let body = Json::object([("tools", tools), ("within", within.map_or(Json::Null, Json::from))]);
    amended(client, task, ("narrow", body), json).await
}

/// It is a consent anew, so what is consented to is shown first.
pub(super) async fn renew(client: &Client, task: &str, said: bool, json: bool) -> Result<Outcome, Trouble> {
    let found = client.get(&format!("/v1/tasks/{task}")).await?;
    let template = text(&found, "template");
    let window = match client.get("/v1/templates").await.map(|all| of_template(&all, template)) {
        Ok(Some(window)) => format!("for {window} from now on"),
        _ => "for the window of its template, from now on".to_owned(),
    };
    words(&format!(
        "{}\n{window}, with the limits as they are spent, it may go on to:",
        foreign(text(&found, "intent"))
    ));
    if let Some(root) = list(&found, "grants").first() {
        for row in ["rows", "waiting"].iter().flat_map(|rows| list(root, rows)).filter_map(Json::as_str) {
            words(&format!("  - {}", foreign(row)));
        }
    }
    if !said && !yes("Do you consent to this anew?") {
        return Err(NoYes("nothing changed: nobody consented; --yes consents without being asked").into());
    }
    let renewed = amended(client, task, ("renew", Json::object([] as [(&str, Json); 0])), json).await?;
    let privileged = |root: &Json| root.get("needs_consent") == Some(&Json::Bool(true));
    if list(&found, "grants").first().is_some_and(privileged) {
        let consent = ours(&format!("task consent {task}"));
        words(&format!("what is privileged in it waits for your second consent again: {consent}"));
    }
    Ok(renewed)
}

fn of_template(all: &Json, name: &str) -> Option<String> {
    let found = list(all, "templates").iter().find(|one| text(one, "name") == name)?;
    Some(text(found, "window").to_owned())
}
