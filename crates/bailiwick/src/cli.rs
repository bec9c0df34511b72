//! The command line: what there is to type.

mod breaker;
mod erase;
mod glass;
mod install;
mod mandate;
mod nouns;
mod observe;
mod people;
mod policy;
mod rehearse;
mod server;
mod task;

pub(crate) use breaker::Breaker;
pub(crate) use erase::Erase;
pub(crate) use glass::Glass;
pub(crate) use install::{FileAct, Install, InstallFile, Uninstall};
pub(crate) use mandate::Mandate;
pub(crate) use nouns::{Agent, Event, Grant, Key, KeyKind, Log, Template, Tenant, Tool};
pub(crate) use observe::{ObserveAct, Propose};
pub(crate) use people::{Approval, Change, Person, Wish};
pub(crate) use policy::{Bundle, Check, Diff, Fmt, Policy, Replay, Shadow, Test};
pub(crate) use rehearse::Rehearse;
pub(crate) use server::Server;
pub(crate) use task::Task;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The control plane for delegated authority of AI agents.
///
/// Data goes to standard output, words to standard error. Exit: 0 done, 1 the answer is no, 2 your input, 3 our fault.
#[derive(Debug, Parser)]
#[command(
    name = "bailiwick",
    version,
    arg_required_else_help = true,
    after_help = "Example: bailiwick wrap --print claude-code -- npx -y @modelcontextprotocol/server-memory"
)]
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
    /// Start an MCP server and stand before it: every call of it is decided and recorded. Goes in front of its command.
    Wrap(Wrap),
    /// Let a client that speaks MCP over its standard streams act through a node, under an agent's task.
    Connect(Connect),
    /// Run a node.
    Serve(Serve),
    /// Write what a new tenant starts with as files, with comments: to be changed, and applied again.
    Init(Init),
    /// Describe agents, servers, tools, templates and policies in files, and apply them: all or none.
    Apply(Apply),
    /// End the node, once what is under way has finished.
    #[command(after_help = "Example: bailiwick stop

Exit: 0 it has ended, or none ran; 1 it has not ended yet.")]
    Stop,
    /// Look whether all is well: home, keys, store, log, clock, servers, agents, tasks, disk. Says what to do.
    #[command(after_help = "Example: bailiwick doctor

Exit: 0 all is well, 1 something is wrong.")]
    Doctor {
        /// The store of a node that does not run: as `serve` takes it.
        #[arg(long, value_name = "URL")]
        store: Option<String>,
    },
    /// Copy the embedded store into a file, while the node runs or not.
    Backup(Backup),
    /// Put a backup in the place of the embedded store, and begin a new epoch: nothing that was granted, signed or proposed
    /// before counts, and no agent acts before somebody resumes it.
    Restore(Restore),
    /// Bring the tables of a store to this program's version. No command does it by itself.
    #[command(after_help = "Example: bailiwick migrate --store postgres://bailiwick@db.example/bailiwick")]
    Migrate {
        /// The store: `sqlite:PATH` or `postgres://…`; a file in the home unless given.
        #[arg(long, value_name = "URL")]
        store: Option<String>,
    },
    /// What is governed, which tasks live, the last ten decisions, where the files are. Starts no node.
    #[command(after_help = "Example: bailiwick status

Exit: 0 a node runs, 1 none does, 2 there is no such home.")]
    Status,
    /// For each agent and server, whether this node is the only way; and what is not governed at all.
    #[command(after_help = "Example: bailiwick enforcement

Exit: 0 nothing can be gone around, as far as is known; 1 something can, or was not seen yet.")]
    Enforcement,
    /// Agents: list, show, key, suspend, resume, offboard, certificate.
    #[command(subcommand)]
    Agent(Agent),
    /// What waits for a person's yes: list, show, refuse.
    #[command(subcommand)]
    Approval(Approval),
    /// How often people are asked, by which tools, and how long they take.
    #[command(after_help = "Example: bailiwick friction --days 7")]
    Friction {
        /// How many days back; of a long log its newest 100,000 events.
        #[arg(long, default_value_t = 30)]
        days: u64,
    },
    /// Authority that nobody uses, that piles up or goes far, and agents that nobody looks after.
    #[command(after_help = "Example: bailiwick review --days 30")]
    Review {
        /// Write down at once what is found, as the node does by itself every six hours.
        #[arg(long)]
        record: bool,
        /// How many days back; of a long log its newest 100,000 events.
        #[arg(long, default_value_t = 90)]
        days: u64,
    },
    /// What agents ask their person for: list, refuse.
    #[command(subcommand)]
    Wish(Wish),
    /// What loosens and waits to be signed: list, show, withdraw.
    #[command(subcommand)]
    Change(Change),
    /// Agents whose rules are recorded and not enforced at a server for a while: begin, list, end.
    #[command(subcommand)]
    Observe(ObserveAct),
    /// Print the least template and policy that would have allowed what an agent did, and what is left out of them.
    Propose(Propose),
    /// Try attacks on a copy of the configuration, with servers that are played: what stops each, and what gets through.
    Rehearse(Rehearse),
    /// Overrides of policy and approvals over one task: open, list, close.
    #[command(subcommand)]
    BreakGlass(Glass),
    /// Calls that a fault has cut off: list, close.
    #[command(subcommand)]
    Breaker(Breaker),
    /// People and their passkeys: list, show, invite, remove-passkey.
    #[command(subcommand)]
    Person(Person),
    /// Erase for good what one person began, of what has ended; says what is kept and what stays.
    Erase(Erase),
    /// Servers: list, show, review, what tasks left there.
    #[command(subcommand)]
    Server(Server),
    /// Tools: list, show.
    #[command(subcommand)]
    Tool(Tool),
    /// Templates: list, show.
    #[command(subcommand)]
    Template(Template),
    /// Mandates, which tasks draw on: list, show.
    #[command(subcommand)]
    Mandate(Mandate),
    /// Tasks: list, show, tree, timeline, data, start, consent, settle, attach, hold, release, complete, revoke, erase.
    #[command(subcommand)]
    Task(Task),
    /// Grants: list, show, revoke.
    #[command(subcommand)]
    Grant(Grant),
    /// Events of the record: list, show, lineage, tail.
    #[command(subcommand)]
    Event(Event),
    /// Of any event: who wanted it, who allowed it, under which grant and rules, why it was decided so, what came of it, and
    /// what to do next.
    #[command(after_help = "Example: bailiwick explain 41")]
    Explain {
        /// Its number in the log.
        event: u64,
    },
    /// The rules that run, as a document for people: document.
    #[command(subcommand)]
    Policy(Policy),
    /// All work of the tenant: stop, resume.
    #[command(subcommand)]
    Tenant(Tenant),
    /// Keys of the tenant: list, turn.
    #[command(subcommand)]
    Key(Key),
    /// The verifiable log: show, checkpoint, heads, key, prove, export.
    #[command(subcommand)]
    Log(Log),
    /// Check a bundle without a node: signatures, order, completeness, and every decision again.
    Verify(Verify),
    /// One invoice, one injected instruction, one revocation: the whole path, told step by step.
    #[command(after_help = "Example: bailiwick demo")]
    Demo,
    /// A small bank or mailbox to try things with: an MCP server over stdio.
    DemoServer(DemoServer),
    /// Give the node, and a server that was wrapped, accounts of their own: then the agent's account has no way around.
    Install(Install),
    /// Take an installation away again, but for its record and keys.
    Uninstall(Uninstall),
    /// Read or write one file of the user, as the user.
    #[command(hide = true)]
    InstallFile(InstallFile),
    /// Take on an account and become a program. What a node starts servers with.
    #[command(hide = true)]
    RunAs(RunAs),
    /// Print completions for a shell.
    #[command(
        after_help = "Example: bailiwick completions bash > ~/.local/share/bash-completion/completions/bailiwick"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `wrap`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick wrap --print claude-code -- npx -y @modelcontextprotocol/server-memory")]
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
#[command(after_help = "Example: bailiwick connect http://127.0.0.1:8484 --agent clerk --key clerk.key")]
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
    /// Which grant of it, where the agent has several.
    #[arg(long, value_name = "ID", requires = "task")]
    pub(crate) grant: Option<String>,
    /// Which version of itself the agent is, as it says: it stands in the record.
    #[arg(long, value_name = "VERSION")]
    pub(crate) agent_version: Option<String>,
    /// The agent's configuration: the SHA-256 of this file stands in the record.
    #[arg(long, value_name = "FILE")]
    pub(crate) agent_config: Option<PathBuf>,
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
#[command(after_help = "Example: bailiwick serve --secret TICKETS=tickets.secret")]
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
    /// The server that mail of notices goes out by: `smtps://user@host:465`, or `smtp://user@host:587` with STARTTLS.
    #[arg(long, value_name = "URL", requires = "mail_from")]
    pub(crate) smtp: Option<String>,
    /// The password of that user, as `secret:NAME`.
    #[arg(long, value_name = "secret:NAME", requires = "smtp")]
    pub(crate) smtp_password: Option<String>,
    /// Authorities that its certificate may be of, in PEM, beside the public ones.
    #[arg(long, value_name = "FILE", requires = "smtp")]
    pub(crate) smtp_ca: Option<PathBuf>,
    /// Where mail of notices comes from.
    #[arg(long, value_name = "ADDRESS", requires = "smtp")]
    pub(crate) mail_from: Option<String>,
    /// How long the user's own node stays when nobody uses it.
    #[arg(long, hide = true, requires = "user", default_value_t = 600)]
    pub(crate) idle_seconds: u32,
    /// What it says goes into its log alone.
    #[arg(long, hide = true)]
    pub(crate) detached: bool,
}

/// `backup`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick backup /mnt/backup/bailiwick-monday.db

The root key and what the node remembers of its log are not in it: keep them apart.")]
pub(crate) struct Backup {
    /// The file; it must not be there yet.
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// The store of a node that does not run: as `serve` takes it.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

/// `restore`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick restore /mnt/backup/bailiwick-monday.db

No node may run. The store of before is kept beside it. Of PostgreSQL put the dump back first, then: bailiwick restore
--in-place --store URL")]
pub(crate) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE", required_unless_present = "in_place")]
    pub(crate) file: Option<PathBuf>,
    /// The store was put back already: go on from it as it is.
    #[arg(long, conflicts_with = "file")]
    pub(crate) in_place: bool,
    /// The store: as `serve` takes it.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

/// `init`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick init policies")]
pub(crate) struct Init {
    /// The folder; files that are there already are left alone.
    #[arg(default_value = "bailiwick")]
    pub(crate) folder: PathBuf,
}

/// `apply`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick apply -f examples/pay-invoice --dry-run")]
pub(crate) struct Apply {
    /// Files, or folders of them.
    #[arg(required_unless_present_any = ["remove", "schema", "file"])]
    pub(crate) paths: Vec<PathBuf>,
    /// The same; may be given more than once.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) file: Vec<PathBuf>,
    /// Documents to take away, as `kind/name`; may be given more than once.
    #[arg(long, value_name = "KIND/NAME")]
    pub(crate) remove: Vec<String>,
    /// Say what would change, what of it loosens and which live tasks it ends, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the JSON Schema of documents instead.
    #[arg(long, conflicts_with_all = ["paths", "file", "remove", "dry_run"])]
    pub(crate) schema: bool,
}

/// `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick verify task.bwb --key log.key --checkpoint kept.txt

Exit: 0 confirmed, 1 contradicted or not decidable, 2 the bundle's file, a key or a checkpoint cannot be read.")]
pub(crate) struct Verify {
    /// The bundle; `-` is standard input.
    #[arg(required_unless_present = "approval")]
    pub(crate) bundle: Option<PathBuf>,
    /// A file of `bailiwick approval export` in place of a bundle: who signed what, by the keys of `--passkey` alone.
    #[arg(long, value_name = "FILE", requires = "passkey", conflicts_with_all = ["bundle", "key", "trust", "checkpoint", "events"])]
    pub(crate) approval: Option<PathBuf>,
    /// A person's public keys: what `bailiwick person show NAME --json` printed. May be given more than once.
    #[arg(long, value_name = "FILE", requires = "approval")]
    pub(crate) passkey: Vec<PathBuf>,
    /// The log's key, or a file with it: what `bailiwick log key` printed. Never from who sent the bundle.
    #[arg(long, value_name = "KEY|FILE", required_unless_present_any = ["trust", "approval"], conflicts_with = "trust")]
    pub(crate) key: Option<String>,
    /// A file of keys: lines of `log KEY`, `witness NAME KEY`, `group NAME K WITNESS…`, `quorum NAME` (C2SP tlog-policy).
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// A checkpoint of this log that you kept from earlier; may be given more than once.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
    /// List the events it holds, one a line, as far as their bytes stand in the log.
    #[arg(long)]
    pub(crate) events: bool,
}

/// `run-as`.
#[derive(Debug, Args)]
pub(crate) struct RunAs {
    /// The account.
    pub(crate) uid: u32,
    /// Its group.
    pub(crate) gid: u32,
    /// Where the program runs.
    pub(crate) directory: PathBuf,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<std::ffi::OsString>,
}

/// `demo-server`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick wrap -- bailiwick demo-server bank")]
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

#[cfg(test)]
mod tests;
