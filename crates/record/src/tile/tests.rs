use super::*;
use crate::hash::sha256;
use crate::vectors::{digest, entries, list, number, one, text};
use serde_json::Value;

fn path(of: &Value) -> TilePath {
    let kind = match of["level"].as_u64() {
        Some(level) => TileKind::Hashes(u8::try_from(level).unwrap()),
        None => TileKind::Entries,
    };
    let width = of["width"].as_u64().map(|width| u8::try_from(width).unwrap());
    TilePath { kind, index: number(of, "index"), width }
}

#[test]
fn paths_are_written_and_read_as_the_vectors_have_them() {
    let file = one("tree/04-tiles.json");
    for case in list(&file, "paths") {
        assert_eq!(path(case).to_string(), text(case, "path"));
        assert_eq!(TilePath::parse(text(case, "path")), Some(path(case)));
    }
    for case in list(&file, "refused_paths") {
        assert_eq!(TilePath::parse(case.as_str().unwrap()), None, "{case}");
    }
    assert!(list(&file, "refused_paths").len() > list(&file, "paths").len());
}

#[test]
fn a_log_gives_out_exactly_the_full_tiles_of_the_vectors() {
    for tree in list(&one("tree/04-tiles.json"), "trees") {
        let size = number(tree, "size");
        let mut tiler = Tiler::default();
        let mut made = Vec::new();
        assert!(entries(size).iter().all(|entry| tiler.push(entry, |tile| made.push(tile))));
        made.sort_by_key(|tile| (tile.level, tile.index));

        let (full, partial): (Vec<_>, Vec<_>) =
            list(tree, "tiles").iter().partition(|tile| number(tile, "width") == 256);
        assert_eq!(made.len(), full.len(), "{size}");
        for (made, due) in made.iter().zip(full) {
            assert_eq!((u64::from(made.level), made.index), (number(due, "level"), number(due, "index")));
            assert_eq!(sha256(&made.bytes), digest(due, "sha256"), "{size}");
            assert_eq!(text(due, "path"), path_of(made.level, made.index, None).to_string());
        }
        for due in partial {
            let level = u8::try_from(number(due, "level")).unwrap();
            let open = &tiler.open[usize::from(level)];
            assert_eq!(sha256(open), digest(due, "sha256"), "{size}");
            assert_eq!(tile_width(size, level, number(due, "index")), number(due, "width"));
            let width = u8::try_from(open.len() / 32).unwrap();
            assert_eq!(text(due, "path"), path_of(level, number(due, "index"), Some(width)).to_string());
        }
    }
}

fn path_of(level: u8, index: u64, width: Option<u8>) -> TilePath {
    TilePath { kind: TileKind::Hashes(level), index, width }
}

#[test]
fn tiles_come_out_at_the_leaf_that_completes_them() {
    let mut tiler = Tiler::default();
    for entry in entries(66_000) {
        let before = tiler.tree().size();
        let mut made = Vec::new();
        assert!(tiler.push(&entry, |tile| made.push((tile.level, tile.index))));
        assert_eq!(made, tiles_completed(before, before + 1).collect::<Vec<_>>(), "{before}");
    }
    assert_eq!(tiles_completed(0, 66_000).count(), 257 + 1);
    assert_eq!(tiles_completed(0, 66_000).last(), Some((1, 0)));
}

#[test]
fn widths_are_those_of_the_example_in_the_standard() {
    // tlog-tiles, Partial Tiles: a tree of 70,000 leaves.
    assert_eq!(tile_width(70_000, 0, 272), 256);
    assert_eq!(tile_width(70_000, 0, 273), 112);
    assert_eq!(tile_width(70_000, 0, 274), 0);
    assert_eq!(tile_width(70_000, 1, 0), 256);
    assert_eq!(tile_width(70_000, 1, 1), 17);
    assert_eq!(tile_width(70_000, 2, 0), 1);
    assert_eq!(tile_width(70_000, 3, 0), 0);
    assert_eq!(tile_width(u64::MAX, 0, u64::MAX), 0);
    assert_eq!(tile_width(u64::MAX, 8, 0), 0);
}

#[test]
fn a_tiler_does_not_go_on_from_tiles_of_another_size() {
    let mut tiler = Tiler::default();
    assert!(entries(300).iter().all(|entry| tiler.push(entry, |_| {})));
    let Tiler { tree, open } = tiler;
    assert!(Tiler::resume(tree, open.clone()).is_some());
    assert!(Tiler::resume(Compact::default(), open.clone()).is_none());
    let mut cut = open;
    cut[0].pop();
    assert!(Tiler::resume(tree, cut).is_none());
}

#[test]
fn a_bundle_has_each_entry_after_its_length_and_at_most_256() {
    assert_eq!(entry_bundle(&[b"a".as_slice(), b"", b"bc"]), Some(b"\0\x01a\0\0\0\x02bc".to_vec()));
    assert_eq!(entry_bundle(&[vec![0; ENTRY_BYTES_MAX]]).unwrap().len(), 2 + ENTRY_BYTES_MAX);
    assert_eq!(entry_bundle(&[vec![0; ENTRY_BYTES_MAX + 1]]), None);
    assert!(entry_bundle(&[[0]; 256]).is_some());
    assert_eq!(entry_bundle(&[[0]; 257]), None);
}
