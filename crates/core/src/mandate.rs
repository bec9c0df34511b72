//! A mandate's state: what tasks drew on it and what came back. A pure fold of its own stream.
//!
//! Each thing drawn counts by when it was drawn: a calendar limit sums what was drawn since its period began, a rolling one
//! what was drawn within its span. What comes back lessens what was drawn, so it comes back into the time it came from.

use crate::control::BadFold;
use crate::document::{Mandate, MandateLimit, Period};
use crate::event::{AllocationMade, AllocationReturned, Data, Event};
use crate::facts::Facts;
use crate::{Amount, MandateName, Micros, Span, StreamId, TaskId, TenantId, Unit, sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most of one unit that is remembered one by one; past it the mandate refuses rather than forgets.
pub const DRAWN_REMEMBERED_MAX: usize = 16_384;
/// What was settled is forgotten once no limit can count it: after the longest period, or the span of its limit.
const FORGET_AFTER: Span = Span::hours(32 * 24);

/// The id of a mandate's stream: the same for the same name, so that a mandate which is given again goes on from what was
/// drawn before.
pub fn mandate_stream(tenant: TenantId, name: &MandateName) -> StreamId {
    let digest = sha256(&[b"bailiwick/mandate/1\0".as_slice(), tenant.bytes(), name.as_str().as_bytes()].concat());
    StreamId::new(digest.bytes().first_chunk().copied().unwrap_or_default())
}

/// What one task drew of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// When.
    pub at: Micros,
    /// What of it counts: all, until something came back.
    pub counts: Amount,
    /// The task is over, and nothing of it will come back any more.
    pub settled: bool,
    /// Which task.
    pub task: TaskId,
    /// When it was settled: up to then it may have been spent. Of what is not, when it was drawn.
    pub until: Micros,
}

impl Drawn {
    fn remembered(&self, since: Micros) -> bool {
        !self.settled || self.until > since
    }
}

/// Until when what was settled is forgotten, as something is drawn by a limit over this span.
fn forgotten_until(now: Micros, over: Option<Span>) -> Micros {
    now.before(over.map_or(FORGET_AFTER, |over| over.max(FORGET_AFTER)))
}

/// What was drawn of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitDrawn {
    /// One by one, oldest first.
    pub drawn: Vec<Drawn>,
    /// The newest period of the calendar that something was drawn in.
    pub period: Option<Period>,
}

/// One mandate's stream, folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateState {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name; none before the first event.
    pub name: Option<MandateName>,
    /// The stream.
    pub id: StreamId,
    /// The seq of the last event folded.
    pub seq: u64,
    /// The time of the last event folded.
    pub at: Micros,
    /// What was drawn, by unit.
    pub units: BTreeMap<Unit, UnitDrawn>,
}

impl MandateState {
    /// A stream of which nothing was read yet.
    pub fn empty(tenant: TenantId, id: StreamId) -> Self {
        Self { tenant, name: None, id, seq: 0, at: Micros(0), units: BTreeMap::new() }
    }

    /// Folds one event.
    ///
    /// # Errors
    /// [`BadFold`] when the event has no place in a mandate. The state is then unusable.
    pub fn apply(&mut self, event: &Event) -> Result<(), BadFold> {
        self.seq += 1;
        self.at = self.at.max(event.at);
        match &event.data {
            Data::AllocationMade(made) => self.made(made, event.at),
            Data::AllocationReturned(returned) => self.returned(returned, event.at),
            other => Err(BadFold::Misplaced(other.kind())),
        }
    }

    fn of(&mut self, name: &MandateName) -> Result<(), BadFold> {
        match &self.name {
            Some(known) if known != name => Err(BadFold::Unfit("an allocation of another mandate")),
            _ => {
                self.name = Some(name.clone());
                Ok(())
            }
        }
    }

    fn made(&mut self, made: &AllocationMade, at: Micros) -> Result<(), BadFold> {
        self.of(&made.mandate)?;
        for allocated in &made.amounts {
            let unit = self.units.entry(allocated.unit.clone()).or_default();
            if unit.drawn.iter().any(|drawn| drawn.task == made.task) {
                return Err(BadFold::Unfit("the task drew on it before"));
            }
            let since = forgotten_until(at, allocated.over);
            unit.drawn.retain(|drawn| drawn.remembered(since));
            unit.drawn.push(Drawn { at, counts: allocated.amount, settled: false, task: made.task, until: at });
            unit.period = allocated.period.or(unit.period);
        }
        Ok(())
    }

    fn returned(&mut self, returned: &AllocationReturned, at: Micros) -> Result<(), BadFold> {
        self.of(&returned.mandate)?;
        for back in &returned.amounts {
            let drawn = self.units.get_mut(&back.unit).map(|unit| unit.drawn.iter_mut());
            let drawn = drawn.into_iter().flatten().find(|drawn| drawn.task == returned.task && !drawn.settled);
            let drawn = drawn.ok_or(BadFold::Unfit("nothing that the task drew"))?;
            (drawn.counts, drawn.settled) = (back.counts, returned.settled);
            drawn.until = drawn.until.max(at);
        }
        Ok(())
    }

    /// The time that a limit counts now: from when on, and until when where that is said by a calendar. `None` where no
    /// fact tells the calendar's period.
    pub fn counted(&self, unit: &Unit, limit: &MandateLimit, facts: &Facts) -> Option<Counted> {
        let now = facts.now;
        if let Some(over) = limit.span() {
            return Some(Counted { from: now.before(over), over: Some(over), period: None });
        }
        let per = limit.per.as_ref()?;
        let told = *facts.periods.get(&per.to_string())?;
        if !told.holds(now) || !told.is_of(per.every) {
            return None;
        }
        // A calendar that was changed meanwhile makes no period shorter that something was drawn in.
        let known = self.units.get(unit).and_then(|unit| unit.period).filter(|known| known.holds(now));
        let from = known.map_or(told.from, |known| known.from.min(told.from));
        Some(Counted { from, over: None, period: Some(Period { from, until: told.until }) })
    }

    /// What counts of a unit in that time: held by tasks that are not over, and used by those that are.
    pub fn used(&self, unit: &Unit, counted: &Counted) -> Amount {
        let drawn = self.units.get(unit).into_iter().flat_map(|unit| &unit.drawn);
        let drawn = drawn.filter(|drawn| counted.counts(drawn));
        drawn.fold(Amount::ZERO, |sum, drawn| sum.checked_add(drawn.counts).unwrap_or(Amount::MOST))
    }

    /// Whether one more can be remembered, once what no limit counts any more is forgotten.
    pub(crate) fn has_place(&self, unit: &Unit, counted: &Counted, now: Micros) -> bool {
        let since = forgotten_until(now, counted.over);
        let remembered = |unit: &UnitDrawn| unit.drawn.iter().filter(|drawn| drawn.remembered(since)).count();
        self.units.get(unit).is_none_or(|unit| remembered(unit) < DRAWN_REMEMBERED_MAX)
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let drawn: usize = self.units.values().map(|unit| unit.drawn.len()).sum();
        size_of::<Self>() + self.units.len() * size_of::<(Unit, UnitDrawn)>() * 2 + drawn * size_of::<Drawn>() * 2
    }
}

/// The time that a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// From when on.
    pub from: Micros,
    /// The span of a rolling limit.
    pub over: Option<Span>,
    /// The period of the calendar.
    pub period: Option<Period>,
}

impl Counted {
    /// A span counts whatever may have been spent within it: what a task still holds, and what was settled since it began,
    /// but for exactly one span ago. A period counts what was drawn in it, its first moment included.
    fn counts(&self, drawn: &Drawn) -> bool {
        if self.over.is_some() { !drawn.settled || drawn.until > self.from } else { drawn.at >= self.from }
    }
}

/// What is left of a mandate's unit.
pub fn left(mandate: &Mandate, state: &MandateState, unit: &Unit, facts: &Facts) -> Option<Amount> {
    let limit = mandate.meters.get(unit)?;
    let counted = state.counted(unit, limit, facts)?;
    Some(limit.most.saturating_sub(state.used(unit, &counted)))
}

#[cfg(test)]
mod tests;
