//! Many runs: the seeds that failed once, then fresh ones for as long as there is time; or the mutants.

use crate::mutant::Mutant;
use crate::run::{Failure, Ran, run};
use crate::world::Counts;
use std::time::Duration;

/// How long a mutant may go unseen.
pub(crate) const MUTANT_WITHIN: Duration = Duration::from_secs(60);

/// The seeds that are kept.
const KEPT: &str = include_str!("../seeds/list");

/// Seeds that failed once.
pub(crate) fn kept() -> impl Iterator<Item = u64> {
    KEPT.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(' ').next()?.parse().ok())
}

/// What a campaign came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Total {
    /// Seeds that ran to their end.
    pub(crate) seeds: u64,
    /// All their steps, faults and acts.
    pub(crate) counts: Counts,
}

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { steps, faults, forwarded } = self.counts;
        write!(f, "{} seeds, {steps} steps, {faults} faults, {forwarded} acts", self.seeds)
    }
}

/// Runs the kept seeds, then those from `first` on, until `more` says that time is up. The kept ones run whatever it says.
///
/// # Errors
/// The first [`Failure`].
pub(crate) fn campaign(first: u64, mut more: impl FnMut() -> bool) -> Result<Total, Failure> {
    let mut total = Total::default();
    for seed in kept() {
        total.add(run(seed, None)?);
    }
    for seed in first.. {
        if !more() {
            break;
        }
        total.add(run(seed, None)?);
    }
    Ok(total)
}

impl Total {
    fn add(&mut self, ran: Ran) {
        let counts = ran.counts;
        self.seeds += 1;
        self.counts.steps += counts.steps;
        self.counts.faults += counts.faults;
        self.counts.forwarded += counts.forwarded;
    }
}

/// Runs seeds with a mutant until its judge sees it; `None` when time was up before.
///
/// # Errors
/// A [`Failure`] that another than its judge saw.
pub(crate) fn hunt(mutant: Mutant, first: u64, mut more: impl FnMut() -> bool) -> Result<Option<Failure>, Failure> {
    for seed in first.. {
        match run(seed, Some(mutant)) {
            Err(failure) if failure.judge == mutant.judge() => return Ok(Some(failure)),
            Err(failure) => return Err(failure),
            Ok(_) if more() => {}
            Ok(_) => break,
        }
    }
    Ok(None)
}
