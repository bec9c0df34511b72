//! All cases that rules tell apart, or a sample of them where there are too many: the same each time.

use super::case::Case;
use super::domain::Domain;
use super::value::Value;
use super::world::Tried;
use bailiwick_core::Agent;
use std::collections::BTreeMap;

/// The most cases of one look.
const CASES_MAX: u64 = 20_000;

/// How much may still be tried.
#[derive(Debug)]
pub(crate) struct Budget(pub(crate) u64);

impl Budget {
    pub(crate) fn spent(&self) -> bool {
        self.0 == 0
    }
}

/// How a look ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walked {
    /// Every case was tried that the constants tell apart; else some of them.
    pub(crate) whole: bool,
    pub(crate) tried: u64,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Go {
    On,
    Stop,
}

/// Goes through cases until `look` has seen enough or none is left, first those nearest to what is usual.
pub(crate) fn walk<'w>(
    (agents, tools): (&[&'w Agent], &[&'w Tried]),
    (domain, wide): (&Domain, bool),
    budget: &mut Budget,
    look: &mut dyn FnMut(&Case<'w>) -> Go,
) -> Walked {
    let pairs: Vec<(&Agent, &Tried)> =
        tools.iter().flat_map(|tool| agents.iter().map(move |agent| (*agent, *tool))).collect();
    let sizes = domain.values().map(|values| u64::try_from(values.len()).unwrap_or(u64::MAX));
    let combinations = sizes.fold(1_u64, |all, size| all.saturating_mul(size.max(1)));
    let of_all = u64::try_from(pairs.len()).unwrap_or(u64::MAX).saturating_mul(combinations);
    let whole = of_all <= CASES_MAX;
    let most = of_all.min(CASES_MAX);
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut walked = Walked { whole, tried: 0 };
    let count = u64::try_from(pairs.len()).unwrap_or(u64::MAX).max(1);
    for step in 0..most {
        if budget.spent() {
            return Walked { whole: false, ..walked };
        }
        // each pair in turn, and with each the next combination, counted or drawn
        let Some((agent, tool)) = usize::try_from(step % count).ok().and_then(|at| pairs.get(at)) else { break };
        let number = if whole { step / count } else { chance.next() };
        let case = Case { agent, tool, values: chosen(domain, number, whole, &mut chance), wide };
        budget.0 -= 1;
        walked.tried += 1;
        if look(&case) == Go::Stop {
            break;
        }
    }
    walked
}

/// The values of the combination of this number; drawn ones each for itself.
fn chosen(domain: &Domain, mut number: u64, counted: bool, chance: &mut Chance) -> BTreeMap<crate::atom::Path, Value> {
    let mut out = BTreeMap::new();
    for (path, values) in domain {
        let size = u64::try_from(values.len()).unwrap_or(1).max(1);
        let at = number % size;
        number = if counted { number / size } else { chance.next() };
        if let Some(value) = usize::try_from(at).ok().and_then(|at| values.get(at)) {
            out.insert(path.clone(), value.clone());
        }
    }
    out
}

/// Chance that is the same each time (xorshift64*).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }
}
