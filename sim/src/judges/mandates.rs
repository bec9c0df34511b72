//! What tasks draw on mandates and what comes back adds up, by this judge's own arithmetic in cents: each event stands in both
//! streams, no mandate gives more than it may in its time, and what comes back is what was not charged.

use super::meters::hundredths;
use super::tree::Tree;
use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::setup::DAWN;
use crate::setup::wide::{MANDATES, ROLLING, mandate};
use crate::world::World;
use bailiwick_core::{
    ActionBegun, ActionEnded, AllocationMade, AllocationReturned, Code, Data, Micros, Reserved, Span, StreamId, TaskId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What one task drew on one mandate.
struct Drawn {
    task: TaskId,
    at: Micros,
    /// When it was settled.
    settled: Option<Micros>,
    counts: u64,
}

#[derive(Default)]
pub(super) struct Mandates {
    tree: Tree,
    drawn: BTreeMap<String, Vec<Drawn>>,
    /// What the first grant of a task is charged in euros, by act.
    charged: BTreeMap<TaskId, BTreeMap<u64, u64>>,
    /// Acts that neither ended nor went on.
    open: BTreeSet<(TaskId, u64)>,
    over: BTreeSet<TaskId>,
    /// Those that a restore ended: all that they drew counts, for more may have been spent than is known.
    passed: BTreeSet<TaskId>,
    executed: BTreeMap<TaskId, u64>,
    /// The event that is to stand in the other stream as well.
    twins: BTreeMap<(TaskId, String, &'static str), (Data, StreamId)>,
}

/// The day that a moment is of, where midnight is a minute after dawn.
fn day(at: Micros) -> u64 {
    let midnight = DAWN.0 + 60_000_000;
    if at.0 < midnight { 0 } else { 1 + (at.0 - midnight) / Span::hours(24).0 }
}

impl Mandates {
    /// The same event stands in the stream of the task and in the mandate's, by one append.
    fn twin(&mut self, entry: &Entry, (task, name): (TaskId, &str)) -> Result<bool, String> {
        let (leaf, stream, data) = (entry.stored.leaf, entry.stored.stream, &entry.event.data);
        let own = mandate(name)?;
        holds(stream == task || stream == own, || {
            format!("leaf {leaf}: `{}` of {name} in another stream", data.kind())
        })?;
        let key = (task, name.to_owned(), data.kind());
        match self.twins.remove(&key) {
            Some((before, of)) if of != stream => {
                holds(before == *data, || format!("leaf {leaf}: the task and {name} say another thing of the same"))?;
                Ok(true)
            }
            Some(_) => Err(format!("leaf {leaf}: a `{}` of {name} stands in one stream alone", data.kind())),
            None => {
                self.twins.insert(key, (data.clone(), stream));
                Ok(false)
            }
        }
    }

    fn made(&mut self, entry: &Entry, made: &AllocationMade) -> Verdict {
        let (leaf, name) = (entry.stored.leaf, made.mandate.as_str());
        if !self.twin(entry, (made.task, name))? {
            return Ok(());
        }
        let [amount] = made.amounts.as_slice() else { return Err(format!("leaf {leaf}: one unit was to be drawn")) };
        let counts = hundredths(amount.amount)?;
        let most = MANDATES.iter().find(|(known, _)| *known == name).map(|(_, most)| most * 100);
        let drawn = self.drawn.entry(name.to_owned()).or_default();
        holds(drawn.iter().all(|of| of.task != made.task), || format!("leaf {leaf}: a task draws on {name} twice"))?;
        let at = entry.event.at;
        drawn.push(Drawn { task: made.task, at, settled: None, counts });
        let since = at.before(Span::seconds(ROLLING.1));
        let rolls = name == ROLLING.0;
        let in_time = |of: &&Drawn| match rolls {
            true => of.settled.is_none_or(|until| until > since),
            false => day(of.at) == day(at),
        };
        let sum: u64 = drawn.iter().filter(in_time).map(|of| of.counts).sum();
        holds(most.is_some_and(|most| sum <= most), || {
            format!("leaf {leaf}: {sum} hundredths are drawn on {name}, it gives {most:?}")
        })
    }

    fn returned(&mut self, entry: &Entry, returned: &AllocationReturned) -> Verdict {
        let (leaf, name, task) = (entry.stored.leaf, returned.mandate.as_str(), returned.task);
        if !self.twin(entry, (task, name))? {
            return Ok(());
        }
        holds(self.over.contains(&task), || format!("leaf {leaf}: a task that is not over gives back"))?;
        let charged: u64 = self.charged.get(&task).into_iter().flatten().map(|(_, size)| size).sum();
        let open = self.open.iter().any(|(of, _)| *of == task);
        let passed = self.passed.contains(&task);
        holds(!(returned.settled && open) || passed, || {
            format!("leaf {leaf}: a task gives back for good, and an act of it is in doubt")
        })?;
        let drawn = self.drawn.get_mut(name).and_then(|of| of.iter_mut().find(|of| of.task == task));
        let drawn = drawn.ok_or_else(|| format!("leaf {leaf}: a task gives back what it did not draw on {name}"))?;
        holds(drawn.settled.is_none(), || format!("leaf {leaf}: a task gives back to {name} after the last"))?;
        for back in &returned.amounts {
            let (counts, rest) = (hundredths(back.counts)?, hundredths(back.returned)?);
            let charged = if passed { charged.max(drawn.counts) } else { charged };
            holds(counts == charged, || {
                format!("leaf {leaf}: {counts} hundredths are said to count on {name}, charged are {charged}")
            })?;
            holds(counts + rest == drawn.counts.max(counts), || {
                format!("leaf {leaf}: {rest} go back to {name} and {counts} count, drawn were {}", drawn.counts)
            })?;
            drawn.counts = counts;
        }
        drawn.settled = returned.settled.then_some(entry.event.at);
        Ok(())
    }

    /// What an act reserves, or comes to, of the first grant of its task.
    fn charge(&mut self, entry: &Entry, act: u64, charges: &[Reserved]) -> Verdict {
        let task = entry.stored.stream;
        let Some(root) = self.tree.root(task) else { return Ok(()) };
        let own = charges.iter().filter(|held| held.grant == root && held.unit.is_currency());
        let sizes = own.map(|held| hundredths(held.amount)).collect::<Result<Vec<u64>, String>>()?;
        if !sizes.is_empty() {
            self.charged.entry(task).or_default().insert(act, sizes.iter().sum());
        }
        Ok(())
    }

    fn begun(&mut self, entry: &Entry, begun: &ActionBegun) -> Verdict {
        let (task, act) = (entry.stored.stream, entry.stored.seq);
        if let Some(first) = begun.continues {
            self.open.remove(&(task, first));
            self.charged.entry(task).or_default().remove(&first);
        }
        self.open.insert((task, act));
        self.charge(entry, act, &begun.reserved)
    }

    fn ended(&mut self, entry: &Entry, ended: &ActionEnded) -> Verdict {
        self.open.remove(&(entry.stored.stream, ended.act));
        self.charge(entry, ended.act, &ended.settled)
    }
}

impl Judge for Mandates {
    fn name(&self) -> &'static str {
        "mandates"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        self.tree.entry(entry);
        let stream = entry.stored.stream;
        match &entry.event.data {
            Data::AllocationMade(made) => self.made(entry, made),
            Data::AllocationReturned(returned) => self.returned(entry, returned),
            Data::ActionBegun(begun) => self.begun(entry, begun),
            Data::ActionEnded(ended) => self.ended(entry, ended),
            // A grant is the outcome of the act that handed it on.
            Data::GrantMinted(minted) => {
                if let Some(act) = minted.act {
                    self.open.remove(&(stream, act));
                }
                Ok(())
            }
            Data::TaskEnded(ended) => {
                self.over.insert(stream);
                if ended.why == Code::EpochPassed {
                    self.passed.insert(stream);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn happened(&mut self, happening: &Happening, _: &Log, _: &World) -> Verdict {
        let Happening::Executed { task, amount, .. } = happening else { return Ok(()) };
        let executed = self.executed.entry(*task).or_default();
        *executed += hundredths(*amount)?;
        for (name, drawn) in &self.drawn {
            let own = drawn.iter().find(|of| of.task == *task);
            let (executed, most) = (*executed, own.map(|of| of.counts));
            holds(most.is_none_or(|most| executed <= most), || {
                format!("the upstream moved {executed} hundredths for {task}, of {name} count {most:?}")
            })?;
        }
        Ok(())
    }

    fn step(&mut self, _: &Log, _: &World, _: Option<usize>) -> Verdict {
        // One append holds both, and the log is read after each step.
        let alone = self.twins.values().next();
        holds(alone.is_none(), || {
            format!("a `{}` stands in {:?} alone", alone.map_or("", |(data, _)| data.kind()), alone.map(|(_, of)| of))
        })
    }

    fn end(&mut self, _: &Log, _: &World) -> Verdict {
        let settled = |task: &TaskId| self.over.contains(task) && !self.open.iter().any(|(of, _)| of == task);
        for (name, drawn) in &self.drawn {
            let held = drawn.iter().find(|of| of.settled.is_none() && settled(&of.task));
            let held = held.map(|of| of.task);
            holds(held.is_none(), || format!("task {held:?} is over and settled, and gave nothing back to {name}"))?;
        }
        Ok(())
    }
}
