//! The store's log as judges see it: read as it grows, opened, and with the time at which each event was first there.

use crate::setup::TENANT;
use bailiwick_core::{ControlState, Data, Digest, Event, GrantId, Micros, StreamId, TaskId, TaskState};
use bailiwick_node::{Vault, control_stream, named, open_event};
use bailiwick_record::Secret;
use bailiwick_store::{Ledger, MemoryStore, StoredEvent};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many events are read at once.
const READ_MAX: usize = 256;

/// One event of the log.
#[derive(Debug)]
pub(crate) struct Entry {
    /// As stored.
    pub(crate) stored: StoredEvent,
    /// Opened.
    pub(crate) event: Event,
    /// When it was first seen in the store, in the world's own time.
    pub(crate) seen: Micros,
}

/// All events, and where each stream's are.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<Entry>,
    streams: BTreeMap<StreamId, Vec<usize>>,
    keys: BTreeMap<StreamId, Secret>,
    /// What control events name.
    blobs: BTreeMap<Digest, Arc<[u8]>>,
}

impl Log {
    /// Reads what is new; answers how many events there were before.
    ///
    /// # Errors
    /// The sentence when an event cannot be opened.
    pub(crate) fn read_on(&mut self, store: &MemoryStore, vault: &Vault, now: Micros) -> Result<usize, String> {
        let before = self.entries.len();
        loop {
            let from = self.entries.len();
            let found = store.leaves(TENANT, from as u64, READ_MAX).map_err(|error| error.to_string())?;
            let last = found.len() < READ_MAX;
            for stored in found {
                if stored.event.sealed.is_some() && !self.keys.contains_key(&stored.stream) {
                    let key = vault.data_key(store, TENANT, stored.stream).map_err(|error| error.to_string())?;
                    let key =
                        key.ok_or_else(|| format!("leaf {} is sealed under a key that is not there", stored.leaf))?;
                    self.keys.insert(stored.stream, key);
                }
                let event = open_event(TENANT, self.keys.get(&stored.stream), &stored)
                    .map_err(|error| format!("leaf {}: {error}", stored.leaf))?;
                for digest in named(&event.data) {
                    let bytes = store.blob(TENANT, digest).map_err(|error| error.to_string())?;
                    let bytes = bytes.ok_or_else(|| format!("leaf {}: no blob {digest}", stored.leaf))?;
                    self.blobs.insert(digest, bytes.into());
                }
                self.streams.entry(stored.stream).or_default().push(self.entries.len());
                self.entries.push(Entry { stored, event, seen: now });
            }
            if last {
                return Ok(before);
            }
        }
    }

    /// All events, by leaf.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many events of each kind there are.
    pub(crate) fn kinds(&self) -> BTreeMap<&'static str, u64> {
        let mut kinds = BTreeMap::new();
        self.entries.iter().for_each(|entry| *kinds.entry(entry.event.data.kind()).or_default() += 1);
        kinds
    }

    /// The event at a leaf.
    pub(crate) fn leaf(&self, leaf: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(leaf).ok()?)
    }

    /// The event of a stream by seq.
    pub(crate) fn event(&self, stream: StreamId, seq: u64) -> Option<&Entry> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.entries.get(*self.streams.get(&stream)?.get(at)?)
    }

    /// The events of a stream, in order.
    pub(crate) fn stream(&self, stream: StreamId) -> impl Iterator<Item = &Entry> {
        self.streams.get(&stream).into_iter().flatten().filter_map(|at| self.entries.get(*at))
    }

    /// Task streams.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskId> {
        let begins = |at: &Vec<usize>| at.first().and_then(|at| self.entries.get(*at)).map(|entry| &entry.event.data);
        let task = move |at: &Vec<usize>| matches!(begins(at), Some(Data::TaskStarted(_)));
        self.streams.iter().filter(move |(_, at)| task(at)).map(|(stream, _)| *stream)
    }

    /// Whether the end of this grant, or of its task, is in the log; and the entry.
    pub(crate) fn ending(&self, task: TaskId, grant: Option<GrantId>) -> Option<&Entry> {
        self.stream(task).find(|entry| match &entry.event.data {
            Data::TaskEnded(_) => true,
            Data::GrantEnded(ended) => grant == Some(ended.grant),
            _ => false,
        })
    }

    /// Folds control events past `state` up to `seq`.
    ///
    /// # Errors
    /// The sentence when an event does not fit.
    pub(crate) fn fold_control(&self, state: &mut ControlState, seq: u64) -> Result<(), String> {
        while state.seq < seq {
            let next = state.seq + 1;
            let entry = self.event(control_stream(TENANT), next);
            let entry = entry.ok_or_else(|| format!("control event {next} is not in the store"))?;
            state
                .apply(&entry.event, entry.stored.leaf, &self.blobs)
                .map_err(|error| format!("control event {next}: {error}"))?;
        }
        Ok(())
    }

    /// Folds a task's events past `state` up to `seq`.
    ///
    /// # Errors
    /// The sentence when an event does not fit.
    pub(crate) fn fold(&self, state: &mut TaskState, seq: u64) -> Result<(), String> {
        while state.seq < seq {
            let next = state.seq + 1;
            let entry = self
                .event(state.id, next)
                .ok_or_else(|| format!("event {next} of {} is not in the store", state.id))?;
            state
                .apply(&entry.event, entry.stored.leaf)
                .map_err(|error| format!("event {next} of {}: {error}", state.id))?;
        }
        Ok(())
    }
}
