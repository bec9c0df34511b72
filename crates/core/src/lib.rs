//! Tasks, grants, meters and verdicts: the domain of delegated authority.
//!
//! Knows no time, network, storage, tokens, JSON-RPC or JSON Schema. What it needs of those comes in as [`Facts`].
//!
//! 1. [`decide()`] is total and pure: the same view, policy, command and facts have the same answer for ever.
//! 2. [`TaskState::apply`] and [`ControlState::apply`] are pure folds: replay gives the same state.
//! 3. Authority only shrinks: every envelope of a lineage must allow an action, and every meter of it is charged.
//! 4. What was reserved is given back only by a measured success, *never sent*, or a result named as "nothing was done".
//! 5. No floats, no hash maps, no locale.

mod action;
mod applying;
mod approval;
mod assertion;
mod command;
mod consent;
mod constraint;
mod control;
mod decide;
mod decimal;
mod delegation;
mod document;
mod effect;
mod elsewhere;
mod envelope;
mod event;
mod facts;
mod hash;
mod hidden;
mod id;
pub mod json;
mod mandate;
mod meter;
mod names;
pub mod normal;
mod own;
mod pattern;
mod policy;
mod read_text;
mod reason;
mod risk;
mod software;
mod source;
mod task;
mod template;
mod time;

pub use action::*;
pub use applying::{
    Change, ChangeLine, Finding, PolicyReader, UnreadPolicies, What, changes, changes_around, findings, standing,
};
pub use approval::*;
pub use assertion::Assertion;
pub use command::*;
pub use consent::*;
pub use constraint::Constraint;
pub use control::*;
pub use decide::*;
pub use decimal::*;
pub use delegation::{ABROAD_WINDOW_MAX, PURPOSE_CHARS_MAX, Wanted, zone_reached};
pub use document::*;
pub use effect::*;
pub use elsewhere::{Elsewhere, Touched, Whence};
pub use envelope::*;
pub use event::{
    ALONE_AFTER, ASKED, Accepted, ActNamed, ActionBegun, ActionDoubtful, ActionEnded, ActionPrivate, ActionRefused,
    ActionWaiting, Allocated, AllocationMade, AllocationReturned, AmendPrivate, Amendment, ApprovalAsked,
    ApprovalEscalated, ApprovalExpired, ApprovalGiven, ApprovalRefused, AskedPrivate, BadEvent, CHANGE_SPAN,
    ChangeStatement, ControlAdded, ControlAgent, ControlApplied, ControlBreakerClosed, ControlBreakerOpened,
    ControlEnrolled, ControlErased, ControlExpired, ControlFound, ControlGlassBroken, ControlGlassClosed, ControlHeads,
    ControlHeld, ControlInvited, ControlKeys, ControlObserveBegun, ControlObserveEnded, ControlOpened,
    ControlPersonErased, ControlPinned, ControlPlaceLowered, ControlProposed, ControlQuarantined, ControlReleased,
    ControlRestored, ControlReviewed, ControlSeconded, ControlTenant, ControlUnenrolled, ControlUninvited,
    ControlWithdrawn, CountedRefusal, Data, DocumentNamed, EndedPrivate, Event, ExpiredTask, FORMAT, FOUND_ANEW_AFTER,
    FOUND_CHARS_MAX, GivenBack, GrantEnded, GrantMinted, GrantPrivate, INVITE_SPAN_MAX, KeyBound, Label, LabelLowered,
    LogHead, LoweredPrivate, Misdeed, NoPrivate, OnlyObserved, Passkey, PinnedTool, PrivateField, Proposed, RULES,
    RecordRead, Recorded, RefusalsCounted, Reserved, ResultSeen, RowUsed, ShownValue, Source, Sprawl, Standing,
    TaskAmended, TaskEnded, TaskEnding, TaskPrivate, TaskStarted, Under, Whose, WishMade, WishNoPrivate, WishPrivate,
    WishRefused, finding_of, turn_of,
};
pub use facts::*;
pub use hash::sha256;
pub use hidden::{hidden, is_hidden};
pub use id::*;
pub use mandate::{Counted, DRAWN_REMEMBERED_MAX, Drawn, MandateState, UnitDrawn, left, mandate_stream};
pub use meter::{Meter, MeterLimit, Over, WINDOW_CHARGES_MAX, WindowLimit};
pub use names::nearest;
pub use own::{COMPLETE, DELEGATE, OWN_SERVER, REQUEST, delegate_action, is_own};
pub use pattern::{TextPattern, ToolPattern};
pub use policy::{Answer, NoPolicy, Policy, Question};
pub use reason::{Code, Disposition, Reason, Said};
pub use risk::{RISK_MAX, Risk, Sign, overdue, standing_risk};
pub use software::Software;
pub use source::{Origin, brought_at};
pub use task::{
    ActStanding, ActState, ApprovalStanding, ApprovalState, AskedSoFar, BadKept, BoundKey, Brought, CHILDREN_MAX,
    Closing, DESTINATIONS_MAX, EVENTS_MAX, FOLD, GRANTS_MAX, Given, GoalRefused, GoalTried, GrantState, KEYS_MAX, Left,
    OPEN_PER_GRANT_MAX, OPEN_PER_TASK_MAX, Offer, PROOF_MEMORY, RowState, Seen, SentTo, Standing as TaskStanding, Sums,
    TaskAllocation, TaskState, Unfinished, Values, WISH_CHARS_MAX, WISH_TOOLS_MAX, WISHES_MAX, WISHES_OPEN_MAX,
    WishStanding, WishState, of_stranger, value_hash,
};
pub use template::{BadFilling, CONFIRMED, Filled, PASTED, Stated, Unheld, chosen, example_of, fill, of_nothing};
pub use time::*;
