//! `decide`: what a command comes to. Total and pure: no clock, no I/O, no chance; a no is a verdict, never an error.

mod allocating;
mod amend;
mod approval;
mod approving;
mod attempt;
mod breaker;
mod change;
mod control;
mod delegate;
mod display;
mod eligible;
mod ending;
mod erase;
mod erase_person;
mod expire;
mod flow;
mod found;
mod glass;
mod governed;
mod hold;
mod lower;
mod observe;
mod passkey;
mod place;
mod recorded;
mod settling;
mod share;
mod sheds;
mod signed;
mod sources;
mod start;
mod value;
mod wish;

pub use allocating::mandates_wanted;
pub use amend::widens;
pub use approval::comes_to;
pub use attempt::{Stands, stands};
pub use change::{cannot_second, void_change};
pub use control::{ControlDecided, decide_at_once, decide_control, epoch_origin};
pub use eligible::{Void, is_asked, may_sign, signed_by_all, why_void};
pub use ending::{ENDINGS, TICK_EVENTS_MAX};
pub use erase_person::{ERASED_AT_ONCE_MAX, began_by_accounts};
pub use expire::EXPIRED_MAX;
pub use flow::given;
pub use glass::{
    GlassSecond, closes_glass, glass_covers, glass_second, glass_signers, glass_template, glass_tools, is_requester,
    seconds_glass,
};
pub use governed::{control_consent_act, control_shown};
pub use lower::LOWERED_CHARS_MAX;
pub use recorded::record_tool;
pub use settling::EVIDENCE_CHARS_MAX;
pub use signed::{consent_act, consent_shown};

use crate::action::Status;
use crate::control::ControlState;
use crate::event::{ActionEnded, Data, Event};
use crate::facts::Facts;
use crate::mandate::MandateState;
use crate::policy::Policy;
use crate::reason::{Code, Reason};
use crate::risk::Risk;
use crate::task::TaskState;
use crate::{Command, Digest, GrantId, MandateName, Micros, Outside, Span};
use std::collections::BTreeMap;

/// An act leaves within this of its append, or not at all.
pub const FORWARD_WITHIN: Span = Span::seconds(2);
/// The longest that an outcome may take.
pub const SETTLE_WITHIN_MAX: Span = Span::hours(1);
/// One refusal of a kind is written in this span; the rest are counted.
pub const REFUSAL_WINDOW: Span = Span::minutes(1);
/// The most refusals of a grant that are written one by one in that span, whatever their kinds.
pub const REFUSALS_WRITTEN_MAX: usize = 64;
/// The most refusals of one grant: past it the grant ends.
pub const REFUSALS_MAX: u64 = 1_000;

/// Events that nothing but an ending may use: every grant, and every open act, still has its own to write.
const ENDINGS_KEPT_BACK: u64 = 1_024;

const _: () = assert!(FORWARD_WITHIN.0 < SETTLE_WITHIN_MAX.0, "an act must be able to leave before it is in doubt");

/// Read-only: all that a decision may look at beside its facts.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The task.
    pub task: &'a TaskState,
    /// The tenant's control state as of its leaf.
    pub control: &'a ControlState,
    /// The mandates that [`mandates_wanted`] names.
    pub mandates: &'a Mandates<'a>,
}

/// Mandates by name.
pub type Mandates<'a> = BTreeMap<MandateName, &'a MandateState>;

static NO_MANDATES: Mandates<'static> = BTreeMap::new();

impl<'a> View<'a> {
    /// Of a task that draws on nothing now.
    pub fn of(task: &'a TaskState, control: &'a ControlState) -> Self {
        Self { task, control, mandates: &NO_MANDATES }
    }
}

/// What an outside engine is to be asked before this is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consult {
    /// The moment that it is asked about.
    pub at: Micros,
    /// The digest of the document that names it.
    pub document: Digest,
    /// What it is told, as JSON.
    pub input: String,
    /// The name of that document.
    pub name: String,
    /// Where it is.
    pub outside: Outside,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is as the events say (or was so already).
    Done,
    /// The act may be forwarded once the events are durable.
    Allow {
        /// The seq that its `action.begun` will have.
        act: u64,
        /// It leaves before this, or not at all.
        forward_by: Micros,
        /// In doubt past this.
        settle_by: Micros,
    },
    /// The same act was begun before: give its outcome, do not forward.
    Again {
        /// The seq of its `action.begun`.
        act: u64,
    },
    /// What it points to has to be read first: nothing was written.
    Look,
    /// Outside engines have to be asked first: nothing was written.
    Consult(Vec<Consult>),
    /// People must say yes first.
    StepUp {
        /// The request, by the seq of its `approval.asked`.
        approval: u64,
    },
    /// No.
    Deny,
}

/// A verdict, why, and the events that make it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What it came to.
    pub verdict: Verdict,
    /// Why; the first reason is the one that ended it.
    pub reasons: Vec<Reason>,
    /// To be appended; nothing is given out before they are durable, but what [`Decided::before_durable`] says.
    pub events: Vec<Event>,
    /// The grant that a start made.
    pub grant: Option<GrantId>,
    /// A refusal that is to be counted, not written.
    pub counted: bool,
    /// What speaks against a call, where it is known.
    pub risk: Option<Risk>,
}

impl Decided {
    fn done(events: Vec<Event>) -> Self {
        Self { verdict: Verdict::Done, reasons: Vec::new(), events, grant: None, counted: false, risk: None }
    }
    fn deny(reason: Reason) -> Self {
        let (events, reasons) = (Vec::new(), vec![reason]);
        Self { verdict: Verdict::Deny, reasons, events, grant: None, counted: false, risk: None }
    }

    /// What may be told before the events are durable: a success that moves no meter. It rests on the act's beginning,
    /// which is durable and has charged it; if the outcome is lost, the act is in doubt and as charged as it was.
    pub fn before_durable(&self) -> Option<Self> {
        let plain = |ended: &ActionEnded| {
            ended.status == Status::Done && ended.measured.is_empty() && ended.unmeasured.is_empty()
        };
        match self.events.as_slice() {
            [Event { data: Data::ActionEnded(ended), .. }] if plain(ended) => Some(Self::done(Vec::new())),
            _ => None,
        }
    }
}

/// Decides one command on a task.
pub fn decide(view: View<'_>, policy: &dyn Policy, command: &Command, facts: &Facts) -> Decided {
    // Along a stream time never falls.
    let later;
    let facts = if facts.now >= view.task.at {
        facts
    } else {
        later = Facts { now: view.task.at, ..facts.clone() };
        &later
    };
    if facts.asked_by.is_some() && !matches!(command, Command::Attempt(_)) {
        // Nobody called: the node reads in the holder's place, and does nothing else there.
        return Decided::deny(Reason::new(Code::CallerUnknown));
    }
    match signed::unproven(command) {
        Some(reason) => Decided::deny(reason),
        None => unsigned(view, policy, command, facts),
    }
}

/// Decides a command as it is, whoever signed it.
fn unsigned(view: View<'_>, policy: &dyn Policy, command: &Command, facts: &Facts) -> Decided {
    match command {
        Command::Signed(said) => signed::signed(view, policy, said, facts),
        Command::Start(start) => start::start(view, start, facts),
        Command::Consent { grant, by } => start::consent(view, *grant, by, facts),
        Command::Amend(asked) => amend::amend(view, asked, facts),
        Command::Bind { grant } => start::bind(view, *grant, facts),
        Command::Attempt(attempt) => attempt::attempt(view, policy, attempt, facts),
        Command::Settle(settle) => value::settle(view, settle, facts),
        Command::SettleDoubt(said) => settling::settle_doubt(view, said, facts),
        Command::SettleByRecord(said) => recorded::settle_by_record(view, said, facts),
        Command::Approve(said) => approving::approve(view, said, facts),
        Command::RefuseApproval(said) => approving::refuse(view, said, facts),
        Command::Wish(asked) => wish::wish(view, asked, facts),
        Command::RefuseWish(said) => wish::refuse(view, said, facts),
        Command::Lower(said) => lower::lower(view, said, facts),
        Command::EndGrant { grant, who, why } => ending::end_grant(view, *grant, who, *why, facts),
        Command::EndTask { who, why } => ending::end_task(view, who, *why, facts),
        Command::Tick => ending::tick(view, facts),
        Command::CountRefusals(counted) => ending::count_refusals(view, counted, facts),
    }
}

fn event(facts: &Facts, data: impl Into<Data>) -> Event {
    Event { at: facts.now, data: data.into() }
}

/// The lineage of a grant, if every grant of it is live at `now`, and everything it rests on with it.
fn live_lineage<'a>(view: View<'a>, grant: GrantId, now: Micros) -> Result<Vec<&'a crate::task::GrantState>, Reason> {
    if let crate::task::Standing::Ended { why, .. } = view.task.standing {
        return Err(Reason::new(Code::TaskEnded).asked(why));
    }
    let lineage = view.task.lineage(grant).ok_or(Reason::new(Code::CallerUnknown))?;
    for state in &lineage {
        if let crate::task::Standing::Ended { why, .. } = state.standing {
            return Err(Reason::new(Code::GrantEnded).asked(why));
        }
        let envelope = state.envelope.as_ref().ok_or(Reason::new(Code::GrantEnded).asked("erased"))?;
        // Written before an axis of it was asked: it does nothing, and is ended.
        if !envelope.is_known() {
            return Err(Reason::new(Code::GrantEnded).asked(Code::NotPossible));
        }
        if now < envelope.window.not_before {
            return Err(Reason::new(Code::WindowNotOpen));
        }
        if now >= envelope.window.expires {
            return Err(Reason::new(Code::WindowClosed));
        }
        if let Some(why) = overtaken(view, state, now) {
            // What became of others is not the caller's to know, nor theirs to put right.
            let own = state.id == grant || matches!(why, Code::TenantStopped | Code::MandateEnded);
            let ended = Reason::new(Code::GrantEnded);
            return Err(if own { ended.asked(why) } else { ended.asked("one that it comes from has ended") });
        }
    }
    Ok(lineage)
}

/// What of the control state has ended a grant that is live in its own stream: a stop, a suspension, removal or change of
/// its holder, or a person who left, after it was made; or the end of a mandate that the task draws on.
fn overtaken(view: View<'_>, grant: &crate::task::GrantState, now: Micros) -> Option<Code> {
    let overtakes = view.control.overtakes(view.task.requester.as_ref(), &grant.holder, grant.control);
    if overtakes.is_some() {
        return overtakes;
    }
    // All of a task was decided under what its first grant was.
    let began = view.task.root.and_then(|root| view.task.grants.get(&root)).map_or(grant.control, |root| root.control);
    let over = |name: &MandateName| view.control.mandate_over(name, began, now);
    view.task.allocations.keys().any(over).then_some(Code::MandateEnded)
}

/// Whether the task has no place for anything but endings.
pub(crate) fn full(task: &TaskState) -> bool {
    task.seq.saturating_add(ENDINGS_KEPT_BACK) >= crate::task::EVENTS_MAX
}

#[cfg(test)]
pub(crate) mod tests;
