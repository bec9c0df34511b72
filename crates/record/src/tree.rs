//! RFC 6962's tree: hashes of leaves and nodes, and the compact range that takes a leaf at a time.

use crate::hash::{sha256, sha256_of};
use bailiwick_core::Digest;
use std::fmt;

/// The root of the tree without leaves: SHA-256 of nothing (RFC 6962, 2.1).
pub const EMPTY_ROOT: Digest = Digest::new([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);
/// The most leaves a log may have: what the store can number.
pub const LEAVES_MAX: u64 = i64::MAX as u64;
/// More peaks than a tree of [`LEAVES_MAX`] leaves can have.
const PEAKS_MAX: usize = 64;

/// The leaf of an event: SHA-256(0x00, hash of the event) (RFC 6962, 2.1).
#[must_use]
pub fn leaf_hash(entry: &Digest) -> Digest {
    let mut bytes = [0; 33];
    bytes[1..].copy_from_slice(entry.bytes());
    sha256(&bytes)
}

/// The leaf of an entry of any length.
#[must_use]
pub fn leaf_hash_of(entry: &[u8]) -> Digest {
    sha256_of(&[&[0], entry])
}

/// An inner node: SHA-256(0x01, left, right) (RFC 6962, 2.1).
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [0; 65];
    bytes[0] = 1;
    bytes[1..33].copy_from_slice(left.bytes());
    bytes[33..].copy_from_slice(right.bytes());
    sha256(&bytes)
}

/// A growing tree, kept as the roots of the full subtrees that its size is made of, largest first. Appending and the
/// root allocate nothing.
#[derive(Clone, Copy)]
pub struct Compact {
    size: u64,
    /// As many as the size has bits set; what is behind them is left over.
    peaks: [Digest; PEAKS_MAX],
}

impl PartialEq for Compact {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.peaks() == other.peaks()
    }
}

impl Eq for Compact {}

impl fmt::Debug for Compact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compact").field("size", &self.size).field("peaks", &self.peaks()).finish()
    }
}

impl Default for Compact {
    fn default() -> Self {
        Self { size: 0, peaks: [EMPTY_ROOT; PEAKS_MAX] }
    }
}

impl Compact {
    /// A tree of so many leaves from the roots of its full subtrees, largest first; `None` unless there is one for
    /// each bit of the size.
    #[must_use]
    pub fn resume(size: u64, peaks: &[Digest]) -> Option<Self> {
        if size > LEAVES_MAX || peaks.len() != size.count_ones() as usize {
            return None;
        }
        let mut tree = Self { size, ..Self::default() };
        tree.peaks.iter_mut().zip(peaks).for_each(|(slot, peak)| *slot = *peak);
        Some(tree)
    }

    /// Leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the full subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Digest] {
        self.peaks.get(..self.size.count_ones() as usize).unwrap_or_default()
    }

    /// Takes one more leaf hash. A tree of [`LEAVES_MAX`] leaves takes no more, and says so by `false`.
    pub fn push(&mut self, leaf: Digest) -> bool {
        if self.size >= LEAVES_MAX {
            return false;
        }
        let kept = self.size.count_ones() as usize;
        let joined = self.size.trailing_ones() as usize;
        let top = self.peaks.iter().take(kept).rev().take(joined).fold(leaf, |right, left| node_hash(left, &right));
        if let Some(slot) = self.peaks.get_mut(kept.saturating_sub(joined)) {
            *slot = top;
        }
        self.size += 1;
        true
    }

    /// The root over all leaves so far.
    #[must_use]
    pub fn root(&self) -> Digest {
        fold_peaks(self.peaks().iter().rev().copied()).unwrap_or(EMPTY_ROOT)
    }
}

/// Joins the roots of neighbouring full subtrees, given from the right, into the hash over all of them.
pub(crate) fn fold_peaks(from_right: impl IntoIterator<Item = Digest>) -> Option<Digest> {
    from_right.into_iter().reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
mod tests;
