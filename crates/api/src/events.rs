//! `/v1/events`: the record as it grows, and `/v1/status`: what is governed, which tasks live, where things are.

use crate::{Api, Problem};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Data, StreamId};
use bailiwick_node::{Failure, control_stream, open_event};
use bailiwick_record::Secret;
use bailiwick_store::StoredEvent;
use std::collections::BTreeMap;

/// The most events that one answer holds.
const EVENTS_MAX: usize = 200;

impl Api {
    /// Events of the log from a leaf on, opened for people who may read them.
    pub(crate) fn events(&self, from: u64, most: usize) -> Result<Json, Problem> {
        let unavailable = |error: &dyn std::fmt::Display| Problem::from(Failure::Unavailable(error.to_string()));
        let node = self.desk.node();
        let store = node.store();
        let stored = store.leaves(self.tenant, from, most.min(EVENTS_MAX)).map_err(|error| unavailable(&error))?;
        let mut keys: BTreeMap<StreamId, Option<Secret>> = BTreeMap::new();
        let mut out = Vec::with_capacity(stored.len());
        for event in &stored {
            if let std::collections::btree_map::Entry::Vacant(place) = keys.entry(event.stream) {
                let key = node.vault().data_key(store.as_ref(), self.tenant, event.stream);
                place.insert(key.map_err(|error| unavailable(&error))?);
            }
            let key = keys.get(&event.stream).and_then(Option::as_ref);
            out.push(self.event_json(event, key)?);
        }
        let next = stored.last().map_or(from, |event| event.leaf + 1);
        Ok(Json::object([("events", Json::array(out)), ("next", Json::from(next))]))
    }

    fn event_json(&self, stored: &StoredEvent, key: Option<&Secret>) -> Result<Json, Problem> {
        let broken = |error: &dyn std::fmt::Display| Problem::broken(error.to_string());
        let clear = Json::parse(&stored.event.clear, &Limits::stored()).map_err(|error| broken(&error))?;
        let event = open_event(self.tenant, key, stored).map_err(|error| broken(&error))?;
        let private = event.data.private();
        let private =
            private.iter().map(|(name, value)| (*name, Json::parse(value, &Limits::stored()).unwrap_or(Json::Null)));
        let what = if stored.stream == control_stream(self.tenant) { "control" } else { "task" };
        Ok(Json::object([
            ("at", Json::from(stored.event.at.0)),
            ("data", clear.get("data").cloned().unwrap_or(Json::Null)),
            ("kind", Json::from(event.data.kind())),
            ("leaf", Json::from(stored.leaf)),
            ("private", Json::object(private)),
            ("sentence", Json::from(sentence(&event.data).as_str())),
            ("seq", Json::from(stored.seq)),
            ("stream", Json::from(stored.stream.to_string().as_str())),
            ("what", Json::from(what)),
        ]))
    }

    /// What is governed, which tasks live, the last decisions, where things are.
    pub(crate) async fn status(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let log = self
            .desk
            .node()
            .store()
            .log(self.tenant)
            .map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let servers = control.state.servers.iter().map(|(name, entry)| {
            let tools = control.state.tools.iter().filter(|(tool, _)| tool.server() == name);
            let (usable, waiting): (Vec<_>, Vec<_>) = tools.partition(|(tool, _)| control.state.usable(tool));
            let mode = crate::nouns::mode(&entry.document);
            Json::object([
                ("mode", Json::from(mode)),
                ("name", Json::from(name.as_str())),
                ("same", Json::from(entry.same)),
                ("tools", Json::from(u64::try_from(usable.len()).unwrap_or(u64::MAX))),
                ("trouble", Json::from(self.trouble_of(name))),
                ("waiting", Json::array(waiting.iter().map(|(tool, _)| Json::from(tool.to_string().as_str())))),
            ])
        });
        let servers = Json::array(servers);
        let live = self.desk.tasks(self.tenant).await?;
        let live = live.iter().filter(|task| task.standing.live()).map(crate::people::task_json);
        let behind = self.desk.node().behind(self.tenant);
        let behind = behind.map_or(Json::Null, |why| Json::from(Failure::Behind(why).to_string().as_str()));
        Ok(Json::object([
            ("behind", behind),
            ("decisions", Json::array(self.decisions(log.size)?)),
            ("epoch", Json::from(u64::from(log.epoch))),
            ("leaves", Json::from(log.size)),
            ("places", self.places.clone()),
            ("running", Json::from(control.state.running)),
            ("servers", servers),
            ("sessions", Json::from(u64::try_from(self.sessions.count()).unwrap_or(u64::MAX))),
            ("tasks", Json::array(live)),
            ("tenant", Json::from(control.state.name.as_str())),
            ("trust", Json::from("administrator's word: no passkey is enrolled")),
        ]))
    }

    /// The last ten decisions, newest first.
    fn decisions(&self, size: u64) -> Result<Vec<Json>, Problem> {
        let mut out = Vec::new();
        let mut end = size;
        let page = u64::try_from(EVENTS_MAX).unwrap_or(1);
        // A bounded look back: what is older than this many pages is no longer "the last".
        for _ in 0..5 {
            let from = end.saturating_sub(page);
            let events = self.events(from, usize::try_from(end - from).unwrap_or(EVENTS_MAX))?;
            let decided = |event: &&Json| {
                let kind = event.get("kind").and_then(Json::as_str);
                matches!(kind, Some("action.begun" | "action.refused" | "action.waiting"))
            };
            let found = events.get("events").and_then(Json::as_array).unwrap_or_default();
            out.extend(found.iter().rev().filter(decided).cloned());
            if out.len() >= 10 || from == 0 {
                break;
            }
            end = from;
        }
        out.truncate(10);
        Ok(out)
    }
}

/// One line for people. Words of agents and servers are not in it but for names that were checked.
pub(crate) fn sentence(data: &Data) -> String {
    match data {
        Data::TaskStarted(started) => format!("{} started a task from {}", started.by.person, started.template),
        Data::TaskAmended(amended) => format!("{} consented to privileged tools", amended.by.person),
        Data::TaskEnded(ended) => format!("the task ended: {}", ended.why.sentence()),
        Data::GrantMinted(minted) => format!("{} holds a grant", minted.holder),
        Data::GrantEnded(ended) => format!("a grant ended: {}", ended.why.sentence()),
        Data::KeyBound(bound) => format!("{} acts as instance {}", bound.agent, bound.instance),
        Data::ActionBegun(begun) => format!("allowed {} ({})", begun.action.tool, begun.action.effect),
        Data::ActionEnded(ended) => format!("act {} ended", ended.act),
        Data::ActionDoubtful(doubtful) => format!("act {} is in doubt: {}", doubtful.act, doubtful.why),
        Data::ActionRefused(refused) => {
            let why = refused.reasons.first().map_or("", |reason| reason.code.sentence());
            format!("refused {}: {why}", refused.action.tool)
        }
        Data::ActionWaiting(waiting) => format!("{} waits for an approval", waiting.action.tool),
        Data::RefusalsCounted(counted) => {
            let count: u64 = counted.counted.iter().map(|entry| entry.count).sum();
            format!("{count} more refused calls")
        }
        Data::ControlOpened(opened) => format!("tenant {} came to be", opened.name),
        Data::ControlAdded(added) => format!("{} added {}", added.by.person, list(&added.documents)),
        Data::ControlApplied(applied) => format!("{} applied {}", applied.by.person, list(&applied.documents)),
        Data::ControlPinned(pinned) => format!("{} tools of {} were pinned", pinned.tools.len(), pinned.server),
        Data::ControlQuarantined(held) => format!("{} is quarantined: {}", held.tool, held.why.sentence()),
        Data::ControlReviewed(reviewed) => format!("{} reviewed {}", reviewed.by.person, reviewed.server),
        Data::ControlAgent(change) => {
            let what = if change.active { "resumed" } else { "suspended" };
            format!("{} {what} {}", change.by.person, change.agent)
        }
        Data::ControlTenant(change) => {
            let what = if change.running { "let work go on" } else { "stopped all work" };
            format!("{} {what}", change.by.person)
        }
        Data::ControlKeys(_) => "token-signing keys changed".to_owned(),
        Data::ControlHeads(heads) => format!("the heads of {} streams were committed to", heads.count),
    }
}

fn list(documents: &[bailiwick_core::DocumentNamed]) -> String {
    documents.iter().map(|document| format!("{} {}", document.kind, document.name)).collect::<Vec<_>>().join(", ")
}
