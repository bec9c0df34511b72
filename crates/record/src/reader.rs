//! Reads a tree back from tiles and from the hashes of events. A tile that is missing is made again from what is below it.

use crate::proof::{Nodes, Unproven, peaks, perfect_root};
use crate::tile::{
    TILE_BYTES, TILE_HEIGHT, TILE_LEVELS, TILE_WIDTH, TileKind, TilePath, Tiler, entry_bundle, hashes, tile_width,
};
use crate::tree::{Compact, LEAVES_MAX, leaf_hash};
use bailiwick_core::Digest;
use std::fmt;

/// Where tiles and hashes of events are kept. Leaves are counted from the first of this log.
pub trait Tiles {
    /// Why it could not be read.
    type Error;

    /// A full tile; `None` when it is not kept (it can always be made again).
    ///
    /// # Errors
    /// When it could not be read.
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The hashes of `count` events (at most 256), in order.
    ///
    /// # Errors
    /// When they could not be read.
    fn entries(&self, from: u64, count: u64) -> Result<Vec<Digest>, Self::Error>;
}

/// Why a tree could not be read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError<E> {
    /// The source failed.
    Source(E),
    /// A tile has another length than a full tile.
    TileLength {
        /// Its level.
        level: u8,
        /// Its place.
        index: u64,
        /// How long it is.
        bytes: usize,
    },
    /// The log has fewer events than it is said to.
    Short {
        /// The first event asked for.
        from: u64,
        /// How many were asked for.
        due: u64,
        /// How many came.
        came: usize,
    },
    /// A hash outside of the tree was asked for.
    OutOfRange,
}

impl<E: fmt::Display> fmt::Display for ReadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(why) => why.fmt(f),
            Self::TileLength { level, index, bytes } => {
                write!(f, "tile `{index}` of level `{level}` has `{bytes}` bytes, not {TILE_BYTES}")
            }
            Self::Short { from, due, came } => {
                write!(f, "`{due}` events were due from leaf `{from}` on and `{came}` came")
            }
            Self::OutOfRange => f.write_str("a hash outside of the tree was asked for"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for ReadError<E> {}

/// A tree of a fixed size over a source of tiles. Keeps one tile a level, so that one proof reads each tile once.
#[derive(Debug)]
pub struct TileReader<'a, T> {
    source: &'a T,
    size: u64,
    kept: [Option<(u64, Vec<Digest>)>; TILE_LEVELS as usize],
}

impl<'a, T: Tiles> TileReader<'a, T> {
    /// The tree of the first `size` events; `None` when that is more than a log can have.
    #[must_use]
    pub fn new(source: &'a T, size: u64) -> Option<Self> {
        (size <= LEAVES_MAX).then(|| Self { source, size, kept: Default::default() })
    }

    /// Leaves of the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of one tile, full or partial as the size has it.
    fn load(&mut self, level: u8, index: u64) -> Result<&[Digest], ReadError<T::Error>> {
        let slot = usize::from(level);
        if !matches!(self.kept.get(slot), Some(Some((kept, _))) if *kept == index) {
            let made = self.make(level, index)?;
            *self.kept.get_mut(slot).ok_or(ReadError::OutOfRange)? = Some((index, made));
        }
        match self.kept.get(slot) {
            Some(Some((_, hashes))) => Ok(hashes),
            _ => Err(ReadError::OutOfRange),
        }
    }

    fn make(&mut self, level: u8, index: u64) -> Result<Vec<Digest>, ReadError<T::Error>> {
        let width = tile_width(self.size, level, index);
        if width == 0 {
            return Err(ReadError::OutOfRange);
        }
        if width == TILE_WIDTH
            && let Some(bytes) = self.source.tile(level, index).map_err(ReadError::Source)?
        {
            return match bytes.len() {
                TILE_BYTES => Ok(hashes(&bytes).collect()),
                other => Err(ReadError::TileLength { level, index, bytes: other }),
            };
        }
        let from = index * TILE_WIDTH;
        match level.checked_sub(1) {
            None => Ok(self.entries(from, width)?.iter().map(leaf_hash).collect()),
            // A hash of an upper level is the root of a full tile below (tlog-tiles, Merkle Tree).
            Some(below) => (from..from + width)
                .map(|child| perfect_root(self.load(below, child)?).ok_or(ReadError::OutOfRange))
                .collect(),
        }
    }

    /// The file at a path below the log's prefix (C2SP tlog-tiles): hashes, or entries with their lengths. A partial one may
    /// be narrower than the tree has it, as trees before this one had it; `None` when it is wider.
    ///
    /// # Errors
    /// [`ReadError`] when the tree could not be read.
    pub fn file(&mut self, path: &TilePath) -> Result<Option<Vec<u8>>, ReadError<T::Error>> {
        let level = match path.kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let due = path.width.map_or(TILE_WIDTH, u64::from);
        if due > tile_width(self.size, level, path.index) {
            return Ok(None);
        }
        if path.kind == TileKind::Entries {
            let entries = self.entries(path.index * TILE_WIDTH, due)?;
            return Ok(entry_bundle(&entries.iter().map(Digest::bytes).collect::<Vec<_>>()));
        }
        let due = usize::try_from(due).map_err(|_| ReadError::OutOfRange)?;
        let hashes = self.load(level, path.index)?.get(..due).ok_or(ReadError::OutOfRange)?;
        Ok(Some(hashes.iter().flat_map(|hash| *hash.bytes()).collect()))
    }

    fn entries(&self, from: u64, due: u64) -> Result<Vec<Digest>, ReadError<T::Error>> {
        let entries = self.source.entries(from, due).map_err(ReadError::Source)?;
        if entries.len() as u64 == due { Ok(entries) } else { Err(ReadError::Short { from, due, came: entries.len() }) }
    }

    /// A [`Tiler`] that goes on where this tree ends.
    ///
    /// # Errors
    /// [`ReadError`] when the tree could not be read.
    pub fn tiler(&mut self) -> Result<Tiler, ReadError<T::Error>> {
        let peaks = peaks(self, self.size).map_err(|why| match why {
            Unproven::OutOfRange => ReadError::OutOfRange,
            Unproven::Source(why) => why,
        })?;
        let tree = Compact::resume(self.size, &peaks).ok_or(ReadError::OutOfRange)?;
        let mut open: [Vec<u8>; TILE_LEVELS as usize] = std::array::from_fn(|_| Vec::new());
        for (level, bytes) in (0..TILE_LEVELS).zip(&mut open) {
            let index = self.size.checked_shr((u32::from(level) + 1) * TILE_HEIGHT).unwrap_or(0);
            if tile_width(self.size, level, index) > 0 {
                bytes.reserve_exact(TILE_BYTES);
                self.load(level, index)?.iter().for_each(|hash| bytes.extend_from_slice(hash.bytes()));
            }
        }
        Tiler::resume(tree, open).ok_or(ReadError::OutOfRange)
    }
}

impl<T: Tiles> Nodes for TileReader<'_, T> {
    type Error = ReadError<T::Error>;

    fn node(&mut self, level: u32, index: u64) -> Result<Digest, Self::Error> {
        let tile_level = u8::try_from(level / TILE_HEIGHT).map_err(|_| ReadError::OutOfRange)?;
        let width = 1_u64 << (level % TILE_HEIGHT);
        // 256 / width nodes of this level stand in one tile.
        let first = index.checked_mul(width).ok_or(ReadError::OutOfRange)?;
        let tile = self.load(tile_level, first / TILE_WIDTH)?;
        let at = usize::try_from(first % TILE_WIDTH).map_err(|_| ReadError::OutOfRange)?;
        let to = at + usize::try_from(width).map_err(|_| ReadError::OutOfRange)?;
        tile.get(at..to).and_then(perfect_root).ok_or(ReadError::OutOfRange)
    }
}

#[cfg(test)]
mod tests;
