//! C2SP tlog-tiles: the tree cut into tiles of 256 hashes, their paths, and which of them new leaves complete.

use crate::tree::{Compact, LEAVES_MAX, leaf_hash};
use bailiwick_core::Digest;
use std::fmt;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Levels of the tree that one tile spans.
pub const TILE_HEIGHT: u32 = 8;
/// Bytes of a full tile.
pub const TILE_BYTES: usize = 256 * 32;
/// Levels of tiles that a tree of [`LEAVES_MAX`] leaves has.
pub const TILE_LEVELS: u8 = 8;
/// The longest entry that a bundle can hold: its length is two bytes (tlog-tiles, Log entries).
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;
/// More than the longest path of a tile.
const PATH_BYTES_MAX: usize = 64;

const _: () = assert!(TILE_BYTES as u64 == TILE_WIDTH * 32 && TILE_WIDTH == 1 << TILE_HEIGHT);
const _: () = assert!(LEAVES_MAX >> (TILE_LEVELS as u32 * TILE_HEIGHT - 1) == 0);

/// What a tile path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes at a tile level, 0 to 63.
    Hashes(u8),
    /// Log entries.
    Entries,
}

/// The path of a tile below a log's prefix: `tile/0/x001/x234/067`, with `.p/` and a width when it is partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// Hashes or entries.
    pub kind: TileKind,
    /// Its place within the level.
    pub index: u64,
    /// How wide a partial tile is, 1 to 255; `None` for a full one.
    pub width: Option<u8>,
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        // tlog-tiles, Merkle Tree: groups of three digits, all but the last led by an `x`.
        let mut place = 1_u64;
        while self.index / place >= 1000 {
            place = place.saturating_mul(1000);
        }
        while place > 1 {
            write!(f, "x{:03}/", self.index / place % 1000)?;
            place /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        self.width.map_or(Ok(()), |width| write!(f, ".p/{width}"))
    }
}

impl TilePath {
    /// Reads what `Display` writes and nothing else: one tile has one path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > PATH_BYTES_MAX {
            return None;
        }
        let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(level.parse().ok().filter(|level| *level < 64)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, Some(width.parse().ok().filter(|width| *width > 0)?)),
            None => (rest, None),
        };
        let digits: String = index.chars().filter(char::is_ascii_digit).collect();
        let path = Self { kind, index: digits.parse().ok()?, width };
        (path.to_string() == text).then_some(path)
    }
}

/// The width of tile `index` at `level` in a tree of `size` leaves: 0 when there is none, 256 when it is full.
#[must_use]
pub fn tile_width(size: u64, level: u8, index: u64) -> u64 {
    if level >= TILE_LEVELS {
        return 0;
    }
    // tlog-tiles, Partial Tiles: only full tiles are hashed into the level above.
    let hashes = size >> (u32::from(level) * TILE_HEIGHT);
    hashes.saturating_sub(index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
}

/// The full tiles that a log gains as it grows from `old` to `new` leaves, lowest level first.
pub fn tiles_completed(old: u64, new: u64) -> impl Iterator<Item = (u8, u64)> {
    (0..TILE_LEVELS).flat_map(move |level| {
        let full = |size: u64| size.checked_shr((u32::from(level) + 1) * TILE_HEIGHT).unwrap_or(0);
        (full(old)..full(new)).map(move |index| (level, index))
    })
}

/// A bundle of entries: each with its length before it as u16be (tlog-tiles, Log entries). `None` when there are more
/// than 256 or one is too long.
#[must_use]
pub fn entry_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        bytes.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    (entries.len() as u64 <= TILE_WIDTH).then_some(bytes)
}

/// A full tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its tile level.
    pub level: u8,
    /// Its place within the level.
    pub index: u64,
    /// Its 256 hashes, one after another.
    pub bytes: Vec<u8>,
}

/// The right edge of a log: takes entry hashes one by one, gives out each tile as it is full, and knows the root.
/// Between two full tiles it allocates nothing.
#[derive(Debug, Clone)]
pub struct Tiler {
    tree: Compact,
    open: [Vec<u8>; TILE_LEVELS as usize],
}

impl Default for Tiler {
    fn default() -> Self {
        Self { tree: Compact::default(), open: std::array::from_fn(|_| Vec::new()) }
    }
}

impl Tiler {
    /// Goes on from a tree and the partial tiles at its right edge, lowest level first; `None` when their widths are
    /// not those of the tree's size.
    #[must_use]
    pub fn resume(tree: Compact, open: [Vec<u8>; TILE_LEVELS as usize]) -> Option<Self> {
        let fits = (0..TILE_LEVELS).zip(&open).all(|(level, bytes)| {
            let hashes = tree.size() >> (u32::from(level) * TILE_HEIGHT);
            bytes.len() as u64 == hashes % TILE_WIDTH * 32
        });
        fits.then_some(Self { tree, open })
    }

    /// The tree so far.
    #[must_use]
    pub const fn tree(&self) -> &Compact {
        &self.tree
    }

    /// Takes the hash of the next event; `full` gets each tile that it completes, lowest level first. A log of
    /// [`LEAVES_MAX`] leaves takes no more, and says so by `false`.
    pub fn push(&mut self, entry: &Digest, mut full: impl FnMut(Tile)) -> bool {
        let mut hash = leaf_hash(entry);
        if !self.tree.push(hash) {
            return false;
        }
        for (level, open) in (0..TILE_LEVELS).zip(&mut self.open) {
            if open.capacity() == 0 {
                open.reserve_exact(TILE_BYTES);
            }
            open.extend_from_slice(hash.bytes());
            if open.len() < TILE_BYTES {
                break;
            }
            hash = hashes(open).fold(Compact::default(), push).root();
            let tiles = self.tree.size().checked_shr((u32::from(level) + 1) * TILE_HEIGHT).unwrap_or(0);
            let index = tiles.saturating_sub(1);
            full(Tile { level, index, bytes: std::mem::take(open) });
        }
        true
    }
}

fn push(mut tree: Compact, hash: Digest) -> Compact {
    tree.push(hash);
    tree
}

/// The hashes of a tile.
pub(crate) fn hashes(bytes: &[u8]) -> impl Iterator<Item = Digest> {
    bytes.as_chunks::<32>().0.iter().copied().map(Digest::new)
}

#[cfg(test)]
mod tests;
