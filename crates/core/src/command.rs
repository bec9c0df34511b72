//! Commands: everything that can be asked of a task or of a tenant's control stream.

mod control;

pub use control::{ControlCommand, FoundSprawl};

use crate::action::{Action, Observed};
use crate::assertion::Assertion;
use crate::consent::Signed;
use crate::event::{CountedRefusal, ExpiredTask, ShownValue};
use crate::facts::By;
use crate::json::Json;
use crate::reason::{Code, Reason};
use crate::{
    AgentId, Amount, DataClass, Digest, GrantId, PersonId, RoleName, ServerName, Span, TaskId, TemplateName,
    ToolPattern, Unit,
};
use std::collections::BTreeMap;

/// What can be asked of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A person consents to an intent.
    Start(Box<Start>),
    /// A person consents to the privileged rows of a grant: the second act.
    Consent {
        /// Which grant.
        grant: GrantId,
        /// The person's act.
        by: By,
    },
    /// A person gives more, takes some back, or renews: a turn of their own.
    Amend(Box<Amend>),
    /// An instance, authenticated as `facts.caller`, takes a grant of its agent.
    Bind {
        /// Which grant.
        grant: GrantId,
    },
    /// The caller wants to act.
    Attempt(Box<Attempt>),
    /// What became of an act.
    Settle(Box<Settle>),
    /// A person says what became of an act that is in doubt.
    SettleDoubt(Box<SettleDoubt>),
    /// One of those acts of a person, signed over all that it comes to.
    Signed(Box<Signed<Command>>),
    /// Settle an act that is in doubt by what its server has on record of it.
    SettleByRecord(Box<SettleByRecord>),
    /// A person says yes to an act that waits.
    Approve(Box<Approve>),
    /// A person says no to it.
    RefuseApproval(Box<RefuseApproval>),
    /// An agent asks its person for more.
    Wish(Box<Wish>),
    /// The person says no to that.
    RefuseWish(Box<RefuseWish>),
    /// A person lowers what a holder counts as having touched.
    Lower(Box<LowerLabel>),
    /// A grant is to end, with its subtree.
    EndGrant {
        /// Which grant.
        grant: GrantId,
        /// Who wants it.
        who: Ender,
        /// Why.
        why: Code,
    },
    /// The task is to end.
    EndTask {
        /// Who wants it.
        who: Ender,
        /// Why.
        why: Code,
    },
    /// Write down what is already true: what expired, what is in doubt.
    Tick,
    /// Write down how often refusals were repeated.
    CountRefusals(Vec<CountedRefusal>),
}

impl Command {
    /// What a person begins by it, signed or not; `None` where it begins no task.
    pub fn begins(&self) -> Option<&Start> {
        match self {
            Self::Start(start) => Some(start),
            Self::Signed(said) => said.command.begins(),
            _ => None,
        }
    }
}

/// A person's consent to an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The person's act.
    pub by: By,
    /// The customer it is done for, where that is another.
    pub subject: Option<String>,
    /// The template.
    pub template: TemplateName,
    /// What the person filled in, by parameter.
    pub parameters: BTreeMap<String, String>,
    /// The agent.
    pub agent: AgentId,
    /// Of the template's tools these alone; all of them where none is named.
    pub only: Vec<ToolPattern>,
    /// The digest of the template as the person was shown it: another one is not what they say yes to.
    pub seen: Option<Digest>,
}

/// A turn of the person whose task it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amend {
    /// The person's act.
    pub by: By,
    /// Which grant: the root.
    pub grant: GrantId,
    /// What is to be other.
    pub change: AmendChange,
    /// The wish that it answers, by the seq of its `wish.made`.
    pub wish: Option<u64>,
}

/// What an agent, authenticated as `facts.caller`, asks its person for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Under which grant.
    pub grant: GrantId,
    /// The epoch its token was made in.
    pub epoch: u32,
    /// Tools that it names, as patterns.
    pub tools: Vec<String>,
    /// What it wants to do and why, in its own words.
    pub wanted: String,
}

/// A person's no to a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefuseWish {
    /// The wish, by the seq of its `wish.made`.
    pub wish: u64,
    /// The person's act.
    pub by: By,
    /// Why: the agent is told.
    pub reason: String,
}

/// A class of data is to count no more as one that a holder has touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowerLabel {
    /// Whose label.
    pub grant: GrantId,
    /// The person's act.
    pub by: By,
    /// The class.
    pub class: DataClass,
    /// What for.
    pub reason: String,
    /// The one value that is to go without the class; all that the holder touched, where none is named.
    pub value: Option<ShownValue>,
}

/// What tasks left on a server is to carry a class of data no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowerPlace {
    /// The person's act.
    pub by: By,
    /// The class.
    pub class: DataClass,
    /// The place alone that this event of the log brought it to; the whole server, where none is named.
    pub event: Option<u64>,
    /// What for.
    pub reason: String,
    /// The server.
    pub server: ServerName,
    /// So many leaves the log had when it was looked at.
    pub until: u64,
}

/// A task is to be erased: it has ended, and nothing of it is in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseTask {
    /// The person's act.
    pub by: By,
    /// The store was put back, and the node's list outside of it names the task: nobody is asked again.
    pub listed: bool,
    /// Why.
    pub reason: String,
    /// The task.
    pub task: TaskId,
}

/// Tasks that one person began are to be erased: they have ended, and nothing of them is in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasePerson {
    /// Of those that an account of the person began, by which.
    pub accounts: BTreeMap<TaskId, PersonId>,
    /// The act of who has them erased.
    pub by: By,
    /// Who began them.
    pub person: PersonId,
    /// Why.
    pub reason: String,
    /// The tasks.
    pub tasks: Vec<TaskId>,
}

/// A task is to be held, or released: while it is held nothing erases it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldTask {
    /// The person's act.
    pub by: By,
    /// The node found that the task's key is destroyed: it was erased, however long ago. Such a task is held no more.
    pub gone: bool,
    /// Which hold is released, by the seq of its event; the only one that stands, where nobody says.
    pub hold: Option<u64>,
    /// Why.
    pub reason: String,
    /// The task.
    pub task: TaskId,
}

/// Tasks are to be erased, because a rule says how long they are kept and they ended longer ago than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expire {
    /// SHA-256 of the rule's document: its version.
    pub digest: Digest,
    /// The rule.
    pub rule: RoleName,
    /// The tasks, as their streams say.
    pub tasks: Vec<ExpiredTask>,
}

/// What is to be other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmendChange {
    /// The rows of a template, filled in, are added.
    Widen {
        /// The template.
        template: TemplateName,
        /// What the person filled in, by parameter.
        parameters: BTreeMap<String, String>,
        /// Of the template's tools these alone; all of them where none is named.
        only: Vec<ToolPattern>,
        /// The digest of the template as the person was shown it.
        seen: Option<Digest>,
    },
    /// Less is allowed.
    Narrow {
        /// Rows that are to allow nothing any more, by index.
        rows: Vec<u64>,
        /// It is to be over within this.
        within: Option<Span>,
    },
    /// The window of the task's own template begins anew.
    Renew {
        /// What is privileged waits for the second act again.
        waits: bool,
    },
}

/// A call, read by the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Under which grant.
    pub grant: GrantId,
    /// The epoch its token was made in.
    pub epoch: u32,
    /// What is to be done. A no of the catalogue comes with it: then it is refused, and recorded.
    pub action: Action,
    /// Why the catalogue refuses it already (a schema that it breaks, an argument nobody may send).
    pub refused: Option<Reason>,
    /// How long its outcome may take.
    pub settle_within: Span,
    /// The instance's signature over the request, where it gave one.
    pub signature: Option<String>,
    /// The act that was answered with a question and that this one answers, as the edge kept it under its seal. Where it is
    /// another one by now, or never was, this is an act like any other.
    pub continues: Option<Continues>,
}

/// An act that another one goes on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Continues {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
}

/// Who ends something. Ending needs no other authority and no step-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ender {
    /// The holder of the grant (or of one above it), authenticated as `facts.caller`.
    Holder,
    /// A person.
    Person(By),
    /// The node, for a reason of the state's.
    Node,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settle {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a person says became of an act that is in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleDoubt {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// The person's act.
    pub by: By,
    /// Whether it was done.
    pub done: bool,
    /// How much was done, by unit, where that is less than was charged.
    pub measured: Vec<(Unit, Amount)>,
    /// How the person knows: a reference in the downstream's own record, say.
    pub evidence: String,
}

/// What a server has on record of an act that is in doubt, as the edge read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleByRecord {
    /// The act, by the seq of its `action.begun`.
    pub act: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// The act that read it, which is still open, by the seq of its `action.begun`.
    pub read: u64,
    /// Whether it was done.
    pub done: bool,
    /// What was read.
    pub observed: Observed,
}

/// A person's yes. Whoever hands it in has checked that the assertion signs a statement of this digest, with that passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// The request, by the seq of its `approval.asked`.
    pub approval: u64,
    /// As what the person signs.
    pub role: String,
    /// The person's act.
    pub by: By,
    /// The digest of what was signed: of the statement, or of the sheet that it stands on.
    pub signed: Digest,
    /// What the authenticator answered.
    pub assertion: Assertion,
    /// The sheet, where it was signed with others.
    pub sheet: Option<crate::approval::Sheet>,
}

/// A person's no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefuseApproval {
    /// The request, by the seq of its `approval.asked`.
    pub approval: u64,
    /// The person's act.
    pub by: By,
    /// Why: the agent is told.
    pub reason: String,
    /// Arguments that the person would say yes to.
    pub instead: Option<Json>,
    /// Whether what else waits and comes to the same is void by it, and what is offered is no refused goal. Records of before
    /// know of neither, and are decided again as they were.
    pub voids: bool,
}

/// How an act ended, as the edge saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The downstream said it was done.
    Done(Observed),
    /// The downstream answered with a result that the catalogue names as "nothing was done".
    NotDone(Observed),
    /// No byte left in time.
    NeverSent,
    /// Nobody can tell.
    Doubt {
        /// Why: `time-out`, `disconnected`, `error`, `cancelled`, `cut`.
        why: String,
    },
}

/// A person's signature under a change that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Second {
    /// What the authenticator answered; the edge has verified it.
    pub assertion: Assertion,
    /// Who signed.
    pub by: By,
    /// Which change.
    pub proposal: u64,
    /// The digest of the statement that was signed.
    pub signed: Digest,
}

/// A person breaks the glass over a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// The person's act.
    pub by: By,
    /// The incident.
    pub incident: String,
    /// Why.
    pub reason: String,
    /// Whose task it is, as its stream says: an override for another task than that is none.
    pub requester: PersonId,
    /// For how long.
    pub span: Span,
    /// Over which task.
    pub task: TaskId,
    /// The template whose rows it covers.
    pub template: TemplateName,
}
