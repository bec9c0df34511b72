//! Tasks, grants, meters and verdicts: the domain of delegated authority.

mod id;
mod time;

pub use id::*;
pub use time::*;
