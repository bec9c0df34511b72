//! `/v1/propose`: the least template and policy that would have allowed what an agent did, and what is left out of them.

mod least;

use crate::people::text;
use crate::read::body;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Data, Event, Micros, Span, StreamId, TaskId, TemplateName, TenantId};
use bailiwick_node::{Failure, Node, open_event};
use bailiwick_record::Secret;
use bailiwick_store::StoredEvent;
use least::{Did, Least, LeftOut};
use serde::Deserialize;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most of the log that one answer looks through, the newest first.
const LEAVES_MAX: u64 = 50_000;
/// How much of the log is read at a time.
const PAGE: usize = 500;
/// The most acts that one proposal rests on.
const ACTS_MAX: usize = 10_000;
/// The longest time that can be asked for, in seconds.
const SECONDS_MAX: u64 = 3_650 * 24 * 3_600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProposeBody {
    agent: AgentId,
    /// Of this task alone.
    #[serde(default)]
    task: Option<TaskId>,
    /// How far back, in seconds.
    since: u64,
    /// What was done fewer times than this is left out.
    #[serde(default)]
    times: Option<u64>,
    /// What the documents are called.
    #[serde(default)]
    name: Option<TemplateName>,
}

/// What is looked for.
struct Wanted {
    agent: AgentId,
    task: Option<TaskId>,
    since: Micros,
}

/// What an agent did, and what it was refused.
#[derive(Default)]
struct Gathered {
    /// By stream and number, so that outcomes find them.
    did: BTreeMap<(StreamId, u64), Did>,
    refused: BTreeMap<(String, String), (u64, u64)>,
    /// Who started each task.
    requesters: BTreeMap<StreamId, String>,
    whole: bool,
}

fn unavailable(error: impl std::fmt::Display) -> Problem {
    Failure::Unavailable(error.to_string()).into()
}

/// An event that a node of this tenant wrote.
fn opened(node: &Node, tenant: TenantId, stored: &StoredEvent, key: Option<&Secret>) -> Result<Event, Problem> {
    if let Some(why) = node.unlike(tenant, None, stored)? {
        return Err(Problem::broken(format!("the store was changed: event {} {why}", stored.leaf)));
    }
    open_event(tenant, key, stored).map_err(|error| Problem::broken(error.to_string()))
}

impl Gathered {
    fn of(node: &Node, tenant: TenantId, wanted: &Wanted) -> Result<Self, Problem> {
        let size = node.store().log(tenant).map_err(unavailable)?.size;
        let mut leaf = size.saturating_sub(LEAVES_MAX);
        let mut out = Self { whole: leaf == 0, ..Self::default() };
        let mut keys: BTreeMap<StreamId, Option<Secret>> = BTreeMap::new();
        while leaf < size && out.did.len() < ACTS_MAX {
            let page = node.store().leaves(tenant, leaf, PAGE).map_err(unavailable)?;
            let Some(last) = page.last() else { break };
            leaf = last.leaf + 1;
            // What is older than asked for is no part of it: then all that was asked for was looked at.
            out.whole |= page.first().is_some_and(|first| first.event.at < wanted.since);
            let of_task = |stored: &&StoredEvent| wanted.task.is_none_or(|task| task == stored.stream);
            for stored in page.iter().filter(|stored| stored.event.at >= wanted.since).filter(of_task) {
                if let Entry::Vacant(entry) = keys.entry(stored.stream) {
                    let key = node.vault().data_key(node.store().as_ref(), tenant, stored.stream);
                    entry.insert(key.map_err(unavailable)?);
                }
                let key = keys.get(&stored.stream).and_then(Option::as_ref);
                out.look(node, tenant, wanted, (stored, key))?;
            }
        }
        out.whole &= out.did.len() < ACTS_MAX;
        let tasks: BTreeSet<StreamId> = out.did.keys().map(|(task, _)| *task).collect();
        for task in tasks {
            let first = node.store().stream(tenant, task, 1, 1).map_err(unavailable)?;
            if let Some(stored) = first.first()
                && let Data::TaskStarted(started) =
                    opened(node, tenant, stored, keys.get(&task).and_then(Option::as_ref))?.data
            {
                out.requesters.insert(task, started.by.person.to_string());
            }
        }
        Ok(out)
    }

    fn look(
        &mut self,
        node: &Node,
        tenant: TenantId,
        wanted: &Wanted,
        (stored, key): (&StoredEvent, Option<&Secret>),
    ) -> Result<(), Problem> {
        let event = opened(node, tenant, stored, key)?;
        let own =
            |facts: &bailiwick_core::Facts| facts.caller.as_ref().is_some_and(|caller| caller.agent == wanted.agent);
        match &event.data {
            Data::ActionBegun(begun) if own(&begun.facts) => {
                self.did.insert((stored.stream, stored.seq), Did::of(stored.leaf, stored.stream, begun));
            }
            Data::ActionRefused(refused) if own(&refused.facts) => {
                let why = refused.reasons.first().map_or_else(String::new, |reason| reason.code.to_string());
                let seen = self.refused.entry((refused.action.tool.to_string(), why)).or_insert((0, stored.leaf));
                seen.0 += 1;
            }
            Data::ActionEnded(ended) => {
                if let Some(did) = self.did.get_mut(&(stored.stream, ended.act)) {
                    did.measured.extend(ended.measured.iter().cloned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn left_out(&self) -> impl Iterator<Item = LeftOut> {
        self.refused.iter().map(|((tool, code), (count, event))| LeftOut {
            count: *count,
            event: *event,
            tool: tool.clone(),
            why: format!("refused: {code}"),
        })
    }
}

fn left_out_json(left: &LeftOut) -> Json {
    Json::object([
        ("count", Json::from(left.count)),
        ("event", Json::from(left.event)),
        ("tool", Json::from(left.tool.as_str())),
        ("why", Json::from(left.why.as_str())),
    ])
}

impl Api {
    /// The least documents that would have allowed what an agent did since then.
    pub(crate) async fn propose(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: ProposeBody = body(bytes)?;
        if asked.since == 0 || asked.since > SECONDS_MAX {
            return Err(Problem::bad(format!("`since` is {}: expected 1 to {SECONDS_MAX} seconds", asked.since)));
        }
        if !self.control()?.state.agents.contains_key(&asked.agent) {
            return Err(Problem::not_found("agent"));
        }
        let name = match asked.name {
            Some(name) => name,
            None => TemplateName::parse(&format!("{}-least", asked.agent))
                .map_err(|error| Problem::bad(format!("`name`: {error}: say one")))?,
        };
        let (node, tenant) = (Arc::clone(self.desk.node()), self.tenant);
        let since = node.now().before(Span::seconds(asked.since));
        let wanted = Wanted { agent: asked.agent.clone(), task: asked.task, since };
        let gathered = self.desk.node().beside(move || Gathered::of(&node, tenant, &wanted)).await??;
        let did: Vec<&Did> = gathered.did.values().collect();
        let Least { documents, left_out, notes } = {
            let who: BTreeSet<String> = gathered.requesters.values().cloned().collect();
            least::least((&asked.agent, &name, &who), &did, asked.times.unwrap_or(1))
        };
        let left = left_out.into_iter().chain(gathered.left_out());
        Ok(Json::object([
            ("acts", Json::from(u64::try_from(did.len()).unwrap_or(u64::MAX))),
            ("agent", text(&asked.agent)),
            ("documents", Json::array(documents)),
            ("left_out", Json::array(left.map(|left| left_out_json(&left)))),
            ("notes", Json::array(notes.into_iter().map(Json::from))),
            ("whole", Json::from(gathered.whole)),
        ]))
    }
}
