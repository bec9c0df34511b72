use super::*;
use crate::proof::{check_consistency, check_inclusion, prove_consistency, prove_inclusion, root};
use crate::vectors::entries;
use std::cell::Cell;
use std::collections::BTreeMap;

/// A log in memory with the tiles it gave out; counts what is read.
struct Log {
    entries: Vec<Digest>,
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
    reads: Cell<usize>,
}

fn log(size: u64) -> (Log, Tiler) {
    let entries = entries(size);
    let (mut tiler, mut tiles) = (Tiler::default(), BTreeMap::new());
    for entry in &entries {
        assert!(tiler.push(entry, |tile| assert!(tiles.insert((tile.level, tile.index), tile.bytes).is_none())));
    }
    (Log { entries, tiles, reads: Cell::new(0) }, tiler)
}

impl Tiles for Log {
    type Error = &'static str;
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        self.reads.set(self.reads.get() + 1);
        Ok(self.tiles.get(&(level, index)).cloned())
    }
    fn entries(&self, from: u64, count: u64) -> Result<Vec<Digest>, Self::Error> {
        assert!(count <= TILE_WIDTH);
        self.reads.set(self.reads.get() + 1);
        let from = usize::try_from(from).unwrap();
        Ok(self.entries.iter().skip(from).take(usize::try_from(count).unwrap()).copied().collect())
    }
}

const SIZES: [u64; 12] = [0, 1, 2, 255, 256, 257, 511, 700, 1024, 65_535, 65_536, 66_001];

#[test]
fn roots_and_proofs_from_tiles_are_those_of_the_growing_tree() {
    for size in SIZES {
        let (log, tiler) = log(size);
        let mut reader = TileReader::new(&log, size).unwrap();
        assert_eq!(root(&mut reader, size).unwrap(), tiler.tree().root(), "{size}");
        for index in [0, 1, size / 3, size / 2, size.saturating_sub(1)].into_iter().filter(|index| *index < size) {
            let path = prove_inclusion(&mut reader, index, size).unwrap();
            let leaf = leaf_hash(&log.entries[usize::try_from(index).unwrap()]);
            assert_eq!(check_inclusion(&leaf, index, size, &path, &tiler.tree().root()), Ok(()), "{index} of {size}");
            let mut small = TileReader::new(&log, index).unwrap();
            let old_root = root(&mut small, index).unwrap();
            let path = prove_consistency(&mut reader, index, size).unwrap();
            assert_eq!(
                check_consistency(index, &old_root, size, &tiler.tree().root(), &path),
                Ok(()),
                "{index}, {size}"
            );
        }
    }
}

#[test]
fn a_log_without_any_tiles_is_read_from_its_events_alone() {
    for size in SIZES {
        let (mut log, tiler) = log(size);
        log.tiles.clear();
        let mut reader = TileReader::new(&log, size).unwrap();
        assert_eq!(root(&mut reader, size).unwrap(), tiler.tree().root(), "{size}");
    }
}

#[test]
fn a_tiler_that_was_read_back_goes_on_as_if_it_never_stopped() {
    for size in SIZES {
        let (log, mut tiler) = log(size);
        let mut again = TileReader::new(&log, size).unwrap().tiler().unwrap();
        for entry in entries(600) {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            assert!(tiler.push(&entry, |tile| one.push(tile)) && again.push(&entry, |tile| other.push(tile)));
            assert_eq!(one, other);
        }
        assert_eq!(tiler.tree(), again.tree(), "{size}");
    }
}

#[test]
fn a_proof_reads_each_tile_once() {
    let (log, _) = log(66_001);
    let mut reader = TileReader::new(&log, 66_001).unwrap();
    let _ = prove_inclusion(&mut reader, 40_000, 66_001).unwrap();
    // The leaf's tile, the one above it, and at the right edge a level 0 tile, and level 1 made from one more.
    assert!(log.reads.get() <= 6, "{} reads", log.reads.get());
}

#[test]
fn a_log_that_is_shorter_than_said_is_noticed() {
    let (mut log, _) = log(300);
    log.entries.truncate(299);
    let mut reader = TileReader::new(&log, 300).unwrap();
    let short = ReadError::Short { from: 256, due: 44, came: 43 };
    assert_eq!(root(&mut reader, 300), Err(Unproven::Source(short)));
}

#[test]
fn a_tile_that_is_cut_is_refused_and_one_that_is_changed_makes_another_root() {
    let (mut log, tiler) = log(300);
    log.tiles.get_mut(&(0, 0)).unwrap()[5] ^= 1;
    let mut reader = TileReader::new(&log, 300).unwrap();
    assert_ne!(root(&mut reader, 300).unwrap(), tiler.tree().root());
    log.tiles.get_mut(&(0, 0)).unwrap().pop();
    let mut reader = TileReader::new(&log, 300).unwrap();
    let cut = ReadError::TileLength { level: 0, index: 0, bytes: TILE_BYTES - 1 };
    assert_eq!(root(&mut reader, 300), Err(Unproven::Source(cut)));
}

#[test]
fn what_lies_outside_of_the_tree_is_not_read() {
    let (log, _) = log(300);
    let mut reader = TileReader::new(&log, 200).unwrap();
    assert_eq!(reader.node(0, 200), Err(ReadError::OutOfRange));
    assert_eq!(reader.node(7, 1), Err(ReadError::OutOfRange));
    assert_eq!(reader.node(70, 0), Err(ReadError::OutOfRange));
    assert_eq!(reader.node(3, u64::MAX), Err(ReadError::OutOfRange));
    assert!(TileReader::new(&log, LEAVES_MAX + 1).is_none());
}

#[test]
fn the_files_of_a_log_are_those_that_its_tiler_gave_out_and_the_partial_ones_of_every_size() {
    let (size, small) = (66_001, 65_900);
    let (log, tiler) = log(size);
    let mut reader = TileReader::new(&log, size).unwrap();
    let path = |kind, index, width| TilePath { kind, index, width };
    for ((level, index), bytes) in &log.tiles {
        assert_eq!(reader.file(&path(TileKind::Hashes(*level), *index, None)).unwrap().as_ref(), Some(bytes));
    }
    let mut entries = Vec::new();
    for level in 0..3_u8 {
        let hashes = size >> (8 * level);
        let (index, width) = (hashes / TILE_WIDTH, u8::try_from(hashes % TILE_WIDTH).unwrap());
        let kind = TileKind::Hashes(level);
        let partial = reader.file(&path(kind, index, Some(width))).unwrap().unwrap();
        assert_eq!(partial.len(), usize::from(width) * 32);
        assert_eq!(reader.file(&path(kind, index, Some(width + 1))).unwrap(), None, "wider than the tree");
        assert_eq!(reader.file(&path(kind, index, None)).unwrap(), None, "not full yet");
        let narrow = TileReader::new(&log, small).unwrap().file(&path(kind, index, Some(1))).unwrap();
        assert_eq!(reader.file(&path(kind, index, Some(1))).unwrap(), narrow, "as an earlier tree had it");
    }
    for index in 0..=size / TILE_WIDTH {
        let width = (size - index * TILE_WIDTH).min(TILE_WIDTH);
        let width = u8::try_from(width).ok().filter(|_| width < TILE_WIDTH);
        let bundle = reader.file(&path(TileKind::Entries, index, width)).unwrap().unwrap();
        for entry in bundle.chunks(34) {
            assert_eq!(entry[..2], [0, 32]);
            entries.push(Digest::new(entry[2..].try_into().unwrap()));
        }
    }
    assert_eq!(entries, log.entries);
    assert_eq!(root(&mut reader, size).unwrap(), tiler.tree().root());
}
