//! Tells people and programs what happened: by mail, and by signed webhooks.
//!
//! Follows the log and sends what rules name. Knows no decision, no policy and no token, and decides nothing: whether a
//! notice arrives changes nothing of what is allowed. Does not know how a node listens.
//!
//! 1. What is sent is kept fields alone: kinds, ids, times, effect, impact, and a link. No argument, no words of an agent
//!    or of a server. Bodies stay sealed.
//! 2. A notice is sent at least once, in the order of its rule, under an id that is the same at every try: what was sent is
//!    said after it was sent.
//! 3. One node at a time sends; each rule has a lane of its own, so that a slow place holds up nobody else's.
//! 4. A try ends within its time, tries are bounded, and what is given up is counted and said.
//! 5. A webhook goes over TLS or to this machine, to an address that was looked at, along no redirect; to an address that is
//!    not the world's only where the rule says so.
//! 6. A link alone signs nothing.

mod follow;
mod lane;
mod lease;
mod letter;
mod notice;
mod schedule;
mod sign;
mod smtp;
mod source;
#[cfg(test)]
mod testing;
mod webhook;
mod whom;

pub use follow::{Notices, NoticesError, SecretOf, Settings};
pub use lane::Standing;
pub use smtp::{BadSmtp, Smtp};
