//! RFC 6962's tree, from the side of who checks: roots, audit paths, consistency.

use crate::hash::sha256_of;
use bailiwick_core::Digest;
use std::collections::BTreeMap;

/// The most leaves a log may have.
pub(crate) const LEAVES_MAX: u64 = i64::MAX as u64;
/// The most hashes a proof can have.
pub(crate) const PROOF_HASHES_MAX: usize = 65;

/// RFC 6962, 2.1: the leaf of an entry.
pub(crate) fn leaf_hash(entry: &[u8]) -> Digest {
    sha256_of(&[&[0], entry])
}

/// RFC 6962, 2.1: an inner node.
pub(crate) fn node_hash(left: &Digest, right: &Digest) -> Digest {
    sha256_of(&[&[1], left.bytes(), right.bytes()])
}

/// RFC 6962, 2.1: the root without leaves.
pub(crate) fn empty_root() -> Digest {
    sha256_of(&[])
}

/// The head of a log: how many leaves, and the root over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeHead {
    pub(crate) size: u64,
    pub(crate) root: Digest,
}

/// How the way from a leaf to the root is made: first levels on which the path has a sibling whatever the side, then
/// those on which the leaf lies under the right edge and only left siblings are there.
fn levels(index: u64, size: u64) -> (u32, u32) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner, border)
}

/// Two nodes with one parent.
#[derive(Clone, Copy)]
struct Pair {
    /// The place of the left one within its level.
    left_at: u64,
    left: Digest,
    right: Digest,
}

/// Checks audit paths against one head. Nodes that a path has proven are remembered, one pair a level, so that
/// neighbours cost little.
pub(crate) struct Paths {
    head: TreeHead,
    known: [Option<Pair>; 64],
    /// What paths that were followed to the root had beyond the pairs: the same for all of as many levels.
    borders: BTreeMap<u32, Vec<Digest>>,
}

impl Paths {
    pub(crate) fn new(head: TreeHead) -> Self {
        Self { head, known: [None; 64], borders: BTreeMap::new() }
    }

    /// Whether the entry is leaf `index` of the log (RFC 9162, 2.1.3.2).
    pub(crate) fn holds(&mut self, entry: &Digest, index: u64, path: &[Digest]) -> bool {
        let TreeHead { size, root } = self.head;
        if index >= size || size > LEAVES_MAX {
            return false;
        }
        let (inner, border) = levels(index, size);
        if path.len() as u64 != u64::from(inner) + u64::from(border) {
            return false;
        }
        let (inner_path, border_path) = path.split_at_checked(inner as usize).unwrap_or_default();
        let mut hash = leaf_hash(entry.bytes());
        let mut made: [Option<Pair>; 64] = [None; 64];
        for (level, other) in inner_path.iter().enumerate() {
            let at = index >> level;
            let right = at & 1 == 1;
            if let Some(Some(pair)) =
                self.known.get(level).filter(|pair| pair.is_some_and(|pair| pair.left_at == at & !1))
            {
                let proven = if right { pair.right } else { pair.left };
                // The way on is known: it is compared, not hashed. What a bundle says is true to its last byte, or refused.
                let rest = inner_path.get(level..).unwrap_or_default();
                let same = hash == proven && self.goes_on(index, level, rest);
                let same = same && self.borders.get(&inner).is_some_and(|border| border == border_path);
                return same && self.remember(&made);
            }
            let (left, right) = if right { (*other, hash) } else { (hash, *other) };
            if let Some(slot) = made.get_mut(level) {
                *slot = Some(Pair { left_at: at & !1, left, right });
            }
            hash = node_hash(&left, &right);
        }
        hash = border_path.iter().fold(hash, |hash, left| node_hash(left, &hash));
        if hash != root {
            return false;
        }
        self.borders.insert(inner, border_path.to_vec());
        self.remember(&made)
    }

    /// Whether the path from this level on is the one that was proven. Pairs above a known one are its ancestors: who
    /// replaces a pair replaces all that are below it.
    fn goes_on(&self, index: u64, level: usize, rest: &[Digest]) -> bool {
        rest.iter().zip(level..).all(|(other, level)| {
            let at = index >> level;
            let pair = self.known.get(level).copied().flatten().filter(|pair| pair.left_at == at & !1);
            pair.is_some_and(|pair| *other == if at & 1 == 1 { pair.left } else { pair.right })
        })
    }

    /// What a path that held was made of is proven. Always true.
    fn remember(&mut self, made: &[Option<Pair>; 64]) -> bool {
        self.known.iter_mut().zip(made).filter(|(_, made)| made.is_some()).for_each(|(slot, made)| *slot = *made);
        true
    }
}

/// Whether one place holds an entry, on its own: for lists of heads.
pub(crate) fn holds(leaf: &Digest, index: u64, head: TreeHead, path: &[Digest]) -> bool {
    let TreeHead { size, root } = head;
    if index >= size || size > LEAVES_MAX {
        return false;
    }
    let (inner, border) = levels(index, size);
    if path.len() as u64 != u64::from(inner) + u64::from(border) {
        return false;
    }
    let hash = path.iter().enumerate().fold(*leaf, |hash, (level, other)| {
        let left_of_us = level >= inner as usize || index >> level & 1 == 1;
        if left_of_us { node_hash(other, &hash) } else { node_hash(&hash, other) }
    });
    hash == root
}

/// Whether the log of `old` is the beginning of that of `new` (RFC 9162, 2.1.4.2).
pub(crate) fn consistent(old: TreeHead, new: TreeHead, path: &[Digest]) -> bool {
    if old.size > new.size || new.size > LEAVES_MAX {
        return false;
    }
    if old.size == new.size {
        return old.root == new.root && path.is_empty();
    }
    if old.size == 0 {
        return old.root == empty_root() && path.is_empty();
    }
    let (inner, border) = levels(old.size - 1, new.size);
    // The old tree's last full subtree is a node of both trees: the way begins there.
    let shift = old.size.trailing_zeros();
    let Some(inner) = inner.checked_sub(shift) else { return false };
    let whole = old.size.is_power_of_two();
    let (start, rest) = match path.split_first() {
        _ if whole => (old.root, path),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    if rest.len() as u64 != u64::from(inner) + u64::from(border) {
        return false;
    }
    let place = (old.size - 1) >> shift;
    let (mut old_hash, mut new_hash) = (start, start);
    for (level, other) in rest.iter().enumerate() {
        if level >= inner as usize || place >> level & 1 == 1 {
            old_hash = node_hash(other, &old_hash);
            new_hash = node_hash(other, &new_hash);
        } else {
            new_hash = node_hash(&new_hash, other);
        }
    }
    old_hash == old.root && new_hash == new.root
}

/// A growing tree: the roots of the full subtrees that its size is made of, largest first.
#[derive(Default)]
pub(crate) struct Growing {
    size: u64,
    peaks: Vec<Digest>,
}

impl Growing {
    pub(crate) fn push(&mut self, leaf: Digest) {
        let joined = (0..self.size.trailing_ones()).fold(leaf, |right, _| match self.peaks.pop() {
            Some(left) => node_hash(&left, &right),
            None => right,
        });
        self.peaks.push(joined);
        self.size += 1;
    }

    pub(crate) fn root(&self) -> Digest {
        let mut from_right = self.peaks.iter().rev().copied();
        let last = from_right.next();
        last.map_or_else(empty_root, |last| from_right.fold(last, |right, left| node_hash(&left, &right)))
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(test)]
mod tests;
