//! What loosens waits for a second person; what tightens is at once.

use super::ControlDecided;
use super::control::decide_at_once;
use super::glass::{GlassSecond, glass_second, is_requester, seconds_glass};
use super::{erase_person, place};
use crate::applying::{PolicyReader, changes_around, standing};
use crate::control::{ControlState, Proposal};
use crate::document::Document;
use crate::event::{
    ALONE_AFTER, CHANGE_SPAN, ChangeStatement, ControlGlassBroken, ControlProposed, ControlSeconded, ControlWithdrawn,
    Data, DocumentNamed, Event, GLASS_SIGN_WITHIN, PinnedTool, Proposed, RULES,
};
use crate::facts::{Assurance, By, Facts};
use crate::reason::{Code, Reason};
use crate::{
    BreakGlass, ControlCommand, Digest, ErasePerson, EraseTask, HoldTask, LowerPlace, Micros, Observe, PersonId,
    Second, ServerName, Span, sha256,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most changes that wait at once.
const PROPOSALS_MAX: usize = 32;
/// The most bytes of the documents of one of them: they are held until it is signed.
const PROPOSAL_BYTES_MAX: usize = 256 << 10;
/// The most lines of what one loosens: they are signed one by one.
const LINES_MAX: usize = 1_000;
/// How long an invitation is open that a second person signed.
const INVITE_SPAN: Span = Span::hours(1);
/// How many persons sign a change before it stands.
const PERSONS: usize = 2;

fn no(why: &str) -> ControlDecided {
    ControlDecided::refuse(Reason::new(Code::NotPossible).asked(why))
}

fn unknown() -> ControlDecided {
    ControlDecided::refuse(Reason::new(Code::NotAvailable).asked("a change of that number that waits"))
}

/// A change, who wants it, and what of it lets more happen.
struct Loosening<'a> {
    by: &'a By,
    change: Proposed,
    lines: Vec<String>,
}

/// What a command comes to: at once, or as a change that waits.
pub(super) fn propose_if_it_loosens(
    state: &ControlState,
    policies: &dyn PolicyReader,
    command: &ControlCommand,
    facts: &Facts,
) -> ControlDecided {
    let decided = decide_at_once(state, command, facts);
    if !state.is_user_verified() || decided.refused.is_some() || decided.events.is_empty() {
        return decided;
    }
    let Some(found) = loosening(state, policies, command, &decided) else { return decided };
    let open = state.proposals.values().filter(|proposal| proposal.open(facts.now));
    if open.count() >= PROPOSALS_MAX {
        return no("as many changes as may wait for a second person already");
    }
    if decided.blobs.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > PROPOSAL_BYTES_MAX {
        let most = format_args!("{PROPOSAL_BYTES_MAX} bytes: apply them in parts");
        let reason = Reason::new(Code::NotPossible).asked("documents that wait for a second person").most(most);
        return ControlDecided::refuse(reason);
    }
    if found.lines.len() > LINES_MAX {
        return no("it loosens more than one person can read: apply it in parts");
    }
    let wait = if matches!(found.change, Proposed::BreakGlass { .. }) { GLASS_SIGN_WITHIN } else { CHANGE_SPAN };
    let statement = ChangeStatement {
        asked: facts.now,
        by: found.by.person.clone(),
        change: found.change,
        epoch: state.epoch,
        loosens: found.lines,
        not_after: facts.now.after(wait),
        origin: state.origin.clone(),
        proposal: state.seq + 1,
        of: ChangeStatement::TYPE.to_owned(),
    };
    let by = found.by.clone();
    let signed = if let ControlCommand::Invite { signed, .. } = command { *signed } else { None };
    let proposed = ControlProposed { by, facts: facts.clone(), rules: RULES, signed, statement };
    ControlDecided { blobs: decided.blobs, ..ControlDecided::one(facts, proposed) }
}

/// What of a command lets more happen than before; `None` where nothing does. `decided` is what it comes to.
fn loosening<'a>(
    state: &ControlState,
    policies: &dyn PolicyReader,
    command: &'a ControlCommand,
    decided: &ControlDecided,
) -> Option<Loosening<'a>> {
    match command {
        ControlCommand::Apply { by, documents, removed } => {
            let named = decided.events.iter().find_map(|event| match &event.data {
                Data::ControlAdded(added) => Some(added.documents.clone()),
                Data::ControlApplied(applied) => Some(applied.documents.clone()),
                _ => None,
            })?;
            let lines = lines(state, policies, (documents, removed), decided);
            let removed = removed.clone();
            let change = Proposed::Documents { before: before(state, &named, &removed), documents: named, removed };
            (!lines.is_empty()).then_some(Loosening { by, change, lines })
        }
        ControlCommand::Agent { by, agent, active: true } => {
            let lines = vec![format!("agent {agent} acts again")];
            Some(Loosening { by, change: Proposed::Agent { agent: agent.clone() }, lines })
        }
        ControlCommand::Tenant { by, running: true } => {
            Some(Loosening { by, change: Proposed::Tenant {}, lines: vec!["all work goes on".to_owned()] })
        }
        // Else an administrator would make a passkey of their own under another's name, and sign as them.
        ControlCommand::Invite { by, person, code, .. } if state.enrolled.contains(person) => {
            let themselves = by.person == *person && by.assurance == Assurance::Passkey;
            let lines = vec![format!("{person}, who has had a passkey, may enrol another")];
            let change = Proposed::Invite { code: *code, person: person.clone() };
            (!themselves).then_some(Loosening { by, change, lines })
        }
        ControlCommand::BreakGlass(said) => {
            let broken = decided.events.iter().find_map(|event| match &event.data {
                Data::ControlGlassBroken(broken) => Some(broken),
                _ => None,
            })?;
            let lines = glass_lines(state, broken);
            let change = Proposed::BreakGlass {
                incident: broken.incident.clone(),
                reason: broken.reason.clone(),
                requester: broken.requester.clone(),
                span: said.span,
                task: broken.task,
                template: broken.template.clone(),
                template_digest: broken.template_digest,
            };
            Some(Loosening { by: &said.by, change, lines })
        }
        ControlCommand::Erase(said) if !said.listed => {
            let Data::ControlErased(erased) = &decided.events.first()?.data else { return None };
            let lines = vec![format!(
                "task {} is erased for good: what was said, sent and answered in it, here and in every copy made from now on",
                erased.task
            )];
            let change = Proposed::Erase { reason: erased.reason.clone(), task: erased.task };
            Some(Loosening { by: &said.by, change, lines })
        }
        ControlCommand::ErasePerson(said) => {
            let Data::ControlPersonErased(erased) = &decided.events.first()?.data else { return None };
            let (person, reason, tasks) = (erased.person.clone(), erased.reason.clone(), erased.tasks.clone());
            let (lines, accounts) = (erase_person::lines(erased), erased.accounts.clone());
            let change = Proposed::ErasePerson { accounts, person, reason, tasks };
            Some(Loosening { by: &said.by, change, lines })
        }
        ControlCommand::Release(said) => {
            let Data::ControlReleased(released) = &decided.events.first()?.data else { return None };
            let task = released.task;
            let hold = state.holds_of(task).iter().find(|hold| hold.seq == released.hold)?;
            // Whether others hold it as well may change until it is signed: what is said is so either way.
            let lines = vec![format!(
                "task {task} is held no longer as {} asked ({}, hold {}): people and rules may erase it once nobody else holds it",
                hold.by, hold.reason, hold.seq
            )];
            let change = Proposed::Release { hold: released.hold, reason: released.reason.clone(), task };
            Some(Loosening { by: &said.by, change, lines })
        }
        ControlCommand::LowerPlace(said) => {
            let Data::ControlPlaceLowered(lowered) = &decided.events.first()?.data else { return None };
            let change = Proposed::LowerPlace {
                class: lowered.class.clone(),
                event: lowered.event,
                reason: lowered.reason.clone(),
                server: lowered.server.clone(),
                until: lowered.until,
            };
            Some(Loosening { by: &said.by, change, lines: vec![place::line(lowered)] })
        }
        ControlCommand::Observe(said) => {
            let first = format!(
                "agent {} at server {}: rules of policy are recorded and not enforced",
                said.agent, said.server
            );
            let hours = said.span.0.div_ceil(Span::hours(1).0);
            let second = format!("for {hours} h, of what it reads and writes there without money: {}", said.reason);
            let (agent, server) = (said.agent.clone(), said.server.clone());
            let change = Proposed::Observe { agent, reason: said.reason.clone(), server, span: said.span };
            Some(Loosening { by: &said.by, change, lines: vec![first, second] })
        }
        ControlCommand::Review { accepted, by, server, identity, tools } => {
            let mut lines = reviewed(state, server, *identity, tools);
            if !lines.is_empty() {
                lines.extend(
                    accepted.iter().map(|one| format!("tool {}: `{}` was found and is taken", one.tool, one.code)),
                );
            }
            let (accepted, server, tools) = (accepted.clone(), server.clone(), tools.clone());
            let change = Proposed::Review { accepted, identity: *identity, server, tools };
            (!lines.is_empty()).then_some(Loosening { by, change, lines })
        }
        _ => None,
    }
}

/// What an override lets happen, in the words of the template's rows.
fn glass_lines(state: &ControlState, broken: &ControlGlassBroken) -> Vec<String> {
    let first = format!(
        "neither policy nor approvals are asked of task {}, which {} started, for what follows",
        broken.task, broken.requester
    );
    let template = state.templates.get(&broken.template).map(|(template, _)| template.sentences());
    let rows = template.unwrap_or_default().into_iter().map(|(_, row)| row);
    [first].into_iter().chain(rows).collect()
}

/// What documents loosen, line by line. What cannot be told apart loosens as a whole.
fn lines(
    state: &ControlState,
    policies: &dyn PolicyReader,
    (documents, removed): (&[Document], &[(String, String)]),
    decided: &ControlDecided,
) -> Vec<String> {
    let blobs: BTreeMap<Digest, Arc<[u8]>> =
        decided.blobs.iter().map(|(digest, bytes)| (*digest, bytes.as_slice().into())).collect();
    let mut after = state.clone();
    if decided.events.iter().any(|event| after.apply(event, u64::MAX, &blobs).is_err()) {
        return vec!["the documents change".to_owned()];
    }
    let changes = changes_around(state, &after, (documents, removed), policies);
    let said = changes.iter().flat_map(|change| {
        change.lines.iter().filter(|line| line.loosens).map(move |line| {
            let at = if line.at.is_empty() { String::new() } else { format!(", {}", line.at) };
            format!("{} {}{at}: {}", change.kind, change.name, line.words)
        })
    });
    said.collect()
}

/// What stands of the documents that a change names.
fn before(state: &ControlState, named: &[DocumentNamed], removed: &[(String, String)]) -> Vec<DocumentNamed> {
    let given = named.iter().map(|named| (named.kind.as_str(), named.name.as_str()));
    let gone = removed.iter().map(|(kind, name)| (kind.as_str(), name.as_str()));
    let stood = given.chain(gone).filter_map(|(kind, name)| {
        let digest = sha256(&standing(state, kind, name)?.bytes());
        Some(DocumentNamed { digest, kind: kind.to_owned(), name: name.to_owned() })
    });
    stood.collect()
}

/// What a review lets happen that did not: another server, and tools that were not usable in this form.
fn reviewed(state: &ControlState, server: &ServerName, identity: Digest, tools: &[PinnedTool]) -> Vec<String> {
    let same = state.servers.get(server).is_some_and(|entry| entry.same && entry.identity == Some(identity));
    let other = (!same).then(|| format!("server {server}: what answers now is taken for it"));
    let new = tools.iter().filter(|tool| {
        let stands = state.tools.get(&tool.tool).filter(|_| state.usable(&tool.tool));
        stands.is_none_or(|entry| entry.pinned != **tool)
    });
    other.into_iter().chain(new.map(|tool| format!("tool {}: may be called as it is offered now", tool.tool))).collect()
}

/// The command of a change that waits; `None` where its documents cannot be read, which no state of ours holds.
fn command(proposal: &Proposal, facts: &Facts) -> Option<ControlCommand> {
    let by = proposal.by.clone();
    Some(match proposal.statement.change.clone() {
        Proposed::Agent { agent } => ControlCommand::Agent { by, agent, active: true },
        Proposed::BreakGlass { incident, reason, requester, span, task, template, .. } => {
            let said = BreakGlass { by, incident, reason, requester, span, task, template };
            ControlCommand::BreakGlass(Box::new(said))
        }
        Proposed::Documents { removed, .. } => {
            let documents: Option<_> = proposal.documents.iter().map(|json| Document::read(json).ok()).collect();
            ControlCommand::Apply { by, documents: documents?, removed }
        }
        Proposed::Erase { reason, task } => {
            ControlCommand::Erase(Box::new(EraseTask { by, listed: false, reason, task }))
        }
        Proposed::ErasePerson { accounts, person, reason, tasks } => {
            ControlCommand::ErasePerson(Box::new(ErasePerson { accounts, by, person, reason, tasks }))
        }
        Proposed::Invite { code, person } => {
            let expires = facts.now.after(INVITE_SPAN);
            // What the proposer signed was used when it was proposed.
            ControlCommand::Invite { by, person, code, expires, signed: None }
        }
        Proposed::LowerPlace { class, event, reason, server, until } => {
            ControlCommand::LowerPlace(Box::new(LowerPlace { by, class, event, reason, server, until }))
        }
        Proposed::Observe { agent, reason, server, span } => {
            ControlCommand::Observe(Box::new(Observe { agent, by, reason, server, span }))
        }
        Proposed::Release { hold, reason, task } => {
            ControlCommand::Release(Box::new(HoldTask { by, gone: false, hold: Some(hold), reason, task }))
        }
        Proposed::Review { accepted, identity, server, tools } => {
            ControlCommand::Review { accepted, by, server, identity, tools }
        }
        Proposed::Tenant {} => ControlCommand::Tenant { by, running: true },
    })
}

/// A person signs a change that waits. With enough of them it stands.
pub(super) fn second(
    state: &ControlState,
    policies: &dyn PolicyReader,
    said: &Second,
    facts: &Facts,
) -> ControlDecided {
    let Some(proposal) = state.proposals.get(&said.proposal).filter(|proposal| proposal.open(facts.now)) else {
        return unknown();
    };
    if let Some(refused) = refused_to(state, proposal, said, facts) {
        return refused;
    }
    let person = &said.by.person;
    let alone = match enough(state, proposal, person, facts.now) {
        Ok(alone) => alone,
        Err(why) => return no(why),
    };
    let decided = comes_to(state, policies, proposal, facts);
    if decided.refused.is_some() {
        return decided;
    }
    let seconded = ControlSeconded {
        assertion: said.assertion.clone(),
        by: said.by.clone(),
        facts: facts.clone(),
        rules: RULES,
        single_person: alone == Some(true),
        statement: proposal.statement.clone(),
        takes_effect: alone.is_some(),
    };
    let signed = ControlDecided::one(facts, seconded);
    if alone.is_none() {
        return signed;
    }
    let events: Vec<Event> = signed.events.into_iter().chain(decided.events).collect();
    ControlDecided { events, narrows: true, ..decided }
}

/// A change that waits, decided again on what stands now: what was signed is what it still comes to, or nothing.
fn comes_to(state: &ControlState, policies: &dyn PolicyReader, proposal: &Proposal, facts: &Facts) -> ControlDecided {
    let Some(command) = command(proposal, facts) else { return unknown() };
    let decided = decide_at_once(state, &command, facts);
    if decided.refused.is_some() {
        return decided;
    }
    let now = loosening(state, policies, &command, &decided);
    if now.is_none_or(|now| now.change != proposal.statement.change || now.lines != proposal.statement.loosens) {
        return no("what it changes has changed meanwhile: it is void, propose it again");
    }
    decided
}

/// Why nothing comes of a change that waits, whoever signs it; `None` where it still does what was proposed.
pub fn void_change(
    state: &ControlState,
    policies: &dyn PolicyReader,
    proposal: &Proposal,
    now: Micros,
) -> Option<String> {
    let now = now.max(state.at);
    let decided = comes_to(state, policies, proposal, &Facts::of_nobody(now, Vec::new()));
    match decided.refused {
        Some(reason) => Some(reason.to_string()),
        None => decided.events.is_empty().then(|| "what it asks for is so already".to_owned()),
    }
}

/// Who may not sign this at all.
fn refused_to(state: &ControlState, proposal: &Proposal, said: &Second, facts: &Facts) -> Option<ControlDecided> {
    let person = &said.by.person;
    // A key in a file, the socket, a cookie, a login or a link never suffice.
    if !said.by.assurance.signed() || !said.assertion.formed() {
        return Some(no("a change is signed with a passkey, and this was not"));
    }
    if state.passkey(person, &said.assertion.id).is_none() {
        return Some(no("the passkey is not enrolled for this person"));
    }
    if let Some(why) = barred(state, proposal, person, facts.now) {
        return Some(no(why));
    }
    if proposal.statement.digest() != said.signed {
        return Some(no("what was signed is something else than what waits"));
    }
    None
}

/// Why a person may not sign this, whatever they sign it with.
fn barred(state: &ControlState, proposal: &Proposal, person: &PersonId, now: Micros) -> Option<&'static str> {
    let glass = match &proposal.statement.change {
        Proposed::BreakGlass { requester, .. } => Some(requester),
        _ => None,
    };
    // Whoever breaks it signs it too: an account is not the person.
    let by = &proposal.by.person;
    let needed = glass.map_or(GlassSecond::Administrator, |of| glass_second(state, (by, of), now));
    let opens = glass.is_some() && by == person;
    if !opens && !seconds_glass(state, needed, person) {
        return Some("who signs is not administrator");
    }
    if glass.is_some_and(|requester| is_requester(state, requester, person)) {
        return Some("the task is this person's own: somebody else signs");
    }
    proposal.signed.contains(person).then_some("this person has signed it already")
}

/// Why a signature of this person would not be taken now; `None` where it would.
pub fn cannot_second(
    state: &ControlState,
    proposal: &Proposal,
    person: &PersonId,
    now: Micros,
) -> Option<&'static str> {
    barred(state, proposal, person, now).or_else(|| enough(state, proposal, person, now).err())
}

/// Whether this signature is enough, and whether it is one person's alone; `None` where another has to sign as well. Who
/// proposed it counts where they sign it like the others: whoever has an account or a session may propose in their name.
fn enough(
    state: &ControlState,
    proposal: &Proposal,
    person: &PersonId,
    now: Micros,
) -> Result<Option<bool>, &'static str> {
    if let Proposed::BreakGlass { requester, .. } = &proposal.statement.change {
        return glass_enough(state, proposal, requester, (person, now));
    }
    // Who signed before and is no administrator any more counts no more.
    let before = proposal.signed.iter().filter(|of| state.is_administrator(of));
    let persons: BTreeSet<&PersonId> = before.chain([person]).collect();
    if persons.len() >= PERSONS {
        return Ok(Some(false));
    }
    if !state.is_alone(person) {
        return Ok(None);
    }
    match now >= proposal.statement.asked.after(ALONE_AFTER) {
        true => Ok(Some(true)),
        false => Err("one person alone, earlier than ten minutes after it was proposed"),
    }
}

/// The same where the glass is to be broken: who breaks it signs, whatever their role, and a second person where one is
/// needed. Where a rule asks for two of one person alone, that person may once ten minutes have passed.
fn glass_enough(
    state: &ControlState,
    proposal: &Proposal,
    requester: &PersonId,
    (person, now): (&PersonId, Micros),
) -> Result<Option<bool>, &'static str> {
    let by = &proposal.by.person;
    let needed = glass_second(state, (by, requester), now);
    let stands = |of: &&PersonId| *of == by || seconds_glass(state, needed, of);
    let signed: BTreeSet<&PersonId> = proposal.signed.iter().chain([person]).filter(stands).collect();
    if needed == GlassSecond::OfRole && state.solo() && person == by {
        return match now >= proposal.statement.asked.after(ALONE_AFTER) {
            true => Ok(Some(true)),
            false => Err("one person alone, earlier than ten minutes after it was proposed"),
        };
    }
    let persons = if needed == GlassSecond::Nobody { 1 } else { PERSONS };
    Ok((signed.contains(by) && signed.len() >= persons).then_some(false))
}

/// A change that waits is taken back: nothing of it stands, so any administrator may.
pub(super) fn withdraw(state: &ControlState, by: &By, proposal: u64, facts: &Facts) -> ControlDecided {
    if !state.proposals.get(&proposal).is_some_and(|proposal| proposal.open(facts.now)) {
        return unknown();
    }
    ControlDecided::one(facts, ControlWithdrawn { by: by.clone(), facts: facts.clone(), proposal, rules: RULES })
}

#[cfg(test)]
mod tests;
