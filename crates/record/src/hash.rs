//! SHA-256, the only hash. Short inputs are hashed in one go from the stack, long ones in pieces.

use aws_lc_rs::digest::{self, Context, SHA256};
use bailiwick_core::Digest;

fn digest(of: digest::Digest) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(of.as_ref());
    Digest::new(out)
}

/// SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    digest(digest::digest(&SHA256, bytes))
}

/// SHA-256 of the pieces, one after another.
pub(crate) fn sha256_of(pieces: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    pieces.iter().for_each(|piece| context.update(piece));
    digest(context.finish())
}

/// A length as every hashed list of ours writes it. What is hashed is bounded far below this; a longer one
/// could not be told from its neighbour, so its length is taken to be one that no other input has.
pub(crate) fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// Writes the pieces one after another into `out`, which is exactly as long as they are together.
pub(crate) fn fill(out: &mut [u8], pieces: &[&[u8]]) {
    let mut rest = out;
    for piece in pieces {
        let Some((here, after)) = std::mem::take(&mut rest).split_at_mut_checked(piece.len()) else { return };
        here.copy_from_slice(piece);
        rest = after;
    }
}
