//! The command line of breakers.

use clap::Subcommand;

/// `breaker …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Breaker {
    /// What is cut off, by which rule, and from when on probes pass.
    #[command(after_help = "Example: bailiwick breaker list")]
    List,
    /// Let such calls go on at once.
    #[command(after_help = "Example: bailiwick breaker close 41

It closes by itself once its probes went well. It opens again when the fault goes on.")]
    Close {
        /// Which one, by its number.
        breaker: u64,
    },
}
