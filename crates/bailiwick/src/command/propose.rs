//! `propose`: what an agent did, as the least documents that allow it.

use super::Outcome;
use crate::cli::Propose;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, foreign_whole, list, number, text, words};
use crate::trust::BadInput;
use bailiwick_core::Span;
use bailiwick_core::json::Json;

pub(super) async fn propose(client: &Client, asked: Propose, json: bool) -> Result<Outcome, Trouble> {
    let since = Span::parse(&asked.since)
        .ok_or_else(|| BadInput(format!("`--since {}`: expected a span as `12h` or `7d`", asked.since)))?;
    let agent = super::agent::named(client, &asked.agent).await?;
    let mut body = vec![
        ("agent", Json::from(agent.as_str())),
        ("since", Json::from(since.0 / 1_000_000)),
        ("times", Json::from(asked.times)),
    ];
    if let Some(task) = &asked.task {
        body.push(("task", Json::from(super::find_task(client, task).await?.as_str())));
    }
    if let Some(name) = &asked.name {
        body.push(("name", Json::from(name.as_str())));
    }
    let found = client.post("/v1/propose", &Json::object(body)).await?;
    let none = list(&found, "documents").is_empty();
    if json {
        print::json(&found);
    } else {
        show(&found, &agent);
    }
    Ok(if none { Outcome::No } else { Outcome::Done })
}

fn show(found: &Json, agent: &str) {
    let documents: Vec<String> = list(found, "documents").iter().map(yaml).collect();
    // every text in it is written as JSON, which escapes what a terminal would act on
    print::raw(documents.join("---\n").as_bytes());
    words(&match documents.is_empty() {
        true => format!("{agent}: nothing to propose of {} acts", number(found, "acts")),
        false => format!("{agent}: of {} acts; read it, then apply it", number(found, "acts")),
    });
    for note in list(found, "notes").iter().filter_map(Json::as_str) {
        words(&foreign_whole(note));
    }
    for left in list(found, "left_out") {
        let (tool, why) = (foreign_whole(text(left, "tool")), foreign_whole(text(left, "why")));
        words(&format!("left out: {} x {tool}: {why} (#{})", number(left, "count"), number(left, "event")));
    }
    if found.get("whole").and_then(Json::as_bool) == Some(false) {
        words("only the newest of the log was looked at");
    }
}

/// A document as YAML: a line a member, a line a row; the values are JSON, which YAML reads as it is.
fn yaml(document: &Json) -> String {
    let mut out = String::new();
    let members = document.as_object().into_iter().flat_map(|members| members.iter());
    for (name, value) in members {
        match value.as_array().filter(|_| name == "grant") {
            Some(rows) => {
                out.push_str("grant:\n");
                rows.iter().for_each(|row| out.push_str(&format!("  - {}\n", row.canonical())));
            }
            None => out.push_str(&format!("{name}: {}\n", value.canonical())),
        }
    }
    out
}
