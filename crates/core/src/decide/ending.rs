//! Endings: revocation, completion, and what time has already ended. Ending needs no other authority and no step-up.

use super::value::ended;
use super::{Decided, View, event};
use crate::action::{Observed, Status};
use crate::event::{ActionDoubtful, CountedRefusal, Event, GrantEnded, RULES, RefusalsCounted, TaskEnded};
use crate::facts::{By, Facts};
use crate::reason::{Code, Reason};
use crate::task::{ActStanding, GrantState, TaskState};
use crate::{Ender, GrantId};

pub(super) fn end_grant(view: View<'_>, grant: GrantId, who: &Ender, why: Code, facts: &Facts) -> Decided {
    let task = view.task;
    let Some(state) = task.grants.get(&grant) else { return Decided::deny(Reason::new(Code::NotAvailable)) };
    if let Err(reason) = may_end(task, Some(state), who, facts) {
        return Decided::deny(reason);
    }
    if !state.standing.live() {
        // Ended is ended: asking again is not a mistake, and changes nothing.
        return Decided::done(Vec::new());
    }
    Decided::done(grant_ended(task, grant, by(who), why, facts))
}

pub(super) fn end_task(view: View<'_>, who: &Ender, why: Code, facts: &Facts) -> Decided {
    let task = view.task;
    if let Err(reason) = may_end(task, task.root.and_then(|root| task.grants.get(&root)), who, facts) {
        return Decided::deny(reason);
    }
    if !task.standing.live() {
        return Decided::done(Vec::new());
    }
    Decided::done(vec![task_ended(task, by(who), why, facts)])
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

/// A grant ends with its subtree; the task ends with its last grant.
pub(super) fn grant_ended(task: &TaskState, grant: GrantId, by: Option<By>, why: Code, facts: &Facts) -> Vec<Event> {
    let subtree = task.subtree(grant);
    let data = GrantEnded {
        by: by.clone(),
        facts: facts.clone(),
        grant,
        open: task.unsettled(&subtree),
        rules: RULES,
        why,
    };
    let mut events = vec![event(facts, data)];
    let others = task.grants.values().any(|state| state.standing.live() && !subtree.contains(&state.id));
    if task.standing.live() && !others {
        events.push(task_ended(task, by, why, facts));
    }
    events
}

fn task_ended(task: &TaskState, by: Option<By>, why: Code, facts: &Facts) -> Event {
    let all: Vec<GrantId> = task.grants.keys().copied().collect();
    let data = TaskEnded { by, facts: facts.clone(), open: task.unsettled(&all), rules: RULES, why };
    event(facts, data)
}

/// Writes down what is already true at `now`. No decision depends on this having run.
pub(super) fn tick(view: View<'_>, facts: &Facts) -> Decided {
    let (task, now) = (view.task, facts.now);
    let mut events = Vec::new();
    let overdue = task.acts.values().filter(|act| act.standing == ActStanding::Open && now >= act.settle_by);
    for act in overdue {
        if act.harmless {
            // A read that stays where it is settles itself: nobody is asked about it.
            let data = ended(act, Status::Assumed, &Observed::default(), act.reserved.clone(), facts);
            events.push(event(facts, data));
        } else {
            let data = ActionDoubtful { act: act.seq, facts: facts.clone(), rules: RULES, why: "time-out".to_owned() };
            events.push(event(facts, data));
        }
    }
    if !task.standing.live() {
        return Decided::done(events);
    }
    let due = |grant: &&GrantState| grant.standing.live() && over(view, grant, facts).is_some();
    let ending: Vec<&GrantState> = task.grants.values().filter(due).collect();
    let all = ending.len() == task.grants.values().filter(|grant| grant.standing.live()).count();
    match ending.first() {
        Some(first) if all => {
            events.push(task_ended(task, None, over(view, first, facts).unwrap_or(Code::WindowClosed), facts));
        }
        _ => {
            for grant in ending {
                let why = over(view, grant, facts).unwrap_or(Code::WindowClosed);
                events.extend(grant_ended(task, grant.id, None, why, facts).into_iter().take(1));
            }
        }
    }
    Decided::done(events)
}

/// Why a grant that is live in the stream is over all the same.
fn over(view: View<'_>, grant: &GrantState, facts: &Facts) -> Option<Code> {
    if view.task.epoch != view.control.epoch {
        return Some(Code::EpochPassed);
    }
    if view.control.ended_before(&grant.holder).is_some_and(|leaf| grant.leaf < leaf) {
        return Some(Code::AgentInactive);
    }
    match &grant.envelope {
        None => Some(Code::GrantEnded),
        Some(envelope) if facts.now >= envelope.window.expires => Some(Code::WindowClosed),
        Some(_) => None,
    }
}

pub(super) fn count_refusals(view: View<'_>, counted: &[CountedRefusal], facts: &Facts) -> Decided {
    let task = view.task;
    let known: Vec<CountedRefusal> =
        counted.iter().filter(|entry| entry.count > 0 && task.grants.contains_key(&entry.grant)).cloned().collect();
    if known.is_empty() {
        return Decided::done(Vec::new());
    }
    let mut events = Vec::new();
    let mut over: Vec<GrantId> = Vec::new();
    for grant in task.grants.values().filter(|grant| grant.standing.live()) {
        let more: u64 = known.iter().filter(|entry| entry.grant == grant.id).map(|entry| entry.count).sum();
        if more > 0 && grant.refused.saturating_add(more) >= super::REFUSALS_MAX {
            over.push(grant.id);
        }
    }
    events.push(event(facts, RefusalsCounted { counted: known, facts: facts.clone(), rules: RULES }));
    for grant in over {
        events.extend(grant_ended(task, grant, None, Code::RefusedTooOften, facts));
    }
    Decided::done(events)
}
