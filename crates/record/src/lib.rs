//! Hashes, chains, tiles, checkpoints, proofs and sealed bodies.
