//! The command line of observation, and of what it comes to.

use clap::{Args, Subcommand};

/// `observe …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ObserveAct {
    /// For a while let through, and record, what rules of policy would stop of an agent at a server: what it reads and writes
    /// there, never money, never what is privileged, high or leaves.
    #[command(
        after_help = "Example: bailiwick observe begin --agent helper --server notes --hours 48 --reason 'to see what it needs'

It ends by itself. Once an administrator has a passkey it waits until two have signed it; you do not begin the same again within 14 days."
    )]
    Begin {
        /// Whose acts.
        #[arg(long)]
        agent: String,
        /// At which server.
        #[arg(long)]
        server: String,
        /// For how long, at most 336: 14 days.
        #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=336))]
        hours: u64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// What is observed, and what was of late.
    #[command(after_help = "Example: bailiwick observe list")]
    List,
    /// End one before its time.
    #[command(after_help = "Example: bailiwick observe end 41")]
    End {
        /// Which one, by its number.
        observation: u64,
    },
}

/// `propose`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick propose --agent helper --since 2d > least.yaml
         bailiwick apply least.yaml

Read it first: it allows what was seen, whether or not that was right.")]
pub(crate) struct Propose {
    /// Whose acts.
    #[arg(long)]
    pub(crate) agent: String,
    /// How far back, as `12h` or `7d`.
    #[arg(long, value_name = "SPAN", default_value = "7d")]
    pub(crate) since: String,
    /// Of this task alone; the beginning of its id will do.
    #[arg(long, value_name = "ID")]
    pub(crate) task: Option<String>,
    /// Leave out tools that were used fewer times than this.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub(crate) times: u64,
    /// What the documents are called; without it the agent's name with `-least`.
    #[arg(long)]
    pub(crate) name: Option<String>,
}
