//! `rehearse`.

use clap::Args;
use std::path::PathBuf;

/// `rehearse`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick rehearse
         bailiwick rehearse --candidate policies --only T22

Exit: 0 nothing got through; 1 something did, or nothing was tried; 2 there is nothing to rehearse.")]
pub(crate) struct Rehearse {
    /// Documents that are put over those that stand: files and folders, as `apply` takes them. Where no node has ever run, over
    /// what a new tenant starts with.
    #[arg(long, value_name = "PATH")]
    pub(crate) candidate: Vec<PathBuf>,
    /// Of the attacks these alone, by name or by threat: `split-in-parts`, `T22`.
    #[arg(long, value_name = "ATTACK")]
    pub(crate) only: Vec<String>,
    /// Of the templates these alone.
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) template: Vec<String>,
    /// Show which attacks there are, and try none.
    #[arg(long)]
    pub(crate) list: bool,
}
