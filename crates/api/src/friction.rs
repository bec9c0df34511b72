//! `/v1/friction`: how often people are asked, by what, and how long they take. Read off the record, nothing is kept for it.

use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{By, Data, Event, Micros, PersonId, Span, StreamId, ToolId};
use std::collections::{BTreeMap, BTreeSet};

/// The most tools and persons that are listed.
const LISTED_MAX: usize = 20;
/// What is read; of all else the time alone is looked at.
const READ: [&str; 4] = ["approval.asked", "approval.given", "approval.refused", "task.started"];

/// What was counted.
#[derive(Debug, Default)]
struct Friction {
    /// Tasks that began.
    began: BTreeSet<StreamId>,
    /// Those of them in which somebody was asked.
    asked: BTreeSet<StreamId>,
    /// Those in which somebody said no: not counted as honest work.
    refused: BTreeSet<StreamId>,
    /// Requests: when each was asked, whether it was answered, and whether by a no.
    requests: BTreeMap<(StreamId, u64), Request>,
    /// How long each answer took, by who gave it.
    people: BTreeMap<PersonId, Answers>,
    /// How often each tool asked.
    tools: BTreeMap<ToolId, u64>,
}

#[derive(Debug)]
struct Request {
    at: Micros,
    answer: Option<bool>,
}

#[derive(Debug, Default)]
struct Answers {
    yes: u64,
    no: u64,
    took: Vec<Span>,
}

impl Friction {
    fn take(&mut self, stream: StreamId, seq: u64, event: &Event) {
        match &event.data {
            Data::TaskStarted(_) => _ = self.began.insert(stream),
            Data::ApprovalAsked(asked) => {
                self.asked.insert(stream);
                self.requests.insert((stream, seq), Request { at: event.at, answer: None });
                *self.tools.entry(asked.tool.clone()).or_default() += 1;
            }
            Data::ApprovalGiven(given) => self.answer((stream, given.statement.approval), &given.by, event.at, true),
            Data::ApprovalRefused(refused) => {
                self.refused.insert(stream);
                self.answer((stream, refused.approval), &refused.by, event.at, false);
            }
            _ => {}
        }
    }

    /// An answer to what was asked before the time that is looked at is left out: how long it took is not known.
    fn answer(&mut self, of: (StreamId, u64), by: &By, at: Micros, yes: bool) {
        let Some(request) = self.requests.get_mut(&of) else { return };
        request.answer = Some(yes);
        let took = Span(at.0.saturating_sub(request.at.0));
        let person = self.people.entry(by.person.clone()).or_default();
        *(if yes { &mut person.yes } else { &mut person.no }) += 1;
        person.took.push(took);
    }

    fn json(&self) -> Vec<(&'static str, Json)> {
        let honest: Vec<_> = self.began.difference(&self.refused).collect();
        let quiet = count(honest.iter().filter(|task| !self.asked.contains(task)).count());
        let answered = |yes| count(self.requests.values().filter(|request| request.answer == Some(yes)).count());
        let open = count(self.requests.values().filter(|request| request.answer.is_none()).count());
        let all: Vec<Span> = self.people.values().flat_map(|person| person.took.iter().copied()).collect();
        vec![
            ("people", self.people_json()),
            (
                "requests",
                Json::object([
                    ("asked", Json::from(count(self.requests.len()))),
                    ("no", Json::from(answered(false))),
                    ("seconds", seconds(all)),
                    ("unanswered", Json::from(open)),
                    ("yes", Json::from(answered(true))),
                ]),
            ),
            (
                "tasks",
                Json::object([
                    ("asked_nobody", Json::from(quiet)),
                    ("began", Json::from(count(self.began.len()))),
                    ("honest", Json::from(count(honest.len()))),
                    ("percent", percent(quiet, count(honest.len()))),
                ]),
            ),
            ("tools", self.tools_json()),
        ]
    }

    fn people_json(&self) -> Json {
        let mut people: Vec<_> = self.people.iter().collect();
        people.sort_by_key(|(_, answers)| std::cmp::Reverse(answers.yes + answers.no));
        Json::array(people.into_iter().take(LISTED_MAX).map(|(person, answers)| {
            Json::object([
                ("no", Json::from(answers.no)),
                ("person", Json::from(person.as_str())),
                ("seconds", seconds(answers.took.clone())),
                ("yes", Json::from(answers.yes)),
            ])
        }))
    }

    fn tools_json(&self) -> Json {
        let mut tools: Vec<_> = self.tools.iter().collect();
        tools.sort_by_key(|(_, asked)| std::cmp::Reverse(**asked));
        Json::array(tools.into_iter().take(LISTED_MAX).map(|(tool, asked)| {
            Json::object([("asked", Json::from(*asked)), ("tool", Json::from(tool.to_string().as_str()))])
        }))
    }
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

/// Whole percent, rounded down: what is not whole is not said to be.
fn percent(part: u64, whole: u64) -> Json {
    part.saturating_mul(100).checked_div(whole).map_or(Json::Null, Json::from)
}

/// The median and the 90th percentile (nearest rank), and the longest, in whole seconds; nothing where there is none.
fn seconds(mut took: Vec<Span>) -> Json {
    took.sort_unstable();
    let rank = |percent: usize| {
        let at = (took.len() * percent).div_ceil(100).saturating_sub(1);
        took.get(at).map(|span| Json::from(span.0 / 1_000_000))
    };
    match (rank(50), rank(90), rank(100)) {
        (Some(median), Some(p90), Some(most)) => Json::object([("median", median), ("most", most), ("p90", p90)]),
        _ => Json::Null,
    }
}

impl Api {
    /// How often people were asked in the last `days`, as far back as one answer looks.
    pub(crate) fn friction(&self, days: Option<u64>) -> Result<Json, Problem> {
        let days = days.unwrap_or(30);
        let mut found = Friction::default();
        let walked = self.walk(days, &READ, |stored, event| found.take(stored.stream, stored.seq, event))?;
        let more = [
            ("days", Json::from(days)),
            ("from", walked.first.map_or(Json::Null, |at| Json::from(at.0))),
            ("whole", Json::from(walked.whole)),
        ];
        Ok(Json::object(found.json().into_iter().chain(more)))
    }
}

#[cfg(test)]
mod tests;
