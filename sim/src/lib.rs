//! The simulation: three nodes, one store, five agents, two people and one upstream, all chance from one seed.
//!
//! Knows no threads, no sockets and no clock of the machine: the binary around it reads one to know when to stop.
//!
//! 1. A seed is a run: the same seed makes the same steps, on every machine.
//! 2. Core, policy, record and the engine are the product's own; store, clocks, processes, edges and the upstream are faked.
//! 3. Judges read the log and what the world saw, never an engine's memory, but for the one that compares the two.
//! 4. For each promise of safety one mutant is kept, and the judge of that promise alone must see it.

mod campaign;
mod chance;
mod happening;
mod judges;
mod log;
mod mutant;
mod options;
mod run;
mod setup;
mod world;

pub use campaign::{MUTANT_WITHIN, Total, campaign, hunt, kept};
pub use mutant::Mutant;
pub use options::Options;
pub use run::{Failure, run};
pub use world::Counts;

#[cfg(test)]
mod tests;
