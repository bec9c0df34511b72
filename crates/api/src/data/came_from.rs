//! Where one value came from, to the line: the event that brought it, and the place in what that event brought.

use super::CallData;
use crate::Problem;
use crate::people::text;
use crate::written::Written;
use bailiwick_core::json::Json;
use bailiwick_core::{Bound, Data, Event, Row, Salt, Source, TaskId, TaskState, brought_at};
use std::collections::BTreeMap;

/// The most events that are held while values are looked for.
const HELD_MAX: usize = 256;

/// An event that brought something, or none that can be believed.
type Found = Option<(u64, Event)>;

/// What the person consented to, row by row: a value that a condition names is said where that row came by.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// The event that made the first grant, by its seq.
    root: u64,
    /// The rows, each with the later turn that brought it.
    rows: Vec<(Row, Option<u64>)>,
    pub(super) salt: Option<Salt>,
}

impl Said {
    pub(super) fn of(task: &TaskState) -> Self {
        let root = task.root.and_then(|root| task.grants.get(&root));
        let envelope = root.and_then(|root| root.envelope.as_ref());
        let rows = envelope.into_iter().flat_map(|envelope| &envelope.rows);
        let since = root.into_iter().flat_map(|root| root.rows.iter().map(|row| row.since));
        Self { root: root.map_or(0, |root| root.seq), rows: rows.cloned().zip(since).collect(), salt: task.salt }
    }

    /// The turn that said this value, where the grant did not begin with it.
    fn turn(&self, source: &Source, of: &CallData<'_>) -> Option<u64> {
        let value = of.private?.arguments.pointer(&source.pointer)?;
        let names = |row: &Row| {
            let tool = row.tools.iter().any(|pattern| pattern.matches(&of.action.tool));
            tool && row.when.get(&source.pointer).is_some_and(|condition| condition.allows(Some(value)))
        };
        let naming: Vec<Option<u64>> =
            self.rows.iter().filter(|(row, _)| names(row)).map(|(_, since)| *since).collect();
        if naming.contains(&None) { None } else { naming.into_iter().flatten().next() }
    }
}

/// The events of one task that were looked at for this.
pub(super) struct Looked {
    written: Written,
    task: TaskId,
    said: Said,
    events: BTreeMap<u64, Found>,
}

impl Looked {
    pub(super) const fn of(written: Written, task: TaskId, said: Said) -> Self {
        Self { written, task, said, events: BTreeMap::new() }
    }

    pub(super) const fn written(&self) -> &Written {
        &self.written
    }

    /// The number in the log of the task's event of this seq.
    pub(super) fn leaf(&mut self, seq: u64) -> Result<Option<u64>, Problem> {
        Ok(self.event(seq)?.map(|(leaf, _)| *leaf))
    }

    /// The other task that the event of this seq says a class of data or a zone was brought from.
    pub(super) fn elsewhere(&mut self, seq: u64, name: &str) -> Result<Option<TaskId>, Problem> {
        let Some((_, event)) = self.event(seq)? else { return Ok(None) };
        let elsewhere = crate::explain::facts(&event.data).and_then(|facts| facts.elsewhere.as_ref());
        let Some(elsewhere) = elsewhere else { return Ok(None) };
        let all = [&elsewhere.held, &elsewhere.left].into_iter();
        let named = all.flat_map(|of| {
            let classes = of.classes.iter().map(|(class, whence)| (class.to_string(), whence));
            classes.chain(of.zones.iter().map(|(zone, whence)| (zone.to_string(), whence)))
        });
        Ok(named.filter(|(of, _)| of == name).find_map(|(_, whence)| whence.task))
    }

    /// Of an event that was changed in the store nothing is told.
    fn event(&mut self, seq: u64) -> Result<Option<&(u64, Event)>, Problem> {
        if self.events.len() >= HELD_MAX {
            self.events.clear();
        }
        if let std::collections::btree_map::Entry::Vacant(place) = self.events.entry(seq) {
            let found = match self.written.at(self.task, seq)? {
                Some(stored) if self.written.unlike(&stored)?.is_none() => {
                    Some((stored.leaf, self.written.opened(&stored)?))
                }
                _ => None,
            };
            place.insert(found);
        }
        Ok(self.events.get(&seq).and_then(Option::as_ref))
    }

    /// The sources of a call, in words, each with the line that brought it.
    pub(super) fn sources(&mut self, of: &CallData<'_>) -> Result<Vec<Json>, Problem> {
        let mut out = Vec::with_capacity(of.sources.len());
        for (at, source) in of.sources.iter().enumerate() {
            let bound = of.private.and_then(|private| private.bound.get(at));
            let bound = bound.filter(|bound| bound.pointer == source.pointer);
            // A condition of the consent is recorded as the grant's, whichever turn brought its row.
            let turn = || self.said.turn(source, of);
            let event = source.event.filter(|event| *event == self.said.root).and_then(|_| turn()).or(source.event);
            out.push(self.source(&Source { event, ..source.clone() }, bound)?);
        }
        Ok(out)
    }

    fn source(&mut self, source: &Source, bound: Option<&Bound>) -> Result<Json, Problem> {
        let (salt, written, task) = (self.said.salt, self.written.clone(), self.task);
        let found = match source.event {
            Some(seq) => self.event(seq)?,
            None => None,
        };
        let (leaf, tool, brought, line) = match found {
            Some((leaf, event)) => {
                let (brought, line) = brought(event, source, bound, salt.as_ref());
                let of = match &event.data {
                    Data::ActionBegun(begun) => Some(begun.action.tool.clone()),
                    data => data.act().map(|act| written.act_named(task, act)).transpose()?.flatten().map(|of| of.tool),
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
