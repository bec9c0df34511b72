//! Private keys: one that signs, and the set that our tokens are signed with.

mod set;
mod signing;

pub use set::{KEYS_RETIRING_MAX, KeySet, KeySetError};
pub use signing::{SigningKey, SigningKeyError};
