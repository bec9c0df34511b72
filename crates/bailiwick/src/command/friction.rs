//! `friction`: how often people are asked, by what, and how long they take.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn friction(client: &Client, days: u64, json: bool) -> Result<Outcome, Trouble> {
    let found = client.get(&format!("/v1/friction?days={days}")).await?;
    if json {
        print::json(&found);
        return Ok(Outcome::Done);
    }
    let of = |name: &str| found.get(name).cloned().unwrap_or(Json::Null);
    let (tasks, requests) = (of("tasks"), of("requests"));
    if found.get("whole") == Some(&Json::from(false)) {
        words(&format!("the log is long: this is what happened since {}", time(number(&found, "from"))));
    }
    let (began, honest, quiet) = (number(&tasks, "began"), number(&tasks, "honest"), number(&tasks, "asked_nobody"));
    data(&format!("tasks that began in the last {days} days   {began}"));
    let share = tasks.get("percent").and_then(Json::as_u64).map_or(String::new(), |percent| format!(" ({percent}%)"));
    data(&format!("  in which nobody said no           {honest}, of which asked nobody: {quiet}{share}"));
    let (yes, no, open) = (number(&requests, "yes"), number(&requests, "no"), number(&requests, "unanswered"));
    data(&format!("requests to people                  {}", number(&requests, "asked")));
    data(&format!("  yes {yes}, no {no}, not answered {open}{}", took(&requests)));
    for person in list(&found, "people") {
        let (yes, no) = (number(person, "yes"), number(person, "no"));
        data(&format!("  {}: yes {yes}, no {no}{}", foreign(text(person, "person")), took(person)));
    }
    let tools = list(&found, "tools");
    if !tools.is_empty() {
        data("asked by");
    }
    for tool in tools {
        data(&format!("  {:>5}  {}", number(tool, "asked"), foreign(text(tool, "tool"))));
    }
    Ok(Outcome::Done)
}

/// How long answers took.
fn took(of: &Json) -> String {
    match of.get("seconds") {
        Some(seconds @ Json::Object(_)) => {
            let part = |name| number(seconds, name);
            format!(
                "; an answer took {} s (median), {} s (90%), {} s at most",
                part("median"),
                part("p90"),
                part("most")
            )
        }
        _ => String::new(),
    }
}
