//! `mandate …`.

use super::Outcome;
use crate::cli::Mandate;
use crate::client::Client;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, foreign, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn mandate(client: &Client, asked: Mandate, json: bool) -> Result<Outcome, Trouble> {
    let all = client.get("/v1/mandates").await?;
    match asked {
        Mandate::List if json => print::json_lines(&all, "mandates"),
        Mandate::List if list(&all, "mandates").is_empty() => words("no mandate is described"),
        Mandate::List => {
            for mandate in list(&all, "mandates") {
                data(&format!("{:<20} {}", text(mandate, "name"), foreign(text(mandate, "sentence"))));
                limits(mandate);
            }
        }
        Mandate::Show { mandate } => {
            let names = list(&all, "mandates").iter().map(|mandate| text(mandate, "name"));
            let name = known("mandate", &mandate, names)?;
            let mandate = client.get(&format!("/v1/mandates/{name}")).await?;
            if json { print::json(&mandate) } else { show(&mandate) }
        }
    }
    Ok(Outcome::Done)
}

/// What is left of each unit, and until when it counts.
fn limits(mandate: &Json) {
    if let Some(why) = mandate.get("not_good").and_then(Json::as_str) {
        data(&format!("  nothing can be drawn on it: {why}"));
    }
    for limit in list(mandate, "meters") {
        let unit = text(limit, "unit");
        let when = match (limit.get("until").and_then(Json::as_u64), text(limit, "over")) {
            (Some(until), _) => format!("until {}", time(until)),
            (None, over) => format!("of what was drawn within {over}"),
        };
        let (left, most) = (text(limit, "left"), text(limit, "most"));
        data(&format!("  {left} of {most} {unit} left {when}"));
    }
}

fn show(mandate: &Json) {
    data(&format!("mandate {}", text(mandate, "name")));
    data(&format!("  {}", foreign(text(mandate, "sentence"))));
    limits(mandate);
    let tasks = list(mandate, "tasks");
    if tasks.is_empty() {
        data("  no task drew on it lately");
    }
    for task in tasks {
        let settled = task.get("settled").and_then(Json::as_bool) == Some(true);
        let what = if settled { "used" } else { "holds" };
        let (counts, unit, at) = (text(task, "counts"), text(task, "unit"), time(number(task, "at")));
        data(&format!("  task {} {what} {counts} {unit}, drawn {at}", text(task, "task")));
    }
}
