//! What came to a call from other tasks, in words.

use crate::written::Written;
use crate::{Api, Problem};
use bailiwick_core::{
    Caller, ControlPlaceLowered, Data, DataClass, Elsewhere, Facts, GrantId, GrantState, Memory, ServerName, StreamId,
    TaskId, TaskState, Touched, Whence,
};
use bailiwick_node::{LiveControl, control_stream};
use std::collections::BTreeMap;

/// How many of the newest events of administration are looked through for what was lowered since, and so many at a time.
const LOWERED_LOOKED_MAX: u64 = 2_000;
const LOWERED_PAGE: usize = 200;
/// The most answers of other tasks that are kept for one page.
const TOUCHED_KEPT_MAX: usize = 1_024;

/// What of a label is asked for.
#[derive(Clone)]
enum What {
    Class(bailiwick_core::DataClass),
    Others,
    Zone(bailiwick_core::Zone),
}

impl What {
    fn words(&self) -> String {
        match self {
            Self::Class(class) => format!("data of class {class}"),
            Self::Others => "what others may have written".to_owned(),
            Self::Zone(zone) => format!("something of zone {zone}"),
        }
    }

    /// The event of its own task that brought it to a holder, by its seq.
    fn brought(&self, grant: &GrantState) -> Option<u64> {
        match self {
            Self::Class(class) => grant.brought.classes.get(class).copied(),
            Self::Others => grant.brought.untrusted,
            Self::Zone(zone) => grant.brought.zones.get(zone).copied(),
        }
    }
}

fn all(touched: &Touched) -> Vec<(What, Whence)> {
    let classes = touched.classes.iter().map(|(class, whence)| (What::Class(class.clone()), *whence));
    let zones = touched.zones.iter().map(|(zone, whence)| (What::Zone(zone.clone()), *whence));
    classes.chain(zones).chain(touched.untrusted.map(|whence| (What::Others, whence))).collect()
}

/// What other tasks brought to a call, as its decision found it.
#[derive(Debug)]
pub(crate) struct Brought {
    elsewhere: Elsewhere,
    caller: Option<Caller>,
    /// Where the call reads.
    server: Option<ServerName>,
}

impl Brought {
    pub(crate) fn of(facts: &Facts, server: Option<&ServerName>) -> Option<Self> {
        let elsewhere = facts.elsewhere.as_deref()?.clone();
        Some(Self { elsewhere, caller: facts.caller.clone(), server: server.cloned() })
    }
}

/// What the record of others says of all that one page tells: each looked up once, however many calls rest on it.
#[derive(Debug, Default)]
pub(crate) struct Others {
    /// What was lowered of what tasks left, by the newest events of administration, each with its place in the log.
    lowered: Option<Vec<(u64, ControlPlaceLowered)>>,
    /// By which event somebody touched something, and who: by what it is, the task, and the event on record.
    touched: BTreeMap<(String, TaskId, u64), (u64, Option<Caller>)>,
}

/// What was lowered by the newest events of administration, of which `last` is the last.
fn lowered(written: &Written, control: StreamId, last: u64) -> Result<Vec<(u64, ControlPlaceLowered)>, Problem> {
    let (mut found, mut from) = (Vec::new(), last.saturating_sub(LOWERED_LOOKED_MAX).max(1));
    let key = written.key(control)?;
    while from <= last {
        let page = written.page(control, from, LOWERED_PAGE)?;
        let Some(newest) = page.last().map(|stored| stored.seq) else { break };
        from = newest.saturating_add(1);
        for stored in page {
            if let Data::ControlPlaceLowered(lowered) = written.opened_by(&stored, key.as_ref())?.data {
                found.push((stored.leaf, *lowered));
            }
        }
    }
    Ok(found)
}

impl Api {
    /// One sentence for each: what it is, of which task, and by which event of the log.
    pub(crate) async fn brought_elsewhere(
        &self,
        Brought { elsewhere, caller, server }: &Brought,
        others: &mut Others,
    ) -> Result<Vec<String>, Problem> {
        let mut out = Vec::new();
        for (what, whence) in all(&elsewhere.held) {
            let words = what.words();
            out.push(match whence.task {
                Some(task) => {
                    let (event, by) = self.touched_once(&what, task, whence.leaf, others).await?;
                    let whose = self.whose(caller.as_ref(), by.as_ref())?;
                    format!("{words}, which {whose} touched in task {task} (event {event})")
                }
                None => {
                    let whose = self.whose(caller.as_ref(), None)?;
                    format!("{words}, which {whose} may have touched in another task: which is not known any more")
                }
            });
        }
        for (what, whence) in all(&elsewhere.left) {
            let words = what.words();
            let left = match whence.task {
                Some(task) => format!("{words}, which task {task} left where it reads (event {})", whence.leaf),
                None => format!("{words}, which may have been left where it reads: by which task is not known"),
            };
            let lowered = match (&what, server) {
                (What::Class(class), Some(server)) => self.lowered_since((server, class), whence, others).await?,
                _ => None,
            };
            out.push(match lowered {
                Some(event) => format!(
                    "{left}; a person said since that none of it lies there (event {event}): who has read it keeps it, who reads \
                     there from then on does not take it"
                ),
                None => left,
            });
        }
        Ok(out)
    }

    /// The newest event by which somebody said since that what was left there is no data of the class.
    async fn lowered_since(
        &self,
        (server, class): (&ServerName, &DataClass),
        whence: Whence,
        others: &mut Others,
    ) -> Result<Option<u64>, Problem> {
        if others.lowered.is_none() {
            let (written, last) = (self.written(), self.control()?.state.seq);
            let control = control_stream(self.tenant);
            others.lowered = Some(self.desk.node().beside(move || lowered(&written, control, last)).await??);
        }
        let there = |(_, of): &&(u64, ControlPlaceLowered)| {
            let this = of.server == *server && of.class == *class && of.until > whence.leaf;
            this && of.event.is_none_or(|event| event == whence.leaf)
        };
        Ok(others.lowered.iter().flatten().rev().find(there).map(|(leaf, _)| *leaf))
    }

    /// [`Self::touched_there`], asked once for each.
    async fn touched_once(
        &self,
        what: &What,
        task: TaskId,
        leaf: u64,
        others: &mut Others,
    ) -> Result<(u64, Option<Caller>), Problem> {
        let key = (what.words(), task, leaf);
        if let Some(known) = others.touched.get(&key) {
            return Ok(known.clone());
        }
        let found = self.touched_there(what, task, leaf).await?;
        if others.touched.len() < TOUCHED_KEPT_MAX {
            others.touched.insert(key, found.clone());
        }
        Ok(found)
    }

    /// The event that brought it to whoever is on record with it at this leaf, which is that of the last act done with it; and who
    /// that was.
    async fn touched_there(&self, what: &What, task: TaskId, leaf: u64) -> Result<(u64, Option<Caller>), Problem> {
        let found = self.desk.node().store().leaves(self.tenant, leaf, 1);
        let found = found.map_err(|error| Problem::broken(error.to_string()))?;
        let found = found.into_iter().find(|stored| stored.leaf == leaf && stored.stream == task);
        let Some(event) = found.map(|stored| self.opened(&stored)).transpose()? else { return Ok((leaf, None)) };
        let (grant, facts): (GrantId, &Facts) = match &event.data {
            Data::ActionBegun(begun) => (begun.grant, &begun.facts),
            Data::KeyBound(bound) => (bound.grant, &bound.facts),
            _ => return Ok((leaf, None)),
        };
        let what = what.clone();
        let look = move |task: &TaskState, _: &LiveControl| task.grants.get(&grant).and_then(|of| what.brought(of));
        let brought = self.desk.node().look(self.tenant, task, look).await?;
        let stored = brought.map(|seq| self.at(task, seq)).transpose()?.flatten();
        // read again after it was lowered, it was brought later than that act
        let event = stored.map(|stored| stored.leaf).filter(|brought| *brought <= leaf).unwrap_or(leaf);
        Ok((event, facts.caller.clone()))
    }

    /// Whose hands it was in: this very process, or another of an agent that keeps what it reads.
    fn whose(&self, caller: Option<&Caller>, there: Option<&Caller>) -> Result<&'static str, Problem> {
        let Some(caller) = caller else { return Ok("its holder") };
        let same = there
            .is_some_and(|of| of.key == caller.key || (of.agent == caller.agent && of.instance == caller.instance));
        let control = self.control()?;
        let agent = control.state.agents.get(&caller.agent);
        let kept = agent.is_some_and(|entry| entry.document.memory == Memory::Kept);
        Ok(if kept && !same { "its agent, which keeps what it reads (`memory: kept`)," } else { "its instance" })
    }
}
