//! The nouns of the command line: what there is to look at, and what can be done with each.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

/// `event …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// The last events, and those that come.
    #[command(after_help = "Example: bailiwick event tail --last 50")]
    Tail {
        /// End after what is there.
        #[arg(long)]
        once: bool,
        /// How many of those that are there.
        #[arg(long, default_value_t = 20)]
        last: u64,
    },
    /// Events that are there: the last ones, or from one on.
    #[command(after_help = "Example: bailiwick event list --kind action.refused --last 5")]
    List {
        /// How many: the last ones, or with `--from` the first ones from there.
        #[arg(long, default_value_t = 20)]
        last: u64,
        /// The number of the first one.
        #[arg(long, value_name = "EVENT")]
        from: Option<u64>,
        /// Only those of this task, by its id or the beginning of it.
        #[arg(long)]
        task: Option<String>,
        /// Only those of this kind: `action.refused`, or `action` for all of them.
        #[arg(long, value_parser = kinds(), hide_possible_values = true)]
        kind: Option<String>,
    },
    /// The way back from an event to the person who wanted it: each grant it was done under, who handed it on, and why.
    #[command(after_help = "Example: bailiwick event lineage 41")]
    Lineage {
        /// Its number in the log.
        event: u64,
    },
    /// One event, whole.
    #[command(after_help = "Example: bailiwick event show 41")]
    Show {
        /// Its number in the log.
        event: u64,
    },
}

/// `agent …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Agent {
    /// All agents: what bounds them, whether they may act.
    #[command(after_help = "Example: bailiwick agent list")]
    List,
    /// One agent: as it is described, what its role allows, its keys, its live grants.
    #[command(after_help = "Example: bailiwick agent show clerk")]
    Show {
        /// The agent.
        agent: String,
    },
    /// Make a key for an agent's `connect`. Prints the public half, which goes into the agent's document under `keys`.
    #[command(after_help = "Example: bailiwick agent key clerk --out clerk.key --enroll")]
    Key {
        /// The agent.
        agent: String,
        /// The file for the private half; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Add the public half to the agent's document on the node at once.
        #[arg(long)]
        enroll: bool,
    },
    /// End all live grants of an agent; it gets no new ones.
    #[command(after_help = "Example: bailiwick agent suspend clerk")]
    Suspend {
        /// The agent.
        agent: String,
    },
    /// Let an agent go: suspend it, end all that it holds, wait until nothing of it can leave, and print the signed
    /// certificate of what ended with it.
    #[command(after_help = "Example: bailiwick agent offboard clerk --output clerk-offboarded.json")]
    Offboard {
        /// The agent.
        agent: String,
        /// Take its document away as well; no template may name it any more.
        #[arg(long)]
        remove: bool,
        /// The file for the certificate, which must not be there yet; standard output unless given.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Check the certificate of an agent that went.
    #[command(after_help = "Example: bailiwick agent certificate clerk --check clerk-offboarded.json --key log.key

Exit: 0 confirmed, 1 contradicted.")]
    Certificate {
        /// The agent.
        agent: String,
        /// The certificate's file.
        #[arg(long, value_name = "FILE")]
        check: PathBuf,
        /// The log's key, or a file with it; that of the running node unless given.
        #[arg(long, value_name = "KEY|FILE")]
        key: Option<String>,
    },
    /// Let it get new grants again.
    #[command(after_help = "Example: bailiwick agent resume clerk")]
    Resume {
        /// The agent.
        agent: String,
    },
}

/// `tool …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Tool {
    /// All tools: what they do, how they stand.
    #[command(after_help = "Example: bailiwick tool list --server bank")]
    List {
        /// Only those of this server.
        #[arg(long)]
        server: Option<String>,
    },
    /// One tool: effect, egress, reversibility, impact, pin, bindings, and its reviewed words.
    #[command(after_help = "Example: bailiwick tool show bank/pay")]
    Show {
        /// The tool, as `server/tool`.
        tool: String,
    },
}

/// `template …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// All templates: what for, for whom.
    #[command(after_help = "Example: bailiwick template list")]
    List,
    /// One template: its parameters, and the sentences that a person says yes to.
    #[command(after_help = "Example: bailiwick template show pay-one-invoice")]
    Show {
        /// The template.
        template: String,
    },
}

/// `grant …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Grant {
    /// All grants, newest task first.
    #[command(after_help = "Example: bailiwick grant list --live")]
    List {
        /// Only those that live.
        #[arg(long)]
        live: bool,
    },
    /// One grant: who holds it, what it allows, what was charged.
    #[command(after_help = "Example: bailiwick grant show 5d0c")]
    Show {
        /// The grant, by its id or the beginning of it.
        grant: String,
    },
    /// End a grant at once, with everything under it. Prints the receipt.
    #[command(after_help = "Example: bailiwick grant revoke 5d0c")]
    Revoke {
        /// The grant, by its id or the beginning of it.
        grant: String,
    },
}

/// The kinds of events, and the nouns that they begin with.
fn kinds() -> clap::builder::PossibleValuesParser {
    let mut words: Vec<&'static str> = bailiwick_core::Data::KINDS.to_vec();
    words.extend(bailiwick_core::Data::KINDS.iter().filter_map(|kind| Some(kind.split_once('.')?.0)));
    words.sort_unstable();
    words.dedup();
    words.into()
}

/// `tenant …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// End all live grants; nothing begins.
    #[command(after_help = "Example: bailiwick tenant stop")]
    Stop,
    /// Let work go on: by new tasks.
    #[command(after_help = "Example: bailiwick tenant resume")]
    Resume,
}

/// `key …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// The keys of the tenant: which root key wraps them, which keys sign tokens and which still verify some.
    #[command(after_help = "Example: bailiwick key list")]
    List,
    /// Turn to a new key while the node runs. What the old one signed or wrapped stays good.
    #[command(after_help = "Example: bailiwick key turn token

`token`: the next key, published already, signs from now on; the one before verifies until its last token has expired.
`root`: a new version in the root key's file wraps the tenant's keys. Copy the file anew to where you keep its copy, and to
each other node of the same store before it starts again; nodes that run go on.")]
    Turn {
        /// Which key.
        which: KeyKind,
    },
}

/// Keys that can be turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKind {
    /// The one that tokens are signed with.
    Token,
    /// The one in the root key's file.
    Root,
}

/// `log …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// The log: its name, its size, what was signed last.
    #[command(after_help = "Example: bailiwick log show")]
    Show,
    /// Sign the log as it stands, and print the checkpoint.
    #[command(after_help = "Example: bailiwick log checkpoint > kept.txt")]
    Checkpoint,
    /// Commit to the heads of all streams: proves that a stream has no more events.
    #[command(after_help = "Example: bailiwick log heads")]
    Heads,
    /// The key that checkpoints of this log are checked with.
    #[command(after_help = "Example: bailiwick log key > log.key")]
    Key,
    /// Prove that an event stands in the log.
    #[command(after_help = "Example: bailiwick log prove 41")]
    Prove {
        /// Its number.
        event: u64,
    },
    /// Write the signed log as static files (C2SP tlog-tiles): to be published, and checked by any program that reads them.
    #[command(after_help = "Example: bailiwick log tiles public/log   # again later: only what is new is written")]
    Tiles {
        /// The directory: `checkpoint`, `tile/…` and `tile/entries/…` in it.
        dir: PathBuf,
    },
    /// Write a task's whole record as a bundle that `bailiwick verify` checks on another machine.
    #[command(after_help = "Example: bailiwick log export 3f2a --output task.bwb")]
    Export {
        /// The task, by its id or the beginning of it.
        #[arg(required_unless_present = "whole")]
        task: Option<String>,
        /// The whole log instead of a task: all events of all tasks.
        #[arg(long, conflicts_with = "task")]
        whole: bool,
        /// The file; standard output unless given.
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Show that the log goes on from this many leaves: the second line of a checkpoint that somebody kept.
        #[arg(long, value_name = "SIZE")]
        since: Option<u64>,
        /// Leave what is private out. Then decisions cannot be made again, and the answer is `not decidable`.
        #[arg(long)]
        redact: bool,
    },
}
