//! The command line of installations: the node under an account of its own.

use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `install`.
#[derive(Debug, Args)]
#[command(after_help = "Example: sudo bailiwick install --for me --config ~/project/.mcp.json --dry-run -- \
mcp-server-filesystem /srv/notes

As root, on Linux. Run it again to go on where it was broken off: what is done already is left as it is.")]
pub(crate) struct Install {
    /// The account that the agent's client runs under; who called sudo unless given.
    #[arg(long = "for", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// What to call the server, its agent and its template; made from its command unless given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The client's configuration, whose entry of this name is to hold `connect` alone; printed where none is given.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A variable of the client's entry that the server is to have; may be given more than once. All others are left out: the
    /// agent's account could have set them.
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Vec<String>,
    /// A home of the user's own node with reviews of this server; the usual one unless given.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Where agents reach the node.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8484")]
    pub(crate) listen: SocketAddr,
    /// Say what would be done, step by step, and do none of it.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The server's command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

/// `uninstall`.
#[derive(Debug, Args)]
#[command(after_help = "Example: sudo bailiwick uninstall --for me --name notes --config ~/project/.mcp.json

The record, the keys and the secrets stay; it says where they are.")]
pub(crate) struct Uninstall {
    /// The account that the agent's client runs under; who called sudo unless given.
    #[arg(long = "for", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The server whose entry of the client's configuration is put back.
    #[arg(long, requires = "config")]
    pub(crate) name: Option<String>,
    /// The client's configuration.
    #[arg(long, value_name = "FILE", requires = "name")]
    pub(crate) config: Option<PathBuf>,
    /// Say what would be done, and do none of it.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `install-file`: what is done to files of the user, under the user's own account.
#[derive(Debug, Args)]
pub(crate) struct InstallFile {
    /// What to do.
    pub(crate) what: FileAct,
    /// The file.
    pub(crate) path: PathBuf,
    /// The entry.
    #[arg(default_value = "")]
    pub(crate) name: String,
}

/// What is done to a file of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileAct {
    /// Print an entry.
    Entry,
    /// Put what comes on standard input in the place of an entry.
    Put,
    /// Put an entry back as it was before.
    Restore,
    /// Write what comes on standard input into a new file that only its owner may read.
    Key,
    /// Print the public half of a key.
    Public,
}
