mod prelude {
    pub(crate) use crate::*;
}

mod amend;
pub(crate) mod approvals;
mod control;
mod delegate;
mod ending;
mod errors;
mod idempotency;
mod lineage;
mod mandates;
mod order;
mod refusals;
mod rounds;
mod settling;
mod starting;
mod value;
mod wishing;
pub(crate) mod world;
