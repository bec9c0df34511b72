//! `server …`: what is known of servers, what is taken of them, and what tasks left there.

use clap::Subcommand;
use std::path::PathBuf;

/// `server …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Server {
    /// All servers: how they are reached, whether they can be, what waits for review.
    #[command(after_help = "Example: bailiwick server list")]
    List,
    /// A server's tools and how they stand, what it offers now that nobody reviewed, and why it cannot be used.
    #[command(after_help = "Example: bailiwick server show bank")]
    Show {
        /// The server.
        server: String,
    },
    /// Take what a server offers now as it is: its tools may then be granted and called.
    #[command(after_help = "Example: bailiwick server review bank
         bailiwick server review bank --write bank-tools.yaml")]
    Review {
        /// The server.
        server: String,
        /// Show all that each tool says of itself, and all that is guessed of it.
        #[arg(long)]
        all: bool,
        /// Write documents of the tools that no document describes, as they seem to be, and take nothing. The file must not
        /// be there yet: look it over, change it, apply it.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["yes", "accept_finding"])]
        write: Option<PathBuf>,
        /// Say yes to what is shown without being asked. Tools with a finding, one being arguments that no document reads, are left
        /// out, but for those that are named.
        #[arg(long)]
        yes: bool,
        /// With `--yes`: take a tool with this finding too, as `TOOL:CODE`. May be given more than once.
        #[arg(long, value_name = "TOOL:CODE")]
        accept_finding: Vec<String>,
    },
    /// Servers that many people use, described: all of them by name, or the documents of one. Look them over before you apply them.
    #[command(after_help = "Example: bailiwick server catalogue
         bailiwick server catalogue git > git.yaml
         bailiwick server catalogue git --as repository --tools > tools.yaml")]
    Catalogue {
        /// Which one.
        name: Option<String>,
        /// What the server is called here, if it is another name.
        #[arg(long = "as", value_name = "SERVER", requires = "name")]
        named: Option<String>,
        /// Leave out how the server is started: it is described here already.
        #[arg(long, requires = "name")]
        tools: bool,
    },
    /// What tasks left on a server, by the classes of data that they had read: who reads there takes them.
    #[command(after_help = "Example: bailiwick server left files")]
    Left {
        /// The server.
        server: String,
    },
    /// Say that what tasks left on a server holds no data of a class: who reads there takes it no more.
    #[command(
        after_help = "Example: bailiwick server lower files --class payroll --reason 'the notes hold names alone'
         bailiwick server lower files --class payroll --event 812 --reason 'looked through it'"
    )]
    Lower {
        /// The server.
        server: String,
        /// The class of data.
        #[arg(long)]
        class: String,
        /// The one place that this event left it at, as `server left` shows it; the whole server, unless it is named.
        #[arg(long, value_name = "EVENT")]
        event: Option<u64>,
        /// What for. It stands in the record for good.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
