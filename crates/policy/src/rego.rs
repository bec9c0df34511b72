//! Rules in Rego, run by an engine that is built in.
//!
//! What a text may cost is bounded before it is run ([`lexical`], [`walk`], [`weight`]) and while it runs ([`steps`]): by
//! what it says and by steps, never by time, so that a refusal is the same on every machine.

mod answer;
mod ask;
mod builtins;
mod chain;
mod lexical;
mod steps;
mod text;
mod told;
mod walk;
mod weight;

pub(crate) use answer::{Ruled, Said, input};
pub(crate) use ask::parse as parse_ask;
pub(crate) use steps::STEPS_MAX;
pub(crate) use text::{Rego, read, without_message};
pub(crate) use told::described;
pub(crate) use walk::{Compared, Constant};

#[cfg(test)]
mod tests;
