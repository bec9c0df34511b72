//! `/v1/events`: the record as it grows, and `/v1/status`: what is governed, which tasks live, where things are.

use crate::who::sees;
use crate::{Api, Problem, Who};
use bailiwick_catalogue::Method;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Digest, StreamId, ToolId};
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
        let mut before: BTreeMap<StreamId, (u64, Digest)> = BTreeMap::new();
        let mut out = Vec::with_capacity(stored.len());
        for event in &stored {
            if let std::collections::btree_map::Entry::Vacant(place) = keys.entry(event.stream) {
                let key = node.vault().data_key(store.as_ref(), self.tenant, event.stream);
                place.insert(key.map_err(|error| unavailable(&error))?);
            }
            let key = keys.get(&event.stream).and_then(Option::as_ref);
            let unlike = node.unlike(self.tenant, before.get(&event.stream).copied(), event)?;
            let shown = unlike.map_or_else(|| self.event_json(event, key), Err);
            out.push(match shown {
                Ok(shown) => shown,
                Err(why) => self.changed_json(event, &why),
            });
            before.insert(event.stream, (event.seq, event.event.hash));
        }
        let next = stored.last().map_or(from, |event| event.leaf + 1);
        Ok(Json::object([("events", Json::array(out)), ("next", Json::from(next))]))
    }

    /// The same of those that who asks may see: to people over HTTP the events of their tasks.
    pub(crate) async fn events_of(&self, from: u64, who: &Who) -> Result<Json, Problem> {
        let mut page = self.events(from, EVENTS_MAX)?;
        if who.only().is_none() {
            return Ok(page);
        }
        let all = page.get("events").and_then(Json::as_array).unwrap_or_default();
        let mut shown: BTreeMap<&str, bool> = BTreeMap::new();
        for event in all {
            let stream = event.get("stream").and_then(Json::as_str).unwrap_or_default();
            if let std::collections::btree_map::Entry::Vacant(place) = shown.entry(stream) {
                let of = StreamId::parse(stream).map_err(|error| Problem::broken(error.to_string()))?;
                place.insert(self.shows(of, who).await?);
            }
        }
        let own = |event: &&Json| {
            event.get("stream").and_then(Json::as_str).is_some_and(|name| shown.get(name) == Some(&true))
        };
        let own = Json::array(all.iter().filter(own).cloned());
        if let Json::Object(members) = &mut page {
            members.insert("events", own);
        }
        Ok(page)
    }

    /// Whether the events of a stream are shown to who asks. The control stream is the administrators'.
    pub(crate) async fn shows(&self, stream: StreamId, who: &Who) -> Result<bool, Problem> {
        let Some(person) = who.only() else { return Ok(true) };
        if stream == control_stream(self.tenant) {
            return Ok(false);
        }
        match self.desk.task(self.tenant, stream).await {
            Ok(task) => Ok(sees(&self.control()?.state, person, &task)),
            // Of a task that cannot be read it is not known whose it is.
            Err(Failure::NoTask | Failure::Closed(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    fn what(&self, stored: &StoredEvent) -> &'static str {
        match stored.stream == control_stream(self.tenant) {
            true => "control",
            false if self.is_of_mandate(stored) => "mandate",
            false => "task",
        }
    }

    /// An event that is not what was written: nothing that stands there is repeated.
    fn changed_json(&self, stored: &StoredEvent, why: &str) -> Json {
        let sentence = format!("THE STORE WAS CHANGED: this event {why}");
        Json::object([
            ("act", Json::Null),
            ("at", Json::from(stored.event.at.0)),
            ("changed", Json::from(why)),
            ("data", Json::Null),
            ("kind", Json::from("changed")),
            ("leaf", Json::from(stored.leaf)),
            ("private", Json::object(std::iter::empty::<(&str, Json)>())),
            ("sentence", Json::from(sentence.as_str())),
            ("seq", Json::from(stored.seq)),
            ("stream", Json::from(stored.stream.to_string().as_str())),
            ("what", Json::from(self.what(stored))),
        ])
    }

    /// An event that is what was written; why not, where it cannot be read all the same.
    fn event_json(&self, stored: &StoredEvent, key: Option<&Secret>) -> Result<Json, String> {
        let broken = |error: &dyn std::fmt::Display| format!("cannot be read: {error}");
        let clear = Json::parse(&stored.event.clear, &Limits::stored()).map_err(|error| broken(&error))?;
        let event = open_event(self.tenant, key, stored).map_err(|error| broken(&error))?;
        let private = event.data.private();
        let private =
            private.iter().map(|(name, value)| (*name, Json::parse(value, &Limits::stored()).unwrap_or(Json::Null)));
        let act = self.act_of(stored.stream, &event).map_err(|problem| problem.detail)?;
        Ok(Json::object([
            ("act", Json::from(act.as_ref().map(|act| act.to_string()))),
            ("at", Json::from(stored.event.at.0)),
            ("changed", Json::Null),
            ("data", clear.get("data").cloned().unwrap_or(Json::Null)),
            ("kind", Json::from(event.data.kind())),
            ("leaf", Json::from(stored.leaf)),
            ("private", Json::object(private)),
            ("sentence", Json::from(event.data.sentence(act.as_ref()).as_str())),
            ("seq", Json::from(stored.seq)),
            ("stream", Json::from(stored.stream.to_string().as_str())),
            ("what", Json::from(self.what(stored))),
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
            let offers = |tool: &ToolId| tool.server() == name && !Method::answers(tool.tool());
            let tools = control.state.tools.iter().filter(|(tool, _)| offers(tool));
            let (usable, waiting): (Vec<_>, Vec<_>) = tools.partition(|(tool, _)| control.state.usable(tool));
            let mode = self.mode_of(&entry.document);
            Json::object([
                ("floating", self.floats(name).map_or(Json::Null, Json::from)),
                ("mode", Json::from(mode)),
                ("name", Json::from(name.as_str())),
                ("same", Json::from(entry.same)),
                ("tools", Json::from(u64::try_from(usable.len()).unwrap_or(u64::MAX))),
                ("trouble", Json::from(self.trouble_of(name))),
                ("waiting", Json::array(waiting.iter().map(|(tool, _)| Json::from(tool.to_string().as_str())))),
            ])
        });
        let servers = Json::array(servers);
        let tasks = self.tasks_if_followed(true).await?;
        let live = tasks.open.iter().map(crate::people::task_json);
        let behind = self.desk.node().behind(self.tenant);
        let behind = behind.map_or(Json::Null, |why| Json::from(Failure::Behind(why).to_string().as_str()));
        // who was let go is nobody to resume
        let suspended = control.state.agents.iter().filter(|(_, entry)| !entry.active && !entry.offboarded);
        Ok(Json::object([
            ("behind", behind),
            ("observed", crate::observe::observed_json(&control.state, self.desk.node().now())),
            ("broken_glass", crate::glass::open_json(&control.state, self.desk.node().now())),
            ("closed", crate::people::closed_json(&tasks)),
            ("decisions", Json::array(self.decisions(log.size)?)),
            ("epoch", Json::from(u64::from(log.epoch))),
            ("leaves", Json::from(log.size)),
            ("node", self.process()),
            ("notices", self.told_json(&control.state.rules)),
            ("places", self.places.clone()),
            ("running", Json::from(control.state.running)),
            ("servers", servers),
            ("sessions", Json::from(u64::try_from(self.sessions.count()).unwrap_or(u64::MAX))),
            ("suspended", Json::array(suspended.map(|(name, _)| Json::from(name.as_str())))),
            ("tasks", Json::array(live)),
            ("tenant", Json::from(control.state.name.as_str())),
            ("unkept", self.desk.node().unkept().map_or(Json::Null, |why| Json::from(why.as_str()))),
            ("trust", Json::from(crate::persons::trust(&control.state, self.desk.node().now()))),
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
                matches!(kind, Some("action.begun" | "action.refused" | "action.waiting" | "changed"))
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
