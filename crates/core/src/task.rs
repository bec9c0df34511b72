//! A task's state: its grants, what is open, what was charged. A pure fold of its stream; replay gives the same state.

mod allocated;
mod amended;
mod apply;
mod approvals;
mod brought;
mod closing;
mod kept;
mod left;
mod likeness;
mod offer;
mod over;
mod sums;
mod tried;
mod values;
mod wishes;

pub use approvals::{ApprovalStanding, ApprovalState, AskedSoFar, Given, GoalRefused};
pub use brought::Brought;
pub use closing::Closing;
pub use kept::{BadKept, FOLD};
pub use left::Left;
pub(crate) use likeness::likeness;
pub use likeness::value_hash;
pub use offer::Offer;
pub use over::Unfinished;
pub use sums::{DESTINATIONS_MAX, SentTo, Sums};
pub use tried::GoalTried;
#[cfg(test)]
pub(crate) use tried::TRIED_MAX;
pub(crate) use tried::of_goal;
pub use values::{Seen, Values};
pub use wishes::{WISH_CHARS_MAX, WISH_TOOLS_MAX, WISHES_MAX, WISHES_OPEN_MAX, WishStanding, WishState};

use crate::action::Status;
use crate::envelope::Envelope;
use crate::event::{Label, Reserved, RowUsed};
use crate::json::Json;
use crate::meter::Meter;
use crate::reason::Code;
use crate::{
    AgentId, Amount, DataClass, Digest, GrantId, InstanceId, KeyThumbprint, MandateName, Micros, PersonId, Purpose,
    Salt, Software, Span, TaskId, TemplateName, TenantId, ToolId, Unit,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most events of one task; past it only endings are written.
pub const EVENTS_MAX: u64 = 100_000;
/// The most open acts of one grant.
pub const OPEN_PER_GRANT_MAX: usize = 64;
/// The most open acts of one task.
pub const OPEN_PER_TASK_MAX: usize = 1024;
/// The most idempotency keys that one task remembers.
pub const KEYS_MAX: usize = 4096;
/// How long a proof's id is remembered: longer than any nonce is good.
pub const PROOF_MEMORY: Span = Span::minutes(10);
/// The most grants of one task.
pub const GRANTS_MAX: usize = 16_384;
/// The most live grants that one holder has handed on.
pub const CHILDREN_MAX: usize = 64;

/// How a task or grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Standing {
    /// Usable.
    Live,
    /// Over, for good.
    Ended {
        /// Why.
        why: Code,
        /// When.
        at: Micros,
    },
}

impl Standing {
    /// Whether it is usable.
    pub const fn live(self) -> bool {
        matches!(self, Self::Live)
    }
}

/// What rows of a grant have been used for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowState {
    /// How many acts.
    pub uses: u64,
    /// What was charged, by unit.
    pub meters: BTreeMap<Unit, Meter>,
    /// The turn of the person that brought it, by its seq; `None` of what the grant began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// A grant: a node of the task's tree of authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantState {
    /// Its id.
    pub id: GrantId,
    /// The seq of the event that made it.
    pub seq: u64,
    /// The seq of the control event that it was decided under.
    pub control: u64,
    /// The one it comes from.
    pub parent: Option<GrantId>,
    /// The act that handed it on, by the seq of its `action.begun`.
    pub act: Option<u64>,
    /// Who holds it.
    pub holder: AgentId,
    /// What it allows. `None` when its conditions are erased: then it allows nothing.
    #[serde(with = "kept::whole")]
    pub envelope: Option<Envelope>,
    /// How it stands.
    pub standing: Standing,
    /// The one live key, and whose instance it is.
    pub key: Option<BoundKey>,
    /// Whether the second act of consent was given.
    pub privileged: bool,
    /// By row.
    pub rows: Vec<RowState>,
    /// Acts that are open or in doubt.
    pub open: usize,
    /// How often a call of its own holder was refused: what strangers try does not end it.
    pub refused: u64,
    /// What its holder has touched.
    #[serde(default)]
    pub label: Label,
    /// The events that brought it.
    #[serde(default, skip_serializing_if = "Brought::is_empty")]
    pub brought: Brought,
    /// Classes of data that a person lowered, with the size of the log then: of what its holder touched in other tasks, what
    /// was there before does not count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lowered: BTreeMap<DataClass, u64>,
    /// Values that a person lowered, by the salted hash of each: the classes that they go without.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub released: BTreeMap<Digest, BTreeSet<DataClass>>,
}

/// The key that a grant answers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundKey {
    /// The key.
    pub key: KeyThumbprint,
    /// The running process.
    pub instance: InstanceId,
    /// What attested it.
    pub attestation: Option<Digest>,
    /// What it says that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<Software>,
}

/// How an act stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ActStanding {
    /// It may be on its way.
    Open,
    /// Nobody can tell; it stays charged.
    Doubtful,
    /// In doubt, and its server asked something: the act that goes on from it takes its charge over.
    Asked,
    /// It ended. Kept only while its idempotency key is.
    Ended {
        /// How.
        status: Status,
        /// The seq of the event that says so.
        seq: u64,
    },
}

/// An act that was allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActState {
    /// The seq of its `action.begun`.
    pub seq: u64,
    /// The leaf of that event.
    pub leaf: u64,
    /// Under which grant.
    pub grant: GrantId,
    /// The tool.
    pub tool: ToolId,
    /// The action digest.
    pub digest: Digest,
    /// What it has in common with the same act under another key; `None` when the arguments are erased.
    pub likeness: Option<Digest>,
    /// When it began.
    pub at: Micros,
    /// It leaves before this, or not at all.
    pub forward_by: Micros,
    /// In doubt past this.
    pub settle_by: Micros,
    /// What was charged.
    pub reserved: Vec<Reserved>,
    /// Which rows were used.
    pub rows: Vec<RowUsed>,
    /// Whether its size is told by its result only.
    pub after: bool,
    /// Where it sends.
    pub to: SentTo,
    /// A read that stays where it is.
    pub harmless: bool,
    /// Of such a read: what its agent asked with and nobody vouched for, which is no better for being said back. Hashes of
    /// values, as the task remembers them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked_with: Vec<Digest>,
    /// Whether it is remembered by key.
    pub keyed: bool,
    /// Whether it took over the charge of a round that its server answered with a question.
    pub took_over: bool,
    /// How it stands.
    pub standing: ActStanding,
}

/// What a task drew on one mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskAllocation {
    /// As it began, by unit.
    pub drawn: BTreeMap<Unit, Amount>,
    /// What of it still counts on the mandate.
    pub counts: BTreeMap<Unit, Amount>,
    /// When the mandate ends.
    pub ends: Option<Micros>,
    /// The task is over, and the rest went back.
    pub settled: bool,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskState {
    /// The tenant.
    pub tenant: TenantId,
    /// The task's, and its stream's, id.
    pub id: TaskId,
    /// The seq of the last event folded.
    pub seq: u64,
    /// The time of the last event folded.
    pub at: Micros,
    /// The epoch it belongs to.
    pub epoch: u32,
    /// How it stands.
    pub standing: Standing,
    /// When the person last consented to all of it: at the start, by the second act, or anew.
    pub consented: Micros,
    /// When its window was last set: at the start, or anew. The second act moves none.
    #[serde(default)]
    pub window_set: Micros,
    /// The end of the window that was told of as coming, last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing_told: Option<Micros>,
    /// Who consented.
    pub requester: Option<PersonId>,
    /// Salts every digest of this task; `None` once it is erased, and then nothing can be decided.
    pub salt: Option<Salt>,
    /// The intent in words.
    pub intent: Option<String>,
    /// The typed parameters.
    pub parameters: Option<Json>,
    /// The customer it is done for.
    pub subject: Option<String>,
    /// Why the work is done.
    pub purpose: Option<Purpose>,
    /// The template it was made from.
    pub template: Option<TemplateName>,
    /// Bytes of results that are kept.
    pub keep_results: u64,
    /// The first grant.
    pub root: Option<GrantId>,
    /// All grants. Boxed, as acts are: a map makes room for eleven at once, and most tasks have one.
    pub grants: BTreeMap<GrantId, Box<GrantState>>,
    /// Acts that are open, in doubt, or remembered by key; by seq.
    pub acts: BTreeMap<u64, Box<ActState>>,
    /// Salted idempotency keys, with the action digest and the act they stand for.
    #[serde(with = "kept::pairs")]
    pub keys: BTreeMap<(GrantId, Digest), (Digest, u64)>,
    /// Ids of proofs used, with the time they were.
    pub proofs: BTreeMap<Digest, Micros>,
    proofs_by_age: VecDeque<(Micros, Digest)>,
    /// When a refusal was last written one by one.
    #[serde(with = "kept::pairs")]
    pub refusals: BTreeMap<(GrantId, Code, ToolId), Micros>,
    /// How many acts are open.
    pub open: usize,
    /// Requests to say yes, by the seq of their `approval.asked`.
    pub approvals: BTreeMap<u64, Box<ApprovalState>>,
    /// How often it has asked.
    pub asked: AskedSoFar,
    /// What people said no to, by a salted hash of what it comes to.
    #[serde(with = "kept::pairs")]
    pub goals: BTreeMap<Digest, GoalRefused>,
    /// What rules refused, by the same.
    #[serde(with = "kept::pairs", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tried: BTreeMap<Digest, GoalTried>,
    /// What it drew on mandates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub allocations: BTreeMap<MandateName, TaskAllocation>,
    /// What it was charged, by where it sent and since people approved.
    pub sums: Sums,
    /// Where values were seen.
    #[serde(default)]
    pub values: Values,
    /// What its holders left behind on servers.
    #[serde(default, skip_serializing_if = "Left::is_empty")]
    pub left: Left,
    /// What its agents asked their person for, by the seq of their `wish.made`.
    pub wishes: BTreeMap<u64, WishState>,
    /// The action digest without what it points to, of the `action.waiting` that a request is made of next.
    pub waited: Option<Digest>,
    /// The salted hash of its idempotency key, for the request that follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_key: Option<Digest>,
}

impl ActState {
    /// Whether nobody can tell what became of it: so it says, or its time is over. No decision waits for a Tick.
    pub fn in_doubt(&self, now: Micros) -> bool {
        match self.standing {
            ActStanding::Open => now >= self.settle_by,
            ActStanding::Doubtful | ActStanding::Asked => true,
            ActStanding::Ended { .. } => false,
        }
    }
}

/// Whether a refusal says that the caller is not the one that the stream names. Such calls are recorded, but they neither
/// end a grant nor crowd out what its holder does.
pub const fn of_stranger(code: Code) -> bool {
    matches!(code, Code::CallerUnknown | Code::KeyNotBound | Code::ProofReplayed | Code::EpochPassed)
}

/// Whether a refusal counts against its grant: what strangers try does not, nor that somebody declined to answer, nor what is
/// no fault of who called.
pub(crate) const fn counts_against(code: Code) -> bool {
    !of_stranger(code) && !matches!(code, Code::Declined | Code::BreakerOpen | Code::EngineFailed)
}

impl TaskState {
    /// A stream of which nothing was read yet.
    pub fn empty(tenant: TenantId, id: TaskId) -> Self {
        Self {
            tenant,
            id,
            seq: 0,
            at: Micros(0),
            epoch: 0,
            standing: Standing::Live,
            consented: Micros(0),
            window_set: Micros(0),
            closing_told: None,
            requester: None,
            salt: None,
            intent: None,
            parameters: None,
            subject: None,
            purpose: None,
            template: None,
            keep_results: 0,
            root: None,
            grants: BTreeMap::new(),
            acts: BTreeMap::new(),
            keys: BTreeMap::new(),
            proofs: BTreeMap::new(),
            proofs_by_age: VecDeque::new(),
            refusals: BTreeMap::new(),
            open: 0,
            approvals: BTreeMap::new(),
            asked: AskedSoFar::default(),
            goals: BTreeMap::new(),
            tried: BTreeMap::new(),
            allocations: BTreeMap::new(),
            sums: Sums::default(),
            values: Values::default(),
            left: Left::default(),
            wishes: BTreeMap::new(),
            waited: None,
            waited_key: None,
        }
    }

    /// The events from `first_seq` on became durable from `first_leaf` on: what was folded before that gets its leaf.
    pub fn placed(&mut self, first_seq: u64, first_leaf: u64) {
        let leaf = |seq: u64| seq.checked_sub(first_seq).map(|offset| first_leaf.saturating_add(offset));
        for act in self.acts.range_mut(first_seq..).map(|(_, act)| act) {
            act.leaf = leaf(act.seq).unwrap_or(act.leaf);
        }
        for approval in self.approvals.range_mut(first_seq..).map(|(_, approval)| approval) {
            approval.leaf = leaf(approval.seq).unwrap_or(approval.leaf);
        }
    }

    /// The lineage of a grant, root first; `None` when a grant of it is not there (an event that never was).
    pub fn lineage(&self, grant: GrantId) -> Option<Vec<&GrantState>> {
        let mut out: Vec<&GrantState> = Vec::new();
        let mut next = Some(grant);
        while let Some(id) = next {
            let state = self.grants.get(&id)?;
            if out.len() > GRANTS_MAX {
                return None;
            }
            out.push(state);
            next = state.parent;
        }
        out.reverse();
        Some(out)
    }

    /// The grants of the subtree under (and with) `grant`, in the order that they were made.
    pub fn subtree(&self, grant: GrantId) -> Vec<GrantId> {
        let mut made: Vec<&GrantState> = self.grants.values().map(Box::as_ref).collect();
        // What was handed on was made after what it comes from.
        made.sort_by_key(|state| state.seq);
        let mut within = BTreeSet::new();
        let of = |state: &&GrantState| {
            let below = state.id == grant || state.parent.is_some_and(|parent| within.contains(&parent));
            below && within.insert(state.id)
        };
        made.into_iter().filter(of).map(|state| state.id).collect()
    }

    /// When something next falls due: a window that closes or is soon to, an act that goes past its time, a request that goes on to others
    /// or runs out, a mandate that ends, a rest that goes back.
    pub fn wake(&self) -> Option<Micros> {
        let windows = self.grants.values().filter(|grant| self.standing.live() && grant.standing.live());
        let windows = windows.filter_map(|grant| grant.envelope.as_ref().map(|envelope| envelope.window.expires));
        let acts = self.acts.values().filter(|act| act.standing == ActStanding::Open).map(|act| act.settle_by);
        let mandates = self.allocations.values().filter(|_| self.standing.live()).filter_map(|of| of.ends);
        let back = self.gives_back().then_some(self.at);
        let closing = self.closing_untold().map(|closing| closing.told_at);
        windows.chain(closing).chain(acts).chain(self.approvals_due()).chain(mandates).chain(back).min()
    }

    /// Acts that are open or in doubt under these grants, by seq.
    pub fn unsettled(&self, grants: &[GrantId]) -> Vec<u64> {
        let unsettled = |act: &&ActState| !matches!(act.standing, ActStanding::Ended { .. });
        self.acts
            .values()
            .map(Box::as_ref)
            .filter(unsettled)
            .filter(|act| grants.contains(&act.grant))
            .map(|act| act.seq)
            .collect()
    }
}

#[cfg(test)]
mod tests;
