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
