//! `tiles-check DIR KEY [CHECKPOINT]`: reads a log that was written as static files and checks all of it with
//! `signed_note` and `tlog_tiles`, which others wrote.
//!
//! Checked: the checkpoint's signature under KEY; every tile under the checkpoint's root; every entry's hash as the leaf
//! where it stands, by an inclusion proof made from the tiles; that the log of CHECKPOINT, kept from earlier, is the
//! beginning of this one.

use signed_note::{Note, StandardVerifier, VerifierList};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tlog_tiles::{
    Checkpoint, Error, HashReader, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
    prove_tree, record_hash, stored_hash_index, tree_hash,
};

const TILE_HEIGHT: u8 = 8;
const TILE_WIDTH: u64 = 256;

/// The tiles of a directory.
struct Files {
    dir: PathBuf,
}

/// The path of a tile below the prefix. The crate writes the tree's height into it, as the design before C2SP's did.
fn path(tile: &Tile) -> String {
    let all = tile.path();
    all.replacen(&format!("tile/{TILE_HEIGHT}/"), "tile/", 1)
}

impl TileReader for Files {
    fn height(&self) -> u8 {
        TILE_HEIGHT
    }
    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            let file = self.dir.join(path(tile));
            fs::read(&file).map_err(|error| Error::InvalidInput(format!("{}: {error}", file.display())))
        };
        tiles.iter().map(read).collect()
    }
    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn opened(file: &Path, key: &str) -> Result<Checkpoint, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let verifier = StandardVerifier::new(key).map_err(|error| format!("the key: {error:?}"))?;
    let note = Note::from_bytes(&fs::read(file).map_err(|error| named(&error))?).map_err(|error| named(&error))?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|error| named(&error))?;
    Checkpoint::from_bytes(note.text()).map_err(|error| named(&error))
}

/// The entries of a bundle, each with its length before it (tlog-tiles, Log entries).
fn entries(mut bundle: &[u8]) -> Result<Vec<&[u8]>, String> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or("a bundle is cut off")?;
        entries.push(entry);
        bundle = rest;
    }
    if bundle.is_empty() { Ok(entries) } else { Err("a bundle is cut off".to_owned()) }
}

fn check(dir: &Path, key: &str, kept: Option<&Path>) -> Result<String, String> {
    let checkpoint = opened(&dir.join("checkpoint"), key)?;
    let (size, root) = (checkpoint.size(), *checkpoint.hash());
    let files = Files { dir: dir.to_owned() };
    let tree = TileHashReader::new(size, root, &files);
    let told = |what: &str, error: Error| format!("{what}: {error:?}");
    if tree_hash(size, &tree).map_err(|error| told("the tree", error))? != root {
        return Err("the tiles have another root than the checkpoint".to_owned());
    }
    let mut leaf = 0;
    while leaf < size {
        let width = u32::try_from((size - leaf).min(TILE_WIDTH)).map_err(|error| error.to_string())?;
        let tile = Tile::new(TILE_HEIGHT, 0, leaf / TILE_WIDTH, width, false);
        let file = dir.join(path(&tile).replacen("tile/0/", "tile/entries/", 1));
        let bundle = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let entries = entries(&bundle)?;
        if entries.len() != width as usize {
            return Err(format!("{}: `{}` entries, not `{width}`", file.display(), entries.len()));
        }
        for entry in entries {
            let hash = record_hash(entry);
            let stands = tree.read_hashes(&[stored_hash_index(0, leaf)]).map_err(|error| told("a tile", error))?;
            if stands.first() != Some(&hash) {
                return Err(format!("leaf `{leaf}` is not that of its entry"));
            }
            let proof = prove_record(size, leaf, &tree).map_err(|error| told("a proof", error))?;
            check_record(&proof, size, root, leaf, hash).map_err(|error| told(&format!("leaf `{leaf}`"), error))?;
            leaf += 1;
        }
    }
    let mut said = format!("{}: {size} leaves, each proven", checkpoint.origin());
    if let Some(kept) = kept {
        let old = opened(kept, key)?;
        let proof = prove_tree(size, old.size(), &tree).map_err(|error| told("consistency", error))?;
        check_tree(&proof, size, root, old.size(), *old.hash()).map_err(|error| told("consistency", error))?;
        said.push_str(&format!("; the log of {} leaves is its beginning", old.size()));
    }
    Ok(said)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (dir, key, kept) = match words.as_slice() {
        [dir, key] => (dir, key, None),
        [dir, key, kept] => (dir, key, Some(Path::new(kept))),
        _ => {
            eprintln!("expected DIR KEY [CHECKPOINT]");
            return ExitCode::from(2);
        }
    };
    match check(Path::new(dir), key, kept) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
