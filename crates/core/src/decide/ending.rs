//! Endings: revocation, completion, and what time has already ended. Ending needs no other authority and no step-up.

use super::allocating::given_back;
use super::value::doubt;
use super::{Decided, REFUSALS_MAX, View, event, full, overtaken};
use crate::event::{
    ApprovalEscalated, ApprovalExpired, CountedRefusal, Data, Event, GrantEnded, RULES, RefusalsCounted, TaskEnded,
    TaskEnding,
};
use crate::facts::{By, Facts};
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, ActState, GrantState, TaskState, counts_against};
use crate::{Ender, GrantId};
use std::collections::BTreeSet;

/// All that ends a grant: no event of an ending says anything else.
pub const ENDINGS: [Code; 16] = [
    Code::Completed,
    Code::Revoked,
    Code::WindowClosed,
    Code::AgentInactive,
    Code::ContextChanged,
    Code::PersonLeft,
    Code::TenantStopped,
    Code::MandateEnded,
    Code::RefusedTooOften,
    Code::MeterExceeded,
    Code::EpochPassed,
    Code::ClientGone,
    Code::ServerGone,
    Code::NodeStopped,
    Code::GrantEnded,
    Code::NotPossible,
];

pub(super) fn end_grant(view: View<'_>, grant: GrantId, who: &Ender, why: Code, facts: &Facts) -> Decided {
    let task = view.task;
    let Some(state) = task.grants.get(&grant) else { return Decided::deny(Reason::new(Code::NotAvailable)) };
    if let Err(reason) = may_end(task, Some(state), who, facts) {
        return Decided::deny(reason);
    }
    // What nobody could take goes back, and stays where somebody has taken it meanwhile.
    if *who == Ender::Node && why == Code::NotPossible && state.key.is_some() {
        return Decided::done(Vec::new());
    }
    if !state.standing.live() {
        // Ended is ended: asking again is not a mistake, and changes nothing.
        return Decided::done(Vec::new());
    }
    if let Some(ended) = ended_before(view, who, facts) {
        return ended;
    }
    Decided::done(grants_ended(task, &[(grant, why)], by(who), &[], facts))
}

/// What a restore has ended is ended by that, whoever says so: else what it drew on mandates would go back, though more of it
/// may have been spent than the copy knows.
fn ended_before(view: View<'_>, who: &Ender, facts: &Facts) -> Option<Decided> {
    match who {
        _ if view.task.epoch == view.control.epoch => None,
        Ender::Node => Some(tick(view, facts)),
        Ender::Person(_) | Ender::Holder => {
            Some(Decided::done(vec![task_ended(view.task, by(who), Code::EpochPassed, &[], facts)]))
        }
    }
}

pub(super) fn end_task(view: View<'_>, who: &Ender, why: Code, facts: &Facts) -> Decided {
    let task = view.task;
    if let Err(reason) = may_end(task, task.root.and_then(|root| task.grants.get(&root)).map(Box::as_ref), who, facts) {
        return Decided::deny(reason);
    }
    if !task.standing.live() {
        return Decided::done(Vec::new());
    }
    if let Some(ended) = ended_before(view, who, facts) {
        return ended;
    }
    Decided::done(vec![task_ended(task, by(who), why, &[], facts)])
}

fn by(who: &Ender) -> Option<By> {
    match who {
        Ender::Person(by) => Some(by.clone()),
        Ender::Holder | Ender::Node => None,
    }
}

/// A holder ends its own grant and those below it; persons and the node have shown their right before.
fn may_end(task: &TaskState, grant: Option<&GrantState>, who: &Ender, facts: &Facts) -> Result<(), Reason> {
    if task.root.is_none() {
        return Err(Reason::new(Code::NotAvailable));
    }
    match who {
        Ender::Person(_) | Ender::Node => Ok(()),
        Ender::Holder => {
            let caller = facts.caller.as_ref().ok_or(Reason::new(Code::CallerUnknown))?;
            let lineage = grant.and_then(|grant| task.lineage(grant.id)).unwrap_or_default();
            let holds = |grant: &&GrantState| {
                grant.holder == caller.agent && grant.key.as_ref().is_some_and(|bound| bound.key == caller.key)
            };
            if lineage.iter().any(holds) { Ok(()) } else { Err(Reason::new(Code::NotAvailable)) }
        }
    }
}

/// Grants end with their subtrees; the task ends with its last grant. `settled` are acts that end in the same breath.
pub(super) fn grants_ended(
    task: &TaskState,
    ending: &[(GrantId, Code)],
    by: Option<By>,
    settled: &[u64],
    facts: &Facts,
) -> Vec<Event> {
    let mut dead: BTreeSet<GrantId> = BTreeSet::new();
    let mut events = Vec::new();
    let mut first_made: Vec<&(GrantId, Code)> = ending.iter().collect();
    first_made.sort_by_key(|(grant, _)| task.grants.get(grant).map(|state| state.seq));
    for (grant, why) in first_made {
        if dead.contains(grant) {
            continue;
        }
        let subtree = task.subtree(*grant);
        dead.extend(&subtree);
        let open = unsettled(task, &subtree, settled);
        let (by, facts) = (by.clone(), facts.clone());
        let data = GrantEnded { by, facts: facts.clone(), grant: *grant, open, rules: RULES, why: *why };
        events.push(event(&facts, data));
    }
    let others = task.grants.values().any(|state| state.standing.live() && !dead.contains(&state.id));
    if let Some((_, why)) = ending.first().filter(|_| task.standing.live() && !others) {
        events.push(task_ended(task, by, *why, settled, facts));
    }
    events
}

fn unsettled(task: &TaskState, grants: &[GrantId], settled: &[u64]) -> Vec<u64> {
    task.unsettled(grants).into_iter().filter(|act| !settled.contains(act)).collect()
}

fn task_ended(task: &TaskState, by: Option<By>, why: Code, settled: &[u64], facts: &Facts) -> Event {
    let all: Vec<GrantId> = task.grants.keys().copied().collect();
    let open = unsettled(task, &all, settled);
    event(facts, TaskEnded { by, facts: facts.clone(), open, rules: RULES, why })
}

/// The most events of one tick: an append has room for them, and what is left over is for the next tick.
pub const TICK_EVENTS_MAX: usize = 200;

/// Writes down what is already true at `now`. No decision depends on this having run.
pub(super) fn tick(view: View<'_>, facts: &Facts) -> Decided {
    let (task, now) = (view.task, facts.now);
    let overdue = |act: &&ActState| act.standing == ActStanding::Open && act.in_doubt(now);
    let overdue: Vec<&ActState> = task.acts.values().map(Box::as_ref).filter(overdue).take(TICK_EVENTS_MAX).collect();
    let mut events: Vec<Event> = overdue.iter().map(|act| doubt(act, "time-out", facts)).collect();
    if !task.standing.live() {
        if events.is_empty() {
            events = given_back(view, facts);
        }
        return Decided::done(events);
    }
    let live = task.grants.values().map(Box::as_ref).filter(|grant| grant.standing.live());
    let ending: Vec<(GrantId, Code)> = live.filter_map(|grant| Some((grant.id, over(view, grant, facts)?))).collect();
    let settled: Vec<u64> = overdue.iter().filter(|act| act.harmless).map(|act| act.seq).collect();
    let ended = grants_ended(task, &ending, None, &settled, facts);
    // The end of the task says it all.
    let whole = ended.iter().position(|event| matches!(event.data, Data::TaskEnded(_)));
    // What an append has no place for is written down by the next one.
    let room = TICK_EVENTS_MAX.saturating_sub(events.len());
    events.extend(ended.into_iter().skip(whole.unwrap_or(0)).take(room));
    if events.is_empty() {
        // By themselves: what ends is as it was before these were written down, and says of requests what there is to say.
        events = requests_due(task, facts);
        let room = events.len() < TICK_EVENTS_MAX;
        events.extend(closing_due(task, facts).filter(|_| room));
    }
    Decided::done(events)
}

/// What time has made of requests to say yes: some went on to others, and some are over. Nothing is decided by it.
fn requests_due(task: &TaskState, facts: &Facts) -> Vec<Event> {
    if full(task) {
        return Vec::new();
    }
    let due = task.approvals_waiting().filter_map(|waiting| {
        let (approval, asked, facts) = (waiting.seq, waiting.leaf, facts.clone());
        if facts.now >= waiting.terms.not_after {
            return Some(event(&facts.clone(), ApprovalExpired { approval, asked, facts, rules: RULES }));
        }
        let roles = Some(waiting.goes_on(facts.now)).filter(|roles| !roles.is_empty())?;
        Some(event(&facts.clone(), ApprovalEscalated { approval, asked, facts, roles, rules: RULES }))
    });
    due.take(TICK_EVENTS_MAX).collect()
}

/// That the window closes soon, once it is time to say so. Nothing is decided by it.
fn closing_due(task: &TaskState, facts: &Facts) -> Option<Event> {
    let closing = task.closing_untold().filter(|closing| facts.now >= closing.told_at)?;
    let (expires, grant, template) = (closing.expires, closing.grant, task.template.clone());
    Some(event(facts, TaskEnding { expires, facts: facts.clone(), grant, rules: RULES, template }))
}

/// Why a grant that is live in the stream is over all the same.
fn over(view: View<'_>, grant: &GrantState, facts: &Facts) -> Option<Code> {
    if view.task.epoch != view.control.epoch {
        return Some(Code::EpochPassed);
    }
    if let Some(why) = overtaken(view, grant, facts.now) {
        return Some(why);
    }
    match &grant.envelope {
        None => Some(Code::GrantEnded),
        Some(envelope) if !envelope.is_known() => Some(Code::NotPossible),
        Some(envelope) if facts.now >= envelope.window.expires => Some(Code::WindowClosed),
        Some(_) => None,
    }
}

pub(super) fn count_refusals(view: View<'_>, counted: &[CountedRefusal], facts: &Facts) -> Decided {
    let task = view.task;
    let known: Vec<CountedRefusal> =
        counted.iter().filter(|entry| entry.count > 0 && task.grants.contains_key(&entry.grant)).cloned().collect();
    // A task without room refuses everything as it is: nothing is gained by counting on.
    if known.is_empty() || full(task) {
        return Decided::done(Vec::new());
    }
    let more = |grant: &GrantState| {
        let own = known.iter().filter(|entry| entry.grant == grant.id && counts_against(entry.code));
        own.fold(0_u64, |sum, entry| sum.saturating_add(entry.count))
    };
    let spent = |grant: &&GrantState| more(grant) > 0 && grant.refused.saturating_add(more(grant)) >= REFUSALS_MAX;
    let live = task.grants.values().map(Box::as_ref).filter(|grant| grant.standing.live());
    let over: Vec<(GrantId, Code)> = live.filter(spent).map(|grant| (grant.id, Code::RefusedTooOften)).collect();
    let ended = grants_ended(task, &over, None, &[], facts);
    let mut events = vec![event(facts, RefusalsCounted { counted: known, facts: facts.clone(), rules: RULES })];
    events.extend(ended);
    Decided::done(events)
}
