//! `event …`.

use super::Outcome;
use crate::cli::Event;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, time};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use std::time::Duration;

/// How often the node is asked for more.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// How much of a task's id stands in a line: enough to name it by.
const TASK_CHARS: usize = 8;

pub(super) async fn event(client: &Client, asked: Event, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Event::Tail { once, last } => tail(client, once, last, json).await,
        Event::List { last, from, task, kind } => {
            let task = match task {
                Some(task) => Some(super::task::find(client, &task).await?),
                None => None,
            };
            listed(client, Wanted { last, task, kind }, from, json).await
        }
        Event::Lineage { event } => {
            let lineage = client.get(&format!("/v1/events/{event}/lineage")).await?;
            if json {
                print::json(&lineage)
            } else {
                way_back(&lineage)
            }
            Ok(Outcome::Done)
        }
        Event::Show { event } => {
            let events = client.get(&format!("/v1/events?from={event}")).await?;
            let found = list(&events, "events").first().filter(|found| number(found, "leaf") == event);
            let Some(found) = found else {
                let last = number(&client.get("/v1/status").await?, "leaves").saturating_sub(1);
                return Err(BadInput(format!("there is no event {event}: the last one is {last}")).into());
            };
            if json {
                print::json(found);
            } else {
                show(found);
            }
            Ok(Outcome::Done)
        }
    }
}

/// One event in words: its line, and each of its fields.
fn show(event: &Json) {
    data(&line(event));
    // What is no call goes around no server: of it the mode of its facts says nothing.
    let call =
        event.get("data").is_some_and(|data| data.get("mode").is_some()) || text(event, "kind") == "action.ended";
    let says = |field: &&String| call || !field.starts_with("facts.mode ");
    for (name, of) in [("", "data"), ("private", "private")] {
        let fields = print::fields(name, event.get(of).unwrap_or(&Json::Null));
        fields.iter().filter(says).for_each(|field| data(&format!("  {field}{}", counted_in_its_stream(field))));
    }
}

/// Members that name another event of the same stream, by its number there: no command takes that for an event.
const OWN: [&str; 5] = ["act", "approval", "continues", "event", "wish"];

/// What is said behind a number that is no event's in the log.
fn counted_in_its_stream(field: &str) -> &'static str {
    let mut words = field.split_whitespace();
    let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let member = name.rsplit('.').next().unwrap_or_default();
    let own = OWN.contains(&member) && !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if own { "  (counted in its own stream)" } else { "" }
}

#[cfg(test)]
mod tests;

/// From an event back to the person, each step with the event that made it so.
fn way_back(lineage: &Json) {
    data(&format!("#{} {}", number(lineage, "event"), foreign(text(lineage, "sentence"))));
    for grant in list(lineage, "grants") {
        let (holder, id) = (text(grant, "holder"), text(grant, "grant"));
        data(&format!("  under grant {id}, held by {holder} since #{}", number(grant, "minted")));
        if grant.get("act").is_some_and(|act| !act.is_null()) {
            let rules: Vec<&str> = list(grant, "policy").iter().filter_map(Json::as_str).collect();
            let by = if rules.is_empty() { String::new() } else { format!(", permitted by {}", rules.join(", ")) };
            data(&format!("    handed on by #{}{by}: {}", number(grant, "act"), foreign(text(grant, "purpose"))));
        }
    }
    let subject = text(lineage, "subject");
    let of = if subject.is_empty() { String::new() } else { format!(" for {}", foreign(subject)) };
    let (requester, intent) = (foreign(text(lineage, "requester")), foreign(text(lineage, "intent")));
    data(&format!(
        "  wanted by {requester}{of} in task {}, #{}: {intent}",
        text(lineage, "task"),
        number(lineage, "started")
    ));
}

/// Which events are asked for.
struct Wanted {
    last: u64,
    task: Option<String>,
    kind: Option<String>,
}

impl Wanted {
    fn is(&self, event: &Json) -> bool {
        let kind = text(event, "kind");
        // What it was cannot be told: it is shown whatever is asked for.
        if kind == "changed" {
            return true;
        }
        let of_kind = |wanted: &String| kind == wanted || kind.split_once('.').is_some_and(|(noun, _)| noun == wanted);
        self.task.as_ref().is_none_or(|task| text(event, "stream") == task) && self.kind.as_ref().is_none_or(of_kind)
    }
}

/// How many events one answer holds.
const PAGE: u64 = 200;

/// Events that are there: from one on, or the last.
async fn listed(client: &Client, wanted: Wanted, from: Option<u64>, json: bool) -> Result<Outcome, Trouble> {
    let most = usize::try_from(wanted.last).unwrap_or(usize::MAX);
    let page = |from: u64| async move { client.get(&format!("/v1/events?from={from}")).await };
    let mut found: Vec<Json> = Vec::new();
    if let Some(mut next) = from {
        while found.len() < most {
            let events = page(next).await?;
            let all = list(&events, "events");
            if all.is_empty() {
                break;
            }
            found.extend(all.iter().filter(|event| wanted.is(event)).cloned());
            next = number(&events, "next");
        }
        found.truncate(most);
    } else {
        let mut end = number(&client.get("/v1/status").await?, "leaves");
        while found.len() < most && end > 0 {
            let begin = end.saturating_sub(PAGE);
            let events = page(begin).await?;
            let all = list(&events, "events").iter().rev().filter(|event| number(event, "leaf") < end);
            found.extend(all.filter(|event| wanted.is(event)).cloned());
            end = begin;
        }
        found.truncate(most);
        found.reverse();
    }
    found.iter().for_each(|event| say(event, json));
    Ok(Outcome::Done)
}

fn say(event: &Json, json: bool) {
    if json {
        return print::json(event);
    }
    data(&line(event));
}

/// An event in one line; of a task it says of which, by the beginning of its id.
pub(super) fn line(event: &Json) -> String {
    let task = if text(event, "what") == "task" { text(event, "stream") } else { "" };
    let (at, leaf) = (number(event, "at"), number(event, "leaf"));
    line_of((at, leaf), task, text(event, "kind"), text(event, "sentence"))
}

/// The same of what a bundle holds.
pub(super) fn line_of((at, leaf): (u64, u64), task: &str, kind: &str, sentence: &str) -> String {
    let task: String = task.chars().take(TASK_CHARS).collect();
    format!("{} #{leaf:<6} {task:<TASK_CHARS$} {kind:<19} {}", time(at), foreign(sentence))
}

async fn tail(client: &Client, once: bool, last: u64, json: bool) -> Result<Outcome, Trouble> {
    let leaves = number(&client.get("/v1/status").await?, "leaves");
    let mut next = leaves.saturating_sub(last);
    loop {
        let events = client.get(&format!("/v1/events?from={next}")).await?;
        for event in list(&events, "events") {
            say(event, json);
        }
        let came = list(&events, "events").len();
        // whoever reads went away
        if print::is_unread() {
            return Ok(Outcome::Done);
        }
        next = events.get("next").and_then(Json::as_u64).unwrap_or(next);
        if came == 0 {
            if once {
                return Ok(Outcome::Done);
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }
}
