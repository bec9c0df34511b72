//! `task timeline`: what happened in a task, a line an event.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text};
use bailiwick_core::json::Json;

/// How much of a grant's id stands in a line: enough to name it by.
const GRANT_CHARS: usize = 8;

/// Prints the events of a task, page by page.
pub(super) async fn timeline(client: &Client, task: &str, json: bool) -> Result<Outcome, Trouble> {
    let (mut from, mut written, mut counted) = (1, 0_u64, 0_u64);
    loop {
        let page = client.get(&format!("/v1/tasks/{task}/timeline?from={from}")).await?;
        for event in list(&page, "events") {
            if json { print::json(event) } else { data(&line(event)) }
        }
        let refused = page.get("refused").unwrap_or(&Json::Null);
        written = written.saturating_add(number(refused, "written"));
        counted = counted.saturating_add(number(refused, "counted"));
        match page.get("next").and_then(Json::as_u64) {
            Some(next) if next > from && !print::is_unread() => from = next,
            _ => break,
        }
    }
    if !json && written + counted > 0 {
        data(&format!("refused calls: {}, of them {written} written one by one", written.saturating_add(counted)));
    }
    Ok(Outcome::Done)
}

/// One event: when since the start, its number, who, under which grant, what, and how long the act took.
fn line(event: &Json) -> String {
    let who = event.get("who").unwrap_or(&Json::Null);
    let who = [text(who, "agent"), text(who, "person")].into_iter().find(|name| !name.is_empty()).unwrap_or("(node)");
    let grant: String = text(event, "grant").chars().take(GRANT_CHARS).collect();
    let took = event.get("took").and_then(Json::as_u64);
    let took = took.map_or_else(String::new, |took| format!("; took {}", span(took)));
    let purpose = text(event, "purpose");
    let purpose = if purpose.is_empty() { String::new() } else { format!("; for: {}", foreign(purpose)) };
    let (since, leaf) = (span(number(event, "since")), number(event, "event"));
    let (who, sentence) = (foreign(who), foreign(text(event, "sentence")));
    format!("+{since:<10} #{leaf:<6} {who:<12} {grant:<GRANT_CHARS$} {sentence}{purpose}{took}")
}

/// A length of time, as short as it tells enough.
fn span(micros: u64) -> String {
    let (millis, seconds) = (micros / 1_000, micros / 1_000_000);
    match seconds {
        0 => format!("{millis} ms"),
        1..=59 => format!("{seconds}.{:03} s", millis % 1_000),
        60..=3_599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests;
