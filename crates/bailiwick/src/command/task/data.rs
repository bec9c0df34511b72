//! `task data`: what holders have read and where values came from; `task declassify`: a label is lowered.

use super::Outcome;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data as line, foreign, list, number, text};
use bailiwick_core::json::Json;

/// The most values of one result that are listed.
const SHOWED_MAX: usize = 16;
/// How much of a grant's id stands in a line: enough to name it by.
const GRANT_CHARS: usize = 8;

/// Prints the holders of a task, and its calls, page by page.
pub(super) async fn data(client: &Client, task: &str, json: bool) -> Result<Outcome, Trouble> {
    let mut from = 1;
    loop {
        let page = client.get(&format!("/v1/tasks/{task}/data?from={from}")).await?;
        if json {
            print::json(&page);
        } else {
            if from == 1 {
                list(&page, "grants").iter().for_each(held);
                if let left @ 1.. = number(&page, "left_out") {
                    line(&format!("and {left} grants more"));
                }
            }
            list(&page, "acts").iter().for_each(called);
        }
        match page.get("next").and_then(Json::as_u64) {
            Some(next) if next > from && !print::is_unread() => from = next,
            _ => return Ok(Outcome::Done),
        }
    }
}

fn short(grant: &Json) -> String {
    text(grant, "grant").chars().take(GRANT_CHARS).collect()
}

/// What a holder has read.
fn held(grant: &Json) {
    let trusted = match grant.get("trusted").and_then(Json::as_bool) {
        None => "has read nothing yet".to_owned(),
        Some(true) => "has read nothing that others may have written".to_owned(),
        Some(false) => format!("has read what others may have written, since event {}", number(grant, "untrusted_by")),
    };
    line(&format!("{}  grant {}  {trusted}", foreign(text(grant, "holder")), short(grant)));
    for (name, what) in [("classes", "data of class"), ("zones", "something of zone")] {
        for one in list(grant, name) {
            let from = match text(one, "task") {
                "" => String::new(),
                task => format!(", from task {}", foreign(task)),
            };
            line(&format!("  {what} {}, by event {}{from}", foreign(text(one, "name")), number(one, "event")));
        }
    }
}

/// One call: what it brought, and where each of its values came from.
fn called(act: &Json) {
    let (event, sentence) = (number(act, "event"), foreign(text(act, "sentence")));
    line(&format!("#{event:<6} {}  {sentence}", short(act)));
    for what in list(act, "brings").iter().filter_map(Json::as_str) {
        line(&format!("        brought {}", foreign(what)));
    }
    for what in list(act, "elsewhere").iter().filter_map(Json::as_str) {
        line(&format!("        from elsewhere: {}", foreign(what)));
    }
    if let Some(to) = act.get("sent_to").filter(|to| !list(to, "charged").is_empty()) {
        let charged: Vec<_> = list(to, "charged").iter().filter_map(Json::as_str).map(foreign).collect();
        let (kind, value) = (foreign(text(to, "kind")), foreign(text(to, "value")));
        line(&format!("        sent to {kind} {value}: charged {} in all of this task", charged.join(", ")));
    }
    let showed = list(act, "showed");
    for value in showed.iter().take(SHOWED_MAX) {
        let (kind, at) = (foreign(text(value, "kind")), foreign(text(value, "at")));
        line(&format!("        showed {kind} at {at}, which no call has named yet"));
    }
    if let more @ 1.. = showed.len().saturating_sub(SHOWED_MAX) {
        line(&format!("        and {more} more (`--json` lists all)"));
    }
    for source in list(act, "sources") {
        let (pointer, kind) = (foreign(text(source, "pointer")), foreign(text(source, "kind")));
        let value = match text(source, "value") {
            "" => String::new(),
            value => format!(" {}", foreign(value)),
        };
        line(&format!("        {pointer} {kind}{value}: {}", foreign(text(source, "words"))));
    }
}

/// The one value that is meant, by the event that showed it and its place there.
pub(super) struct One<'a> {
    pub(super) event: u64,
    pub(super) at: &'a str,
    /// Of which kind, and as it is written.
    pub(super) named: (Option<&'a str>, Option<&'a str>),
}

/// Lowers a label.
pub(super) async fn declassify(
    client: &Client,
    task: &str,
    (class, reason, grant): (&str, &str, Option<&str>),
    one: Option<One<'_>>,
    json: bool,
) -> Result<Outcome, Trouble> {
    let (kind, value) = one.as_ref().map_or((None, None), |one| one.named);
    let or_null = |text: Option<&str>| text.map_or(Json::Null, Json::from);
    let body = Json::object([
        ("at", or_null(one.as_ref().map(|one| one.at))),
        ("event", one.as_ref().map_or(Json::Null, |one| Json::from(one.event))),
        ("class", Json::from(class)),
        ("grant", or_null(grant)),
        ("kind", or_null(kind)),
        ("reason", Json::from(reason)),
        ("value", or_null(value)),
    ]);
    let lowered = client.post(&format!("/v1/tasks/{task}/declassify"), &body).await?;
    if json {
        print::json(&lowered);
    } else {
        let (class, event) = (foreign(class), number(&lowered, "event"));
        match one {
            Some(One { event: shown, at, .. }) => {
                let (at, grant, kind) = (foreign(at), short(&lowered), foreign(text(&lowered, "kind")));
                line(&format!(
                    "the {kind} at {at} of event {shown} goes from grant {grant} without {class}, as event {event}"
                ));
                line(
                    "whole and as it is, beside other such values and what the person of the task said; all else keeps the class",
                );
            }
            None => {
                line(&format!("{class} counts no more as touched by grant {}, as event {event}", short(&lowered)));
                line("read again, it counts again; what was handed on before keeps it");
            }
        }
    }
    Ok(Outcome::Done)
}
