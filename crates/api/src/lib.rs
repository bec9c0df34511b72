//! The doors that answer: `/v1` for people, scripts and wrappers.
//!
//! Knows no transport: a request comes in with who its peer is, an answer goes out.
//!
//! 1. Every act of a person is recorded with who did it and how that was made sure.
//! 2. A session's secret is worth something only to the uid that opened it.
//! 3. GET changes nothing.

mod api;
mod called;
mod decisions;
mod documents;
mod events;
mod explain;
mod keys;
mod known;
mod lineage;
mod log;
mod nouns;
mod offboard;
mod operate;
mod people;
mod problem;
mod read;
mod route;
mod rules;
mod servers;
mod session;
mod timeline;
mod tree;

pub use api::{Api, Attach, Peer, Request, SESSION_HEADER};
pub use called::called;
pub use keys::{KeyRing, Turning};
pub use known::Known;
pub use log::Streamed;
pub use offboard::CERTIFICATE_KIND;
pub use operate::Operator;
pub use problem::{Misplaced, Problem};
pub use read::BODY_BYTES_MAX;
pub use servers::Offered;
