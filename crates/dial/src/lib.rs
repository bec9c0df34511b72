//! Connections that a node opens: to servers, to receivers of notices, to engines of policy.
//!
//! This crate knows URLs, addresses and TLS. It does not know what is said on a connection, to whom, or why.
//!
//! 1. A name is resolved once, and the address that was looked at is the one that is connected to.
//! 2. Without TLS nothing goes but to this machine, whatever a name means.
//! 3. Nothing goes to a machine's own surroundings, where clouds keep their metadata.
//! 4. Every step is bounded in time, and every name in addresses.

mod dialler;
mod place;
mod trust;

pub use dialler::{Dialler, Range, Stream, Unreached};
pub use place::{BadPlace, Place};
pub use trust::{BadTrust, Trust};
