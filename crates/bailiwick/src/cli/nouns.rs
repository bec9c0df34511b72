//! The nouns of the command line: what there is to look at, and what can be done with each.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

/// `task …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Consent to a task from a template.
    #[command(
        after_help = "Example: bailiwick task start pay-one-invoice payee='Example Printing' iban=DE89370400440532013000 max=500"
    )]
    Start {
        /// The template.
        template: String,
        /// Its parameters, as `name=value`.
        parameters: Vec<String>,
        /// The agent it is for; the template's own, where that names one alone.
        #[arg(long)]
        agent: Option<String>,
        /// Of the template's tools only this one, as `mail/search` or `mail/*`; may be given several times.
        #[arg(long, value_name = "TOOL")]
        only: Vec<String>,
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
    #[command(after_help = "Example: bailiwick task list --live")]
    List {
        /// Only those that live.
        #[arg(long)]
        live: bool,
    },
    /// One task: what it allows, what was charged, what is open.
    #[command(after_help = "Example: bailiwick task show 3f2a")]
    Show {
        /// The task, by its id or the beginning of it.
        task: String,
    },
    /// A task as a tree: who holds what, who handed it on and what for, what was charged of each limit.
    #[command(after_help = "Example: bailiwick task tree 3f2a")]
    Tree {
        /// The task, by its id or the beginning of it.
        task: String,
    },
    /// What happened in a task, in order: who did what, when since its start, and how long each act took.
    #[command(after_help = "Example: bailiwick task timeline 3f2a")]
    Timeline {
        /// The task, by its id or the beginning of it.
        task: String,
    },
    /// What each holder of a task has read, by which events, and where the values of its calls came from.
    #[command(after_help = "Example: bailiwick task data 3f2a")]
    Data {
        /// The task, by its id or the beginning of it.
        task: String,
    },
    /// Say that a class of data counts no more as one that a holder has touched: it may go where that class may not.
    #[command(
        after_help = "Example: bailiwick task declassify 3f2a --class payroll --reason 'only the head count was read'"
    )]
    Declassify {
        /// The task, by its id or the beginning of it.
        task: String,
        /// The class of data.
        #[arg(long)]
        class: String,
        /// What for, in one line: it stands in the record.
        #[arg(long)]
        reason: String,
        /// Whose, where the task was handed on; without it the first holder's.
        #[arg(long)]
        grant: Option<String>,
    },
    /// Say what became of an act that is in doubt.
    #[command(
        after_help = "Example: bailiwick task settle 3f2a 41 --not-done --evidence 'no such payment in the statement of 12 May'"
    )]
    #[command(group(clap::ArgGroup::new("outcome").required(true).args(["done", "not_done", "by_record"])))]
    Settle {
        /// The task, by its id or the beginning of it.
        task: String,
        /// The event that the act began with, as `task show` names it.
        event: u64,
        /// It was done: what was charged stays, or comes to `--amount`.
        #[arg(long)]
        done: bool,
        /// Nothing was done: what was charged comes back.
        #[arg(long)]
        not_done: bool,
        /// Have the server's own record asked, and believe what it says: through the act's grant, while that lives.
        #[arg(long, conflicts_with_all = ["evidence", "amount"])]
        by_record: bool,
        /// How much was done, where that is less than was charged, as `12.50 EUR`; may be given for each unit.
        #[arg(long, requires = "done", value_name = "AMOUNT")]
        amount: Vec<String>,
        /// How you know, in one line: it stands in the record.
        #[arg(long, required_unless_present = "by_record")]
        evidence: Option<String>,
    },
    /// Consent to the privileged tools of a task.
    #[command(after_help = "Example: bailiwick task consent 3f2a")]
    Consent {
        /// The task.
        task: String,
        /// Say yes without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Give a task more: the rows of another template, in a turn of your own. Privileged tools wait for `task consent`.
    #[command(after_help = "Example: bailiwick task widen 3f2a send-receipt to=ann@example.org")]
    Widen {
        /// The task.
        task: String,
        /// The template whose rows are added.
        template: String,
        /// Its parameters, as `name=value`.
        parameters: Vec<String>,
        /// Of the template's tools only this one; may be given several times.
        #[arg(long, value_name = "TOOL")]
        only: Vec<String>,
        /// The wish of its agent that this answers, by its number.
        #[arg(long)]
        wish: Option<u64>,
        /// Say yes to what is shown without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Take some of it back, at once: tools, or time.
    #[command(after_help = "Example: bailiwick task narrow 3f2a --without bank/pay --within 10m")]
    Narrow {
        /// The task.
        task: String,
        /// Rows that name this tool, or are written so, allow nothing any more; may be given several times.
        #[arg(long, value_name = "TOOL")]
        without: Vec<String>,
        /// It is over within this, as `10m`.
        #[arg(long, value_name = "SPAN")]
        within: Option<String>,
    },
    /// Renew the consent: the window of the task's template begins anew, with the same limits.
    #[command(after_help = "Example: bailiwick task renew 3f2a")]
    Renew {
        /// The task.
        task: String,
        /// Renew without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Say which of several open tasks the next `connect` of its agent gets.
    #[command(after_help = "Example: bailiwick task attach 3f2a")]
    Attach {
        /// The task.
        task: String,
        /// Which part of it, where it was handed on more than once to the same agent.
        #[arg(long)]
        grant: Option<String>,
    },
    /// End a task because its work is complete.
    #[command(after_help = "Example: bailiwick task complete 3f2a")]
    Complete {
        /// The task.
        task: String,
    },
    /// Erase a task that has ended: what was said, sent and answered in it, for good. What is left proves that it was there.
    #[command(after_help = "Example: bailiwick task erase 3f2a --reason 'the customer asked for it'")]
    Erase {
        /// The task, by its id or the beginning of it.
        task: String,
        /// Why, in one line: it stands in the record for good.
        #[arg(long)]
        reason: String,
    },
    /// End a task, or one grant of it, at once. Prints the receipt.
    #[command(after_help = "Example: bailiwick task revoke 3f2a")]
    Revoke {
        /// The task.
        task: String,
        /// One grant of it, by its id or the beginning of it, with everything under it.
        #[arg(long)]
        grant: Option<String>,
    },
}

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
        /// Say yes to what is shown without being asked. Tools with a finding are left out, but for those that are named.
        #[arg(long)]
        yes: bool,
        /// With `--yes`: take a tool with this finding too, as `TOOL:CODE`. May be given more than once.
        #[arg(long, value_name = "TOOL:CODE")]
        accept_finding: Vec<String>,
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
