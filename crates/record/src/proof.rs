//! Proofs that a leaf is in a tree and that a tree only grew: made from full subtrees, checked from nothing but the proof.

use crate::tree::{EMPTY_ROOT, LEAVES_MAX, node_hash};
use bailiwick_core::Digest;
use std::fmt;

/// The most hashes a proof can have: one a level on the way up, and the one it starts at.
pub const PROOF_HASHES_MAX: usize = 65;

/// Where the hashes of full subtrees come from.
pub trait Nodes {
    /// Why a hash could not be had.
    type Error;

    /// The hash over the `2^level` leaves from leaf `index * 2^level` on. Asked only within the tree's size.
    ///
    /// # Errors
    /// When the source fails or does not have it.
    fn node(&mut self, level: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// Leaf hashes at hand are a source of nodes. Each node asked for is computed anew, so it is for small trees.
impl Nodes for &[Digest] {
    type Error = ProofError;

    fn node(&mut self, level: u32, index: u64) -> Result<Digest, ProofError> {
        let width = 1_usize.checked_shl(level).ok_or(ProofError::OutOfRange)?;
        let from =
            usize::try_from(index).ok().and_then(|index| index.checked_mul(width)).ok_or(ProofError::OutOfRange)?;
        let to = from.checked_add(width).ok_or(ProofError::OutOfRange)?;
        let leaves = self.get(from..to).ok_or(ProofError::OutOfRange)?;
        Ok(perfect_root(leaves).unwrap_or(EMPTY_ROOT))
    }
}

/// The root over leaves whose number is a power of two.
pub(crate) fn perfect_root(leaves: &[Digest]) -> Option<Digest> {
    let mut tree = crate::tree::Compact::default();
    leaves.iter().for_each(|leaf| {
        tree.push(*leaf);
    });
    (tree.size() > 0).then(|| tree.root())
}

/// Why a proof could not be made or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofError {
    /// The leaf or the size asked for is not within the tree.
    OutOfRange,
    /// The proof has another number of hashes than one for this place has.
    Length,
    /// The proof leads to another root.
    Root,
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "the leaf or size asked for is not within the tree",
            Self::Length => "the proof has too many or too few hashes",
            Self::Root => "the proof leads to another root",
        })
    }
}

impl std::error::Error for ProofError {}

/// A proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven<E> {
    /// What was asked for is not within the tree.
    OutOfRange,
    /// The source of hashes failed.
    Source(E),
}

impl<E: fmt::Display> fmt::Display for Unproven<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange => ProofError::OutOfRange.fmt(f),
            Self::Source(why) => why.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Unproven<E> {}

/// The largest power of two below `width`, which is at least 2 (RFC 6962, 2.1: `k < n <= 2k`).
const fn split(width: u64) -> u64 {
    1 << (63 - (width - 1).leading_zeros())
}

/// The hash over the leaves from `from` to before `to`, where `from` is a place at which RFC 6962 splits the tree.
fn range<N: Nodes>(nodes: &mut N, from: u64, to: u64) -> Result<Digest, Unproven<N::Error>> {
    // The range is made of one full subtree for each bit of its width, largest first; from the right, each begins
    // where the bits above it end.
    let width = to - from;
    let mut rest = width;
    let mut joined = None;
    while rest > 0 {
        let level = rest.trailing_zeros();
        rest &= rest - 1;
        let left = nodes.node(level, (from + rest) >> level).map_err(Unproven::Source)?;
        joined = Some(joined.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(joined.unwrap_or(EMPTY_ROOT))
}

/// The root of the first `size` leaves.
///
/// # Errors
/// [`Unproven`] when a hash could not be had.
pub fn root<N: Nodes>(nodes: &mut N, size: u64) -> Result<Digest, Unproven<N::Error>> {
    if size > LEAVES_MAX {
        return Err(Unproven::OutOfRange);
    }
    range(nodes, 0, size)
}

/// The roots of the full subtrees that `size` leaves are made of, largest first: what [`crate::Compact::resume`] takes.
///
/// # Errors
/// [`Unproven`] when a hash could not be had.
pub fn peaks<N: Nodes>(nodes: &mut N, size: u64) -> Result<Vec<Digest>, Unproven<N::Error>> {
    if size > LEAVES_MAX {
        return Err(Unproven::OutOfRange);
    }
    let levels = (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1);
    levels.map(|level| nodes.node(level, (size >> level) - 1).map_err(Unproven::Source)).collect()
}

/// The audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1).
///
/// # Errors
/// [`Unproven`] when there is no such leaf or a hash could not be had.
pub fn prove_inclusion<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Digest>, Unproven<N::Error>> {
    if index >= size || size > LEAVES_MAX {
        return Err(Unproven::OutOfRange);
    }
    let mut path = Vec::with_capacity(PROOF_HASHES_MAX);
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(range(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(range(nodes, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `old` leaves is the beginning of the one of `new` (RFC 6962, 2.1.2). It is empty when
/// there is nothing to prove: from no leaves, or to the same size.
///
/// # Errors
/// [`Unproven`] when `old` is larger than `new` or a hash could not be had.
pub fn prove_consistency<N: Nodes>(nodes: &mut N, old: u64, new: u64) -> Result<Vec<Digest>, Unproven<N::Error>> {
    if old > new || new > LEAVES_MAX {
        return Err(Unproven::OutOfRange);
    }
    if old == 0 {
        return Ok(Vec::new());
    }
    let mut path = Vec::with_capacity(PROOF_HASHES_MAX);
    let (mut from, mut to) = (0, new);
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(range(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(range(nodes, from, middle)?);
            from = middle;
        }
    }
    // RFC 6962, 2.1.2: the root of the old tree is known to who checks, so it is left out when it is a node of its own.
    if from != 0 {
        path.push(range(nodes, from, to)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks an audit path (RFC 9162, 2.1.3.2).
///
/// # Errors
/// [`ProofError`] saying in which way it does not hold.
pub fn check_inclusion(leaf: &Digest, index: u64, size: u64, path: &[Digest], root: &Digest) -> Result<(), ProofError> {
    if index >= size || size > LEAVES_MAX {
        return Err(ProofError::OutOfRange);
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for other in path {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(other, &hash);
            // A last node without a right neighbour stands for its parent, up to where it is a right child itself.
            let lonely = if place == 0 { 0 } else { place.trailing_zeros() };
            (place, last) = (place >> lonely, last >> lonely);
        } else {
            hash = node_hash(&hash, other);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    match last {
        0 if hash == *root => Ok(()),
        0 => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of the one of `new` with `new_root`
/// (RFC 9162, 2.1.4.2).
///
/// # Errors
/// [`ProofError`] saying in which way it does not hold.
pub fn check_consistency(
    old: u64,
    old_root: &Digest,
    new: u64,
    new_root: &Digest,
    path: &[Digest],
) -> Result<(), ProofError> {
    if old > new || new > LEAVES_MAX {
        return Err(ProofError::OutOfRange);
    }
    if old == 0 || old == new {
        // Nothing to join: the trees are the same one, or the old one is empty and has the empty root.
        let due = if old == 0 { &EMPTY_ROOT } else { new_root };
        let fresh = new == 0 && *new_root != EMPTY_ROOT;
        return match (path.is_empty(), old_root == due && !fresh) {
            (true, true) => Ok(()),
            (true, false) => Err(ProofError::Root),
            (false, _) => Err(ProofError::Length),
        };
    }
    let (mut place, mut last) = (old - 1, new - 1);
    let full = place.trailing_ones();
    (place, last) = (place >> full, last >> full);
    // RFC 9162, 2.1.4.2, 1: a power of two is a node of the new tree, and its root begins the path.
    let (start, rest) = match path.split_first() {
        _ if place == 0 => (old_root, path),
        Some((first, rest)) => (first, rest),
        None => return Err(ProofError::Length),
    };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for other in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(other, &old_hash);
            new_hash = node_hash(other, &new_hash);
            let lonely = if place == 0 { 0 } else { place.trailing_zeros() };
            (place, last) = (place >> lonely, last >> lonely);
        } else {
            new_hash = node_hash(&new_hash, other);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    match last {
        0 if old_hash == *old_root && new_hash == *new_root => Ok(()),
        0 => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

#[cfg(test)]
mod tests;
