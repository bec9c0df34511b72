//! What came to a call from other tasks, in words.

use crate::{Api, Problem};
use bailiwick_core::{
    Caller, Data, Facts, GrantId, GrantState, Memory, ServerName, TaskId, TaskState, Touched, Whence,
};
use bailiwick_node::{LiveControl, control_stream};
use std::ops::RangeInclusive;

/// How many of the newest events of administration are looked through for what was lowered since, and so many at a time.
const LOWERED_LOOKED_MAX: u64 = 2_000;
const LOWERED_PAGE: usize = 200;

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

impl Api {
    /// One sentence for each: what it is, of which task, and by which event of the log. `server` is where the call reads.
    pub(crate) async fn brought_elsewhere(
        &self,
        facts: &Facts,
        server: Option<&ServerName>,
    ) -> Result<Vec<String>, Problem> {
        let Some(elsewhere) = &facts.elsewhere else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for (what, whence) in all(&elsewhere.held) {
            let words = what.words();
            out.push(match whence.task {
                Some(task) => {
                    let (event, by) = self.touched_there(&what, task, whence.leaf).await?;
                    let whose = self.whose(facts.caller.as_ref(), by.as_ref())?;
                    format!("{words}, which {whose} touched in task {task} (event {event})")
                }
                None => {
                    let whose = self.whose(facts.caller.as_ref(), None)?;
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
                (What::Class(class), Some(server)) => self.lowered_since(server, class, whence)?,
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
    fn lowered_since(
        &self,
        server: &ServerName,
        class: &bailiwick_core::DataClass,
        whence: Whence,
    ) -> Result<Option<u64>, Problem> {
        let last = self.control()?.state.seq;
        let looked: RangeInclusive<u64> = last.saturating_sub(LOWERED_LOOKED_MAX).max(1)..=last;
        let (mut found, mut from) = (None, *looked.start());
        while looked.contains(&from) {
            let page = self.desk.node().store().stream(self.tenant, control_stream(self.tenant), from, LOWERED_PAGE);
            let page = page.map_err(|error| Problem::broken(error.to_string()))?;
            let Some(last) = page.last().map(|stored| stored.seq) else { break };
            from = last.saturating_add(1);
            for stored in page {
                let Data::ControlPlaceLowered(lowered) = self.opened(&stored)?.data else { continue };
                let there = lowered.server == *server && lowered.class == *class && lowered.until > whence.leaf;
                if there && lowered.event.is_none_or(|event| event == whence.leaf) {
                    found = Some(stored.leaf);
                }
            }
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
