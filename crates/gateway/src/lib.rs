//! The doors that forward: MCP over stdio and HTTP.

mod decider;

pub use decider::*;
