//! Where each attribute of the context comes from.
//!
//! What could not be read makes its whole attribute missing. `context.amounts has EUR && …` would otherwise be false for an
//! amount that nobody could read, and a rule that forbids would fall silent: so it errs instead, and the act is refused.

use crate::names::{NAMES, uid};
use crate::plain::Plain;
use crate::schema;
use crate::words::Word;
use bailiwick_core::{AgentEntry, Amount, Bound, BoundAs, Caller, GrantState, Question, Reading, ServerEntry, Unit};
use std::collections::{BTreeMap, BTreeSet};

const SECONDS_PER_HOUR: u64 = 3_600;
const HOURS_PER_DAY: u64 = 24;

/// A question with what the control state says of its parts.
pub(crate) struct Asked<'a> {
    pub(crate) question: &'a Question<'a>,
    pub(crate) agent: &'a AgentEntry,
    pub(crate) caller: &'a Caller,
    pub(crate) server: &'a ServerEntry,
}

impl<'a> Asked<'a> {
    /// Everything must be there that a decision before policy has asked for already.
    pub(crate) fn new(question: &'a Question<'a>) -> Result<Self, &'static str> {
        let (control, action) = (question.control, question.action);
        let caller = question.facts.caller.as_ref().ok_or("nobody is calling")?;
        if caller.agent != question.grant.holder {
            return Err("the caller does not hold the grant");
        }
        let agent = control.agents.get(&caller.agent).ok_or("the agent is not registered")?;
        let server = control.server(action.tool.server()).ok_or("the server is not known")?;
        Ok(Self { question, agent, caller, server })
    }

    /// Whether bindings name a resource, and none or more than one could be read.
    pub(crate) fn resource_unread(&self) -> bool {
        let action = self.question.action;
        action.resource.is_none() && action.bound.iter().any(|bound| bound.role == BoundAs::Object)
    }

    /// The grants from the task's first to the one that is used. Asked for only by what reads it.
    fn lineage(&self) -> Option<Vec<&'a GrantState>> {
        self.question.task.lineage(self.question.grant.id)
    }
}

type Found = Option<Plain>;

fn text(value: impl ToString) -> Found {
    Some(Plain::Text(value.to_string()))
}
fn texts(values: impl IntoIterator<Item = impl ToString>) -> Found {
    Some(Plain::Texts(values.into_iter().map(|value| value.to_string()).collect()))
}
fn word<W: Word>(word: W) -> Found {
    Some(Plain::Word(W::WORDS, word.word()))
}
fn long(value: impl TryInto<i64>) -> Found {
    value.try_into().ok().map(Plain::Long)
}
fn record(pairs: impl IntoIterator<Item = (String, Plain)>) -> Found {
    Some(Plain::Record(pairs.into_iter().collect()))
}

fn by_unit(amounts: BTreeMap<&Unit, Amount>) -> Found {
    let pairs =
        amounts.into_iter().map(|(unit, amount)| Plain::amount(amount).map(|value| (unit.as_str().to_owned(), value)));
    record(pairs.collect::<Option<Vec<_>>>()?)
}

/// What the act measures, by unit; `None` where a part of it could not be read or added.
fn measured<'a>(asked: &Asked<'a>) -> Option<BTreeMap<&'a Unit, Amount>> {
    let mut out = BTreeMap::new();
    for measure in &asked.question.action.measures {
        let (unit, amount) = (measure.unit.known()?, *measure.amount.known()?);
        let sum = out.entry(unit).or_insert(Amount::ZERO);
        *sum = sum.checked_add(amount)?;
    }
    Some(out)
}

/// Every act of a task charges one row of its first grant, so that grant's rows hold the task's sums.
fn summed<'a>(asked: &Asked<'a>) -> Option<BTreeMap<&'a Unit, Amount>> {
    let mut out = measured(asked)?;
    let meters = asked.lineage()?.first()?.rows.iter().flat_map(|row| &row.meters);
    for (unit, meter) in meters {
        let sum = out.entry(unit).or_insert(Amount::ZERO);
        *sum = sum.checked_add(meter.charged())?;
    }
    Some(out)
}

pub(crate) fn amounts(asked: &Asked<'_>) -> Found {
    by_unit(measured(asked)?)
}
pub(crate) fn sums(asked: &Asked<'_>) -> Found {
    by_unit(summed(asked)?)
}
/// What this act measures, with what was charged before.
fn with_this<'a>(asked: &Asked<'a>, before: BTreeMap<&'a Unit, Amount>) -> Found {
    let mut out = measured(asked)?;
    for (unit, charged) in before {
        let sum = out.entry(unit).or_insert(Amount::ZERO);
        *sum = sum.checked_add(charged)?;
    }
    by_unit(out)
}
pub(crate) fn sums_since_approval(asked: &Asked<'_>) -> Found {
    with_this(asked, asked.question.task.charged_since_approval())
}
pub(crate) fn sums_to_destination(asked: &Asked<'_>) -> Found {
    let question = asked.question;
    with_this(asked, question.task.charged_to(question.action.destination.as_ref())?)
}
pub(crate) fn args(asked: &Asked<'_>) -> Found {
    let mut out = BTreeMap::new();
    for bound in &asked.question.action.bound {
        let (pointer, normal) = (bound.pointer.to_string(), bound.normal.known()?);
        // Two bindings that read one argument as two values: the pointer alone says neither.
        if out.insert(pointer, normal).is_some_and(|other| other != normal) {
            return None;
        }
    }
    record(out.into_iter().map(|(pointer, normal)| (pointer, Plain::Text(normal.clone()))))
}
/// An array has no source of its own: the place that its binding writes with `*` has those of all its elements.
pub(crate) fn arg_sources(asked: &Asked<'_>) -> Found {
    let question = asked.question;
    if unread(asked).next().is_some() {
        return None;
    }
    let of_many = schema::of_many(question.control, &question.action.tool);
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in question.sources {
        let many = of_many.iter().filter(|many| many.has(&source.pointer)).map(|many| many.text.clone());
        for place in std::iter::once(source.pointer.to_string()).chain(many) {
            out.entry(place).or_default().insert(source.source.as_str().to_owned());
        }
    }
    record(out.into_iter().map(|(place, sources)| (place, Plain::Texts(sources))))
}
pub(crate) fn values(asked: &Asked<'_>) -> Found {
    let values = asked.question.action.bound.iter().map(|bound| bound.normal.known());
    texts(values.collect::<Option<Vec<_>>>()?)
}
/// The arguments that could not be read.
fn unread<'a>(asked: &Asked<'a>) -> impl Iterator<Item = &'a Bound> {
    asked.question.action.bound.iter().filter(|bound| bound.normal == Reading::Unknown)
}
pub(crate) fn unknown(asked: &Asked<'_>) -> Found {
    let missing = [
        ("amounts", amounts(asked).is_none()),
        ("sums", sums(asked).is_none()),
        ("sums_since_approval", sums_since_approval(asked).is_none()),
        ("sums_to_destination", sums_to_destination(asked).is_none()),
        ("destination", destination(asked).is_none()),
        ("args", args(asked).is_none()),
        ("arg_sources", unread(asked).next().is_some()),
    ];
    let names = missing.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name.to_owned());
    texts(names.chain(unread(asked).map(|bound| bound.pointer.to_string())))
}
pub(crate) fn destination(asked: &Asked<'_>) -> Found {
    let Some(destination) = &asked.question.action.destination else { return record([]) };
    let destination = destination.known()?;
    let zone = destination.zone.as_ref().map(|zone| ("zone".to_owned(), Plain::Text(zone.to_string())));
    let kind = ("kind".to_owned(), Plain::Text(destination.kind.clone()));
    let value = ("value".to_owned(), Plain::Text(destination.normal.clone()));
    record([kind, value].into_iter().chain(zone))
}
pub(crate) fn assurance(asked: &Asked<'_>) -> Found {
    word(asked.caller.assurance)
}
pub(crate) fn attested(asked: &Asked<'_>) -> Found {
    Some(Plain::Bool(asked.caller.attestation.is_some()))
}
pub(crate) fn autonomy(asked: &Asked<'_>) -> Found {
    word(asked.agent.document.autonomy)
}
pub(crate) fn classes(asked: &Asked<'_>) -> Found {
    texts(&asked.question.action.classes)
}
pub(crate) fn depth(asked: &Asked<'_>) -> Found {
    long(asked.lineage()?.len())
}
pub(crate) fn effect(asked: &Asked<'_>) -> Found {
    word(asked.question.action.effect)
}
pub(crate) fn egress(asked: &Asked<'_>) -> Found {
    word(asked.question.action.egress)
}
pub(crate) fn hour(asked: &Asked<'_>) -> Found {
    long(seconds(asked) / SECONDS_PER_HOUR % HOURS_PER_DAY)
}
pub(crate) fn impact(asked: &Asked<'_>) -> Found {
    word(asked.question.action.impact)
}
pub(crate) fn lineage(asked: &Asked<'_>) -> Found {
    texts(asked.lineage()?.into_iter().map(|grant| &grant.holder))
}
pub(crate) fn memory(asked: &Asked<'_>) -> Found {
    word(asked.agent.document.memory)
}
pub(crate) fn mode(asked: &Asked<'_>) -> Found {
    word(asked.question.facts.mode)
}
pub(crate) fn now(asked: &Asked<'_>) -> Found {
    long(seconds(asked))
}
fn seconds(asked: &Asked<'_>) -> u64 {
    asked.question.facts.now.0 / 1_000_000
}
pub(crate) fn owner(asked: &Asked<'_>) -> Found {
    text(&asked.agent.document.owner)
}
pub(crate) fn purpose(asked: &Asked<'_>) -> Found {
    text(asked.question.task.purpose.as_ref()?)
}
pub(crate) fn requester(asked: &Asked<'_>) -> Found {
    text(asked.question.task.requester.as_ref()?)
}
pub(crate) fn resource(asked: &Asked<'_>) -> Found {
    text(asked.question.action.resource.as_ref()?)
}
pub(crate) fn reversibility(asked: &Asked<'_>) -> Found {
    word(asked.question.control.nature(&asked.question.action.tool)?.reversibility)
}
pub(crate) fn risk(asked: &Asked<'_>) -> Found {
    long(asked.question.risk?.score)
}
pub(crate) fn risk_reasons(asked: &Asked<'_>) -> Found {
    texts(asked.question.risk?.reasons.iter().map(|sign| sign.as_str()))
}
pub(crate) fn road(asked: &Asked<'_>) -> Found {
    word(asked.caller.road)
}
pub(crate) fn run_by(asked: &Asked<'_>) -> Found {
    word(asked.agent.document.run_by)
}
pub(crate) fn server(asked: &Asked<'_>) -> Found {
    text(asked.question.action.tool.server())
}
pub(crate) fn server_zone(asked: &Asked<'_>) -> Found {
    text(&asked.server.document.zone)
}
pub(crate) fn sources(asked: &Asked<'_>) -> Found {
    texts(asked.question.sources.iter().map(|source| source.source.as_str()))
}
pub(crate) fn touched(asked: &Asked<'_>) -> Found {
    texts(&asked.question.label.classes)
}
pub(crate) fn touched_untrusted(asked: &Asked<'_>) -> Found {
    Some(Plain::Bool(asked.question.label.trusted == Some(false)))
}
pub(crate) fn touched_zones(asked: &Asked<'_>) -> Found {
    texts(&asked.question.label.zones)
}
pub(crate) fn subject(asked: &Asked<'_>) -> Found {
    text(asked.question.task.subject.as_ref()?)
}
pub(crate) fn template(asked: &Asked<'_>) -> Found {
    text(asked.question.task.template.as_ref()?)
}
pub(crate) fn tool(asked: &Asked<'_>) -> Found {
    text(&asked.question.action.tool)
}
pub(crate) fn uses(asked: &Asked<'_>) -> Found {
    let rows = asked.question.grant.rows.iter().map(|row| row.uses);
    long(rows.fold(0, u64::saturating_add))
}
pub(crate) fn zone(asked: &Asked<'_>) -> Found {
    text(&asked.agent.document.zone)
}

/// The resource as an entity.
pub(crate) fn resource_entity(asked: &Asked<'_>) -> cedar_policy::EntityUid {
    let action = asked.question.action;
    match &action.resource {
        Some(resource) => uid(&NAMES.resource, resource),
        // no name is empty, so no rule names this one
        None if asked.resource_unread() => uid(&NAMES.resource, ""),
        None => uid(&NAMES.server, action.tool.server().as_str()),
    }
}
