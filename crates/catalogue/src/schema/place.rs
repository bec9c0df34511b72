//! What a schema says of a place, without a value: whether it names it, and whether an integer stands there.

use super::{Node, Type, Validator};
use std::collections::BTreeSet;

/// What a schema says of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// No value can stand there.
    Nothing,
    /// Nothing is said of it.
    Open,
    /// It is named.
    Named,
    /// It is named, and an integer.
    Integer,
}

impl Validator {
    /// The most that any branch of the schema says of the place below these tokens; `None` stands for every element.
    pub(crate) fn place(&self, tokens: &[Option<&str>]) -> Place {
        let Some((last, before)) = tokens.split_last() else { return Place::Named };
        let mut level = self.spread([0]);
        for token in before {
            let next: Vec<usize> = level.iter().flat_map(|index| self.below(*index, *token)).collect();
            if next.is_empty() {
                return if self.silent(&level) { Place::Open } else { Place::Nothing };
            }
            level = self.spread(next);
        }
        let found: Vec<usize> = level.iter().flat_map(|index| self.below(*index, *last)).collect();
        let found = self.spread(found);
        if found.is_empty() {
            return if self.silent(&level) { Place::Open } else { Place::Nothing };
        }
        let integer = |index: &usize| {
            let types = self.node(*index).and_then(|node| node.types.as_ref());
            // `["integer", "null"]` is an integer; `["integer", "string"]` may be another thing
            types.is_some_and(|types| {
                types.contains(&Type::Integer) && types.iter().all(|kind| matches!(kind, Type::Integer | Type::Null))
            })
        };
        let number = |index: &usize| {
            let types = self.node(*index).and_then(|node| node.types.as_ref());
            types.is_some_and(|types| types.contains(&Type::Number))
        };
        if found.iter().any(integer) && !found.iter().any(number) { Place::Integer } else { Place::Named }
    }

    /// These schemas and all that stand beside them for the same value.
    pub(super) fn spread(&self, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut rest: Vec<usize> = from.into_iter().collect();
        while let Some(index) = rest.pop() {
            if !all.insert(index) {
                continue;
            }
            if let Some(Node { all: both, any, one, when, .. }) = self.node(index) {
                rest.extend(both.iter().chain(any).chain(one));
                rest.extend(when.iter().flat_map(|(_, then, other)| then.iter().chain(other)));
            }
        }
        all
    }

    /// The schemas of a member or element.
    fn below(&self, index: usize, token: Option<&str>) -> Vec<usize> {
        let Some(node) = self.node(index) else { return Vec::new() };
        let mut out = Vec::new();
        if let Some(object) = &node.object {
            let named = object.properties.iter().filter(|(name, _)| token.is_none_or(|token| token == name));
            out.extend(named.map(|(_, index)| *index));
            if out.is_empty() {
                let matching = object.patterns.iter().filter(|(pattern, _)| token.is_none_or(|t| pattern.matches(t)));
                out.extend(matching.map(|(_, index)| *index));
            }
            if out.is_empty() {
                let additional = object.additional;
                out.extend(additional.filter(|index| !self.node(*index).is_some_and(|node| node.never)));
            }
        }
        if let Some(array) = &node.array {
            match token.map(str::parse::<usize>) {
                None => out.extend(array.prefix.iter().chain(&array.rest)),
                Some(Ok(at)) => out.extend(array.prefix.get(at).copied().or(array.rest)),
                Some(Err(_)) => {}
            }
        }
        out
    }

    /// Whether some of these schemas says nothing of what is below it.
    fn silent(&self, level: &BTreeSet<usize>) -> bool {
        let says = |index: &usize| {
            self.node(*index).is_none_or(|node| {
                let closed = |index: usize| self.node(index).is_some_and(|node| node.never);
                let object =
                    node.object.as_ref().is_some_and(|o| !o.properties.is_empty() || o.additional.is_some_and(closed));
                let scalar = node
                    .types
                    .as_ref()
                    .is_some_and(|types| !types.iter().any(|kind| matches!(kind, Type::Object | Type::Array)));
                object || scalar || node.array.as_ref().is_some_and(|array| array.rest.is_some())
            })
        };
        !level.iter().any(says)
    }
}
