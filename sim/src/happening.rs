//! What the world saw, outside of the store: the other thing that judges read.

use bailiwick_core::{
    AgentId, Amount, ControlDecided, Decided, Digest, GrantId, KeyThumbprint, Micros, TaskId, TaskState,
};

/// What a task command was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// A start.
    Start,
    /// The second act of consent.
    Consent(GrantId),
    /// A process that takes a grant.
    Bind(GrantId, KeyThumbprint),
    /// A call.
    Attempt(GrantId),
    /// The outcome of an act.
    Settle(u64),
    /// The end of a grant, or of the task.
    End(Option<GrantId>),
    /// What an agent or a person says in wide runs alone.
    Said,
}

/// What befalls a store that no append does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// A backup is put in its place.
    Backup,
    /// A replica takes over that lacks the newest appends.
    FailOver,
    /// Somebody without the tenant's key writes an old event once more, as the next one of its stream.
    Forgery,
    /// Somebody without it changes a row.
    Edit,
}

impl Happening {
    /// The task that it is about.
    pub(crate) fn task(&self) -> Option<TaskId> {
        match self {
            Self::Forwarded { task, .. }
            | Self::Executed { task, .. }
            | Self::Told { task, .. }
            | Self::Drained { task, .. } => Some(*task),
            Self::Looked { state, .. } => Some(state.id),
            _ => None,
        }
    }
}

impl Loss {
    /// Whether what is left is what nodes wrote, as it was before.
    pub(crate) const fn is_copy(self) -> bool {
        matches!(self, Self::Backup | Self::FailOver)
    }
}

/// Something that a person, an agent or the upstream saw happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Happening {
    /// An act left for the upstream.
    Forwarded {
        /// When.
        at: Micros,
        /// The task.
        task: TaskId,
        /// The grant.
        grant: GrantId,
        /// The agent.
        agent: AgentId,
        /// The act, as the edge was told.
        act: u64,
        /// SHA-256 over what left.
        sent: Digest,
        /// The id of the proof that the caller showed.
        proof: Digest,
        /// The idempotency key that the caller gave.
        key: Option<String>,
    },
    /// The upstream did it.
    Executed {
        /// The task.
        task: TaskId,
        /// The grant.
        grant: GrantId,
        /// What it moved.
        amount: Amount,
        /// The idempotency key that the caller gave.
        key: Option<String>,
    },
    /// A caller was told what a task command came to.
    Told {
        /// The task.
        task: TaskId,
        /// What was asked.
        about: About,
        /// What it came to.
        decided: Box<Decided>,
        /// The leaf of its first event.
        leaf: Option<u64>,
    },
    /// A person was told what a control command came to.
    ToldControl {
        /// What it came to.
        decided: Box<ControlDecided>,
        /// The leaf of its first event.
        leaf: Option<u64>,
    },
    /// Somebody looked at a task.
    Looked {
        /// When the look was asked for.
        asked: Micros,
        /// What was shown.
        state: Box<TaskState>,
    },
    /// A node signed the log, or gave what was signed at this size before.
    Signed {
        /// The node.
        node: usize,
        /// Leaves in the log.
        size: u64,
        /// Its root.
        root: Digest,
        /// Under which name of the log.
        name: String,
    },
    /// Somebody goes on from a store that was put back.
    Restored {
        /// The leaf from which on all is of the epoch that began.
        from: u64,
    },
    /// The store is another than it was, by no append of a node.
    Lost {
        /// What befell it.
        how: Loss,
        /// Nodes that remember what is there no more, or that read what no node wrote.
        must_notice: Vec<usize>,
    },
    /// A node noticed that the store is not what nodes made of it.
    Noticed {
        /// The node.
        node: usize,
        /// What it says.
        why: String,
    },
    /// A node that has noticed did this all the same.
    ActedBehind {
        /// The node.
        node: usize,
        /// What it did.
        what: &'static str,
    },
    /// A person was told that nothing of this leaves any more.
    Drained {
        /// When.
        at: Micros,
        /// The task.
        task: TaskId,
        /// The grant; all of the task where absent.
        grant: Option<GrantId>,
    },
}
