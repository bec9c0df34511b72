//! The command line of overrides.

use clap::Subcommand;

/// `break-glass …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Glass {
    /// For a while neither policy nor approvals are asked of a task, for what a template's rows name. Limits, lineage and
    /// the record stay.
    #[command(after_help = "Example: bailiwick break-glass open --task 4f1c --envelope emergency --incident INC-7 \
    --reason 'the bank closes at noon' --minutes 30

You need the role `break-glass`, and it is never over a task of your own. Once people have passkeys you sign it with yours.")]
    Open {
        /// Over which task; the beginning of its id will do.
        #[arg(long, value_name = "ID")]
        task: String,
        /// The template whose rows it covers: one without parameters, totals, uses and asks.
        #[arg(long, value_name = "TEMPLATE")]
        envelope: String,
        /// The incident, as it is called elsewhere.
        #[arg(long)]
        incident: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// For how long.
        #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=60))]
        minutes: u64,
    },
    /// What is open, what waits for somebody to look at it, and what was closed within a day.
    #[command(after_help = "Example: bailiwick break-glass list")]
    List,
    /// Say what you found, when somebody else broke it: from then on it is over.
    #[command(after_help = "Example: bailiwick break-glass close 41 --findings 'two payments, both due'")]
    Close {
        /// Which one, by its number.
        glass: u64,
        /// What you found.
        #[arg(long)]
        findings: String,
    },
}
