//! `erase` on the command line.

use clap::Args;

/// `erase`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick erase --person anna --dry-run
         bailiwick erase --person anna --reason 'she asked for it'

What lives, is in doubt or is held is left and named.")]
pub(crate) struct Erase {
    /// Whose tasks: those that this person began.
    #[arg(long, value_name = "NAME")]
    pub(crate) person: String,
    /// Why, in one line: it stands in the record for good.
    #[arg(long, required_unless_present = "dry_run")]
    pub(crate) reason: Option<String>,
    /// Say what would be erased, what is kept and what stays; erase nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
