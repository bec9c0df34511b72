//! `task …` on the command line.

use clap::Subcommand;

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
        /// What others wrote and you paste beside your own words, as `NAME=FILE`: no value of it is your word.
        #[arg(long, value_name = "NAME=FILE")]
        paste: Vec<String>,
        /// A value of it that is your word all the same, as `NAME=VALUE`, as it is listed.
        #[arg(long, value_name = "NAME=VALUE")]
        confirm: Vec<String>,
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
        /// Of one value alone, by the event that showed it, as `task data` names it.
        #[arg(long, requires = "at")]
        event: Option<u64>,
        /// And where it stands in that result, such as `/total`.
        #[arg(long, requires = "event")]
        at: Option<String>,
        /// And of which kind, such as `iban`, where values of more than one stand there.
        #[arg(long, requires = "event")]
        kind: Option<String>,
        /// And which one, as it is written, where several of a kind stand there.
        #[arg(long, requires = "event")]
        value: Option<String>,
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
    /// Hold a task: nobody and no rule erases it before each hold over it is released.
    #[command(after_help = "Example: bailiwick task hold 3f2a --reason 'case 17'")]
    Hold {
        /// The task, by its id or the beginning of it.
        task: String,
        /// Why, in one line: it stands in the record for good.
        #[arg(long)]
        reason: String,
    },
    /// Let go of a hold over a task: once nobody holds it, it may be erased again. Where people have passkeys a second one
    /// signs it.
    #[command(after_help = "Example: bailiwick task release 3f2a --hold 17 --reason 'case 17 is closed'")]
    Release {
        /// The task, by its id or the beginning of it.
        task: String,
        /// Which hold, by its number as `task show` tells it; the only one where none is named.
        #[arg(long, value_name = "NUMBER")]
        hold: Option<u64>,
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
