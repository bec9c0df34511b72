//! The command that an event of the control stream tells of.

use bailiwick_core::json::Json;
use bailiwick_core::{
    BreakGlass, ControlCommand, ControlProposed, Data, Document, ErasePerson, EraseTask, Expire, Facts, FoundSprawl,
    HoldTask, LowerPlace, Observe, Proposed, Second, Signed, SignedConsent, Span,
};

/// How long an invitation is open says the second person's moment, not the first's: any that may be asked for.
const ANY_SPAN: Span = Span::hours(1);

/// The command that came to a change which waits.
fn proposing(data: &ControlProposed, documents: Vec<Document>) -> ControlCommand {
    let by = data.by.clone();
    match data.statement.change.clone() {
        Proposed::Agent { agent } => ControlCommand::Agent { by, agent, active: true },
        Proposed::BreakGlass { incident, reason, requester, span, task, template, .. } => {
            let said = BreakGlass { by, incident, reason, requester, span, task, template };
            ControlCommand::BreakGlass(Box::new(said))
        }
        Proposed::Documents { removed, .. } => ControlCommand::Apply { by, documents, removed },
        Proposed::Erase { reason, task } => {
            ControlCommand::Erase(Box::new(EraseTask { by, listed: false, reason, task }))
        }
        Proposed::Invite { code, person } => {
            let (expires, signed) = (data.facts.now.after(ANY_SPAN), data.signed);
            ControlCommand::Invite { by, person, code, expires, signed }
        }
        Proposed::LowerPlace { class, event, reason, server, until } => {
            ControlCommand::LowerPlace(Box::new(LowerPlace { by, class, event, reason, server, until }))
        }
        Proposed::Observe { agent, reason, server, span } => {
            ControlCommand::Observe(Box::new(Observe { agent, by, reason, server, span }))
        }
        Proposed::ErasePerson { accounts, person, reason, tasks } => {
            ControlCommand::ErasePerson(Box::new(ErasePerson { accounts, by, person, reason, tasks }))
        }
        Proposed::Release { hold, reason, task } => {
            ControlCommand::Release(Box::new(HoldTask { by, gone: false, hold: Some(hold), reason, task }))
        }
        Proposed::Review { accepted, identity, server, tools } => {
            ControlCommand::Review { accepted, by, server, identity, tools }
        }
        Proposed::Tenant {} => ControlCommand::Tenant { by, running: true },
    }
}

/// The act as its person signed it, where they did; of one whose shown words are not there nothing comes.
fn signed(command: ControlCommand, consent: Option<&SignedConsent>, shown: Option<&Json>) -> ControlCommand {
    let Some(consent) = consent else { return command };
    let (consent, shown) = (consent.clone(), shown.cloned().unwrap_or(Json::Null));
    ControlCommand::Signed(Box::new(Signed { command, consent, shown }))
}

/// The command that a control event tells of, and its facts. `documents` are those it names, in order.
pub(crate) fn control(data: &Data, documents: Vec<Document>) -> Option<(ControlCommand, &Facts, u32)> {
    Some(match data {
        Data::ControlOpened(data) => {
            let (name, origin) = (data.name.clone(), data.origin.clone());
            (ControlCommand::Open { name, origin, epoch: data.epoch }, &data.facts, data.rules)
        }
        Data::ControlRestored(data) => {
            let (by, epoch, before) = (data.by.clone(), data.epoch, data.before);
            (ControlCommand::Restore { by, epoch, before }, &data.facts, data.rules)
        }
        Data::ControlAdded(data) => {
            let by = data.by.clone();
            (ControlCommand::Apply { by, documents, removed: Vec::new() }, &data.facts, data.rules)
        }
        Data::ControlApplied(data) => {
            let (by, removed) = (data.by.clone(), data.removed.clone());
            (ControlCommand::Apply { by, documents, removed }, &data.facts, data.rules)
        }
        Data::ControlPinned(data) => {
            let (server, identity, tools) = (data.server.clone(), data.identity, data.tools.clone());
            (ControlCommand::Pin { server, identity, tools }, &data.facts, data.rules)
        }
        Data::ControlQuarantined(data) => {
            let (tool, why, begun) = (data.tool.clone(), data.why, data.begun);
            (ControlCommand::Quarantine { tool, why, begun }, &data.facts, data.rules)
        }
        Data::ControlBreakerOpened(data) => {
            let (rule, whose, counted) = (data.rule.clone(), data.whose.clone(), data.counted);
            (ControlCommand::OpenBreaker { rule, whose, counted }, &data.facts, data.rules)
        }
        Data::ControlFound(data) => {
            let (agent, of, why) = (data.agent.clone(), data.of.clone(), data.why.clone());
            (ControlCommand::Find(FoundSprawl { agent, code: data.code, of, why }), &data.facts, data.rules)
        }
        Data::ControlBreakerClosed(data) => {
            let close = ControlCommand::CloseBreaker { by: data.by.clone(), breaker: data.breaker };
            (signed(close, data.signed.as_deref(), data.shown.as_ref()), &data.facts, data.rules)
        }
        Data::ControlReviewed(data) => {
            let (accepted, by) = (data.accepted.clone(), data.by.clone());
            let (server, tools) = (data.server.clone(), data.tools.clone());
            (ControlCommand::Review { accepted, by, server, identity: data.identity, tools }, &data.facts, data.rules)
        }
        Data::ControlAgent(data) => {
            let (by, agent) = (data.by.clone(), data.agent.clone());
            let command = match data.offboarded {
                true => ControlCommand::Offboard { by, agent },
                false => ControlCommand::Agent { by, agent, active: data.active },
            };
            (command, &data.facts, data.rules)
        }
        Data::ControlTenant(data) => {
            (ControlCommand::Tenant { by: data.by.clone(), running: data.running }, &data.facts, data.rules)
        }
        Data::ControlKeys(data) => {
            let (by, keys) = (data.by.clone(), data.keys.clone());
            (ControlCommand::Keys { by, keys }, &data.facts, data.rules)
        }
        Data::ControlInvited(data) => {
            let (by, person) = (data.by.clone(), data.person.clone());
            let (code, expires, signed) = (data.code, data.expires, data.signed);
            (ControlCommand::Invite { by, person, code, expires, signed }, &data.facts, data.rules)
        }
        Data::ControlUninvited(data) => {
            let (by, person, invitation) = (data.by.clone(), data.person.clone(), data.invitation);
            (ControlCommand::Uninvite { by, person, invitation }, &data.facts, data.rules)
        }
        Data::ControlEnrolled(data) => {
            let (by, passkey) = (data.by.clone(), data.passkey.clone());
            (ControlCommand::Enroll { by, code: data.code, passkey }, &data.facts, data.rules)
        }
        Data::ControlUnenrolled(data) => {
            let (by, person, id) = (data.by.clone(), data.person.clone(), data.id.clone());
            (ControlCommand::Unenroll { by, person, id }, &data.facts, data.rules)
        }
        Data::ControlProposed(data) => (proposing(data, documents), &data.facts, data.rules),
        Data::ControlSeconded(data) => {
            let said = Second {
                assertion: data.assertion.clone(),
                by: data.by.clone(),
                proposal: data.statement.proposal,
                signed: data.statement.digest(),
            };
            (ControlCommand::Second(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlWithdrawn(data) => {
            let (by, proposal) = (data.by.clone(), data.proposal);
            (ControlCommand::Withdraw { by, proposal }, &data.facts, data.rules)
        }
        Data::ControlGlassBroken(data) => {
            let said = BreakGlass {
                by: data.by.clone(),
                incident: data.incident.clone(),
                reason: data.reason.clone(),
                requester: data.requester.clone(),
                // its end is that of the template's window where that is sooner: then the same comes of it
                span: Span(data.expires.0.saturating_sub(data.facts.now.0)),
                task: data.task,
                template: data.template.clone(),
            };
            (ControlCommand::BreakGlass(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlGlassClosed(data) => {
            let (by, glass, findings) = (data.by.clone(), data.glass, data.findings.clone());
            let close = ControlCommand::CloseGlass { by, glass, findings };
            (signed(close, data.signed.as_deref(), data.shown.as_ref()), &data.facts, data.rules)
        }
        Data::ControlErased(data) => {
            let (by, listed, reason, task) = (data.by.clone(), data.listed, data.reason.clone(), data.task);
            (ControlCommand::Erase(Box::new(EraseTask { by, listed, reason, task })), &data.facts, data.rules)
        }
        Data::ControlExpired(data) => {
            let said = Expire { digest: data.digest, rule: data.rule.clone(), tasks: data.tasks.clone() };
            (ControlCommand::Expire(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlPersonErased(data) => {
            let (by, person, reason) = (data.by.clone(), data.person.clone(), data.reason.clone());
            let said = ErasePerson { accounts: data.accounts.clone(), by, person, reason, tasks: data.tasks.clone() };
            (ControlCommand::ErasePerson(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlHeld(data) => {
            let (by, reason) = (data.by.clone(), data.why.clone());
            let said = HoldTask { by, gone: false, hold: None, reason, task: data.task };
            (ControlCommand::Hold(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlReleased(data) => {
            let (by, reason) = (data.by.clone(), data.reason.clone());
            let said = HoldTask { by, gone: false, hold: Some(data.hold), reason, task: data.task };
            (ControlCommand::Release(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlPlaceLowered(data) => {
            let said = LowerPlace {
                by: data.by.clone(),
                class: data.class.clone(),
                event: data.event,
                reason: data.reason.clone(),
                server: data.server.clone(),
                until: data.until,
            };
            (ControlCommand::LowerPlace(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlObserveBegun(data) => {
            let said = Observe {
                agent: data.agent.clone(),
                by: data.by.clone(),
                reason: data.reason.clone(),
                server: data.server.clone(),
                span: Span(data.expires.0.saturating_sub(data.facts.now.0)),
            };
            (ControlCommand::Observe(Box::new(said)), &data.facts, data.rules)
        }
        Data::ControlObserveEnded(data) => {
            let (by, observation) = (data.by.clone(), data.observation);
            (ControlCommand::EndObservation { by, observation }, &data.facts, data.rules)
        }
        Data::ControlHeads(data) => {
            (ControlCommand::Heads { root: data.root, count: data.count, size: data.size }, &data.facts, data.rules)
        }
        _ => return None,
    })
}
