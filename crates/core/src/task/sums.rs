//! What a task was charged, by where its acts sent and since people last approved: what rules of policy add up.

use super::{ActState, ApprovalState, TaskState};
use crate::action::{Destination, Reading};
use crate::approval::Why;
use crate::event::{ActionBegun, Reserved};
use crate::hash::sha256_parts;
use crate::meter::Meter;
use crate::{Amount, Digest, MeterLimit, Micros, Salt, Unit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most destinations whose sums one task remembers; past it those of any other are not known.
pub const DESTINATIONS_MAX: usize = 1_024;

/// Where an act sent, as far as its sums tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SentTo {
    /// A salted hash of the destination; acts that name none have one together.
    Known(Digest),
    /// It could not be read, or is erased.
    Unknown,
}

impl SentTo {
    fn of(salt: Option<&Salt>, to: Option<&Reading<Destination>>) -> Self {
        let (Some(salt), Some(parts)) = (salt, parts(to)) else { return Self::Unknown };
        let parts: Vec<&[u8]> = [salt.bytes().as_slice()].into_iter().chain(parts).collect();
        Self::Known(sha256_parts("bailiwick/sums to a destination/1", &parts))
    }
}

fn parts(to: Option<&Reading<Destination>>) -> Option<Vec<&[u8]>> {
    match to {
        None => Some(Vec::new()),
        Some(Reading::Known(to)) => Some(vec![to.kind.as_bytes(), to.normal.as_bytes()]),
        Some(Reading::Unknown) => None,
    }
}

/// Sums over a task: of each unit what an act is charged in the first grant of its lineage that limits it, root first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// Something was charged of which nobody knows where it went: then no destination's sums are known.
    blind: bool,
    since: BTreeMap<Unit, Since>,
    to: BTreeMap<Digest, BTreeMap<Unit, Meter>>,
}

/// What was charged after the last act that people approved because a policy asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    /// That act; zero where there was none.
    approved: u64,
    meter: Meter,
}

impl Sums {
    fn charged(&mut self, to: SentTo, act: u64, reserved: &Reserved, approved: bool, at: Micros) {
        let (unit, amount) = (&reserved.unit, reserved.amount);
        let since = self.since.entry(unit.clone()).or_default();
        if approved {
            *since = Since { approved: act, meter: Meter::default() };
        } else {
            since.meter.charge(&MeterLimit::default(), act, amount, at);
        }
        let SentTo::Known(to) = to else {
            self.blind = true;
            return;
        };
        if self.to.len() < DESTINATIONS_MAX || self.to.contains_key(&to) {
            let meter = self.to.entry(to).or_default().entry(unit.clone()).or_default();
            meter.charge(&MeterLimit::default(), act, amount, at);
        }
    }

    fn settled(&mut self, to: SentTo, act: u64, reserved: &Reserved, settled: Amount) {
        // What was charged before the approval is not among what was charged since.
        if let Some(since) = self.since.get_mut(&reserved.unit).filter(|since| since.approved < act) {
            since.meter.settle(act, reserved.amount, settled);
        }
        let SentTo::Known(to) = to else { return };
        if let Some(meter) = self.to.get_mut(&to).and_then(|units| units.get_mut(&reserved.unit)) {
            meter.settle(act, reserved.amount, settled);
        }
    }

    /// How many destinations are remembered, and how many sums.
    pub(super) fn remembered(&self) -> (usize, usize) {
        (self.to.len(), self.to.values().map(BTreeMap::len).sum())
    }
}

/// Of each unit the first: charges stand in the order of the lineage.
fn firsts(reserved: &[Reserved]) -> impl Iterator<Item = &Reserved> {
    let mut units = BTreeSet::new();
    reserved.iter().filter(move |reserved| units.insert(&reserved.unit))
}

impl TaskState {
    /// What was charged for acts that sent there, by unit; `None` where that is not known.
    pub fn charged_to(&self, to: Option<&Reading<Destination>>) -> Option<BTreeMap<&Unit, Amount>> {
        let SentTo::Known(to) = SentTo::of(self.salt.as_ref(), to) else { return None };
        let units = self.sums.to.get(&to);
        if self.sums.blind || (units.is_none() && self.sums.to.len() >= DESTINATIONS_MAX) {
            return None;
        }
        Some(units.into_iter().flatten().map(|(unit, meter)| (unit, meter.charged())).collect())
    }

    /// Whether what went to an act's destination is past the most once the act comes to `settled`. What nobody knows is not
    /// past it here: nothing more is charged there before it begins.
    pub(crate) fn past_to(&self, act: &ActState, reserved: &Reserved, settled: Amount, most: Amount) -> bool {
        let SentTo::Known(to) = act.to else { return false };
        let Some(meter) = self.sums.to.get(&to).and_then(|units| units.get(&reserved.unit)) else { return false };
        meter.charged().saturating_sub(reserved.amount).checked_add(settled).is_none_or(|sum| sum > most)
    }

    /// What was charged, by unit, after the last act measured in it that people approved because a policy asked.
    pub fn charged_since_approval(&self) -> BTreeMap<&Unit, Amount> {
        self.sums.since.iter().map(|(unit, since)| (unit, since.meter.charged())).collect()
    }

    /// Where an act sends.
    pub(super) fn sent_to(&self, begun: &ActionBegun) -> SentTo {
        let private = begun.private.as_ref();
        private.map_or(SentTo::Unknown, |private| SentTo::of(self.salt.as_ref(), private.destination.as_ref()))
    }

    pub(super) fn sum_up(&mut self, begun: &ActionBegun, to: SentTo, at: Micros) {
        let approved = self.approved_by_policy(begun);
        for reserved in firsts(&begun.reserved) {
            self.sums.charged(to, self.seq, reserved, approved, at);
        }
    }

    pub(super) fn sum_settled(&mut self, (act, to): (u64, SentTo), reserved: &[Reserved], settled: &[Amount]) {
        let mut units = BTreeSet::new();
        let pairs = reserved.iter().zip(settled).filter(|(reserved, _)| units.insert(&reserved.unit));
        pairs.for_each(|(reserved, settled)| self.sums.settled(to, act, reserved, *settled));
    }

    /// Supposes what was charged, for rules that are tried: in all, since people approved, and for acts that sent where `to`
    /// says. Nothing that is decided is decided on such a state.
    pub fn suppose_charged(
        &mut self,
        all: &BTreeMap<Unit, Amount>,
        since: &BTreeMap<Unit, Amount>,
        to: (Option<&Reading<Destination>>, &BTreeMap<Unit, Amount>),
    ) {
        let meter = |amount: &Amount| {
            let mut meter = Meter::default();
            meter.charge(&MeterLimit::default(), 0, *amount, Micros(0));
            meter
        };
        let meters = |of: &BTreeMap<Unit, Amount>| -> BTreeMap<Unit, Meter> {
            of.iter().map(|(unit, amount)| (unit.clone(), meter(amount))).collect()
        };
        if let Some(row) = self.root.and_then(|root| self.grants.get_mut(&root)?.rows.first_mut()) {
            row.meters = meters(all);
        }
        let since = since.iter().map(|(unit, amount)| (unit.clone(), Since { approved: 0, meter: meter(amount) }));
        self.sums.since = since.collect();
        let (place, sent) = to;
        match SentTo::of(self.salt.as_ref(), place) {
            SentTo::Known(place) if !sent.is_empty() => drop(self.sums.to.insert(place, meters(sent))),
            SentTo::Known(_) => {}
            SentTo::Unknown => self.sums.blind = !all.is_empty(),
        }
    }

    /// Whether people approved an act because a policy asked.
    fn approved_by_policy(&self, begun: &ActionBegun) -> bool {
        let holds = |of: &&ApprovalState| of.given.iter().any(|given| begun.approvals.contains(&given.signed));
        let by_policy = |of: &ApprovalState| of.needs.iter().any(|need| need.why == Why::Policy);
        !begun.approvals.is_empty() && self.approvals.values().map(Box::as_ref).filter(holds).any(by_policy)
    }
}

#[cfg(test)]
mod tests;
