//! What can be asked of a tenant's control stream.

use super::{BreakGlass, ErasePerson, EraseTask, Expire, HoldTask, LowerPlace, Second};
use crate::consent::Signed;
use crate::document::Document;
use crate::event::{Accepted, LogHead, Misdeed, Passkey, PinnedTool, Sprawl, Whose};
use crate::facts::By;
use crate::json::Json;
use crate::{AgentId, Digest, Micros, Observe, PersonId, RoleName, ServerName, ToolId};

/// Authority that was found to sprawl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSprawl {
    /// The agent that it is about.
    pub agent: Option<AgentId>,
    /// What it is.
    pub code: Sprawl,
    /// What it is about.
    pub of: String,
    /// Why.
    pub why: String,
}

/// What can be asked of a tenant's control stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlCommand {
    /// The tenant comes to be.
    Open {
        /// Its name.
        name: String,
        /// The origin of its log's checkpoints.
        origin: String,
        /// The epoch.
        epoch: u32,
    },
    /// The store was put back: a new epoch begins.
    Restore {
        /// The person's act.
        by: By,
        /// The epoch that begins.
        epoch: u32,
        /// The highest head of a log of before that is known outside of the store.
        before: Option<LogHead>,
    },
    /// An agent goes: it is suspended, and no resuming brings it back.
    Offboard {
        /// The person's act.
        by: By,
        /// Which agent.
        agent: AgentId,
    },
    /// Documents stand from now on.
    Apply {
        /// The person's act.
        by: By,
        /// The documents, in the order of the files.
        documents: Vec<Document>,
        /// Documents that are to go, as (kind, name).
        removed: Vec<(String, String)>,
    },
    /// What a server offers was seen.
    Pin {
        /// The server.
        server: ServerName,
        /// Its identity as seen.
        identity: Digest,
        /// Tools that are new or changed.
        tools: Vec<PinnedTool>,
    },
    /// A tool did what none may: its calls wait for review from now on.
    Quarantine {
        /// The tool.
        tool: ToolId,
        /// What it did.
        why: Misdeed,
        /// The leaf of the act whose answer showed it.
        begun: u64,
    },
    /// A person reviewed what a server offers.
    Review {
        /// What is odd about these tools and is taken with them.
        accepted: Vec<Accepted>,
        /// The person's act.
        by: By,
        /// The server.
        server: ServerName,
        /// Its identity as reviewed.
        identity: Digest,
        /// All its tools.
        tools: Vec<PinnedTool>,
    },
    /// An agent is suspended or resumed.
    Agent {
        /// The person's act.
        by: By,
        /// Which agent.
        agent: AgentId,
        /// Whether it may act.
        active: bool,
    },
    /// All work is stopped, or goes on.
    Tenant {
        /// The person's act.
        by: By,
        /// Whether work may go on.
        running: bool,
    },
    /// A person may enrol a passkey by a one-time code.
    Invite {
        /// The person's act who invites.
        by: By,
        /// Who is invited.
        person: PersonId,
        /// SHA-256 of the code: whoever has it enrols.
        code: Digest,
        /// Until when.
        expires: Micros,
        /// SHA-256 of the challenge that a passkey of who invites signed for it; nothing at the node's socket.
        signed: Option<Digest>,
    },
    /// An invitation is taken back.
    Uninvite {
        /// The person's act.
        by: By,
        /// Who was invited.
        person: PersonId,
        /// Which one, by the seq of its event.
        invitation: u64,
    },
    /// A person enrols a passkey.
    Enroll {
        /// Who, made sure by the very passkey.
        by: By,
        /// SHA-256 of the code that invites.
        code: Digest,
        /// The passkey.
        passkey: Passkey,
    },
    /// A passkey is removed.
    Unenroll {
        /// The person's act.
        by: By,
        /// Whose.
        person: PersonId,
        /// Which, by its credential id.
        id: String,
    },
    /// A person signs a change that waits.
    Second(Box<Second>),
    /// A change that waits is taken back.
    Withdraw {
        /// The person's act.
        by: By,
        /// Which one.
        proposal: u64,
    },
    /// A person breaks the glass over a task.
    BreakGlass(Box<BreakGlass>),
    /// Somebody else looked at what was done, and closes it.
    CloseGlass {
        /// The person's act.
        by: By,
        /// Which one, by the seq of its event.
        glass: u64,
        /// What was found.
        findings: String,
    },
    /// The same, signed over all that it comes to.
    Signed(Box<Signed<ControlCommand>>),
    /// A fault went on for too long: such calls are cut off.
    OpenBreaker {
        /// The rule that counted it.
        rule: RoleName,
        /// Whose calls they are.
        whose: Whose,
        /// How many were counted.
        counted: u64,
    },
    /// Authority was found to sprawl.
    Find(FoundSprawl),
    /// Calls that were cut off go on.
    CloseBreaker {
        /// The person's act; nobody's where its probes went well.
        by: Option<By>,
        /// Which one, by the seq of the event that opened it.
        breaker: u64,
    },
    /// The key of a task is destroyed, and with it all that a person may erase.
    Erase(Box<EraseTask>),
    /// The same, of tasks that one person began.
    ErasePerson(Box<ErasePerson>),
    /// The same, of tasks that a rule keeps no longer.
    Expire(Box<Expire>),
    /// A task is not to be erased.
    Hold(Box<HoldTask>),
    /// It may be again.
    Release(Box<HoldTask>),
    /// What tasks left on a server carries a class of data no more.
    LowerPlace(Box<LowerPlace>),
    /// An agent is observed at a server.
    Observe(Box<Observe>),
    /// An observation ends before its time.
    EndObservation {
        /// The person's act.
        by: By,
        /// Which one, by the seq of its event.
        observation: u64,
    },
    /// Token-signing keys from now on.
    Keys {
        /// The person's act; absent when the node made its first key.
        by: Option<By>,
        /// The public keys.
        keys: Json,
    },
    /// The heads of all streams.
    Heads {
        /// The root over them.
        root: Digest,
        /// How many.
        count: u64,
        /// Leaves of the log when they were read.
        size: u64,
    },
}
