//! The bytes that are for ever: event hashes, the tree over them, signed checkpoints, sealed bodies and the keys they hang on.
//!
//! It does not know what an event means, where bytes are stored, what time it is, or who may read what.
//!
//! Invariants:
//! 1. Every hash and key is made over a name of its own (`bailiwick/…/1` and a zero byte), but for the tree, which is
//!    RFC 6962's. Every list that is hashed carries its lengths, so that two inputs never make the same bytes.
//! 2. Tiles, roots and checkpoints are a pure function of the event hashes: any node computes the same.
//! 3. No two contents are ever encrypted under one key and nonce: the key of a body or of a snapshot is derived from what
//!    commits to it.
//! 4. A secret is wiped when dropped, and is never in `Debug`, an error or a log.
//! 5. What comes from outside (tiles, notes, keys, proofs, files) is bounded, parsed strictly, and refused, never
//!    mended. Nothing here ends the process.

mod chain;
mod checkpoint;
mod cosignature;
mod erased;
mod file;
mod guard;
mod hash;
mod heads;
mod keys;
mod note;
mod proof;
mod reader;
mod root;
mod seal;
mod snapshot;
mod stamp;
mod statement;
mod tile;
mod tree;
#[cfg(test)]
mod vectors;

pub use chain::*;
pub use checkpoint::*;
pub use cosignature::*;
pub use guard::*;
pub use hash::sha256;
pub use heads::*;
pub use keys::*;
pub use note::*;
pub use proof::*;
pub use reader::*;
pub use root::*;
pub use seal::*;
pub use snapshot::*;
pub use stamp::*;
pub use statement::*;
pub use tile::*;
pub use tree::*;
