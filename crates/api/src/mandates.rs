//! `/v1/mandates`: what is given, to be drawn on by tasks; what is left of it, and which tasks hold it.

use crate::people::text;
use crate::who::ADMINISTRATOR;
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{
    Code, ControlState, Counted, Data, Event, Facts, Mandate, MandateEntry, MandateLimit, MandateName, MandateState,
    Micros, PersonId, Reason, StreamId, Unit, left, mandate_stream,
};
use bailiwick_node::Failure;
use bailiwick_store::StoredEvent;

/// How many of a mandate's newest tasks are told.
const TASKS_TOLD_MAX: usize = 200;
/// How many leaves back the same event stands in its task's stream: both are of one append, and few.
const TWIN_WITHIN: u64 = 32;

/// Whether a mandate is a person's to look at: they give it, answer for an agent that it is for, or see all.
fn reads(control: &ControlState, person: &PersonId, mandate: &Mandate) -> bool {
    let roles = control.persons.get(person).map(|person| person.roles.as_slice()).unwrap_or_default();
    let owns = |agent| control.agents.get(agent).is_some_and(|entry| entry.document.owner == *person);
    mandate.giver == *person
        || roles.iter().any(|role| role.as_str() == ADMINISTRATOR)
        || mandate.given_for.agents.iter().any(owns)
}

fn micros(at: Micros) -> Json {
    Json::from(at.0)
}

fn limit_json(mandate: &Mandate, (unit, limit): (&Unit, &MandateLimit), state: &MandateState, facts: &Facts) -> Json {
    let counted: Option<Counted> = state.counted(unit, limit, facts);
    let period = counted.and_then(|counted| counted.period);
    let told = |amount: Option<bailiwick_core::Amount>| amount.map_or(Json::Null, |amount| text(&amount));
    Json::object([
        ("from", counted.map_or(Json::Null, |counted| micros(counted.from))),
        ("left", told(left(mandate, state, unit, facts))),
        ("most", text(&limit.most)),
        ("over", limit.over.as_deref().map_or(Json::Null, Json::from)),
        ("per", limit.per.as_ref().map_or(Json::Null, |per| text(per))),
        ("unit", text(unit)),
        ("until", period.map_or(Json::Null, |period| micros(period.until))),
        ("used", told(counted.map(|counted| state.used(unit, &counted)))),
    ])
}

/// What tasks drew, newest first.
fn tasks_json(state: &MandateState) -> Json {
    let drawn = state.units.iter().flat_map(|(unit, of)| of.drawn.iter().map(move |drawn| (unit, drawn)));
    let mut drawn: Vec<_> = drawn.collect();
    drawn.sort_by_key(|(_, drawn)| std::cmp::Reverse(drawn.at));
    let task = |(unit, drawn): (&Unit, &bailiwick_core::Drawn)| {
        Json::object([
            ("at", micros(drawn.at)),
            ("counts", text(&drawn.counts)),
            ("settled", Json::from(drawn.settled)),
            ("task", text(&drawn.task)),
            ("unit", text(unit)),
        ])
    };
    Json::array(drawn.into_iter().take(TASKS_TOLD_MAX).map(task))
}

impl Api {
    /// The mandates that who asks may look at.
    pub(crate) async fn mandates(&self, who: &Who) -> Result<Json, Problem> {
        let control = self.control()?;
        let shown =
            |entry: &&MandateEntry| who.only().is_none_or(|person| reads(&control.state, person, &entry.document));
        let mut out = Vec::new();
        for entry in control.state.mandates.values().filter(shown) {
            out.push(self.mandate_json(entry, false).await?);
        }
        Ok(Json::object([("mandates", Json::array(out))]))
    }

    /// One of them, with the tasks that drew on it.
    pub(crate) async fn mandate(&self, name: &str, who: &Who) -> Result<Json, Problem> {
        let control = self.control()?;
        let name = MandateName::parse(name).ok();
        let entry = name.and_then(|name| control.state.mandates.get(&name));
        let shown =
            |entry: &&MandateEntry| who.only().is_none_or(|person| reads(&control.state, person, &entry.document));
        let entry = entry.filter(shown).ok_or_else(|| Problem::not_found("mandate"))?;
        self.mandate_json(entry, true).await
    }

    async fn mandate_json(&self, entry: &MandateEntry, whole: bool) -> Result<Json, Problem> {
        let (node, mandate) = (self.desk.node(), &entry.document);
        let state = node.mandate(self.tenant, &mandate.name).await?;
        let facts = node.facts_of_mandates(self.tenant, std::slice::from_ref(&mandate.name))?;
        let limits = mandate.meters.iter().map(|limit| limit_json(mandate, limit, &state, &facts));
        let not_good = match () {
            () if !entry.is_given() => {
                Some("it was given before the store was put back: its giver gives it again, by `apply`")
            }
            () if facts.now < mandate.begins() => Some("it does not begin before its `from`"),
            () if mandate.ends().is_some_and(|ends| facts.now >= ends) => Some("it ended with its `until`"),
            () => None,
        };
        let mut fields = vec![
            ("digest", text(&entry.digest)),
            ("giver", text(&mandate.giver)),
            ("good", Json::from(not_good.is_none())),
            ("meters", Json::array(limits)),
            ("name", text(&mandate.name)),
            ("not_good", not_good.map_or(Json::Null, Json::from)),
            ("sentence", Json::from(mandate.sentence().as_str())),
        ];
        if whole {
            fields.push(("document", bailiwick_core::Document::Mandate(mandate.clone()).json()));
            fields.push(("tasks", tasks_json(&state)));
        }
        Ok(Json::object(fields))
    }

    /// A refusal as who asks is told it: what is left of a mandate is for those who may look at it.
    pub(crate) fn of_mandate(&self, reason: &Reason, mandates: &[MandateName], who: &Who) -> Result<Reason, Problem> {
        let control = self.control()?;
        let hidden = |name: &MandateName| {
            let entry = control.state.mandates.get(name);
            let mandate = entry.map(|entry| &entry.document);
            who.only().is_some_and(|person| !mandate.is_some_and(|mandate| reads(&control.state, person, mandate)))
        };
        let most = reason.most.clone().filter(|_| reason.code != Code::OverMandate || !mandates.iter().any(hidden));
        Ok(Reason { most, ..reason.clone() })
    }

    /// Of an event that stands in a mandate's stream, where the same stands in its task's.
    pub(crate) fn of_task(&self, stored: StoredEvent) -> Result<StoredEvent, Problem> {
        let Some((mandate, task)) = allocation(&stored) else { return Ok(stored) };
        if stored.stream != mandate_stream(self.tenant, &mandate) {
            return Ok(stored);
        }
        let (from, most) = (stored.leaf.saturating_sub(TWIN_WITHIN), usize::try_from(TWIN_WITHIN).unwrap_or(1));
        let before = self.desk.node().store().leaves(self.tenant, from, most);
        let before = before.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let twin = |other: &&StoredEvent| other.stream == task && other.event.clear == stored.event.clear;
        Ok(before.iter().find(twin).cloned().unwrap_or(stored))
    }

    /// Whether it is a mandate's stream that an event stands in.
    pub(crate) fn is_of_mandate(&self, stored: &StoredEvent) -> bool {
        allocation(stored).is_some_and(|(name, _)| stored.stream == mandate_stream(self.tenant, &name))
    }
}

/// Which mandate gave to which task, of an event that says so.
fn allocation(stored: &StoredEvent) -> Option<(MandateName, StreamId)> {
    match Event::read(&stored.event.clear).ok()?.0.data {
        Data::AllocationMade(made) => Some((made.mandate, made.task)),
        Data::AllocationReturned(returned) => Some((returned.mandate, returned.task)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
