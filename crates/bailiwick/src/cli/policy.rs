//! `policy …`: what runs, and what would.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `policy …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Print what runs as one Markdown document: templates, roles, agents, tools, policies, delegation, approvals, endings.
    #[command(after_help = "Example: bailiwick policy document > rules.md")]
    Document,
    /// Look for mistakes, and for rules that do nothing: that never match, that another covers, that are silent about a tool.
    Check(Check),
    /// Ask the cases of `*.test.yaml` files of policies, and count which rules they reach.
    Test(Test),
    /// Lay `.cedar` files out as Cedar's own formatter does.
    Fmt(Fmt),
    /// Check the signature of a bundle of Rego, and print what it holds as a document that can be checked, tried and applied.
    Bundle(Bundle),
    /// Decide what was recorded once more, under other policies: what would newly be allowed, asked about, refused.
    Replay(Replay),
    /// Try other policies beside those that run, on what agents do from now on: no answer changes. Without a folder: what it came to.
    Shadow(Shadow),
    /// Compare two versions of all policies: for each rule that differs an action that is decided otherwise.
    Diff(Diff),
}

/// `policy check`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy check policies/

Exit: 0 no mistake, 1 a mistake; with `--strict` also what is noted of rules that do nothing.")]
pub(crate) struct Check {
    /// A folder of documents, or files; without one the policies that run are looked at.
    pub(crate) paths: Vec<PathBuf>,
    /// What is noted counts as a mistake.
    #[arg(long)]
    pub(crate) strict: bool,
    /// What is noted has to be asked of cvc5, which is asked wherever it is found: without it, say so and fail.
    #[arg(long)]
    pub(crate) prove: bool,
}

/// `policy test`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy test policies/ --coverage-min 80

Exit: 0 all cases came out as expected, 1 one did not, or fewer rules were reached than asked for.")]
pub(crate) struct Test {
    /// A folder with documents and `*.test.yaml` files beside them.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Ask on the tenant that runs, with the documents of the folder in the place of those of their names.
    #[arg(long)]
    pub(crate) running: bool,
    /// Only cases whose name holds this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// At least so many of a hundred rules match in some case.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u64).range(0..=100))]
    pub(crate) coverage_min: Option<u64>,
}

/// `policy fmt`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy fmt policies/

Exit: 0 done, or with `--check` all are laid out; 1 with `--check` one is not.")]
pub(crate) struct Fmt {
    /// `.cedar` files, or folders of them.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing: say which files would be.
    #[arg(long)]
    pub(crate) check: bool,
}

/// `policy bundle`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy bundle guard.tar.gz --key guard.pub.pem --entry authz > guard.json
         bailiwick apply guard.json

Exit: 0 the signature holds, 2 it does not, or the bundle is none.")]
pub(crate) struct Bundle {
    /// What `opa build` and `opa sign` made.
    pub(crate) file: PathBuf,
    /// The public key of who signed it, in PEM form. Never from who sent the bundle.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The package whose `allow`, `deny` and `step_up` are asked.
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) entry: String,
    /// The policy's name; without it the file's, up to its first point.
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// `policy replay`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy replay --since 7d --candidate policies/

Each call is asked on the record as it is: what a refusal would have changed for the calls after it nobody can tell.")]
pub(crate) struct Replay {
    /// A folder or file with the policies that are tried, each in the place of the one of its name.
    #[arg(long, value_name = "DIR")]
    pub(crate) candidate: PathBuf,
    /// How far back, as `12h` or `7d`; in a bundle from its last event.
    #[arg(long, value_name = "SPAN", default_value = "7d")]
    pub(crate) since: String,
    /// Without the policies that run and are not in the folder.
    #[arg(long)]
    pub(crate) alone: bool,
    /// A bundle of the log in place of a node's own: what `bailiwick log export --whole` wrote.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) bundle: Option<PathBuf>,
    /// The key of the bundle's log, or a file with it: what `bailiwick log key` printed.
    #[arg(long, value_name = "KEY|FILE", requires = "bundle")]
    pub(crate) key: Option<String>,
}

/// `policy shadow`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy shadow policies/
         bailiwick policy shadow
         bailiwick policy shadow --end

Each call is asked from the record, once its answer has left: no call waits for it.")]
pub(crate) struct Shadow {
    /// A folder or file with the policies that are tried from now on, each in the place of the one of its name.
    pub(crate) candidate: Option<PathBuf>,
    /// Without the policies that run and are not in the folder.
    #[arg(long, requires = "candidate")]
    pub(crate) alone: bool,
    /// How many days it runs, at most.
    #[arg(long, value_name = "N", requires = "candidate", value_parser = clap::value_parser!(u64).range(1..=14))]
    pub(crate) days: Option<u64>,
    /// End it, and print what it came to.
    #[arg(long, conflicts_with = "candidate")]
    pub(crate) end: bool,
}

/// `policy diff`.
#[derive(Debug, Args)]
#[command(after_help = "Example: bailiwick policy diff running policies/")]
pub(crate) struct Diff {
    /// A folder of documents, `running`, or the digest of policies that ran (`policy document` and events name it).
    pub(crate) old: String,
    /// Likewise.
    pub(crate) new: String,
}
