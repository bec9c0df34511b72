//! The authority: the OAuth endpoints of one tenant, and the check of every caller that comes with their token.
//!
//! Knows no MCP, no tool, no listener: it takes whole requests as values and answers in kind. What a grant allows it
//! does not know either; that is the node's.
//!
//! 1. A token is minted only after the stream durably names its key for its grant: the signing key alone mints nothing.
//! 2. A revocation is durable, and so effective, before it is answered.
//! 3. Nothing is written for a stranger: a durable step comes after a signature by a registered or bound key.
//! 4. Every answer carries a nonce, and no answer may be kept by a cache but those that are the same for everybody.
//! 5. Request bodies, parameters and memories are bounded; text of others is escaped before it is logged or repeated.

mod answer;
mod authenticate;
mod authority;
mod choose;
pub mod client;
mod exchange;
mod failures;
mod form;
mod held;
mod instances;
mod introspect;
mod keys;
mod metadata;
mod person;
mod registered;
mod release;
mod revoke;
mod tasks;
#[cfg(test)]
mod testing;
mod token;
mod turn;
mod urls;

pub use answer::Refusal;
pub use authenticate::{Authenticated, IncomingCall};
pub use authority::{Authority, OpenError};
pub use failures::counted;
pub use form::{FORM_BYTES_MAX, FORM_PARAMETERS_MAX, parse_form};
pub use keys::KeysError;
pub use tasks::{ByWake, Listing, OPEN_TASKS_MAX, OpenTask, Tasks};
pub use turn::{TokenKeys, TurnError, record_root, root_is_recorded, token_keys, turn_token_key};
pub use urls::{BadBase, Urls};
