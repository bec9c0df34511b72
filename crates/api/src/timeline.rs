//! `/v1/tasks/{id}/timeline`: what happened in a task, in order: who did what, and how long it took.

use crate::explain::{facts, said_by};
use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ActNamed, Data, Event, GrantId, Micros, TaskId, TaskState};
use bailiwick_node::{Failure, LiveControl};
use bailiwick_store::StoredEvent;
use std::collections::BTreeMap;

/// The most events of one page.
const PAGE_EVENTS_MAX: usize = 200;

/// An act, as its end is told by.
#[derive(Debug, Clone)]
struct Began {
    named: ActNamed,
    grant: GrantId,
    at: Micros,
}

/// What a page was read with.
#[derive(Debug, Default)]
struct Page {
    /// Acts that began on it or were looked up, by seq.
    acts: BTreeMap<u64, Option<Began>>,
    /// Calls refused: written one by one, and counted.
    refused: (u64, u64),
}

impl Api {
    /// The events of a task from `from` on, by their places in its own stream: a page of them.
    pub(crate) async fn timeline(&self, task: TaskId, from: u64) -> Result<Json, Problem> {
        let counts = |task: &TaskState, _: &LiveControl| task.seq;
        let last = self.desk.node().look(self.tenant, task, counts).await?;
        let store = self.desk.node().store();
        let stored = store.stream(self.tenant, task, from.max(1), PAGE_EVENTS_MAX);
        let stored = stored.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let start = self.at(task, 1)?.map_or(Micros(0), |first| first.event.at);
        let mut page = Page::default();
        let events = stored.iter().map(|stored| self.step(&mut page, start, stored)).collect::<Result<Vec<_>, _>>()?;
        let next = stored.last().map(|last| last.seq + 1).filter(|next| *next <= last);
        Ok(Json::object([
            ("events", Json::array(events)),
            ("next", next.map_or(Json::Null, Json::from)),
            (
                "refused",
                Json::object([("counted", Json::from(page.refused.1)), ("written", Json::from(page.refused.0))]),
            ),
            ("task", text(&task)),
        ]))
    }

    fn step(&self, page: &mut Page, start: Micros, stored: &StoredEvent) -> Result<Json, Problem> {
        let node = self.desk.node();
        if let Some(why) = node.unlike(self.tenant, None, stored)? {
            return Ok(changed(stored, start, &why));
        }
        let event = self.opened(stored)?;
        match &event.data {
            Data::ActionRefused(_) => page.refused.0 += 1,
            Data::RefusalsCounted(counted) => {
                let more = counted.counted.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.count));
                page.refused.1 = page.refused.1.saturating_add(more);
            }
            Data::ActionBegun(begun) => {
                let named = ActNamed { leaf: stored.leaf, tool: begun.action.tool.clone() };
                let began = Began { named, grant: begun.grant, at: event.at };
                page.acts.insert(stored.seq, Some(began));
            }
            _ => {}
        }
        let began = event.data.act().map(|act| self.began(page, stored, act)).transpose()?.flatten();
        let ends = matches!(event.data, Data::ActionEnded(_) | Data::GrantMinted(_));
        let took = began.as_ref().filter(|_| ends).map(|began| event.at.0.saturating_sub(began.at.0));
        let grant = own_grant(&event.data).or(began.as_ref().map(|began| began.grant));
        let named = match &began {
            Some(began) => Some(began.named.clone()),
            None => self.act_of(stored.stream, &event)?,
        };
        Ok(Json::object([
            ("at", Json::from(event.at.0)),
            ("changed", Json::Null),
            ("event", Json::from(stored.leaf)),
            ("grant", grant.map_or(Json::Null, |grant| text(&grant))),
            ("kind", Json::from(event.data.kind())),
            ("purpose", purpose(&event).map_or(Json::Null, Json::from)),
            ("sentence", Json::from(event.data.sentence(named.as_ref()))),
            ("seq", Json::from(stored.seq)),
            ("since", Json::from(event.at.0.saturating_sub(start.0))),
            ("took", took.map_or(Json::Null, Json::from)),
            ("who", who(&event.data)),
        ]))
    }

    fn began(&self, page: &mut Page, stored: &StoredEvent, act: u64) -> Result<Option<Began>, Problem> {
        if let Some(known) = page.acts.get(&act) {
            return Ok(known.clone());
        }
        let begun = self.begun(stored.stream, act)?;
        let began = begun.map(|(leaf, begun)| Began {
            named: ActNamed { leaf, tool: begun.action.tool },
            grant: begun.grant,
            at: begun.facts.now,
        });
        page.acts.insert(act, began.clone());
        Ok(began)
    }
}

/// An event that is not what was written: nothing that stands there is repeated.
fn changed(stored: &StoredEvent, start: Micros, why: &str) -> Json {
    Json::object([
        ("at", Json::from(stored.event.at.0)),
        ("changed", Json::from(why)),
        ("event", Json::from(stored.leaf)),
        ("grant", Json::Null),
        ("kind", Json::from("changed")),
        ("purpose", Json::Null),
        ("sentence", Json::from(format!("THE STORE WAS CHANGED: this event {why}"))),
        ("seq", Json::from(stored.seq)),
        ("since", Json::from(stored.event.at.0.saturating_sub(start.0))),
        ("took", Json::Null),
        ("who", Json::Null),
    ])
}

/// Who did it: an agent, a person, or nobody but the node.
fn who(data: &Data) -> Json {
    let asked_by = facts(data).and_then(|facts| facts.asked_by.as_ref());
    let agent = facts(data).and_then(|facts| facts.called()).map(|caller| &caller.agent);
    let person = said_by(data).or(asked_by).map(|by| &by.person);
    Json::object([
        ("agent", agent.map_or(Json::Null, |agent| text(agent))),
        ("node", Json::from(agent.is_none() && person.is_none())),
        ("person", person.map_or(Json::Null, |person| text(person))),
    ])
}

/// The grant that an event names itself.
fn own_grant(data: &Data) -> Option<GrantId> {
    match data {
        Data::ActionBegun(it) => Some(it.grant),
        Data::ActionRefused(it) => Some(it.grant),
        Data::ActionWaiting(it) => Some(it.grant),
        Data::ApprovalAsked(it) => Some(it.grant),
        Data::GrantMinted(it) => Some(it.grant),
        Data::GrantEnded(it) => Some(it.grant),
        Data::LabelLowered(it) => Some(it.grant),
        Data::KeyBound(it) => Some(it.grant),
        Data::TaskAmended(it) => Some(it.grant),
        Data::TaskEnding(it) => Some(it.grant),
        Data::WishMade(it) => Some(it.grant),
        _ => None,
    }
}

/// What work is handed on for, in the delegator's words.
fn purpose(event: &Event) -> Option<String> {
    let Data::ActionBegun(begun) = &event.data else { return None };
    if begun.action.effect != bailiwick_core::Effect::Delegate {
        return None;
    }
    let Some(private) = &begun.private else { return Some("(erased)".to_owned()) };
    private.arguments.get("purpose").and_then(Json::as_str).map(str::to_owned)
}
