//! What a review finds is written down, once each, by whichever node comes to it first: the decision knows what was found before.

use super::{DAYS, Found};
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlCommand, FOUND_CHARS_MAX, FoundSprawl, Micros, Span, Sprawl};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How often a node looks. Its first look is so long after it began, so that one that comes and goes looks at nothing.
const EVERY: Span = Span::hours(6);
const FIRST_AFTER: Span = Span::minutes(10);
/// The most that one look writes down; what is left is found by the next.
const WRITTEN_MAX: u64 = 64;
/// The most that one look tries in vain.
const REFUSED_MAX: u64 = 1_024;

/// When a node looks next; none until it was asked once.
#[derive(Debug, Default)]
pub(crate) struct SprawlBeat(Mutex<Option<Micros>>);

impl SprawlBeat {
    /// Whether it is time.
    fn due(&self, now: Micros) -> bool {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = next.is_some_and(|next| now >= next);
        if due || next.is_none() {
            *next = Some(now.after(if due { EVERY } else { FIRST_AFTER }));
        }
        due
    }
}

/// Whether it may be written: what only says that something was not done says nothing where the record is shorter than the time.
fn tells(found: &Found, whole: bool) -> bool {
    whole || !found.code.is_absence()
}

fn told(found: Found) -> FoundSprawl {
    let Found { code, of, why, agent } = found;
    FoundSprawl { agent, code, of: cut(&of), why: cut(&why) }
}

/// One of each kind in turn: however much there is of one kind, it keeps nothing of another from being written.
fn in_turn(found: impl Iterator<Item = FoundSprawl>) -> Vec<FoundSprawl> {
    let mut kinds: BTreeMap<Sprawl, VecDeque<FoundSprawl>> = BTreeMap::new();
    found.for_each(|found| kinds.entry(found.code).or_default().push_back(found));
    let mut out = Vec::new();
    while !kinds.is_empty() {
        out.extend(kinds.values_mut().filter_map(VecDeque::pop_front));
        kinds.retain(|_, left| !left.is_empty());
    }
    out
}

/// What became of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Written {
    /// Written down now.
    written: u64,
    /// That were written down before.
    before: u64,
    /// For which the record is too short yet.
    early: u64,
    /// For which there was no room: the next look writes them.
    left: u64,
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

fn cut(text: &str) -> String {
    text.chars().take(FOUND_CHARS_MAX).collect()
}

impl Api {
    /// Looks for authority that sprawls, every few hours, beside the node's own threads.
    pub async fn sprawl_beat(self: Arc<Self>) {
        if !self.sprawl.due(self.desk.node().now()) {
            return;
        }
        let own = Arc::clone(&self);
        // What could not be read or written now is found by the next look.
        if let Ok(Ok((all, walked))) = self.desk.node().beside(move || own.sprawl(DAYS)).await {
            let _later = self.write_sprawl(all, walked.older).await;
        }
    }

    /// Looks at once, and says how much was written down, and why what was not was not.
    pub(crate) async fn record_sprawl(&self) -> Result<Json, Problem> {
        let (all, walked) = self.sprawl(DAYS)?;
        let Written { written, before, early, left } = self.write_sprawl(all, walked.older).await?;
        let counts = [("before", before), ("early", early), ("left", left), ("written", written)];
        Ok(Json::object(counts.map(|(name, count)| (name, Json::from(count)))))
    }

    /// Writes down what was not found before.
    async fn write_sprawl(&self, all: Vec<Found>, whole: bool) -> Result<Written, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let (tell, early): (Vec<_>, Vec<_>) = all.into_iter().partition(|found| tells(found, whole));
        let known = |found: &FoundSprawl| control.state.found_before(found.code, &found.of, now).is_some();
        let (before, new): (Vec<_>, Vec<_>) = tell.into_iter().map(told).partition(known);
        let mut out = Written { before: count(before.len()), early: count(early.len()), ..Written::default() };
        let mut new = in_turn(new.into_iter()).into_iter();
        // What cannot be written takes no place of what can.
        while out.written < WRITTEN_MAX && out.left < REFUSED_MAX {
            let Some(found) = new.next() else { break };
            let command = ControlCommand::Find(found);
            let (decided, leaf) = self.desk.node().control_command(self.tenant, command, Vec::new()).await?;
            match (decided.refused, leaf) {
                (Some(_), _) => out.left += 1,
                // another node was sooner
                (None, None) => out.before += 1,
                (None, Some(_)) => out.written += 1,
            }
        }
        out.left += count(new.len());
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
