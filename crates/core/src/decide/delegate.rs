//! Handing work on: an act of effect `delegate`, decided in the same order as any other, that makes a grant below.

use super::approval::approvals;
use super::attempt::{Allowed, Asked, Stopped, again, ask_policy, role, room};
use super::breaker;
use super::flow::{flows, passes};
use super::value::Charged;
use super::{View, live_lineage};
use crate::delegation::{Wanted, zone_of};
use crate::envelope::{Envelope, When};
use crate::event::{GrantMinted, GrantPrivate};
use crate::own;
use crate::policy::Policy;
use crate::reason::{Code, Reason};
use crate::task::{CHILDREN_MAX, GRANTS_MAX, GrantState};
use crate::{AgentId, GrantId};

/// What is handed on.
pub(super) struct HandedOn {
    delegate: AgentId,
    envelope: Envelope,
    grant: GrantId,
}

/// Steps 2 to 8 for an act that hands work on. The caller is known already.
pub(super) fn judge(asked: &Asked<'_>, policy: &dyn Policy) -> Result<Allowed, Stopped> {
    let (view, facts) = (asked.view, asked.facts);
    let lineage = live_lineage(view, asked.attempt.grant, facts.now)?;
    let own = lineage.last().copied().ok_or(Reason::new(Code::CallerUnknown))?;
    control(view, own, asked)?;
    breaker::passes(view, &lineage, &own.holder, &asked.attempt.action.tool, facts)?;
    again(asked)?;
    room(asked)?;
    let wanted = Wanted::read(&asked.attempt.action.arguments)?;
    let envelope = granted(view, &lineage, &wanted, facts.now).map_err(|reasons| Stopped::No(reasons, Vec::new()))?;
    role(view, &lineage, &asked.attempt.action)?;
    passes(&lineage, &asked.judged, asked.facts)?;
    flows(view, &lineage, asked)?;
    if let Some(rate) = facts.rates.iter().find(|rate| !rate.within) {
        return Err(Reason::new(Code::RateSpent).asked(&rate.scope).into());
    }
    let (policy_rules, by_policy) = ask_policy(asked, &lineage, policy)?;
    let charged = Charged { reserved: Vec::new(), rows: Vec::new(), asks: Vec::new() };
    // what hands work on is never observed
    let (charged, approvals, _) = approvals(asked, &lineage, charged, (&policy_rules, &by_policy))?;
    // Drawn before: decide has no chance of its own.
    let id = facts.ids.first().ok_or(Reason::new(Code::NotPossible))?;
    let handed_on = HandedOn { delegate: wanted.delegate, envelope, grant: GrantId::new(*id.bytes()) };
    Ok(Allowed { charged, approvals, handed_on: Some(handed_on), policy_rules, observed: Vec::new() })
}

/// Step 3: the tenant runs, the agent is active, and the act is the one that the request makes it.
fn control(view: View<'_>, own: &GrantState, asked: &Asked<'_>) -> Result<(), Reason> {
    if !view.control.running {
        return Err(Reason::new(Code::TenantStopped));
    }
    if !view.control.agents.get(&own.holder).is_some_and(|entry| entry.active) {
        return Err(Reason::new(Code::AgentInactive));
    }
    let action = &asked.attempt.action;
    let made = own::delegate_action(action.arguments.clone(), action.idempotency.clone(), view.control);
    if made.as_ref() == Some(action) { Ok(()) } else { Err(Reason::new(Code::ArgumentMalformed)) }
}

/// Step 4: the axis of delegation of every grant of the lineage, who is in it already, and the envelope within the
/// holder's own.
fn granted(
    view: View<'_>,
    lineage: &[&GrantState],
    wanted: &Wanted,
    now: crate::Micros,
) -> Result<Envelope, Vec<Reason>> {
    let one = |reason: Reason| vec![reason];
    let own = lineage.last().copied().ok_or_else(|| one(Reason::new(Code::CallerUnknown)))?;
    let held = own.envelope.as_ref().ok_or_else(|| one(Reason::new(Code::GrantEnded).asked("erased")))?;
    let delegate = &wanted.delegate;
    if lineage.iter().any(|grant| grant.holder == *delegate) {
        return Err(one(Reason::new(Code::DelegateInLineage).asked(delegate)));
    }
    // Unknown and not allowed are one answer.
    let zone = zone_of(view.control, delegate);
    let not_granted = || {
        let most = held.delegates().map_or_else(|| "nobody".to_owned(), |delegation| delegation.whom());
        one(Reason::new(Code::DelegationNotGranted).asked(delegate).most(most))
    };
    let zone = zone.ok_or_else(not_granted)?;
    let crosses = zone_of(view.control, &own.holder) != Some(zone);
    for (below, grant) in (0..).zip(lineage.iter().rev()) {
        let delegation = grant.envelope.as_ref().and_then(Envelope::delegates);
        // The depth of a grant counts all that stand below it.
        let permits = delegation.is_some_and(|axis| axis.permits(delegate, zone) && axis.depth > below);
        if !permits && grant.id == own.id {
            return Err(not_granted());
        }
        if !permits {
            return Err(one(Reason::new(Code::DelegationNotGranted).asked(delegate)));
        }
    }
    if !lineage.first().is_some_and(|root| root.privileged) {
        return Err(one(Reason::new(Code::ConsentMissing).asked(crate::Effect::Delegate)));
    }
    if !view.control.agents.get(delegate).is_some_and(|entry| entry.active) {
        return Err(one(Reason::new(Code::AgentInactive).asked(delegate)));
    }
    let live = view.task.grants.values().filter(|grant| grant.parent == Some(own.id) && grant.standing.live());
    if view.task.grants.len() >= GRANTS_MAX || live.count() >= CHILDREN_MAX {
        return Err(one(Reason::new(Code::GrantsSpent)));
    }
    let of = |agent: &AgentId| zone_of(view.control, agent);
    if crosses {
        wanted.clone().abroad(held, view.control, now)?.under(held, now, of)
    } else {
        wanted.under(held, now, of)
    }
}

/// The grant that the act makes: its event is the act's outcome.
pub(super) fn minted(asked: &Asked<'_>, handed_on: HandedOn) -> GrantMinted {
    let mut envelope = handed_on.envelope;
    // The conditions stand in the private part, and only there: an event is what is read back of it.
    let when: Vec<When> = envelope.rows.iter_mut().map(|row| std::mem::take(&mut row.when)).collect();
    GrantMinted {
        act: Some(asked.view.task.seq + 1),
        control: asked.view.control.seq,
        envelope,
        grant: handed_on.grant,
        holder: handed_on.delegate,
        parent: Some(asked.attempt.grant),
        private: Some(GrantPrivate { when }),
    }
}
