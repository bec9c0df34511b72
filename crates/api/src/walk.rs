//! One walk over the newest part of the log, for what is read off it and kept nowhere.

use crate::{Api, Problem};
use bailiwick_core::{Event, Micros, Span};
use bailiwick_node::Failure;
use bailiwick_store::StoredEvent;

/// The most of the log that one walk looks through, the newest first.
const LEAVES_MAX: u64 = 100_000;
/// How much of it is read at a time.
const PAGE: usize = 500;
/// The longest time that can be asked for, in days.
const DAYS_MAX: u64 = 3_650;

/// How far a walk came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walked {
    /// When the first event was written that it looked at.
    pub(crate) first: Option<Micros>,
    /// The log has something from before the time that was asked for.
    pub(crate) older: bool,
    /// Nothing that was asked for lies before where it began.
    pub(crate) whole: bool,
}

impl Api {
    /// Takes every event of these kinds of the last `days`, oldest first, as far back as one walk looks. What is not what was
    /// written counts for nothing.
    pub(crate) fn walk(
        &self,
        days: u64,
        kinds: &[&str],
        mut take: impl FnMut(&StoredEvent, &Event),
    ) -> Result<Walked, Problem> {
        if days == 0 || days > DAYS_MAX {
            return Err(Problem::bad(format!("`days` is {days}: expected 1 to {DAYS_MAX}")));
        }
        let node = self.desk.node();
        let unavailable = |error: &dyn std::fmt::Display| Problem::from(Failure::Unavailable(error.to_string()));
        let size = node.store().log(self.tenant).map_err(|error| unavailable(&error))?.size;
        let since = node.now().before(Span::hours(days.saturating_mul(24)));
        let mut from = size.saturating_sub(LEAVES_MAX);
        let from_the_start = from == 0;
        let (mut first, mut older) = (None, false);
        while from < size {
            let page = node.store().leaves(self.tenant, from, PAGE).map_err(|error| unavailable(&error))?;
            let Some(last) = page.last() else { break };
            from = last.leaf + 1;
            older |= page.first().is_some_and(|stored| stored.event.at < since);
            for stored in page.iter().filter(|stored| stored.event.at >= since) {
                first.get_or_insert(stored.event.at);
                let wanted = Event::kind_of(&stored.event.clear).is_some_and(|kind| kinds.contains(&kind.as_ref()));
                if wanted && node.unlike(self.tenant, None, stored)?.is_none() {
                    let read = Event::read(&stored.event.clear);
                    take(stored, &read.map_err(|error| Problem::broken(error.to_string()))?.0);
                }
            }
        }
        Ok(Walked { first, older, whole: from_the_start || older })
    }
}
