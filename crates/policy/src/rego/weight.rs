//! How much longer a rule may make what it is given. A rule that puts a value twice into a list doubles it, and forty such
//! rules in a row make a value that no machine holds; steps do not bound that, so the text does.
//!
//! The weight of a rule is reckoned in bits: each bit doubles. It is a bound of what stands in the rule and in those that it
//! rests on, never of what is evaluated.

use std::collections::{BTreeMap, BTreeSet};

/// The most bits of one rule with all that it rests on, together with those of the text and data that it is made of: what it
/// makes is at most so many times two.
const SIZE_BITS_MAX: u32 = 24;
/// The most bits of a rule of a short text, and the least that any text leaves.
const BITS_MAX: u32 = 14;
const BITS_LEFT: u32 = 4;

/// The most bits of one rule, of so many bytes of text and data.
pub(super) fn bits_max(bytes: usize) -> u32 {
    SIZE_BITS_MAX.saturating_sub(doublings(bytes)).clamp(BITS_LEFT, BITS_MAX)
}

/// How deep rules may rest on one another.
pub(super) const RULES_DEEP_MAX: usize = 12;

/// What was reckoned of one definition of a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Weight {
    /// Its own bits.
    pub(super) bits: u32,
    /// Names of other rules that it reads.
    pub(super) reads: Vec<String>,
    /// Functions that it calls, each as often as it stands there.
    pub(super) calls: Vec<String>,
}

/// Of each rule's name its definitions.
pub(super) type Weights = BTreeMap<String, Vec<Weight>>;

/// How deep rules below one rest on one another, as far as [`RULES_DEEP_MAX`] is not passed: no further is looked, so that a
/// circle ends.
pub(super) fn deep(name: &str, all: &Weights, known: &mut BTreeMap<String, usize>) -> usize {
    fn below(name: &str, all: &Weights, known: &mut BTreeMap<String, usize>, depth: usize) -> usize {
        if let Some(deep) = known.get(name) {
            return *deep;
        }
        let Some(weights) = all.get(name).filter(|_| depth <= RULES_DEEP_MAX) else { return 0 };
        let mut others = BTreeSet::new();
        for weight in weights {
            others.extend(weight.reads.iter().filter(|read| *read != name).chain(&weight.calls));
        }
        let others = others.into_iter().filter(|other| all.contains_key(*other));
        let deep = others.map(|other| below(other, all, known, depth + 1)).max().map_or(0, |deep| deep + 1);
        known.insert(name.to_owned(), deep);
        deep
    }
    below(name, all, known, 0)
}

/// The bits of a rule with all that it rests on: of values that it reads the longest, of functions
/// each call. Whoever asks
/// has looked how deep they are.
pub(super) fn weigh(name: &str, all: &Weights, known: &mut BTreeMap<String, u32>) -> u32 {
    if let Some(bits) = known.get(name) {
        return *bits;
    }
    let mut most = 0;
    for weight in all.get(name).into_iter().flatten() {
        let read = weight.reads.iter().filter(|read| *read != name).map(|read| weigh(read, all, known)).max();
        let own = weight.bits.saturating_add(read.unwrap_or(0));
        let bits = weight.calls.iter().fold(own, |sum, call| sum.saturating_add(weigh(call, all, known)));
        most = most.max(bits);
    }
    known.insert(name.to_owned(), most);
    most
}

/// The least number of doublings that make one of this many.
pub(super) fn doublings(of: usize) -> u32 {
    of.max(1).next_power_of_two().trailing_zeros()
}
