//! The log in its order, folded as it was decided on: control as of each event, and each task as far as it had come.

use bailiwick_core::{ControlState, Digest, Event, Micros, PolicyText, StreamId, TaskState, TenantId};
use bailiwick_node::{Failure, Node, control_stream, named, open_event};
use bailiwick_record::Secret;
use bailiwick_store::StoredEvent;
use bailiwick_verify::{Candidate, Replay, Replayed};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How much of the log is read at a time.
const PAGE: usize = 500;
/// The most tasks that are remembered of one replay.
pub(super) const TASKS_MAX: usize = 2_000;

/// Why the record cannot be replayed.
#[derive(Debug)]
pub(super) enum ReplayError {
    /// The store or the keys cannot be reached.
    Failure(Failure),
    /// What is stored is not what was written.
    Broken(String),
}

impl From<Failure> for ReplayError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn unavailable(error: impl std::fmt::Display) -> ReplayError {
    ReplayError::Failure(Failure::Unavailable(error.to_string()))
}

fn broken(error: impl std::fmt::Display) -> ReplayError {
    ReplayError::Broken(error.to_string())
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// When the first event of it was.
    pub(crate) from: Option<Micros>,
    /// Whether that is all that was asked for; else only the newest of it.
    pub(crate) whole: bool,
}

/// A task as it is followed.
struct Followed {
    state: TaskState,
    hash: Digest,
    /// What its private fields are sealed under; `None` once they are erased.
    key: Option<Secret>,
}

/// Reads a tenant's record for one replay.
pub(super) struct Reader {
    node: Arc<Node>,
    /// The most tasks that are remembered; one that was forgotten is read again when it goes on.
    tasks_max: usize,
    tenant: TenantId,
    /// `None` for streams that are not of tasks.
    tasks: BTreeMap<StreamId, Option<Followed>>,
    by_age: VecDeque<StreamId>,
    control: (u64, Option<Digest>),
}

impl Reader {
    pub(super) fn new(node: Arc<Node>, tenant: TenantId, tasks_max: usize) -> Self {
        Self { node, tasks_max, tenant, tasks: BTreeMap::new(), by_age: VecDeque::new(), control: (0, None) }
    }

    /// Asks the candidate of every call since then, of the newest `leaves_max` events at most.
    pub(super) fn replay(
        mut self,
        candidate: Candidate,
        since: Micros,
        leaves_max: u64,
    ) -> Result<(Replayed, Window), ReplayError> {
        let size = self.size()?;
        let first = self.first_since(since, size)?;
        let mut leaf = first.max(size.saturating_sub(leaves_max));
        let mut window = Window { from: None, whole: leaf == first };
        let mut replay = Replay::new(candidate);
        self.control_until(leaf, &mut replay)?;
        while leaf < size {
            let Some((next, from)) = self.page(leaf, size, &mut replay)? else { break };
            window.from = window.from.or(Some(from));
            leaf = next;
        }
        Ok((replay.replayed(), window))
    }

    /// Looks at the next events of the log: the leaf to go on from, and when the first of them was.
    pub(super) fn page(
        &mut self,
        leaf: u64,
        size: u64,
        replay: &mut Replay,
    ) -> Result<Option<(u64, Micros)>, ReplayError> {
        let page = self.node.store().leaves(self.tenant, leaf, PAGE).map_err(unavailable)?;
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(None) };
        for stored in page.iter().filter(|stored| stored.leaf < size) {
            if stored.stream == control_stream(self.tenant) {
                // what was folded up to the leaf that it began with is not folded twice
                if stored.seq > self.control.0 {
                    self.control(stored, replay)?;
                }
            } else {
                self.task(stored, replay)?;
            }
        }
        Ok(Some((last.leaf + 1, first.event.at)))
    }

    /// How long the log is.
    pub(super) fn size(&self) -> Result<u64, ReplayError> {
        Ok(self.node.store().log(self.tenant).map_err(unavailable)?.size)
    }

    /// Leaves out what lies before a leaf: control is folded up to it, and tasks are read again when they go on.
    pub(super) fn skip_to(&mut self, leaf: u64, replay: &mut Replay) -> Result<(), ReplayError> {
        self.tasks.clear();
        self.by_age.clear();
        self.control_until(leaf, replay)
    }

    /// The first leaf at or after a time. Along the log time does not fall by more than the nodes' clocks differ.
    fn first_since(&self, since: Micros, size: u64) -> Result<u64, ReplayError> {
        let (mut low, mut high) = (0, size);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.node.store().leaves(self.tenant, middle, 1).map_err(unavailable)?;
            match found.first() {
                Some(stored) if stored.event.at < since => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Folds the control stream up to a leaf.
    fn control_until(&mut self, leaf: u64, replay: &mut Replay) -> Result<(), ReplayError> {
        loop {
            let from = self.control.0 + 1;
            let stream = control_stream(self.tenant);
            let page = self.node.store().stream(self.tenant, stream, from, PAGE).map_err(unavailable)?;
            for stored in &page {
                if stored.leaf >= leaf {
                    return Ok(());
                }
                self.control(stored, replay)?;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn control(&mut self, stored: &StoredEvent, replay: &mut Replay) -> Result<(), ReplayError> {
        let (seq, hash) = self.control;
        let event = self.opened(stored, (hash.map(|hash| (seq, hash)), None))?;
        let mut blobs: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
        for digest in named(&event.data) {
            let bytes = self.node.store().blob(self.tenant, digest).map_err(unavailable)?;
            blobs.insert(digest, bytes.ok_or_else(|| broken(format!("the document `{digest}` is missing")))?.into());
        }
        replay.control(&event, stored.leaf, &blobs).map_err(broken)?;
        self.control = (stored.seq, Some(stored.event.hash));
        Ok(())
    }

    fn task(&mut self, stored: &StoredEvent, replay: &mut Replay) -> Result<(), ReplayError> {
        let followed = match self.tasks.remove(&stored.stream) {
            Some(followed) => followed,
            None => {
                self.make_room(stored.stream);
                self.until(stored)?
            }
        };
        let Some(Followed { mut state, hash, key }) = followed else {
            self.tasks.insert(stored.stream, None);
            return Ok(());
        };
        let before = (stored.seq > 1).then(|| (stored.seq - 1, hash));
        let event = self.opened(stored, (before, key.as_ref()))?;
        let shown = stored.body.is_none() || !event.data.private().is_empty();
        replay.task(&state, event.clone(), shown, stored.leaf);
        state.apply(&event, stored.leaf).map_err(broken)?;
        self.tasks.insert(stored.stream, Some(Followed { state, hash: stored.event.hash, key }));
        Ok(())
    }

    fn make_room(&mut self, stream: StreamId) {
        self.by_age.push_back(stream);
        while self.by_age.len() > self.tasks_max {
            if let Some(oldest) = self.by_age.pop_front() {
                self.tasks.remove(&oldest);
            }
        }
    }

    /// A task as it was before an event of it; `None` of what is no task.
    fn until(&self, stored: &StoredEvent) -> Result<Option<Followed>, ReplayError> {
        let key = self.node.vault().data_key(self.node.store().as_ref(), self.tenant, stored.stream);
        let key = key.map_err(unavailable)?;
        let mut state = TaskState::empty(self.tenant, stored.stream);
        let mut last: Option<(u64, Digest)> = None;
        loop {
            let seq = last.map_or(1, |(seq, _)| seq + 1);
            let before = if seq < stored.seq {
                self.node.store().stream(self.tenant, stored.stream, seq, PAGE).map_err(unavailable)?
            } else {
                vec![stored.clone()]
            };
            if before.is_empty() {
                return Err(broken(format!("event {seq} of stream {} is missing", stored.stream)));
            }
            for one in &before {
                let event = self.opened(one, (last, key.as_ref()))?;
                if one.seq == 1 && event.data.kind() != "task.started" {
                    return Ok(None);
                }
                if one.seq == stored.seq {
                    let hash = last.map_or_else(|| Digest::new([0; 32]), |(_, hash)| hash);
                    return Ok(Some(Followed { state, hash, key }));
                }
                state.apply(&event, one.leaf).map_err(broken)?;
                last = Some((one.seq, one.event.hash));
            }
        }
    }

    /// An event that was written by a node of this tenant, opened.
    fn opened(
        &self,
        stored: &StoredEvent,
        (before, key): (Option<(u64, Digest)>, Option<&Secret>),
    ) -> Result<Event, ReplayError> {
        if let Some(why) = self.node.unlike(self.tenant, before, stored)? {
            return Err(broken(format!("the store was changed: event {} {why}", stored.leaf)));
        }
        open_event(self.tenant, key, stored).map_err(broken)
    }

    /// The policies that ran when the digest over all of them was this.
    pub(super) fn policies_of(self, digest: Digest) -> Result<Option<Vec<PolicyText>>, ReplayError> {
        let mut state = ControlState::default();
        let mut last: Option<(u64, Digest)> = None;
        loop {
            let from = last.map_or(1, |(seq, _)| seq + 1);
            let stream = control_stream(self.tenant);
            let page = self.node.store().stream(self.tenant, stream, from, PAGE).map_err(unavailable)?;
            for stored in &page {
                let event = self.opened(stored, (last, None))?;
                let mut blobs: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
                for name in named(&event.data) {
                    let bytes = self.node.store().blob(self.tenant, name).map_err(unavailable)?;
                    blobs.insert(name, bytes.unwrap_or_default().into());
                }
                state.apply(&event, stored.leaf, &blobs).map_err(broken)?;
                last = Some((stored.seq, stored.event.hash));
                if state.policy_digest() == digest {
                    return Ok(Some(state.policies.values().map(|(text, _)| text.as_ref().clone()).collect()));
                }
            }
            if page.len() < PAGE {
                return Ok(None);
            }
        }
    }
}
