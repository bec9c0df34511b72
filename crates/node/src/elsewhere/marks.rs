//! What somebody touched or left, each with the newest tasks that it came by.

use bailiwick_core::{DataClass, Label, TaskId, Touched, Whence, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The newest task that brought something, and the newest beside it: of whichever task is asked, one other is known if there
/// was any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    newest: Option<(u64, TaskId)>,
    other: Option<(u64, TaskId)>,
}

impl Last {
    /// What is told comes in the order of the log.
    fn take(&mut self, leaf: u64, task: TaskId) {
        if self.newest.is_some_and(|(_, of)| of != task) {
            self.other = self.newest;
        }
        self.newest = Some((leaf, task));
    }

    fn join(&mut self, with: &Self) {
        let mut all: Vec<_> = [self.newest, self.other, with.newest, with.other].into_iter().flatten().collect();
        all.sort_unstable();
        *self = Self::default();
        all.into_iter().for_each(|(leaf, task)| self.take(leaf, task));
    }

    fn besides(&self, task: TaskId) -> Option<Whence> {
        let found = self.all().find(|(_, of)| *of != task);
        found.map(|(leaf, task)| Whence { leaf, task: Some(task) })
    }

    fn all(&self) -> impl Iterator<Item = (u64, TaskId)> {
        [self.newest, self.other].into_iter().flatten()
    }

    fn names(&self, task: TaskId) -> bool {
        self.all().any(|(_, of)| of == task)
    }

    /// What came from this leaf on.
    fn since(&self, leaf: u64) -> Self {
        let [newest, other] = [self.newest, self.other].map(|last| last.filter(|(at, _)| *at >= leaf));
        Self { newest, other }
    }
}

/// Whether there is nothing in a label that could be brought anywhere.
pub(super) fn is_nothing(label: &Label) -> bool {
    label.classes.is_empty() && label.zones.is_empty() && label.trusted != Some(false)
}

/// What was touched or left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    classes: BTreeMap<DataClass, Last>,
    untrusted: Last,
    zones: BTreeMap<Zone, Last>,
}

impl Marks {
    /// A task brought this, by the event at `leaf`.
    pub(super) fn take(&mut self, label: &Label, leaf: u64, task: TaskId) {
        label.classes.iter().for_each(|class| self.classes.entry(class.clone()).or_default().take(leaf, task));
        label.zones.iter().for_each(|zone| self.zones.entry(zone.clone()).or_default().take(leaf, task));
        if label.trusted == Some(false) {
            self.untrusted.take(leaf, task);
        }
    }

    /// Both together.
    pub(super) fn join(&mut self, with: &Self) {
        with.classes.iter().for_each(|(class, last)| self.classes.entry(class.clone()).or_default().join(last));
        with.zones.iter().for_each(|(zone, last)| self.zones.entry(zone.clone()).or_default().join(last));
        self.untrusted.join(&with.untrusted);
    }

    fn all(&self) -> impl Iterator<Item = &Last> {
        self.classes.values().chain(self.zones.values()).chain([&self.untrusted])
    }

    /// The leaf of the last event that brought something.
    pub(super) fn newest(&self) -> u64 {
        self.all().filter_map(|last| last.newest.map(|(leaf, _)| leaf)).max().unwrap_or_default()
    }

    /// Whether it knows that this task brought any of it.
    pub(super) fn names(&self, task: TaskId) -> bool {
        self.all().any(|last| last.names(task))
    }

    /// Whether it knows this event as one that brought a class.
    pub(super) fn brought(&self, class: &DataClass, leaf: u64) -> bool {
        self.classes.get(class).is_some_and(|last| last.all().any(|(at, _)| at == leaf))
    }

    /// A class, as far as it came before this leaf, is there no more.
    pub(super) fn lower(&mut self, class: &DataClass, until: u64) {
        let Some(last) = self.classes.get_mut(class) else { return };
        *last = last.since(until);
        if last.newest.is_none() {
            self.classes.remove(class);
        }
    }

    /// Whether nothing is there.
    pub(super) fn is_nothing(&self) -> bool {
        self.all().all(|last| last.newest.is_none())
    }

    /// Classes, each with the event that brought it last.
    pub(super) fn classes(&self) -> impl Iterator<Item = (&DataClass, Whence)> {
        self.classes.iter().filter_map(|(class, last)| {
            let (leaf, task) = last.newest?;
            Some((class, Whence { leaf, task: Some(task) }))
        })
    }

    /// Adds what other tasks than this brought.
    pub(super) fn besides(&self, task: TaskId, to: &mut Touched) {
        for (class, whence) in self.classes.iter().filter_map(|(class, last)| Some((class, last.besides(task)?))) {
            let known = to.classes.entry(class.clone()).or_insert(whence);
            *known = whence.max(*known);
        }
        for (zone, whence) in self.zones.iter().filter_map(|(zone, last)| Some((zone, last.besides(task)?))) {
            let known = to.zones.entry(zone.clone()).or_insert(whence);
            *known = whence.max(*known);
        }
        to.untrusted = to.untrusted.max(self.untrusted.besides(task));
    }
}
