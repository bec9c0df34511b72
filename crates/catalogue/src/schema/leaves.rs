//! Every place at which a schema lets a value stand.

use super::{Dependent, Node, Type, Validator};
use std::collections::{BTreeMap, BTreeSet};

/// How deep is looked, and how many places are told: what is past either is one place, whole.
const DEPTH_MAX: usize = 16;
const LEAVES_MAX: usize = 256;
/// How many schemas are looked at in all: what is past it is one place as well. A server writes its schema as it likes.
const STEPS_MAX: usize = 200_000;

/// A place that holds a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf {
    /// Its tokens; `None` stands for every element.
    pub(crate) at: Vec<Option<String>>,
    /// What is below it the schema does not say, so somebody else may.
    pub(crate) opaque: bool,
}

impl Validator {
    /// All places whose values hold no others that the schema names, and those that may as well be such a value.
    pub(crate) fn leaves(&self) -> Vec<Leaf> {
        let (mut out, mut steps) = (Vec::new(), STEPS_MAX);
        let mut rest = vec![(Vec::new(), BTreeSet::from([0]))];
        while let Some((at, from)) = rest.pop() {
            let root = at.is_empty();
            if !root && (at.len() == DEPTH_MAX || out.len() + rest.len() >= LEAVES_MAX || steps == 0) {
                out.push(Leaf { at, opaque: false });
                continue;
            }
            let level = self.with_dependents(from, &mut steps);
            let below = self.members(&level);
            if !root && (below.is_empty() || level.iter().any(|index| self.is_scalar(*index))) {
                out.push(Leaf { at: at.clone(), opaque: below.is_empty() });
            }
            for (token, nodes) in below {
                let place = at.iter().cloned().chain([token.map(str::to_owned)]).collect();
                rest.push((place, nodes));
            }
        }
        out.sort();
        out
    }

    /// These, what stands beside them, and what asks something of the same value where another member is there; as far as there
    /// are steps left.
    fn with_dependents(&self, from: BTreeSet<usize>, steps: &mut usize) -> BTreeSet<usize> {
        let mut level = BTreeSet::new();
        let mut due = from;
        while !due.is_empty() && *steps > 0 {
            let found = self.spread(std::mem::take(&mut due));
            *steps = steps.saturating_sub(found.len());
            for index in found.into_iter().filter(|index| level.insert(*index)) {
                let object = self.node(index).and_then(|node| node.object.as_ref());
                due.extend(object.into_iter().flat_map(|object| &object.dependent).filter_map(|(_, of)| match of {
                    Dependent::Schema(index) => Some(*index),
                    Dependent::Required(_) => None,
                }));
            }
            due.retain(|index| !level.contains(index));
        }
        level
    }

    /// What these schemas name below the value, by token.
    fn members(&self, level: &BTreeSet<usize>) -> BTreeMap<Option<&str>, BTreeSet<usize>> {
        let mut out = BTreeMap::<Option<&str>, BTreeSet<usize>>::new();
        for node in level.iter().filter_map(|index| self.node(*index)) {
            let Node { object, array, .. } = node;
            for (name, index) in object.iter().flat_map(|object| &object.properties) {
                out.entry(Some(name)).or_default().insert(*index);
            }
            let patterns = object.iter().flat_map(|object| &object.patterns).map(|(_, index)| *index);
            let elements = array.iter().flat_map(|array| array.prefix.iter().chain(&array.rest)).copied();
            // what it opens in so many words, under whatever name
            let opened = object.iter().filter_map(|object| object.additional);
            for index in
                patterns.chain(elements).chain(opened).filter(|index| !self.node(*index).is_some_and(|node| node.never))
            {
                out.entry(None).or_default().insert(index);
            }
        }
        out
    }

    fn is_scalar(&self, index: usize) -> bool {
        let types = self.node(index).and_then(|node| node.types.as_ref());
        types.is_some_and(|types| {
            types.iter().any(|kind| matches!(kind, Type::Boolean | Type::Integer | Type::Number | Type::String))
        })
    }
}
