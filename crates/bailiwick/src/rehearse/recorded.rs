//! What the tenant's record has of results: of each tool the newest outcome whose result is kept; of one of which none is, the
//! newest whose bound values are.

use crate::client::Client;
use crate::home::{Home, Trouble};
use crate::print::{list, text};
use bailiwick_api::{Peer, Request, Who};
use bailiwick_core::json::{Json, Limits, Pointer};
use bailiwick_core::normal::Kind;
use http::Method;
use std::collections::{BTreeMap, BTreeSet};

/// How much of the record is looked through, the newest first.
const EVENTS_MAX: u64 = 20_000;
/// How many events one answer of `/v1/events` holds.
const PAGE_EVENTS: u64 = 200;
/// What one such answer may cost to read.
const PAGE_LIMITS: Limits = Limits { bytes: 64 << 20, depth: 100, nodes: 4_000_000 };

/// Whose record is read.
pub(super) enum Source<'a> {
    /// A node's that runs.
    Node(&'a Client),
    /// A copy of a store's, which nobody else has open.
    Copy(&'a Home),
}

/// What is on record of a tool's results.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    /// The event that says it, by its number in the log.
    pub(super) event: u64,
    /// What of it.
    pub(super) kept: Kept,
}

/// How much of a result is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kept {
    /// All of it, as it was given out.
    Whole(Json),
    /// Where values stood in it, and of which kinds they were: of the values themselves there are hashes.
    Places(Vec<(Pointer, Kind)>),
}

impl Source<'_> {
    /// What `/v1` says there.
    ///
    /// # Errors
    /// What the node says.
    pub(super) async fn get(&self, path: &str, query: &str) -> Result<Json, Trouble> {
        match self {
            Self::Node(client) if query.is_empty() => client.get(path).await,
            Self::Node(client) => client.get(&format!("{path}?{query}")).await,
            Self::Copy(home) => {
                let request = Request {
                    method: Method::GET,
                    path: path.to_owned(),
                    query: query.to_owned(),
                    session: None,
                    body: Vec::new(),
                };
                let who = Who::Socket(Peer { uid: home.uid()?, pid: None });
                let response = home.api.answer(request, &who).await;
                let json = Json::parse(response.body(), &PAGE_LIMITS)?;
                if response.status().is_success() { Ok(json) } else { Err(text(&json, "detail").into()) }
            }
        }
    }

    /// How long its log is.
    async fn size(&self) -> Result<u64, Trouble> {
        match self {
            Self::Node(_) => {
                let status = self.get("/v1/status", "").await?;
                Ok(status.get("leaves").and_then(Json::as_u64).unwrap_or_default())
            }
            Self::Copy(home) => Ok(home.node.store().log(home.tenant)?.size),
        }
    }
}

/// Looks for what is on record of the results of these tools.
///
/// # Errors
/// When the record cannot be read.
pub(super) async fn read(source: &Source<'_>, tools: &BTreeSet<String>) -> Result<BTreeMap<String, Recorded>, Trouble> {
    let mut found = BTreeMap::new();
    let mut end = source.size().await?;
    let first = end.saturating_sub(EVENTS_MAX);
    let whole = |found: &BTreeMap<String, Recorded>, tool: &String| {
        found.get(tool).is_some_and(|one| matches!(one.kept, Kept::Whole(_)))
    };
    while end > first && !tools.iter().all(|tool| whole(&found, tool)) {
        let from = end.saturating_sub(PAGE_EVENTS).max(first);
        let page = source.get("/v1/events", &format!("from={from}")).await?;
        for (tool, one) in list(&page, "events").iter().rev().filter_map(seen) {
            if tools.contains(&tool) && one.event < end {
                take(&mut found, tool, one);
            }
        }
        end = from;
    }
    Ok(found)
}

/// The newest counts, and what is kept whole before all else.
fn take(found: &mut BTreeMap<String, Recorded>, tool: String, one: Recorded) {
    let better = match found.get(&tool).map(|other| &other.kept) {
        None => true,
        Some(Kept::Places(_)) => matches!(one.kept, Kept::Whole(_)),
        Some(Kept::Whole(_)) => false,
    };
    if better {
        found.insert(tool, one);
    }
}

/// What an event has of a result, and of which tool: only where the server itself said that the act was done, and nothing of what
/// it said was taken out.
fn seen(event: &Json) -> Option<(String, Recorded)> {
    let data = event.get("data").filter(|_| text(event, "kind") == "action.ended")?;
    let result = data.get("result")?;
    let there = |json: &Json, name: &str| json.get(name).is_some_and(|value| *value != Json::Null);
    let failed = result.get("failed").and_then(Json::as_bool) == Some(true);
    let by_others = there(data, "by") || there(data, "record");
    if text(data, "status") != "done" || failed || by_others || !list(result, "withheld").is_empty() {
        return None;
    }
    // "#12 bank/pay"
    let (_, tool) = text(event, "act").split_once(' ')?;
    let number = event.get("leaf")?.as_u64()?;
    let body = event.get("private").and_then(|private| private.get("result"));
    let kept = match body.filter(|body| body.as_object().is_some()) {
        Some(body) => Kept::Whole(body.clone()),
        None => Kept::Places(places(list(data, "values"))),
    };
    let none = matches!(&kept, Kept::Places(places) if places.is_empty());
    (!none).then(|| (tool.to_owned(), Recorded { event: number, kept }))
}

fn places(values: &[Json]) -> Vec<(Pointer, Kind)> {
    let place = |value: &Json| Some((Pointer::parse(text(value, "pointer")).ok()?, Kind::parse(text(value, "kind"))?));
    values.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests;
