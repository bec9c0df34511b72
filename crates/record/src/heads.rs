//! A commitment to the heads of all streams of a tenant, by which a stream's head, or that there is no such stream, can be
//! shown.
//!
//! An entry is `"bailiwick/head/1" 0x00, stream (16), kind (i32be), head (u64be), hash of the last event (32)`. The entries,
//! sorted by stream, are the leaves of an RFC 6962 tree; the commitment is their number and its root, both of which the
//! event that carries it must hold. A stream is absent when two neighbours enclose it.
//!
//! That the list was sorted and whole when it was committed to is not shown by such a proof: who has all events up to
//! the commitment makes it again, with [`HeadsRoot::of`], and compares.

use crate::hash::fill;
use crate::proof::{PROOF_HASHES_MAX, ProofError, Unproven, check_inclusion, prove_inclusion};
use crate::tree::{Compact, leaf_hash_of};
use bailiwick_core::{Digest, StreamId};
use serde::{Deserialize, Serialize};
use std::fmt;

const NAME: &[u8; 17] = b"bailiwick/head/1\0";
const ENTRY_BYTES: usize = 17 + 16 + 4 + 8 + 32;

/// Where one stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Which stream.
    pub stream: StreamId,
    /// Its kind, a number of the store's.
    pub kind: i32,
    /// The seq of its last event.
    pub head: u64,
    /// The hash of its last event.
    pub hash: Digest,
}

impl Head {
    fn leaf(&self) -> Digest {
        let mut entry = [0; ENTRY_BYTES];
        let (kind, seq) = (self.kind.to_be_bytes(), self.head.to_be_bytes());
        fill(&mut entry, &[NAME, self.stream.bytes(), &kind, &seq, self.hash.bytes()]);
        leaf_hash_of(&entry)
    }
}

/// Why heads cannot be committed to, or a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadsError {
    /// The heads are not sorted by stream, or one is there twice.
    Unsorted,
    /// What is shown is of another stream, or does not enclose this one.
    Elsewhere,
    /// What is shown is not in the commitment.
    Proof(ProofError),
}

impl fmt::Display for HeadsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsorted => f.write_str("the heads are not sorted by stream"),
            Self::Elsewhere => f.write_str("the proof is not about this stream"),
            Self::Proof(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for HeadsError {}

impl From<ProofError> for HeadsError {
    fn from(why: ProofError) -> Self {
        Self::Proof(why)
    }
}

/// What is committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadsRoot {
    /// How many streams there are.
    pub count: u64,
    /// The root over them.
    pub root: Digest,
}

impl HeadsRoot {
    /// Commits to heads, sorted by stream; holds none of them.
    ///
    /// # Errors
    /// [`HeadsError::Unsorted`] when they are not sorted or one is there twice.
    pub fn of(heads: impl IntoIterator<Item = Head>) -> Result<Self, HeadsError> {
        let mut tree = Compact::default();
        let mut last = None;
        for head in heads {
            if last.is_some_and(|last| last >= head.stream) || !tree.push(head.leaf()) {
                return Err(HeadsError::Unsorted);
            }
            last = Some(head.stream);
        }
        Ok(Self { count: tree.size(), root: tree.root() })
    }
}

/// A head and its place in the commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The head.
    pub head: Head,
    /// Its place, from 0.
    pub index: u64,
    /// Its audit path.
    pub path: Vec<Digest>,
}

impl Placed {
    fn check(&self, root: &HeadsRoot) -> Result<(), HeadsError> {
        if self.path.len() > PROOF_HASHES_MAX {
            return Err(HeadsError::Proof(ProofError::Length));
        }
        Ok(check_inclusion(&self.head.leaf(), self.index, root.count, &self.path, &root.root)?)
    }
}

/// What is shown of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HeadProof {
    /// It is there.
    Present(Placed),
    /// It is not: its neighbours, which are next to each other. One is missing at either end, both when there are no
    /// streams.
    Absent {
        /// The last one before it.
        before: Option<Placed>,
        /// The first one after it.
        after: Option<Placed>,
    },
}

impl HeadProof {
    /// Checks the proof for one stream: its head, or `None` when it is shown that there is no such stream.
    ///
    /// # Errors
    /// [`HeadsError`] saying in which way it does not hold.
    pub fn check(&self, stream: StreamId, root: &HeadsRoot) -> Result<Option<Head>, HeadsError> {
        match self {
            Self::Present(placed) => {
                placed.check(root)?;
                if placed.head.stream == stream { Ok(Some(placed.head)) } else { Err(HeadsError::Elsewhere) }
            }
            Self::Absent { before, after } => {
                before.iter().chain(after).try_for_each(|placed| placed.check(root))?;
                let around = before.as_ref().is_none_or(|placed| placed.head.stream < stream)
                    && after.as_ref().is_none_or(|placed| stream < placed.head.stream);
                // The gap lies between `before` and the place that `after` has, or the end.
                let from = before.as_ref().map_or(Some(0), |placed| placed.index.checked_add(1));
                let to = after.as_ref().map_or(root.count, |placed| placed.index);
                if around && from == Some(to) { Ok(None) } else { Err(HeadsError::Elsewhere) }
            }
        }
    }
}

/// All heads, to prove from.
#[derive(Debug)]
pub struct Heads {
    heads: Vec<Head>,
    leaves: Vec<Digest>,
}

impl Heads {
    /// Takes heads, sorted by stream.
    ///
    /// # Errors
    /// [`HeadsError::Unsorted`] when they are not sorted or one is there twice.
    pub fn new(heads: Vec<Head>) -> Result<Self, HeadsError> {
        if !heads.is_sorted_by(|one, other| one.stream < other.stream) {
            return Err(HeadsError::Unsorted);
        }
        let leaves = heads.iter().map(Head::leaf).collect();
        Ok(Self { heads, leaves })
    }

    /// The heads, sorted by stream.
    #[must_use]
    pub fn into_heads(self) -> Vec<Head> {
        self.heads
    }

    /// The commitment to them.
    #[must_use]
    pub fn root(&self) -> HeadsRoot {
        let mut tree = Compact::default();
        self.leaves.iter().for_each(|leaf| {
            tree.push(*leaf);
        });
        HeadsRoot { count: tree.size(), root: tree.root() }
    }

    fn place(&self, index: usize) -> Result<Option<Placed>, HeadsError> {
        let Some(head) = self.heads.get(index) else { return Ok(None) };
        let index = index as u64;
        let path =
            prove_inclusion(&mut self.leaves.as_slice(), index, self.leaves.len() as u64).map_err(|why| match why {
                Unproven::OutOfRange => ProofError::OutOfRange,
                Unproven::Source(why) => why,
            })?;
        Ok(Some(Placed { head: *head, index, path }))
    }

    /// Proves a stream's head, or that there is no such stream.
    ///
    /// # Errors
    /// None that a caller can bring about.
    pub fn prove(&self, stream: StreamId) -> Result<HeadProof, HeadsError> {
        match self.heads.binary_search_by_key(&stream, |head| head.stream) {
            Ok(index) => self.place(index)?.map(HeadProof::Present).ok_or(HeadsError::Elsewhere),
            Err(index) => Ok(HeadProof::Absent {
                before: index.checked_sub(1).map_or(Ok(None), |index| self.place(index))?,
                after: self.place(index)?,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
