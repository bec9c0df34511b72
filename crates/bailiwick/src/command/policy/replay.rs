//! `policy replay`: what was recorded, decided under other policies.

use super::offline;
use crate::cli::Replay;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, time, words};
use crate::trust::{BadInput, log_key};
use crate::yaml::Placed;
use bailiwick_core::json::Json;
use bailiwick_core::{Document, PolicyText, Span};
use bailiwick_verify::{Answer, Candidate, Report, Trust, verify_policies, verify_replaying};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// How much of a bundle is read at a time.
const READ_BYTES: usize = 1 << 18;

pub(super) async fn replay(client: &Client, asked: Replay, json: bool) -> Result<Outcome, Trouble> {
    let since = Span::parse(&asked.since)
        .ok_or_else(|| BadInput(format!("`--since {}`: expected a span as `12h` or `7d`", asked.since)))?;
    let placed = offline::placed(std::slice::from_ref(&asked.candidate))?;
    let policies = offline::policies(&placed);
    if policies.is_empty() {
        return Err(BadInput(format!("{}: there is no policy in it", asked.candidate.display())).into());
    }
    let others = placed.len() - policies.len();
    if others > 0 {
        words(&format!(
            "{others} documents of it are no policies: they are not tried, what stood when each call came is"
        ));
    }
    let found = match (&asked.bundle, &asked.key) {
        (Some(bundle), Some(key)) => {
            let (key, bundle, alone) = (log_key(key)?, bundle.clone(), asked.alone);
            let (texts, log) = (texts(&placed)?, key.name().to_owned());
            let work = move || of_bundle(&bundle, &Trust::in_log(key), texts, (since, alone));
            of_log(tokio::task::spawn_blocking(work).await??, &log)
        }
        _ => {
            let body = Json::object([
                ("alone", Json::from(asked.alone)),
                ("documents", Json::array(policies)),
                ("since", Json::from(since.0 / 1_000_000)),
            ]);
            client.post("/v1/policy/replay", &body).await?
        }
    };
    if json {
        print::json(&found);
    } else {
        // A number of another log, cited here, would name an event that it is not.
        if let Some(log) = found.get("log").and_then(Json::as_str) {
            data(&format!("of the log {}: events by their numbers there, none of them of this node", foreign(log)));
        }
        show(&found);
        if found.get("whole").and_then(Json::as_bool) == Some(false) {
            words("only the newest of the log was looked at: of an exported bundle all is");
        }
    }
    Ok(Outcome::Done)
}

/// With the name of the log that the numbers of events are of.
fn of_log(found: Json, log: &str) -> Json {
    let Json::Object(mut members) = found else { return found };
    members.insert("log", Json::from(log));
    Json::Object(members)
}

fn texts(placed: &[Placed]) -> Result<Vec<PolicyText>, Trouble> {
    let read = offline::read(placed)?;
    Ok(read
        .into_iter()
        .filter_map(|document| match document {
            Document::Policy(text) => Some(text),
            _ => None,
        })
        .collect())
}

/// Read twice: what stands at its end is known only there.
fn of_bundle(
    bundle: &Path,
    trust: &Trust,
    given: Vec<PolicyText>,
    (since, alone): (Span, bool),
) -> Result<Json, Trouble> {
    let open = || {
        let file = File::open(bundle).map_err(|error| BadInput(format!("{}: {error}", bundle.display())))?;
        Ok::<_, BadInput>(BufReader::with_capacity(READ_BYTES, file))
    };
    let (report, last) = verify_policies(open()?, trust);
    holds(&report)?;
    let mut all: Vec<PolicyText> =
        last.policies.into_iter().filter(|text| !alone && !given.iter().any(|new| new.name == text.name)).collect();
    all.extend(given);
    let candidate = Candidate::new(&all, last.at.before(since)).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        BadInput(lines.join("\n"))
    })?;
    let (report, replayed) = verify_replaying(open()?, trust, candidate);
    holds(&report)?;
    Ok(bailiwick_api::replayed_json(&replayed, Some(last.at.before(since)), true))
}

/// What is contradicted is not replayed: it is not what was recorded.
fn holds(report: &Report) -> Result<(), BadInput> {
    match report.answer {
        Answer::Contradicted => {
            Err(BadInput(format!("the bundle does not hold; `bailiwick verify` says why:\n{report}")))
        }
        Answer::Confirmed | Answer::NotDecidable => Ok(()),
    }
}

/// The counts, and the differences.
pub(super) fn show(found: &Json) {
    let newly = found.get("newly").cloned().unwrap_or(Json::Null);
    let from = number(found, "from");
    let since = if from == 0 { String::new() } else { format!(" since {}", time(from)) };
    data(&format!("{} calls{since}, {} decided the same", number(found, "calls"), number(found, "same")));
    for (name, words) in [("allowed", "newly allowed"), ("asked", "newly asked about"), ("refused", "newly refused")] {
        data(&format!("{:>8} {words}", number(&newly, name)));
    }
    for group in list(found, "groups") {
        let rules: Vec<&str> = list(group, "rules").iter().filter_map(Json::as_str).collect();
        let by = if rules.is_empty() { "no rule permits it".to_owned() } else { rules.join(", ") };
        let events: Vec<String> =
            list(group, "calls").iter().map(|call| format!("#{}", number(call, "event"))).collect();
        data(&format!(
            "  {:<8} {:>5} x agent {} {}  {}  {}",
            text(group, "turn"),
            number(group, "count"),
            foreign_whole(text(group, "agent")),
            foreign_whole(text(group, "tool")),
            foreign_whole(&by),
            events.join(" ")
        ));
    }
    let counts = [
        ("undecidable", "cannot be decided again: what was private is erased or not shown"),
        ("otherwise", "do not come out again as recorded, whatever the policy: left out"),
        ("counted", "refusals were only counted: nothing of them is recorded"),
        ("more", "more differ, in groups past those that are kept"),
    ];
    for (name, what) in counts {
        if number(found, name) > 0 {
            words(&format!("{} {what}", number(found, name)));
        }
    }
}
