//! Beginnings: a person's consent to a task, the second act for privileged tools, and an instance that takes a grant.

use super::value::doubt;
use super::{Decided, View, event, full, live_lineage};
use crate::document::may_start;
use crate::envelope::When;
use crate::event::{AmendPrivate, GrantMinted, GrantPrivate, KeyBound, RULES, TaskAmended, TaskPrivate, TaskStarted};
use crate::facts::{By, Facts};
use crate::reason::{Code, Reason};
use crate::task::ActStanding;
use crate::template::{chosen, fill};
use crate::{Digest, GrantId, Start, Template};
use std::sync::Arc;

/// What is consented to is what was shown: another template of the same name is looked at first.
pub(super) fn still_as_seen(seen: Option<Digest>, stands: Digest) -> Result<(), Reason> {
    if seen.is_none_or(|seen| seen == stands) {
        return Ok(());
    }
    Err(Reason::new(Code::NotPossible).asked("the template was changed since it was shown: look at it again"))
}

/// Consent to an intent: a task and its root grant.
pub(super) fn start(view: View<'_>, start: &Start, facts: &Facts) -> Decided {
    match started(view, start, facts) {
        Ok((events, grant)) => Decided { grant: Some(grant), ..Decided::done(events) },
        Err(reason) => Decided::deny(reason),
    }
}

fn started(view: View<'_>, start: &Start, facts: &Facts) -> Result<(Vec<crate::Event>, GrantId), Reason> {
    let (task, minted, template) = drafted(view, start, facts)?;
    let grant = minted.grant;
    let allocations = super::allocating::drawn(view, start, &template, &minted.envelope, facts)?;
    let mut events = vec![event(facts, task), event(facts, minted)];
    events.extend(allocations.into_iter().map(|data| event(facts, data)));
    Ok((events, grant))
}

/// What is consented to, but for what it draws on mandates.
pub(super) fn drafted(
    view: View<'_>,
    start: &Start,
    facts: &Facts,
) -> Result<(TaskStarted, GrantMinted, Arc<Template>), Reason> {
    let control = view.control;
    if view.task.seq != 0 {
        return Err(Reason::new(Code::NotPossible));
    }
    if !control.running {
        return Err(Reason::new(Code::TenantStopped));
    }
    let unknown = |name: &dyn std::fmt::Display| Reason::new(Code::NotAvailable).asked(name);
    let (template, digest) = control.templates.get(&start.template).ok_or_else(|| unknown(&start.template))?;
    still_as_seen(start.seen, *digest)?;
    let roles = control.persons.get(&start.by.person).map(|person| person.roles.as_slice()).unwrap_or_default();
    may_start(template, &start.by.person, roles)?;
    let agent = control.agents.get(&start.agent).ok_or_else(|| unknown(&start.agent))?;
    if !template.start.agents.contains(&start.agent) {
        return Err(unknown(&start.agent));
    }
    if !agent.active {
        return Err(Reason::new(Code::AgentInactive).asked(&start.agent));
    }
    let filled = fill(template, &start.parameters, facts.now)
        .and_then(|filled| chosen(template, filled, &start.only))
        .map_err(|error| Reason::new(Code::ArgumentNotGranted).asked(&error.place).most(&error.expected))?;
    // Drawn before: decide has no chance of its own.
    let mut ids = facts.ids.iter();
    let (Some(grant), Some(salt)) = (ids.next(), ids.next()) else { return Err(Reason::new(Code::NotPossible)) };
    let grant = GrantId::new(*grant.bytes());
    let draws = filled.draws(template, control);
    let consent = [vec![filled.consent()], draws].concat().join("\n");
    let mut envelope = filled.envelope;
    // The conditions stand in the private part, and only there: an event is what is read back of it.
    let when: Vec<When> = envelope.rows.iter_mut().map(|row| std::mem::take(&mut row.when)).collect();
    let task = TaskStarted {
        by: start.by.clone(),
        control: control.leaf,
        epoch: control.epoch,
        facts: without_ids(facts),
        keep_results: template.keep_results,
        only: start.only.clone(),
        private: Some(TaskPrivate {
            consent,
            intent: filled.intent,
            parameters: filled.parameters,
            pasted: Some(filled.pasted).filter(|left| !left.is_empty()),
            salt: *salt,
            shown: None,
            subject: start.subject.clone(),
            values: filled.values,
        }),
        purpose: template.purpose.clone(),
        rules: RULES,
        signed: None,
        template: start.template.clone(),
        template_digest: *digest,
    };
    let minted = GrantMinted {
        act: None,
        control: view.control.seq,
        envelope,
        grant,
        holder: start.agent.clone(),
        parent: None,
        private: Some(GrantPrivate { when }),
    };
    Ok((task, minted, Arc::clone(template)))
}

/// The salt is erasable, so the facts that stand in the clear part must not hold it.
fn without_ids(facts: &Facts) -> Facts {
    Facts { ids: Vec::new(), ..facts.clone() }
}

/// Consent to privileged tools: an act of its own, by the person who started the task.
pub(super) fn consent(view: View<'_>, grant: GrantId, by: &By, facts: &Facts) -> Decided {
    let lineage = match live_lineage(view, grant, facts.now) {
        Ok(lineage) => lineage,
        Err(reason) => return Decided::deny(reason),
    };
    if view.task.epoch != view.control.epoch {
        return Decided::deny(Reason::new(Code::EpochPassed));
    }
    let Some(state) = lineage.last() else { return Decided::deny(Reason::new(Code::NotAvailable)) };
    let Some(envelope) = state.envelope.as_ref().filter(|envelope| envelope.privileged()) else {
        return Decided::deny(Reason::new(Code::NotPossible));
    };
    if view.task.requester.as_ref() != Some(&by.person) {
        return Decided::deny(Reason::new(Code::NotAvailable));
    }
    if state.privileged {
        return Decided::done(Vec::new());
    }
    if full(view.task) {
        return Decided::deny(Reason::new(Code::TaskFull));
    }
    let data = TaskAmended {
        by: by.clone(),
        change: None,
        control: view.control.leaf,
        facts: facts.clone(),
        grant,
        private: Some(AmendPrivate {
            consent: envelope.sentences(true).join("\n"),
            intent: None,
            parameters: None,
            shown: None,
            values: Vec::new(),
            when: Vec::new(),
        }),
        rules: RULES,
        signed: None,
        wish: None,
    };
    Decided::done(vec![event(facts, data)])
}

/// An instance takes a grant of its agent. Another key retires the first and leaves what it had open in doubt.
pub(super) fn bind(view: View<'_>, grant: GrantId, facts: &Facts) -> Decided {
    let Some(caller) = &facts.caller else { return Decided::deny(Reason::new(Code::CallerUnknown)) };
    let lineage = match live_lineage(view, grant, facts.now) {
        Ok(lineage) => lineage,
        Err(reason) => return Decided::deny(reason),
    };
    let Some(state) = lineage.last() else { return Decided::deny(Reason::new(Code::NotAvailable)) };
    if state.holder != caller.agent {
        return Decided::deny(Reason::new(Code::NotAvailable));
    }
    let Some(entry) = view.control.agents.get(&caller.agent).filter(|entry| entry.active) else {
        return Decided::deny(Reason::new(Code::AgentInactive));
    };
    // It is the instance's own word: whoever has the key may lie. Who does not is kept from acting as what nobody reviewed.
    if let Some((says, said)) = facts.software.clone().unwrap_or_default().unlike(&entry.document) {
        return Decided::deny(Reason::new(Code::ContextChanged).asked(says).most(said));
    }
    if view.task.epoch != view.control.epoch {
        return Decided::deny(Reason::new(Code::EpochPassed));
    }
    let retired = state.key.as_ref();
    let same = retired.is_some_and(|bound| bound.key == caller.key && bound.instance == caller.instance);
    let anew =
        |bound: &crate::task::BoundKey| bound.attestation != caller.attestation || bound.software != facts.software;
    if same && !retired.is_some_and(anew) {
        return Decided::done(Vec::new());
    }
    // A key that was retired does not come back by a copy of what once bound it.
    if caller.proof.is_some_and(|proof| view.task.proofs.contains_key(&proof)) {
        return Decided::deny(Reason::new(Code::ProofReplayed));
    }
    if full(view.task) {
        return Decided::deny(Reason::new(Code::TaskFull));
    }
    // The same instance attested anew keeps its key, and what it has open.
    let retired = retired.filter(|_| !same);
    let bound = KeyBound {
        agent: caller.agent.clone(),
        assurance: caller.assurance,
        control: view.control.leaf,
        facts: facts.clone(),
        grant,
        instance: caller.instance.clone(),
        key: caller.key.clone(),
        retired: retired.map(|bound| bound.key.clone()),
        rules: RULES,
    };
    let mut events = vec![event(facts, bound)];
    let open = view.task.acts.values().filter(|act| act.grant == grant && act.standing == ActStanding::Open);
    events.extend(open.filter(|_| !same).map(|act| doubt(act, "key retired", facts)));
    Decided::done(events)
}
