//! Where one value came from, to the line: the event that brought it, and the place in what that event brought.

use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ActionPrivate, Bound, Data, Event, Salt, Source, TaskId, brought_at};
use std::collections::BTreeMap;

/// The most events that are held while values are looked for.
const HELD_MAX: usize = 256;

/// An event that brought something, or none that can be believed.
type Found = Option<(u64, Event)>;

/// The events of one task that were looked at for this.
pub(super) struct Looked<'a> {
    api: &'a Api,
    task: TaskId,
    salt: Option<Salt>,
    events: BTreeMap<u64, Found>,
}

impl<'a> Looked<'a> {
    pub(super) fn of(api: &'a Api, task: TaskId, salt: Option<Salt>) -> Self {
        Self { api, task, salt, events: BTreeMap::new() }
    }

    /// The number in the log of the task's event of this seq.
    pub(super) fn leaf(&mut self, seq: u64) -> Result<Option<u64>, Problem> {
        Ok(self.event(seq)?.map(|(leaf, _)| *leaf))
    }

    /// Of an event that was changed in the store nothing is told.
    fn event(&mut self, seq: u64) -> Result<Option<&(u64, Event)>, Problem> {
        if self.events.len() >= HELD_MAX {
            self.events.clear();
        }
        if let std::collections::btree_map::Entry::Vacant(place) = self.events.entry(seq) {
            let stored = self.api.at(self.task, seq)?;
            let unlike = |stored| self.api.desk.node().unlike(self.api.tenant, None, stored);
            let found = match stored {
                Some(stored) if unlike(&stored)?.is_none() => Some((stored.leaf, self.api.opened(&stored)?)),
                _ => None,
            };
            place.insert(found);
        }
        Ok(self.events.get(&seq).and_then(Option::as_ref))
    }

    /// The sources of a call, in words, each with the line that brought it.
    pub(super) fn sources(
        &mut self,
        sources: &[Source],
        private: Option<&ActionPrivate>,
    ) -> Result<Vec<Json>, Problem> {
        let mut out = Vec::with_capacity(sources.len());
        for (at, source) in sources.iter().enumerate() {
            let bound = private.and_then(|private| private.bound.get(at)).filter(|of| of.pointer == source.pointer);
            out.push(self.source(source, bound)?);
        }
        Ok(out)
    }

    fn source(&mut self, source: &Source, bound: Option<&Bound>) -> Result<Json, Problem> {
        let (salt, api, task) = (self.salt, self.api, self.task);
        let found = match source.event {
            Some(seq) => self.event(seq)?,
            None => None,
        };
        let (leaf, tool, brought, line) = match found {
            Some((leaf, event)) => {
                let (brought, line) = brought(event, source, bound, salt.as_ref());
                let of = match &event.data {
                    Data::ActionBegun(begun) => Some(begun.action.tool.clone()),
                    data => data.act().map(|act| api.act_named(task, act)).transpose()?.flatten().map(|of| of.tool),
                };
                (Some(*leaf), of, Some(brought), line)
            }
            None => (None, None, None, None),
        };
        let mut words = source.source.words().to_owned();
        if let (Some(leaf), Some(brought)) = (leaf, brought) {
            words.push_str(&format!(": event {leaf}, {brought}"));
            words.extend(tool.as_ref().map(|tool| format!(" of {tool}")));
        }
        words.extend(line.as_ref().map(|line| format!(", {line}")));
        Ok(Json::object([
            ("event", leaf.map_or(Json::Null, Json::from)),
            ("kind", Json::from(source.kind.as_str())),
            ("line", line.as_deref().map_or(Json::Null, Json::from)),
            ("pointer", text(&source.pointer)),
            ("record", source.record.as_deref().map_or(Json::Null, Json::from)),
            ("source", Json::from(source.source.as_str())),
            ("value", bound.and_then(|bound| bound.normal.known()).map_or(Json::Null, |of| Json::from(of.as_str()))),
            ("words", Json::from(words)),
        ]))
    }
}

/// What an event was that brought a value, in words, and the line of it.
fn brought(
    event: &Event,
    source: &Source,
    bound: Option<&Bound>,
    salt: Option<&Salt>,
) -> (&'static str, Option<String>) {
    let record = || source.record.clone().filter(|record| !record.is_empty());
    match &event.data {
        Data::ActionEnded(ended) => {
            let place = salt.zip(bound).and_then(|(salt, bound)| brought_at(salt, bound, source, &ended.values));
            ("the result", place.map(|value| value.pointer.to_string()).or_else(record))
        }
        Data::ActionBegun(begun) => {
            let all = begun.private.iter().flat_map(|private| &private.bound);
            let same = |other: &&Bound| bound.is_some_and(|own| other.kind == own.kind && other.normal == own.normal);
            ("an argument of a call", all.into_iter().find(same).map(|of| of.pointer.to_string()))
        }
        Data::TaskStarted(_) => ("the consent", record()),
        Data::TaskAmended(_) => ("a later turn of the person", record()),
        Data::GrantMinted(_) => ("a condition of the consent", record()),
        _ => ("an event of another kind", record()),
    }
}
