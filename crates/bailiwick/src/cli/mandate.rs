//! What can be asked of mandates.

use clap::Subcommand;

/// `mandate …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Mandate {
    /// All mandates: who gives what, and what is left.
    #[command(after_help = "Example: bailiwick mandate list")]
    List,
    /// One mandate: what is left of it, and which tasks hold it.
    #[command(after_help = "Example: bailiwick mandate show household")]
    Show {
        /// The mandate.
        mandate: String,
    },
}
