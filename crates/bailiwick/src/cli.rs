//! The command line: what there is to type.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The control plane for delegated authority of AI agents.
///
/// Data goes to standard output, words to standard error. Exit: 0 done, 1 the answer is no, 2 your input, 3 our fault.
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Print JSON instead of words.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where the node keeps its state; its socket is in it.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put words in front of an MCP server's command: from then on every call of it is decided and recorded.
    Wrap(Wrap),
    /// Let a client that speaks MCP over its standard streams act through a node, under an agent's task.
    Connect(Connect),
    /// Run a node.
    Serve(Serve),
    /// Write what a new tenant starts with as files, with comments: to be changed, and applied again.
    Init(Init),
    /// Describe agents, servers, tools, templates and policies in files, and apply them: all or none.
    Apply(Apply),
    /// What is governed, which tasks live, the last ten decisions, where the files are.
    Status,
    /// Tasks: start, look, consent, end.
    #[command(subcommand)]
    Task(Task),
    /// Events of the record.
    #[command(subcommand)]
    Event(Event),
    /// Agents: key, suspend, resume.
    #[command(subcommand)]
    Agent(Agent),
    /// All work of the tenant: stop, resume.
    #[command(subcommand)]
    Tenant(Tenant),
    /// Servers: show, review.
    #[command(subcommand)]
    Server(Server),
    /// The verifiable log: checkpoint, heads, prove, export.
    #[command(subcommand)]
    Log(Log),
    /// Check a bundle without a node: signatures, order, completeness, and every decision again.
    Verify(Verify),
    /// One invoice, one injected instruction, one revocation: the whole path, told step by step.
    Demo,
    /// A small bank or mailbox to try things with: an MCP server over stdio.
    DemoServer(DemoServer),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `wrap`.
#[derive(Debug, Args)]
pub(crate) struct Wrap {
    /// Print the client's configuration with the command wrapped, instead of running it.
    #[arg(long, value_name = "CLIENT")]
    pub(crate) print: Option<McpClient>,
    /// What to call the server; made from its command unless given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The agent that the client is.
    #[arg(long, default_value = "personal")]
    pub(crate) agent: String,
    /// The server's command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

/// `connect`.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The node, or one server of it: http://127.0.0.1:8484/mcp/files.
    pub(crate) url: String,
    /// The agent.
    #[arg(long)]
    pub(crate) agent: String,
    /// Its private key, as `bailiwick agent key` wrote it.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The task to act under; the one that waits for the agent unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) task: Option<String>,
}

/// MCP clients whose configuration `wrap --print` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum McpClient {
    /// Claude Code: `.mcp.json`.
    ClaudeCode,
    /// Claude Desktop: `claude_desktop_config.json`.
    ClaudeDesktop,
    /// Cursor: `.cursor/mcp.json`.
    Cursor,
    /// Visual Studio Code: `.vscode/mcp.json`.
    Vscode,
}

/// `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The user's own node, started by `wrap`: ends after ten idle minutes.
    #[arg(long)]
    pub(crate) user: bool,
    /// The store: `sqlite:PATH` or `postgres://…`; a file in the home unless given.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Where agents reach it over HTTP; plain HTTP on this machine's loopback only. The user's own node has no address
    /// unless one is given.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// What it is called from outside, where that is not the address: scheme, host and port.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// The certificate chain of its address, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of that certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A secret of servers, which documents name as `secret:NAME`: a file that only this user can read (mode 0600).
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) secret: Vec<String>,
    /// The same, from a variable of the environment.
    #[arg(long, value_name = "NAME=VARIABLE")]
    pub(crate) secret_env: Vec<String>,
}

/// `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder; files that are there already are left alone.
    #[arg(default_value = "bailiwick")]
    pub(crate) folder: PathBuf,
}

/// `apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Files, or folders of them.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Documents to take away, as `kind/name`.
    #[arg(long, value_name = "KIND/NAME")]
    pub(crate) remove: Vec<String>,
}

/// `task …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Consent to a task from a template.
    Start {
        /// The template.
        template: String,
        /// Its parameters, as `name=value`.
        parameters: Vec<String>,
        /// The agent it is for.
        #[arg(long)]
        agent: String,
        /// The customer it is done for, where that is somebody else.
        #[arg(long)]
        subject: Option<String>,
        /// Say yes to what is shown without being asked.
        #[arg(long)]
        yes: bool,
        /// Say yes to privileged tools as well: an act of its own.
        #[arg(long)]
        yes_privileged: bool,
    },
    /// All tasks, newest first.
    List,
    /// One task: what it allows, what was charged, what is open.
    Show {
        /// The task, by its id or the beginning of it.
        task: String,
    },
    /// Consent to the privileged tools of a task.
    Consent {
        /// The task.
        task: String,
        /// Say yes without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Say which of several open tasks the next `connect` of its agent gets.
    Attach {
        /// The task.
        task: String,
    },
    /// End a task because its work is complete.
    Complete {
        /// The task.
        task: String,
    },
    /// End a task, or one grant of it, at once. Prints the receipt.
    Revoke {
        /// The task.
        task: String,
        /// One grant of it, with everything under it.
        #[arg(long)]
        grant: Option<String>,
    },
}

/// `event …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// The last events, and those that come.
    Tail {
        /// End after what is there.
        #[arg(long)]
        once: bool,
        /// How many of those that are there.
        #[arg(long, default_value_t = 20)]
        last: u64,
    },
    /// One event, whole.
    Show {
        /// Its number in the log.
        event: u64,
    },
}

/// `agent …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Agent {
    /// Make a key for an agent's `connect`. Prints the public half, which goes into the agent's document under `keys`.
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
    Suspend {
        /// The agent.
        agent: String,
    },
    /// Let it get new grants again.
    Resume {
        /// The agent.
        agent: String,
    },
}

/// `server …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Server {
    /// A server's tools and how they stand, and what it offers now that nobody reviewed.
    Show {
        /// The server.
        server: String,
    },
    /// Take what a server offers now as it is: its tools may then be granted and called.
    Review {
        /// The server.
        server: String,
        /// Say yes to what is shown without being asked.
        #[arg(long)]
        yes: bool,
    },
}

/// `tenant …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// End all live grants; nothing begins.
    Stop,
    /// Let work go on: by new tasks.
    Resume,
}

/// `log …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Sign the log as it stands, and print the checkpoint.
    Checkpoint,
    /// Commit to the heads of all streams: proves that a stream has no more events.
    Heads,
    /// The key that checkpoints of this log are checked with.
    Key,
    /// Prove that an event stands in the log.
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

/// `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick verify task.bwb --key log.key --checkpoint kept.txt

Exit: 0 confirmed, 1 contradicted or not decidable, 2 the bundle's file, a key or a checkpoint cannot be read.")]
pub(crate) struct Verify {
    /// The bundle; `-` is standard input.
    pub(crate) bundle: PathBuf,
    /// The log's key, or a file with it: what `bailiwick log key` printed. Never from who sent the bundle.
    #[arg(long, value_name = "KEY|FILE", required_unless_present = "trust", conflicts_with = "trust")]
    pub(crate) key: Option<String>,
    /// A file of keys: lines of `log KEY`, `witness NAME KEY`, `group NAME K WITNESS…`, `quorum NAME` (C2SP tlog-policy).
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// A checkpoint of this log that you kept from earlier; may be given more than once.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
}

/// `demo-server`.
#[derive(Debug, Args)]
pub(crate) struct DemoServer {
    /// `bank` or `mail`.
    pub(crate) which: bailiwick_demo_bank::Which,
    /// Where its books are kept; without it they end with the process.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// A socket at which somebody may hold a payment until it is let go.
    #[arg(long, value_name = "SOCKET")]
    pub(crate) hold: Option<PathBuf>,
}
