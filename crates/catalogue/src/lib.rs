//! Servers, tools, pins and bindings: a call becomes an action, a result becomes what was observed.
//!
//! Knows no network, file, clock or store, and not whether anything is allowed: it says what a call *is*, core decides.
//!
//! 1. What is read is read under the reviewed words and schema of one pin, never under what a server offers meanwhile.
//! 2. What a binding cannot read, or reads twice, is [`Reading::Unknown`](bailiwick_core::Reading): never absent, never
//!    zero.
//! 3. A refusal is a [`Reason`](bailiwick_core::Reason) that comes *with* the action, so that it can be recorded.
//! 4. Nothing of a schema is skipped in silence: what cannot be checked stops the tool until a person accepts that place.
//! 5. What is forwarded is written anew from what was read, in RFC 8785 form; `Action::sent` covers every byte of it but a
//!    version that is sent as a precondition, which stands among its referents.
//! 6. What a binding calls a secret stands in nothing that is read of a call or a result: a keyed hash does.
//! 7. All work is bounded by the sizes of words, arguments and results.

mod binding;
mod catalogue;
mod compare;
mod digest;
mod hide;
mod idempotency;
mod identity;
mod measure;
mod method;
mod observe;
mod path;
mod propose;
mod read;
mod record;
mod referent;
mod review;
mod schema;
mod secret;
#[cfg(test)]
mod testing;
mod unbound;
#[cfg(test)]
mod vectors;
mod words;
mod write;

pub use binding::{BadBinding, Binding, Reach};
pub use catalogue::{Catalogue, CatalogueProblem, Shown};
pub use compare::{Comparison, Difference, compare};
pub use hide::Keyed;
pub use idempotency::forwarded_key;
pub use identity::{Seen, floating, runs_a_file, server_identity, takes_a_value};
pub use method::{Listed, Method};
pub use observe::{Ending, Observation, Redacted};
pub use propose::{Proposal, propose};
pub use read::{Call, Read};
pub use record::{OnRecord, RecordCall};
pub use referent::{Look, Looked};
pub use review::{Finding, Suggestion, findings, suggest};
pub use schema::{Fault, Openness, Unsupported, Validator};
pub use secret::{Secret, contains_secret, splits_secret};
pub use unbound::unbound;
pub use words::{BadWords, Offer, ToolWords};
