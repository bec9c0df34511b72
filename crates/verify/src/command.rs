//! Which command an event tells of: put together again from what the event says, so that it can be decided again.

mod control;

pub(crate) use control::control;

use bailiwick_core::json::Json;
use bailiwick_core::{
    Action, ActionBegun, ActionEnded, Amend, AmendChange, Amendment, ApprovalGiven, Approve, Attempt, Code, Command,
    Continues, Data, Ender, FAILED, Facts, GrantEnded, GrantId, GrantMinted, LowerLabel, Observed, Outcome, Reason,
    RefuseApproval, RefuseWish, Salt, Settle, SettleByRecord, SettleDoubt, Sheet, Signed, SignedConsent, Span, Start,
    Status, TaskAmended, TaskEnded, TaskPrivate, TaskStarted, TaskState, Under, Wish, WishMade, WishPrivate,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The state that a decision was made under.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asof {
    /// That of this control leaf.
    Leaf(Option<u64>),
    /// The event does not name it and does not rest on it.
    Newest,
    /// The event does not name it: any that something may be decided under now.
    Any,
}

/// A command that may have led to an event.
pub(crate) struct Candidate<'a> {
    pub(crate) command: Command,
    pub(crate) facts: Cow<'a, Facts>,
    pub(crate) asof: Asof,
    /// The meaning of `decide` that it was written under.
    pub(crate) rules: u32,
    /// The catalogue's no is taken for given.
    pub(crate) as_read: bool,
}

/// The act as its person signed it, where they did; `None` where what they were shown is not there.
fn signed(command: Command, consent: Option<&SignedConsent>, shown: Option<&Json>) -> Option<Command> {
    let Some(consent) = consent else { return Some(command) };
    let (consent, shown) = (consent.clone(), shown?.clone());
    Some(Command::Signed(Box::new(Signed { command, consent, shown })))
}

fn candidate<'a>(command: Command, facts: &'a Facts, asof: Asof, rules: u32) -> Candidate<'a> {
    Candidate { command, facts: Cow::Borrowed(facts), asof, rules, as_read: false }
}

/// Consent to an intent: `task.started` and the `grant.minted` that follows tell of it together.
pub(crate) fn start<'a>(
    started: &'a TaskStarted,
    private: &TaskPrivate,
    minted: &GrantMinted,
) -> Option<Candidate<'a>> {
    let command = Command::Start(Box::new(Start {
        by: started.by.clone(),
        subject: private.subject.clone(),
        template: started.template.clone(),
        parameters: typed(&private.parameters),
        agent: minted.holder.clone(),
        only: started.only.clone(),
        seen: None,
    }));
    let command = signed(command, started.signed.as_deref(), private.shown.as_ref())?;
    // The ids that were drawn are the grant's and the salt; the event's facts leave them out.
    let facts = Facts { ids: vec![Salt::new(*minted.grant.bytes()), private.salt], ..started.facts.clone() };
    let asof = Asof::Leaf(started.control);
    Some(Candidate { command, facts: Cow::Owned(facts), asof, rules: started.rules, as_read: false })
}

fn attempt(grant: GrantId, action: Action, under: &Under, refused: Option<Reason>) -> Attempt {
    let (settle_within, signature, continues) = (Span(0), None, None);
    Attempt { grant, epoch: under.epoch, action, refused, settle_within, signature, continues }
}

fn begun<'a>(begun: &'a ActionBegun, task: &TaskState) -> Option<Candidate<'a>> {
    let action = begun.action.whole(begun.private.as_ref()?);
    let attempt = Attempt {
        settle_within: Span(begun.settle_by.0.saturating_sub(begun.forward_by.0)),
        signature: begun.signature.clone(),
        continues: begun.continues.map(|act| Continues { act, leaf: begun_at(task, act) }),
        ..attempt(begun.grant, action, &begun.under, None)
    };
    let asof = Asof::Leaf(begun.under.control);
    Some(candidate(Command::Attempt(Box::new(attempt)), &begun.facts, asof, begun.under.rules))
}

/// Which leaf an act began at stands in the stream; a caller that named another was told that there is none.
fn begun_at(task: &TaskState, act: u64) -> u64 {
    task.acts.get(&act).map_or(u64::MAX, |act| act.leaf)
}

/// A call that was refused or waits, and what the event says of it.
struct Refused<'a> {
    attempt: Attempt,
    facts: &'a Facts,
    under: &'a Under,
    reasons: &'a [Reason],
}

impl<'a> Refused<'a> {
    fn candidates(self) -> Vec<Candidate<'a>> {
        let asof = Asof::Leaf(self.under.control);
        let of = |attempt: Attempt| candidate(Command::Attempt(Box::new(attempt)), self.facts, asof, self.under.rules);
        let Some(first) = self.reasons.first() else { return vec![of(self.attempt)] };
        match first.code {
            // The token's epoch is not in the record; all that matters of it is that it is another.
            Code::EpochPassed => {
                let other = Attempt { epoch: self.under.epoch.wrapping_sub(1), ..self.attempt.clone() };
                vec![of(self.attempt), of(other)]
            }
            // Whoever read the call says these; what it read is not in the record. What was malformed was once told by the
            // code of a condition.
            Code::ArgumentMalformed
            | Code::ReferentUnread
            | Code::ReferentChanged
            | Code::ArgumentNotGranted
            | Code::UnderReview
            | Code::QuestionPassed
            | Code::OwnAddress
            | Code::Declined => {
                let read = Attempt { refused: Some(first.clone()), ..self.attempt.clone() };
                vec![of(self.attempt), Candidate { as_read: true, ..of(read) }]
            }
            _ => vec![of(self.attempt)],
        }
    }
}

fn ended(ended: &ActionEnded) -> Vec<Candidate<'_>> {
    let private = ended.private.as_ref();
    let observed = || Observed {
        failed: ended.result.failed,
        measured: ended.measured.clone(),
        unmeasured: ended.unmeasured.clone(),
        values: ended.values.clone(),
        size: ended.result.size,
        digest: private.and_then(|private| private.digest),
        kept: private.and_then(|private| private.result.clone()),
        withheld: ended.result.withheld.clone(),
    };
    let settle = |outcome| Command::Settle(Box::new(Settle { act: ended.act, leaf: ended.begun, outcome }));
    let of = |command, asof| candidate(command, &ended.facts, asof, ended.rules);
    if let Some(by) = &ended.by {
        let evidence = private.and_then(|private| private.result.as_ref()?.get("evidence")?.as_str());
        let Some(evidence) = evidence else { return Vec::new() };
        let said = SettleDoubt {
            act: ended.act,
            leaf: ended.begun,
            by: by.clone(),
            done: ended.status == Status::Done,
            measured: ended.measured.clone(),
            evidence: evidence.to_owned(),
        };
        // How many persons there were then is not in the event.
        let shown = private.and_then(|private| private.result.as_ref()?.get("shown"));
        let command = signed(Command::SettleDoubt(Box::new(said)), ended.signed.as_deref(), shown);
        return command.map(|command| of(command, Asof::Any)).into_iter().collect();
    }
    if let Some(record) = &ended.record {
        let (act, leaf, read) = (ended.act, ended.begun, record.act);
        let said = SettleByRecord { act, leaf, read, done: ended.status == Status::Done, observed: observed() };
        // Which tool reads the record is what stood then.
        return vec![of(Command::SettleByRecord(Box::new(said)), Asof::Any)];
    }
    match ended.status {
        Status::Done => vec![of(settle(Outcome::Done(observed())), Asof::Newest)],
        Status::NotDone => vec![of(settle(Outcome::NotDone(observed())), Asof::Newest)],
        Status::NeverSent => vec![of(settle(Outcome::NeverSent), Asof::Newest)],
        // The act that goes on says so, and no event of this kind.
        Status::Asked => Vec::new(),
        // A read that settled itself: an edge said that nothing came, or its time had passed.
        Status::Assumed => {
            let why = if ended.result.failed { FAILED } else { "" };
            let nothing = settle(Outcome::Doubt { why: why.to_owned() });
            vec![of(nothing, Asof::Newest), of(Command::Tick, Asof::Any)]
        }
    }
}

/// What only a rule says, never a caller of the node's.
const fn said_by_rule(why: Code) -> bool {
    matches!(
        why,
        Code::WindowClosed
            | Code::AgentInactive
            | Code::ContextChanged
            | Code::PersonLeft
            | Code::EpochPassed
            | Code::GrantEnded
            | Code::RefusedTooOften
            | Code::MeterExceeded
            | Code::MandateEnded
    )
}

fn ender(by: Option<&bailiwick_core::By>, facts: &Facts, why: Code) -> Option<Ender> {
    match by {
        Some(by) => Some(Ender::Person(by.clone())),
        None if facts.caller.is_some() => Some(Ender::Holder),
        None => (!said_by_rule(why)).then_some(Ender::Node),
    }
}

fn grant_ended(ended: &GrantEnded) -> Candidate<'_> {
    let (grant, why) = (ended.grant, ended.why);
    match ender(ended.by.as_ref(), &ended.facts, why) {
        Some(who) => candidate(Command::EndGrant { grant, who, why }, &ended.facts, Asof::Newest, ended.rules),
        None => candidate(Command::Tick, &ended.facts, Asof::Any, ended.rules),
    }
}

fn task_ended(ended: &TaskEnded) -> Candidate<'_> {
    let why = ended.why;
    match ender(ended.by.as_ref(), &ended.facts, why) {
        Some(who) => candidate(Command::EndTask { who, why }, &ended.facts, Asof::Newest, ended.rules),
        None => candidate(Command::Tick, &ended.facts, Asof::Any, ended.rules),
    }
}

/// The turn of a person that an amendment tells of; `None` where what was filled in is erased.
fn amending(amended: &TaskAmended) -> Option<Command> {
    let shown = amended.private.as_ref().and_then(|private| private.shown.as_ref());
    signed(amended_by(amended)?, amended.signed.as_deref(), shown)
}

fn amended_by(amended: &TaskAmended) -> Option<Command> {
    let (grant, by) = (amended.grant, amended.by.clone());
    let change = match &amended.change {
        None => return Some(Command::Consent { grant, by }),
        Some(Amendment::Widened { template, only, .. }) => {
            let parameters = typed(amended.private.as_ref()?.parameters.as_ref()?);
            AmendChange::Widen { template: template.clone(), parameters, only: only.clone(), seen: None }
        }
        Some(Amendment::Narrowed { expires, rows }) => {
            let within = expires.map(|at| Span(at.0.saturating_sub(amended.facts.now.0)));
            AmendChange::Narrow { rows: rows.clone(), within }
        }
        Some(Amendment::Renewed { waits, .. }) => AmendChange::Renew { waits: *waits },
    };
    Some(Command::Amend(Box::new(Amend { by, grant, change, wish: amended.wish })))
}

/// Parameters as they were filled in.
fn typed(parameters: &Json) -> BTreeMap<String, String> {
    let members = parameters.as_object().into_iter().flat_map(|members| members.iter());
    members.filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned()))).collect()
}

fn approved(given: &ApprovalGiven) -> Candidate<'_> {
    let said = Approve {
        approval: given.statement.approval,
        role: given.statement.role.clone(),
        by: given.by.clone(),
        signed: given.sheet.as_ref().map_or_else(|| given.statement.digest(), Sheet::digest),
        assertion: given.assertion.clone(),
        sheet: given.sheet.clone(),
    };
    candidate(Command::Approve(Box::new(said)), &given.facts, Asof::Leaf(given.control), given.rules)
}

/// A wish is taken in the task's own epoch alone.
fn wished<'a>(made: &'a WishMade, task: &TaskState) -> Option<Candidate<'a>> {
    let WishPrivate { tools, wanted } = made.private.clone()?;
    let wish = Wish { grant: made.grant, epoch: task.epoch, tools, wanted };
    Some(candidate(Command::Wish(Box::new(wish)), &made.facts, Asof::Leaf(made.control), made.rules))
}

/// The commands that may have begun with this event. None when what is needed is erased, or when no command begins so.
pub(crate) fn candidates<'a>(data: &'a Data, task: &TaskState) -> Vec<Candidate<'a>> {
    match data {
        Data::TaskAmended(amended) => {
            let Some(command) = amending(amended) else { return Vec::new() };
            vec![candidate(command, &amended.facts, Asof::Leaf(amended.control), amended.rules)]
        }
        Data::KeyBound(bound) => {
            let command = Command::Bind { grant: bound.grant };
            vec![candidate(command, &bound.facts, Asof::Leaf(bound.control), bound.rules)]
        }
        Data::ActionBegun(data) => begun(data, task).into_iter().collect(),
        Data::ActionRefused(data) => {
            let Some(private) = &data.private else { return Vec::new() };
            let attempt = attempt(data.grant, data.action.whole(private), &data.under, None);
            Refused { attempt, facts: &data.facts, under: &data.under, reasons: &data.reasons }.candidates()
        }
        Data::ActionWaiting(data) => {
            let Some(private) = &data.private else { return Vec::new() };
            let attempt = attempt(data.grant, data.action.whole(private), &data.under, None);
            Refused { attempt, facts: &data.facts, under: &data.under, reasons: &data.reasons }.candidates()
        }
        Data::ApprovalGiven(data) => vec![approved(data)],
        Data::WishMade(data) => wished(data, task).into_iter().collect(),
        Data::WishRefused(data) => {
            let Some(private) = &data.private else { return Vec::new() };
            let said = RefuseWish { wish: data.wish, by: data.by.clone(), reason: private.reason.clone() };
            let command = Command::RefuseWish(Box::new(said));
            vec![candidate(command, &data.facts, Asof::Leaf(data.control), data.rules)]
        }
        Data::LabelLowered(data) => {
            let Some(private) = &data.private else { return Vec::new() };
            let (by, class) = (data.by.clone(), data.class.clone());
            let said =
                LowerLabel { grant: data.grant, by, class, reason: private.reason.clone(), value: data.value.clone() };
            let command = signed(Command::Lower(Box::new(said)), data.signed.as_deref(), private.shown.as_ref());
            let of = |command| candidate(command, &data.facts, Asof::Leaf(data.control), data.rules);
            command.map(of).into_iter().collect()
        }
        Data::ApprovalRefused(data) => {
            let Some(private) = &data.private else { return Vec::new() };
            let said = RefuseApproval {
                approval: data.approval,
                by: data.by.clone(),
                reason: private.reason.clone(),
                instead: private.instead.clone(),
                voids: data.voids.is_some(),
            };
            let command = Command::RefuseApproval(Box::new(said));
            vec![candidate(command, &data.facts, Asof::Leaf(data.control), data.rules)]
        }
        Data::ApprovalEscalated(data) => vec![candidate(Command::Tick, &data.facts, Asof::Any, data.rules)],
        Data::ApprovalExpired(data) => vec![candidate(Command::Tick, &data.facts, Asof::Any, data.rules)],
        Data::TaskEnding(data) => vec![candidate(Command::Tick, &data.facts, Asof::Any, data.rules)],
        Data::ActionEnded(data) => ended(data),
        Data::ActionDoubtful(data) => {
            let leaf = begun_at(task, data.act);
            let outcome = Outcome::Doubt { why: data.why.clone() };
            let settle = Command::Settle(Box::new(Settle { act: data.act, leaf, outcome }));
            vec![
                candidate(settle, &data.facts, Asof::Newest, data.rules),
                candidate(Command::Tick, &data.facts, Asof::Any, data.rules),
            ]
        }
        Data::RefusalsCounted(data) => {
            let command = Command::CountRefusals(data.counted.clone());
            vec![candidate(command, &data.facts, Asof::Newest, data.rules)]
        }
        Data::GrantEnded(data) => vec![grant_ended(data)],
        Data::AllocationReturned(data) => vec![candidate(Command::Tick, &data.facts, Asof::Newest, data.rules)],
        Data::TaskEnded(data) => vec![task_ended(data)],
        _ => Vec::new(),
    }
}
