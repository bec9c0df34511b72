//! A committed list of the heads of all streams: what it shows of one stream.

use crate::hash::sha256_of;
use crate::tree::{Growing, PROOF_HASHES_MAX, TreeHead, holds, leaf_hash};
use bailiwick_core::{Digest, StreamId};
use serde::Deserialize;

const HEAD: &[u8] = b"bailiwick/head/1\0";

/// Where one stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) stream: StreamId,
    pub(crate) kind: i32,
    pub(crate) head: u64,
    pub(crate) hash: Digest,
}

impl Head {
    /// The leaf of `"bailiwick/head/1" 0x00, stream, kind (i32be), head (u64be), hash of the last event`.
    fn leaf(&self) -> Digest {
        let pieces: [&[u8]; 5] =
            [HEAD, self.stream.bytes(), &self.kind.to_be_bytes(), &self.head.to_be_bytes(), self.hash.bytes()];
        leaf_hash(&pieces.concat())
    }
}

/// A head and its place in the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placed {
    pub(crate) head: Head,
    pub(crate) index: u64,
    pub(crate) path: Vec<Digest>,
}

impl Placed {
    fn holds(&self, list: TreeHead) -> bool {
        self.path.len() <= PROOF_HASHES_MAX && holds(&self.head.leaf(), self.index, list, &self.path)
    }
}

/// What is shown of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum HeadProof {
    /// It stands in the list.
    Present(Placed),
    /// It does not: its neighbours are next to each other.
    Absent { before: Option<Placed>, after: Option<Placed> },
}

impl HeadProof {
    /// The head that is claimed, before anything is checked; `None` when absence is.
    pub(crate) fn claimed(&self) -> Option<Head> {
        match self {
            Self::Present(placed) => Some(placed.head),
            Self::Absent { .. } => None,
        }
    }

    /// Whether the proof is about this stream and holds for the list.
    pub(crate) fn holds(&self, stream: StreamId, list: TreeHead) -> bool {
        match self {
            Self::Present(placed) => placed.head.stream == stream && placed.holds(list),
            Self::Absent { before, after } => {
                let gap_from = before.as_ref().map_or(Some(0), |placed| placed.index.checked_add(1));
                let gap_to = after.as_ref().map_or(list.size, |placed| placed.index);
                before.as_ref().is_none_or(|placed| placed.head.stream < stream && placed.holds(list))
                    && after.as_ref().is_none_or(|placed| stream < placed.head.stream && placed.holds(list))
                    && gap_from == Some(gap_to)
            }
        }
    }
}

/// The root over heads, which come sorted by stream.
pub(crate) fn list_of(heads: impl IntoIterator<Item = Head>) -> TreeHead {
    let mut tree = Growing::default();
    heads.into_iter().for_each(|head| tree.push(head.leaf()));
    TreeHead { size: tree.size(), root: tree.root() }
}

/// SHA-256 of a document's bytes.
pub(crate) fn digest_of(bytes: &[u8]) -> Digest {
    sha256_of(&[bytes])
}

#[cfg(test)]
mod tests;
