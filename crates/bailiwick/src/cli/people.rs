//! What people do by name: be in the directory, say yes to acts and to changes of the rules, answer wishes.

use clap::Subcommand;

/// `person …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// All persons: their roles, whether they have a passkey.
    #[command(after_help = "Example: bailiwick person list")]
    List,
    /// One person: roles, passkeys, open invitations.
    #[command(after_help = "Example: bailiwick person show ann")]
    Show {
        /// The person.
        person: String,
    },
    /// Print a link by which a person makes a passkey: good once, for an hour, shown this once.
    #[command(after_help = "Example: bailiwick person invite ann")]
    Invite {
        /// The person.
        person: String,
    },
    /// Take an invitation back: its link opens nothing any more.
    #[command(after_help = "Example: bailiwick person uninvite ann 17")]
    Uninvite {
        /// The person.
        person: String,
        /// The invitation, by its number, as `person show` names it.
        invitation: u64,
    },
    /// Take a passkey away: it signs nothing more, and sessions that it began are over.
    #[command(after_help = "Example: bailiwick person remove-passkey ann 4fQx")]
    RemovePasskey {
        /// The person.
        person: String,
        /// The passkey, by its id or the beginning of it, as `person show` names it.
        // base64url: one id in 64 begins with a hyphen
        #[arg(allow_hyphen_values = true)]
        passkey: String,
    },
}

/// `approval …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Approval {
    /// What waits for somebody's yes: the act, until when, who is asked.
    #[command(after_help = "Example: bailiwick approval list")]
    List {
        /// Those of live and ended tasks that were answered, used or ran out as well.
        #[arg(long)]
        all: bool,
    },
    /// One request, whole: the act, its limits before and after, its lineage, who said yes, and what the agent wrote.
    #[command(after_help = "Example: bailiwick approval show 4711")]
    Show {
        /// The request, by its number.
        approval: u64,
    },
    /// Say no: the agent is told why.
    #[command(
        after_help = "Example: bailiwick approval refuse 4711 --reason 'the invoice is a copy' --instead '{\"amount\":\"10.00\"}'"
    )]
    Refuse {
        /// The request, by its number.
        approval: u64,
        /// Why, for the agent to do better.
        #[arg(long)]
        reason: String,
        /// Arguments that you would say yes to, as a JSON object.
        #[arg(long)]
        instead: Option<String>,
    },
    /// Write the yeses to one request into a file, for whoever wants to check the signatures: `bailiwick verify --approval`.
    #[command(after_help = "Example: bailiwick approval export 4711 --output yes.json")]
    Export {
        /// The request, by its number.
        approval: u64,
        /// Where to; standard output unless given.
        #[arg(long, value_name = "FILE")]
        output: Option<std::path::PathBuf>,
    },
}

/// `change …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// What loosens and waits to be signed.
    #[command(after_help = "Example: bailiwick change list")]
    List,
    /// One change, whole: what it loosens, line by line, and who proposed it.
    #[command(after_help = "Example: bailiwick change show 17")]
    Show {
        /// The change, by its number.
        change: u64,
    },
    /// Take it back: nothing of it stands.
    #[command(after_help = "Example: bailiwick change withdraw 17")]
    Withdraw {
        /// The change, by its number.
        change: u64,
    },
}

/// `wish …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Wish {
    /// What agents ask for and nobody has answered; of one task, all that was ever asked.
    #[command(after_help = "Example: bailiwick wish list --task 3f2a")]
    List {
        /// The task, by its id or the beginning of it.
        #[arg(long)]
        task: Option<String>,
    },
    /// Say no to one. A yes is `bailiwick task widen … --wish N`.
    #[command(after_help = "Example: bailiwick wish refuse 3f2a 12 --reason 'the invoice was paid by hand'")]
    Refuse {
        /// The task, by its id or the beginning of it.
        task: String,
        /// The wish, by its number in the task.
        wish: u64,
        /// Why: the agent is told.
        #[arg(long)]
        reason: String,
    },
}
