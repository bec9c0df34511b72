mod prelude {
    pub(crate) use crate::*;
}

mod ageing;
mod amend;
pub(crate) mod approvals;
mod bad_input;
mod breaker;
mod context;
mod control;
mod delegate;
mod destinations;
mod ending;
mod errors;
mod following;
mod idempotency;
mod lasting;
mod lineage;
mod mandates;
mod named;
mod order;
pub(crate) mod outside;
mod referents;
mod refusals;
mod requests;
mod rounds;
mod settling;
mod shares;
mod sheets;
mod sources;
mod starting;
mod superseded;
mod value;
mod wishing;
pub(crate) mod world;
