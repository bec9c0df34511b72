//! What is held is not erased, nothing is erased before its time, and what is due and held by nobody is erased in the end; and
//! of a task that is not erased the key is there, of one that is it is not.

use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use crate::setup::TENANT;
use crate::setup::wide::kept_for;
use crate::world::World;
use bailiwick_core::{Data, Micros, Span, TaskId, TaskState};
use bailiwick_store::Keys;
use std::collections::{BTreeMap, BTreeSet};

/// How far clocks of a run are from the world's.
const CLOCKS: Span = Span::hours(1);

#[derive(Default)]
pub(super) struct Kept {
    templates: BTreeMap<TaskId, String>,
    /// When each ended, in the world's own time.
    ended: BTreeMap<TaskId, Micros>,
    held: BTreeMap<TaskId, BTreeSet<u64>>,
    /// Overrides that nobody closed, by number.
    glasses: BTreeMap<u64, TaskId>,
    erased: BTreeSet<TaskId>,
}

impl Kept {
    /// From when on the rule keeps a task no longer, in the world's own time.
    fn until(&self, task: TaskId) -> Option<Micros> {
        let span = kept_for(self.templates.get(&task).map(String::as_str));
        self.ended.get(&task).map(|ended| ended.after(span))
    }

    fn is_held(&self, task: TaskId) -> bool {
        self.held.get(&task).is_some_and(|holds| !holds.is_empty())
    }

    fn erases(&mut self, entry: &Entry, task: TaskId) -> Verdict {
        let leaf = entry.stored.leaf;
        holds(self.erased.insert(task), || format!("leaf {leaf}: {task} is erased for the second time"))?;
        holds(!self.is_held(task), || format!("leaf {leaf}: {task} is erased, and somebody holds it"))?;
        let glass = self.glasses.values().any(|of| *of == task);
        holds(!glass, || format!("leaf {leaf}: {task} is erased under an override that nobody closed"))?;
        let due = self.until(task).is_some_and(|until| entry.seen.after(CLOCKS) >= until);
        holds(due, || format!("leaf {leaf}: {task} is erased before its time"))
    }
}

impl Judge for Kept {
    fn name(&self) -> &'static str {
        "kept"
    }

    fn ages(&self) -> bool {
        true
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        let (stream, seq, leaf) = (entry.stored.stream, entry.stored.seq, entry.stored.leaf);
        match &entry.event.data {
            Data::TaskStarted(started) => {
                self.templates.insert(stream, started.template.to_string());
            }
            Data::TaskEnded(_) => {
                self.ended.insert(stream, entry.seen);
            }
            Data::ControlHeld(held) => {
                let erased = self.erased.contains(&held.task);
                holds(!erased, || format!("leaf {leaf}: {} is held, and is erased already", held.task))?;
                self.held.entry(held.task).or_default().insert(seq);
            }
            Data::ControlReleased(released) => {
                let was = self.held.get_mut(&released.task).is_some_and(|holds| holds.remove(&released.hold));
                holds(was, || format!("leaf {leaf}: hold {} over {} was not there", released.hold, released.task))?;
            }
            Data::ControlGlassBroken(broken) => {
                self.glasses.insert(seq, broken.task);
            }
            Data::ControlGlassClosed(closed) => {
                self.glasses.remove(&closed.glass);
            }
            Data::ControlErased(erased) => return self.erases(entry, erased.task),
            Data::ControlExpired(expired) => {
                return expired.tasks.iter().try_for_each(|of| self.erases(entry, of.task));
            }
            _ => {}
        }
        Ok(())
    }

    fn aged(&mut self, log: &Log, world: &World) -> Verdict {
        let now = world.now();
        for task in log.tasks() {
            let key = world.store().data_key(TENANT, task).map_err(|error| error.to_string())?.is_some();
            let erased = self.erased.contains(&task);
            holds(erased || key, || format!("the key of {task} is gone, and nothing says that it was erased"))?;
            holds(!erased || !key, || format!("the record calls {task} erased, and its key is there"))?;
            let due = self.until(task).is_some_and(|until| now >= until.after(CLOCKS));
            let kept = self.is_held(task) || self.glasses.values().any(|of| *of == task);
            if erased || kept || !due {
                continue;
            }
            let mut state = TaskState::empty(TENANT, task);
            let last = log.stream(task).count() as u64;
            log.fold(&mut state, last)?;
            let unfinished = state.unfinished(now).is_some();
            holds(unfinished, || format!("{task} is over, nobody holds it, its time has passed, and it is there"))?;
        }
        Ok(())
    }
}
