//! What a person should know of a tool before they take it: what it seems to do, and what is odd about it.
//!
//! Both rest on the server's own words. A proposal is a document to look over and to change; nothing of it stands until a
//! person applies it. A finding says what was found with the very words, and is no verdict.

mod alike;
mod findings;
mod suggest;

pub use findings::{Finding, findings};
pub use suggest::{Suggestion, suggest};
