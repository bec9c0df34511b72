//! Breaking the glass: for a while policy and approvals are not asked of one task's acts. Identity, lineage, envelopes,
//! roles, meters and the record are, as ever.

use super::ControlDecided;
use super::approval::twin_in_doubt;
use super::attempt::Asked;
use super::value::within_each;
use crate::approval::REASON_CHARS_MAX;
use crate::control::{ControlState, GLASS_OPEN_MAX, GLASS_SPAN_MAX, Glass};
use crate::document::Template;
use crate::envelope::Envelope;
use crate::event::{ALONE_AFTER, ControlGlassBroken, ControlGlassClosed, RULES};
use crate::facts::{Assurance, By, Facts};
use crate::json::Json;
use crate::normal::invisible;
use crate::reason::{Code, Reason};
use crate::task::{GrantState, TaskState};
use crate::template::fill;
use crate::{BreakGlass, Effect, Micros, PersonId, Salt, ToolId, own};
use std::collections::BTreeMap;

/// The role of people who may break the glass.
const BREAKER: &str = "break-glass";
/// The most characters of an incident's name.
const INCIDENT_CHARS_MAX: usize = 64;
/// The most characters of what was found.
const FINDINGS_CHARS_MAX: usize = 2_000;
/// The most overrides that are remembered: those of a day, and those that nobody closed.
const GLASSES_MAX: usize = 64;

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

/// A line that people are shown as it is.
fn line(what: &str, text: &str, most: usize) -> Result<String, Reason> {
    let text = text.trim();
    if (1..=most).contains(&text.chars().count()) && !text.chars().any(invisible) {
        return Ok(text.to_owned());
    }
    Err(no(what).most(format_args!("1 to {most} characters on one line")))
}

fn has_role(state: &ControlState, person: &PersonId, role: &str) -> bool {
    state.persons.get(person).is_some_and(|person| person.roles.iter().any(|has| has.as_str() == role))
}

/// Whether a task's requester is this person, also under the number of their account.
pub fn is_requester(state: &ControlState, requester: &PersonId, person: &PersonId) -> bool {
    requester == person || state.account_of(person).as_ref() == Some(requester)
}

/// Whether a person may look at what was overridden and close it: an administrator or one of the role, who neither broke it
/// nor started that task. `by` alone may, where the directory holds nobody else.
pub fn closes_glass(state: &ControlState, (by, requester): (&PersonId, &PersonId), person: &PersonId) -> bool {
    let role = state.is_administrator(person) || has_role(state, person, BREAKER);
    role && !is_requester(state, requester, person) && (person != by || state.solo())
}

/// What a template covers as an override; one that counts, asks people or wants to be filled in is none.
fn covered(template: &Template, now: Micros) -> Result<Envelope, Reason> {
    let filled = fill(template, &BTreeMap::new(), now);
    let filled = filled.map_err(|error| no(&format!("a template that is to be filled in: {}", error.place)))?;
    let counts = |row: &crate::Row| {
        let counts =
            |limit: &crate::MeterLimit| limit.per_destination.or(limit.total).is_some() || limit.window.is_some();
        let sums = row.meters.values().any(counts);
        row.uses.is_some() || sums || !row.ask.is_empty()
    };
    if filled.envelope.rows.iter().any(counts) {
        let most = "rows with tools, effects, conditions and limits of one action (`each`)";
        return Err(no("a template that counts over several acts, or asks people").most(most));
    }
    // Without a limit a row lets no value move, under a broken glass as anywhere: it would cover nothing of what it names.
    let unlimited = |row: &crate::Row| row.effects.contains(&Effect::Transfer) && row.meters.is_empty();
    if filled.envelope.rows.iter().any(unlimited) {
        let most = "a limit of one action beside `transfer`, as `meters: {EUR: {each: \"500.00\"}}`";
        return Err(no("a row that moves value and says not how much at most").most(most));
    }
    Ok(filled.envelope)
}

/// Whether a person needs a second one: because they broke it, or it was broken for the same requester, within a day; or
/// the requester did the same for them.
fn needs_second(state: &ControlState, by: &PersonId, requester: &PersonId, now: Micros) -> bool {
    state.glasses.values().filter(|glass| glass.recent(now)).any(|glass| {
        let again = glass.by.person == *by || glass.requester == *requester;
        again || is_requester(state, &glass.requester, by)
    })
}

/// Who has to sign beside the person who breaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlassSecond {
    /// Nobody.
    Nobody,
    /// Another person with the role, or an administrator: a rule of the tenant asks for two.
    OfRole,
    /// An administrator: it is once more within a day, and two friends are no check on each other.
    Administrator,
}

/// Who has to sign beside `by`, as rules and the day's overrides stand.
pub fn glass_second(state: &ControlState, (by, requester): (&PersonId, &PersonId), now: Micros) -> GlassSecond {
    let two = |rule: &crate::RuleEntry| rule.document.break_glass.is_some_and(|glass| glass.persons > 1);
    if needs_second(state, by, requester, now) {
        GlassSecond::Administrator
    } else if state.rules.values().any(two) {
        GlassSecond::OfRole
    } else {
        GlassSecond::Nobody
    }
}

/// Whether a person may be that second one, whoever's task it is.
pub fn seconds_glass(state: &ControlState, second: GlassSecond, person: &PersonId) -> bool {
    state.is_administrator(person) || (second == GlassSecond::OfRole && has_role(state, person, BREAKER))
}

/// Whether a template can be an override at all.
pub fn glass_template(template: &Template, now: Micros) -> bool {
    covered(template, now).is_ok()
}

/// Whether a template, as an override over a task, is about anything that a live lineage of the task and the roles of its agents
/// allow: an override gives nothing that they do not.
pub fn glass_covers(state: &ControlState, task: &TaskState, template: &Template, now: Micros) -> bool {
    let Ok(named) = covered(template, now) else { return false };
    let names = |tool: &ToolId| Effect::ALL.iter().any(|effect| named.lists(tool, *effect));
    // What a server offers that nobody has met yet is not known to be beyond anything.
    !state.tools.keys().any(names) || glass_tools(state, task, template, now).iter().any(|(_, reached)| *reached)
}

/// The tools that a template names as an override over a task, each with whether a live lineage of the task and the roles of its
/// agents allow it.
pub fn glass_tools(state: &ControlState, task: &TaskState, template: &Template, now: Micros) -> Vec<(ToolId, bool)> {
    let Ok(named) = covered(template, now) else { return Vec::new() };
    let live = task.grants.values().filter(|grant| grant.standing.live());
    let lineages: Vec<Vec<&GrantState>> = live.filter_map(|grant| task.lineage(grant.id)).collect();
    let allows = |grant: &GrantState, tool: &ToolId, effect: Effect| {
        let role = state.agents.get(&grant.holder).and_then(|agent| state.roles.get(&agent.document.role));
        let lists = grant.envelope.as_ref().is_some_and(|envelope| envelope.lists(tool, effect));
        lists && role.is_some_and(|role| role.allows(tool, effect))
    };
    let known = state.tools.keys().filter_map(|tool| Some((tool, state.nature(tool)?.effect)));
    let named = known.filter(|(tool, effect)| named.lists(tool, *effect));
    let reached = |(tool, effect): (&ToolId, Effect)| {
        let all = |lineage: &Vec<&GrantState>| lineage.iter().all(|grant| allows(grant, tool, effect));
        (tool.clone(), lineages.iter().any(all))
    };
    named.map(reached).collect()
}

/// Whether the persons who have to sign that one breaks it have passkeys: who does, and a second person where one is needed.
/// Where no administrator has one nobody signs.
pub fn glass_signers(state: &ControlState, (by, requester): (&PersonId, &PersonId), now: Micros) -> bool {
    let signs = |person: &PersonId| state.passkeys.get(person).is_some_and(|keys| !keys.is_empty());
    let needed = glass_second(state, (by, requester), now);
    let other = |person: &PersonId| {
        person != by && seconds_glass(state, needed, person) && !is_requester(state, requester, person)
    };
    let second = || state.passkeys.keys().any(|person| other(person) && signs(person));
    let alone = needed == GlassSecond::Nobody || (needed == GlassSecond::OfRole && state.solo());
    !state.is_user_verified() || signs(by) && (alone || second())
}

/// What a person breaks the glass for: it stands at once where no second person is needed.
pub(super) fn break_glass(state: &ControlState, said: &BreakGlass, facts: &Facts) -> ControlDecided {
    match broken(state, said, facts) {
        Ok(broken) => ControlDecided::one(facts, broken),
        Err(reason) => ControlDecided::refuse(reason),
    }
}

fn broken(state: &ControlState, said: &BreakGlass, facts: &Facts) -> Result<ControlGlassBroken, Reason> {
    let (person, now) = (&said.by.person, facts.now);
    if !has_role(state, person, BREAKER) {
        return Err(no("this person has not the role `break-glass`"));
    }
    if is_requester(state, &said.requester, person) {
        return Err(no("the task is this person's own: somebody else breaks the glass"));
    }
    // Over HTTP what lets more happen is signed, and here nobody would be asked to sign.
    if !state.is_user_verified() && said.by.assurance == Assurance::Session {
        return Err(no(
            "no administrator has a passkey, so it is broken at the node's own socket: `bailiwick break-glass open`",
        ));
    }
    if said.span.0 == 0 || said.span > GLASS_SPAN_MAX {
        return Err(no("that long").most("1 to 60 minutes"));
    }
    if state.glasses.values().any(|glass| glass.overdue(now)) {
        return Err(no("one that is overdue has to be looked at first"));
    }
    if state.glasses.values().filter(|glass| glass.closed.is_none()).count() >= GLASS_OPEN_MAX {
        return Err(no("one of those that are open has to be closed first"));
    }
    if state.glasses.values().filter(|glass| glass.recent(now)).count() >= GLASSES_MAX {
        return Err(no("as many as may were broken within a day already"));
    }
    let unknown = || Reason::new(Code::NotAvailable).asked(&said.template);
    let (template, digest) = state.templates.get(&said.template).ok_or_else(unknown)?;
    let window = covered(template, now)?.window;
    let unsigned = match glass_second(state, (person, &said.requester), now) {
        GlassSecond::Administrator => {
            Some("it is once more within a day, so a second person has to sign it, and no administrator has a passkey")
        }
        GlassSecond::OfRole => Some("a rule asks for two persons, who sign, and no administrator has a passkey"),
        GlassSecond::Nobody => None,
    };
    if let Some(why) = unsigned.filter(|_| !state.is_user_verified()) {
        return Err(no(why));
    }
    Ok(ControlGlassBroken {
        by: said.by.clone(),
        expires: now.after(said.span).min(window.expires),
        facts: facts.clone(),
        incident: line("the incident", &said.incident, INCIDENT_CHARS_MAX)?,
        reason: line("the reason", &said.reason, REASON_CHARS_MAX)?,
        requester: said.requester.clone(),
        rules: RULES,
        task: said.task,
        template: said.template.clone(),
        template_digest: *digest,
    })
}

/// Somebody else says what they found: from then on it is over, and counts no more.
pub(super) fn close(state: &ControlState, by: &By, glass: u64, findings: &str, facts: &Facts) -> ControlDecided {
    match closed(state, by, glass, findings, facts) {
        Ok(closed) => ControlDecided::one(facts, closed),
        Err(reason) => ControlDecided::refuse(reason),
    }
}

/// What a person is shown of an override that they close.
pub(super) fn close_shown(state: &ControlState, closed: &ControlGlassClosed, blind: Salt) -> Option<Json> {
    let glass = state.glasses.get(&closed.glass)?;
    Some(Json::object([
        ("act", Json::from("close")),
        ("blind", Json::from(blind.to_string())),
        ("by", Json::from(glass.by.person.as_str())),
        ("findings", Json::from(closed.findings.as_str())),
        ("glass", Json::from(closed.glass)),
        ("incident", Json::from(glass.incident.as_str())),
        ("reason", Json::from(glass.reason.as_str())),
        ("template", Json::from(glass.template.name.as_str())),
    ]))
}

pub(super) fn closed(
    state: &ControlState,
    by: &By,
    number: u64,
    findings: &str,
    facts: &Facts,
) -> Result<ControlGlassClosed, Reason> {
    let open = state.glasses.get(&number).filter(|glass| glass.closed.is_none());
    let glass = open.ok_or_else(|| Reason::new(Code::NotAvailable).asked("an override of that number that is open"))?;
    let person = &by.person;
    if !state.is_administrator(person) && !has_role(state, person, BREAKER) {
        return Err(no("this person is neither administrator nor has the role `break-glass`"));
    }
    if state.is_user_verified() && !by.assurance.signed_in() {
        return Err(no("somebody signed in with a passkey closes it, on the page `/break-glass`"));
    }
    if is_requester(state, &glass.requester, person) {
        return Err(no("the task is this person's own: somebody else looks at it"));
    }
    let own = glass.by.person == *person;
    if own && !state.solo() {
        return Err(no("this person broke it: somebody else looks at it"));
    }
    if own && facts.now < glass.opened.after(ALONE_AFTER) {
        return Err(no("one person alone closes it ten minutes after it was broken, and no sooner"));
    }
    Ok(ControlGlassClosed {
        by: by.clone(),
        facts: facts.clone(),
        findings: line("the findings", findings, FINDINGS_CHARS_MAX)?,
        glass: number,
        rules: RULES,
        shown: None,
        signed: None,
        single_person: own,
    })
}

/// The override that an act is decided under, where one is open over its task and covers it.
pub(super) fn broken_over(asked: &Asked<'_>) -> Option<u64> {
    let (view, now) = (asked.view, asked.facts.now);
    if own::hands_on(&asked.attempt.action.tool) {
        return None;
    }
    // Whether the same was done already is for a person to say, also now; a round that goes on from another is no second act.
    let goes_on = |leaf: &u64| asked.attempt.continues.is_some_and(|first| first.leaf == *leaf);
    if twin_in_doubt(asked).is_some_and(|leaf| !goes_on(&leaf)) {
        return None;
    }
    let covers = |glass: &Glass| {
        let over = glass.task == view.task.id && Some(&glass.requester) == view.task.requester.as_ref();
        over && glass.open(now) && allows(glass, asked)
    };
    view.control.glasses.iter().find(|(_, glass)| covers(glass)).map(|(number, _)| *number)
}

fn allows(glass: &Glass, asked: &Asked<'_>) -> bool {
    let action = &asked.attempt.action;
    let Ok(envelope) = covered(&glass.template, glass.opened) else { return false };
    // What is privileged was named when the glass was broken: that was the person's act.
    let fits = envelope.fits(action, true).unwrap_or_default();
    fits.iter().filter_map(|row| envelope.rows.get(*row)).any(|row| within_each(row, action))
}

#[cfg(test)]
mod tests;
