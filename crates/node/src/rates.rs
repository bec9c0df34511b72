//! How much was done within a time, over all tasks: counted in memory, at the node that a call comes to. Its answer is a fact
//! of the decision.

use crate::breakers::Breakers;
use crate::habits::Habits;
use crate::refused::RefusedGoals;
use bailiwick_core::{
    AgentId, Amount, ControlState, Measure, Micros, Pace, PaceOf, Rate, Reading, RoleName, TenantId, ToolId, Unit,
};
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A span is counted in so many parts, and the part that it began in counts whole: what is refused early is at most one part.
const PARTS: u64 = 16;
/// The most that is counted at a time; where there is no room left, nothing more is within.
const COUNTED_MAX: usize = 1 << 14;

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Of {
    tenant: TenantId,
    rule: RoleName,
    /// A rule that was changed counts anew.
    since: u64,
    /// The agent, the tool, or nothing.
    whose: String,
    unit: Unit,
}

#[derive(Debug, Default)]
struct Counted {
    /// Part of time and how much, oldest first.
    parts: VecDeque<(u64, Amount)>,
    /// The length of a part, in microseconds.
    part: u64,
}

impl Counted {
    /// Forgets what no span that ends now holds.
    fn forget(&mut self, now: u64) {
        while self.parts.front().is_some_and(|(at, _)| at.saturating_add(PARTS) < now) {
            self.parts.pop_front();
        }
    }

    fn sum(&self) -> Amount {
        self.parts.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.checked_add(amount).unwrap_or(Amount::MOST))
    }

    fn add(&mut self, now: u64, amount: Amount) {
        match self.parts.back_mut() {
            // a clock that goes back adds to the newest
            Some((at, counted)) if *at >= now => *counted = counted.checked_add(amount).unwrap_or(Amount::MOST),
            _ => self.parts.push_back((now, amount)),
        }
    }

    fn give_back(&mut self, at: u64, amount: Amount) {
        if let Some((_, counted)) = self.parts.iter_mut().find(|(part, _)| *part == at) {
            *counted = counted.saturating_sub(amount);
        }
    }
}

/// What one call has taken of values, and of what others share: it is given back unless the call is allowed.
#[must_use]
#[derive(Debug, Default)]
pub(crate) struct Taken(Vec<(Of, u64, Amount)>);

/// What was done lately.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    counted: Mutex<BTreeMap<Of, Counted>>,
    /// Faults of late.
    pub(crate) breakers: Breakers,
    /// What agents did before.
    pub(crate) habits: Habits,
    /// What people said no to.
    pub(crate) refused: RefusedGoals,
    /// When the first call came. What was done before is not known: half counts as used.
    began: OnceLock<Micros>,
}

impl Rates {
    /// Counts a call, and says of each rule whether it is within.
    pub(crate) fn take(
        &self,
        tenant: TenantId,
        control: &ControlState,
        agent: &AgentId,
        (tool, measures): (&ToolId, &[Measure]),
        now: Micros,
    ) -> (Vec<Rate>, Taken) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rates, mut taken) = (Vec::new(), Taken::default());
        for (name, entry) in &control.rules {
            let Some(pace) = entry.document.rate.as_ref().filter(|pace| pace.counts(tool)) else { continue };
            let whose = match pace.per {
                PaceOf::Agent => agent.to_string(),
                PaceOf::Tool => tool.to_string(),
                PaceOf::Tenant => String::new(),
            };
            let mut within = true;
            for (unit, most) in &pace.most {
                let amount = match amount_of(measures, unit) {
                    Some(Reading::Known(amount)) => amount,
                    Some(Reading::Unknown) => {
                        within = false;
                        continue;
                    }
                    None => continue,
                };
                let of =
                    Of { tenant, rule: name.clone(), since: entry.since, whose: whose.clone(), unit: unit.clone() };
                match self.count(&mut counted, &of, (pace, *most), amount, now) {
                    // Of its own calls an agent's all count; what others share is not spent by calls that are refused.
                    Some(at) if !unit.is_calls() || pace.per != PaceOf::Agent => taken.0.push((of, at, amount)),
                    Some(_) => {}
                    None => within = false,
                }
            }
            rates.push(Rate { scope: format!("{} (rule {name})", pace.per.as_str()), within });
        }
        (rates, taken)
    }

    /// In which part of time it was counted; `None` where it would be too much, and was not.
    fn count(
        &self,
        all: &mut BTreeMap<Of, Counted>,
        of: &Of,
        (pace, most): (&Pace, Amount),
        amount: Amount,
        now: Micros,
    ) -> Option<u64> {
        // by INVARIANT of the document: it has a span
        let span = pace.span()?;
        let part = (span.0 / PARTS).max(1);
        let at = now.0 / part;
        if !all.contains_key(of) {
            if all.len() >= COUNTED_MAX {
                all.retain(|_, counted| {
                    counted.forget(now.0 / counted.part.max(1));
                    !counted.parts.is_empty()
                });
            }
            if all.len() >= COUNTED_MAX {
                return None;
            }
            let mut fresh = Counted { part, ..Counted::default() };
            let began = *self.began.get_or_init(|| now);
            if now < began.after(span) {
                fresh.add(began.0 / part, most.half());
            }
            all.insert(of.clone(), fresh);
        }
        let counted = all.get_mut(of)?;
        counted.forget(at);
        let sum = counted.sum().checked_add(amount).filter(|sum| *sum <= most);
        sum.map(|_| {
            counted.add(at, amount);
            at
        })
    }

    /// A call that was not allowed moved nothing, and took nothing of what others share.
    pub(crate) fn give_back(&self, taken: Taken) {
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for (of, at, amount) in taken.0 {
            if let Some(counted) = all.get_mut(&of) {
                counted.give_back(at, amount);
            }
        }
    }
}

/// How much of a unit a call is; nothing of what only its result tells. What could not be read may be any unit.
fn amount_of(measures: &[Measure], unit: &Unit) -> Option<Reading<Amount>> {
    if unit.is_calls() {
        return Amount::from_whole(1).map(Reading::Known);
    }
    let own =
        measures.iter().filter(|measure| !measure.after).filter_map(|measure| match (&measure.unit, &measure.amount) {
            (Reading::Known(of), Reading::Known(amount)) if of == unit => Some(Reading::Known(*amount)),
            (Reading::Known(of), Reading::Unknown) if of == unit => Some(Reading::Unknown),
            (Reading::Unknown, _) => Some(Reading::Unknown),
            _ => None,
        });
    own.reduce(|sum, amount| match (sum, amount) {
        (Reading::Known(sum), Reading::Known(amount)) => {
            Reading::Known(sum.checked_add(amount).unwrap_or(Amount::MOST))
        }
        _ => Reading::Unknown,
    })
}

#[cfg(test)]
mod tests;
