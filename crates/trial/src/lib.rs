//! Policies tried before they rule: a case says who wants to do what, and what is expected to be said of it.
//!
//! Knows no files, no store, no clock, and nothing of grants: what policy says is asked, and nothing else.
//!
//! 1. A case is asked by the same code as a call: what bindings read, what the context holds and what rules say of it.
//! 2. Nothing that is supposed here reaches a decision.
//! 3. A case that cannot be read, or names what is not there, fails; none is left out in silence.

mod case;
mod found;
mod question;
mod run;
mod shapes;
mod supposed;

pub use case::{BadCase, CASES_MAX, Case, read_cases};
pub use found::{changed_json, look_json};
pub use run::{Covered, Expect, Ran, RanAll, Said, Tried, try_cases};
pub use shapes::shapes;
pub use supposed::{Supposed, over};
