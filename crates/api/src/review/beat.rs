//! What a review finds is written down, once each, by whichever node comes to it first: the decision knows what was found before.

use super::{DAYS, Found};
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlCommand, FOUND_CHARS_MAX, FoundSprawl, Micros, Span};
use std::sync::{Arc, Mutex, PoisonError};

/// How often a node looks. Its first look is so long after it began, so that one that comes and goes looks at nothing.
const EVERY: Span = Span::hours(6);
const FIRST_AFTER: Span = Span::minutes(10);
/// The most that one look writes down; what is left is found by the next.
const WRITTEN_MAX: usize = 64;

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

/// What is to be written: nothing that only says that something was not done, where the record is shorter than the time.
fn told(all: Vec<Found>, whole: bool) -> impl Iterator<Item = FoundSprawl> {
    let kept = all.into_iter().filter(move |found| whole || !found.code.is_absence());
    kept.map(|Found { code, of, why, agent }| FoundSprawl { agent, code, of, why: cut(&why) })
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
            let _later = self.write_sprawl(told(all, walked.older)).await;
        }
    }

    /// Looks at once, and says how much was written down.
    pub(crate) async fn record_sprawl(&self) -> Result<Json, Problem> {
        let (all, walked) = self.sprawl(DAYS)?;
        let written = self.write_sprawl(told(all, walked.older)).await?;
        Ok(Json::object([("written", Json::from(written))]))
    }

    /// Writes down what was not found before.
    async fn write_sprawl(&self, found: impl Iterator<Item = FoundSprawl>) -> Result<u64, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let new = found.filter(|found| control.state.found_before(found.code, &found.of, now).is_none());
        let new: Vec<FoundSprawl> = new.take(WRITTEN_MAX).collect();
        let mut written = 0_u64;
        for found in new {
            let command = ControlCommand::Find(found);
            let (decided, leaf) = self.desk.node().control_command(self.tenant, command, Vec::new()).await?;
            written += u64::from(decided.refused.is_none() && leaf.is_some());
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests;
