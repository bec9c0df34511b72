//! One run: a seed, a world, its judges.

use crate::happening::Happening;
use crate::judges::{Judge, judges};
use crate::log::Log;
use crate::mutant::Mutant;
use crate::options::Options;
use crate::world::{Aging, Counts, World};
use bailiwick_core::{Span, TaskId};
use bailiwick_node::Vault;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// How long nothing breaks before all must be settled.
const LIVENESS: Span = Span::minutes(10);
/// How long things go on breaking after the store lost something, and then how long nodes have to notice in peace.
const AFTER_LOSS: Span = Span::seconds(40);

/// How long goes on what happens after a day has passed.
const AFTER_DAY: Span = Span::seconds(60);

/// How long things go on breaking after somebody went on from a store that was put back.
const AFTER_RESTORE: Span = Span::seconds(60);

/// A promise that was broken, and how to see it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The seed.
    pub(crate) seed: u64,
    /// What the seed made of the world.
    pub(crate) options: Option<Box<Options>>,
    /// At which step.
    pub(crate) step: u64,
    /// Who saw it.
    pub(crate) judge: &'static str,
    /// What was seen.
    pub(crate) sentence: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} step {}: {}: {}", self.seed, self.step, self.judge, self.sentence)
    }
}

impl std::error::Error for Failure {}

/// What a run was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ran {
    /// In numbers.
    pub(crate) counts: Counts,
    /// How many events of each kind stand in its log, up to a loss.
    pub(crate) kinds: BTreeMap<&'static str, u64>,
}

/// A run under way.
struct Run {
    world: World,
    vault: Arc<Vault>,
    log: Log,
    judges: Vec<Box<dyn Judge>>,
    /// How many happenings the judges have heard of.
    heard: usize,
    mutant: Option<Mutant>,
    /// How often somebody went on from a store that was put back, as far as judges know; and the tasks of before.
    restored: u32,
    before: BTreeSet<TaskId>,
}

/// What went wrong: who saw it, and what.
type Broken = (&'static str, String);

/// Runs one seed, to its end or to the first promise broken. With a mutant, the judge of that mutant alone looks on.
///
/// # Errors
/// [`Failure`] with the judge's sentence.
pub(crate) fn run(seed: u64, mutant: Option<Mutant>) -> Result<Ran, Failure> {
    let fail = |options: Option<Options>, step, (judge, sentence): Broken| Failure {
        seed,
        options: options.map(Box::new),
        step,
        judge,
        sentence,
    };
    let (world, vault) = World::new(seed, mutant).map_err(|why| fail(None, 0, ("world", why)))?;
    let judges = judges(mutant.map(Mutant::judge));
    let (log, before) = (Log::default(), BTreeSet::new());
    let mut run = Run { world, vault, log, judges, heard: 0, mutant, restored: 0, before };
    match run.whole() {
        Ok(()) => Ok(Ran { counts: run.world.counts(), kinds: run.log.kinds() }),
        Err(broken) => Err(fail(Some(*run.world.options()), run.world.counts().steps, broken)),
    }
}

impl Run {
    fn whole(&mut self) -> Result<(), Broken> {
        let mut until = self.world.safety_until();
        loop {
            while self.world.lost().is_none() && self.step(until)? {}
            if self.world.lost().is_none() {
                break;
            }
            let (restored, peace) = (self.restored, self.world.now().after(AFTER_LOSS));
            while self.restored == restored && self.step(peace)? {}
            if self.restored == restored {
                break;
            }
            until = self.world.now().after(AFTER_RESTORE);
        }
        self.world.heal();
        let until = self.world.now().after(if self.world.lost().is_some() { AFTER_LOSS } else { LIVENESS });
        while self.step(until)? {}
        let lost = self.world.lost().is_some();
        for judge in self.judges.iter_mut().filter(|judge| !lost || judge.outlives_loss()) {
            judge.end(&self.log, &self.world).map_err(|why| (judge.name(), why))?;
        }
        // What a copy was made of is another's to keep: after a restore the rule rests.
        if self.world.keeps() && !lost && self.restored == 0 { self.age() } else { Ok(()) }
    }

    /// Days pass, and what is kept no longer goes: what was sealed is looked into by nobody from here on.
    fn age(&mut self) -> Result<(), Broken> {
        for how in [Aging::Busy, Aging::Busy, Aging::Quiet] {
            self.world.age(how);
            let until = self.world.now().after(AFTER_DAY);
            while self.world.step(until).map_err(|why| ("world", why))? {
                let before = self.world.read_log(&mut self.log, &self.vault).map_err(|why| ("chain", why))?;
                for judge in self.judges.iter_mut().filter(|judge| judge.ages()) {
                    for entry in self.log.entries().iter().skip(before) {
                        judge.entry(entry, &self.log).map_err(|why| (judge.name(), why))?;
                    }
                }
            }
        }
        for judge in self.judges.iter_mut().filter(|judge| judge.ages()) {
            judge.aged(&self.log, &self.world).map_err(|why| (judge.name(), why))?;
        }
        Ok(())
    }

    fn step(&mut self, until: bailiwick_core::Micros) -> Result<bool, Broken> {
        let more = self.world.step(until).map_err(|why| ("world", why))?;
        if more {
            self.judge()?;
        }
        Ok(more)
    }

    fn judge(&mut self) -> Result<(), Broken> {
        let touched = self.world.touched();
        if self.world.lost().is_some() {
            return self.judge_after_loss();
        }
        if self.world.restored() > self.restored {
            self.begin_epoch()?;
        }
        // An event that does not open at its place is a chain that is not whole.
        let before = self.world.read_log(&mut self.log, &self.vault).map_err(|why| ("chain", why))?;
        for judge in &mut self.judges {
            let new = self.log.entries().iter().skip(before);
            for entry in new {
                judge.entry(entry, &self.log).map_err(|why| (judge.name(), why))?;
            }
            for happening in self.world.happenings().iter().skip(self.heard) {
                // Of work of before, judges that began anew know nothing.
                let of_before = happening.task().is_some_and(|task| self.before.contains(&task));
                if !of_before || judge.outlives_loss() {
                    judge.happened(happening, &self.log, &self.world).map_err(|why| (judge.name(), why))?;
                }
            }
            judge.step(&self.log, &self.world, touched).map_err(|why| (judge.name(), why))?;
        }
        self.heard = self.world.happenings().len();
        Ok(())
    }

    /// Somebody went on from what is left: the log is read anew, and judged as what it is now.
    fn begin_epoch(&mut self) -> Result<(), Broken> {
        self.judge_after_loss()?;
        self.restored = self.world.restored();
        self.log = Log::default();
        self.before = self.world.happenings().iter().filter_map(Happening::task).chain(self.world.known()).collect();
        let mut fresh = judges(self.mutant.map(Mutant::judge));
        for (known, fresh) in self.judges.iter_mut().zip(fresh.iter_mut()).filter(|(known, _)| !known.outlives_loss()) {
            std::mem::swap(known, fresh);
        }
        Ok(())
    }

    /// From a loss on nothing is as it was: the log that judges read is gone.
    fn judge_after_loss(&mut self) -> Result<(), Broken> {
        for judge in self.judges.iter_mut().filter(|judge| judge.outlives_loss()) {
            for happening in self.world.happenings().iter().skip(self.heard) {
                judge.happened(happening, &self.log, &self.world).map_err(|why| (judge.name(), why))?;
            }
        }
        self.heard = self.world.happenings().len();
        Ok(())
    }
}
