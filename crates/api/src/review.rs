//! `/v1/review`: authority that nobody uses, and agents that nobody looks after. Read off the record and the tenant's settings;
//! nothing is kept for it and nothing is changed by it.

use crate::{Api, Problem};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    AgentEntry, AgentId, ControlState, Data, Effect, Event, GrantId, MandateName, Micros, Span, StreamId, TemplateName,
    ToolId,
};
use bailiwick_node::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// The most of the log that one answer looks through, the newest first.
const LEAVES_MAX: u64 = 100_000;
/// How much of it is read at a time.
const PAGE: usize = 500;
/// The longest time that can be asked for, in days.
const DAYS_MAX: u64 = 3_650;
/// The most findings of a kind that are told; all of them are counted.
const LISTED_MAX: usize = 100;
/// What is read of the log.
const READ: [&str; 8] = [
    "action.begun",
    "allocation.made",
    "control.keys",
    "grant.ended",
    "grant.minted",
    "task.ended",
    "task.started",
    "control.opened",
];

/// What was used of late.
#[derive(Debug, Default)]
struct Used {
    agents: BTreeSet<AgentId>,
    effects: BTreeMap<AgentId, BTreeSet<Effect>>,
    tools: BTreeSet<ToolId>,
    templates: BTreeSet<TemplateName>,
    mandates: BTreeSet<MandateName>,
    /// Grants that were made and have not ended, until one is used: with their task and holder.
    idle: BTreeMap<(StreamId, GrantId), AgentId>,
    holders: BTreeMap<(StreamId, GrantId), AgentId>,
    keys: bool,
}

impl Used {
    fn take(&mut self, stream: StreamId, event: &Event) {
        match &event.data {
            Data::TaskStarted(started) => _ = self.templates.insert(started.template.clone()),
            Data::GrantMinted(minted) => {
                self.idle.insert((stream, minted.grant), minted.holder.clone());
                self.holders.insert((stream, minted.grant), minted.holder.clone());
            }
            Data::ActionBegun(begun) => {
                self.idle.remove(&(stream, begun.grant));
                self.tools.insert(begun.action.tool.clone());
                let caller = begun.facts.caller.as_ref().map(|caller| caller.agent.clone());
                for agent in caller.into_iter().chain(self.holders.get(&(stream, begun.grant)).cloned()) {
                    self.effects.entry(agent.clone()).or_default().insert(begun.action.effect);
                    self.agents.insert(agent);
                }
            }
            Data::GrantEnded(ended) => _ = self.idle.remove(&(stream, ended.grant)),
            Data::TaskEnded(_) => self.idle.retain(|(of, _), _| *of != stream),
            Data::AllocationMade(made) => _ = self.mandates.insert(made.mandate.clone()),
            Data::ControlKeys(_) => self.keys = true,
            _ => {}
        }
    }
}

/// Something that a person should look at: a stable word, what it is about, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    code: &'static str,
    of: String,
    why: String,
}

fn found(code: &'static str, of: impl ToString, why: impl Into<String>) -> Found {
    Found { code, of: of.to_string(), why: why.into() }
}

/// The number of a day since 1970-01-01, of `yyyy-mm-dd`.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(str::parse::<i64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    // the civil calendar, counted from March so that a leap day is the last of its year
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn of_agents(state: &ControlState, used: &Used, now: Micros, out: &mut Vec<Found>) {
    let today = i64::try_from(now.0 / 86_400_000_000).unwrap_or(i64::MAX);
    for (name, AgentEntry { document, active, .. }) in &state.agents {
        if *active && !used.agents.contains(name) {
            out.push(found("agent_unused", name, "it is active and did nothing"));
        }
        if day(&document.review).is_none_or(|due| due < today) {
            out.push(found("agent_review_due", name, format!("it was to be looked at again by {}", document.review)));
        }
        let known = !state.left.contains_key(&document.owner) || state.persons.contains_key(&document.owner);
        if !known {
            out.push(found("owner_left", name, format!("its owner {} has left", document.owner)));
        }
    }
}

fn of_roles(state: &ControlState, used: &Used, out: &mut Vec<Found>) {
    for (name, role) in &state.roles {
        let of_role = |entry: &&AgentEntry| entry.document.role == *name;
        let own = || state.agents.values().filter(of_role);
        if own().next().is_none() {
            out.push(found("role_unused", name, "no agent is bounded by it"));
            continue;
        }
        let did: BTreeSet<Effect> =
            own().filter_map(|entry| used.effects.get(&entry.document.name)).flatten().copied().collect();
        let allows: BTreeSet<Effect> = role.allow.iter().flat_map(|row| row.effects.iter().copied()).collect();
        let never: Vec<String> = allows.difference(&did).map(ToString::to_string).collect();
        // Of agents that did nothing that is said of them.
        if !did.is_empty() && !never.is_empty() {
            out.push(found("role_wide", name, format!("its agents never did what it allows: {}", never.join(", "))));
        }
    }
}

fn of_rest(state: &ControlState, used: &Used, out: &mut Vec<Found>) {
    let allowed = |tool: &ToolId| {
        let nature = state.nature(tool)?;
        state.roles.values().find(|role| role.allows(tool, nature.effect)).map(|role| role.name.clone())
    };
    for tool in state.tools.keys().filter(|tool| !used.tools.contains(*tool)) {
        if let Some(role) = allowed(tool) {
            out.push(found("tool_unused", tool, format!("the role {role} allows it, and nobody called it")));
        }
    }
    for name in state.templates.keys().filter(|name| !used.templates.contains(*name)) {
        out.push(found("template_unused", name, "no task was started from it"));
    }
    for name in state.mandates.keys().filter(|name| !used.mandates.contains(*name)) {
        out.push(found("mandate_unused", name, "no task drew on it"));
    }
    for ((stream, grant), holder) in &used.idle {
        let task = bailiwick_core::TaskId::new(*stream.bytes());
        out.push(found("grant_unused", grant, format!("{holder} holds it in task {task} and did nothing by it")));
    }
}

/// All that is found, in a fixed order. `whole`: the tenant was there for all of the time that was looked at.
fn findings(state: &ControlState, used: &Used, (whole, now): (bool, Micros)) -> Vec<Found> {
    let mut out = Vec::new();
    of_agents(state, used, now, &mut out);
    of_roles(state, used, &mut out);
    of_rest(state, used, &mut out);
    if whole && !used.keys {
        out.push(found("keys_unturned", "token", "the key that tokens are signed with was not turned"));
    }
    out.sort();
    out
}

impl Api {
    /// What of the tenant's authority was not used in the last `days`, and who is not looked after.
    pub(crate) fn review_sprawl(&self, days: Option<u64>) -> Result<Json, Problem> {
        let days = days.unwrap_or(90);
        if days == 0 || days > DAYS_MAX {
            return Err(Problem::bad(format!("`days` is {days}: expected 1 to {DAYS_MAX}")));
        }
        let (control, node) = (self.control()?, self.desk.node());
        let unavailable = |error: &dyn std::fmt::Display| Problem::from(Failure::Unavailable(error.to_string()));
        let size = node.store().log(self.tenant).map_err(|error| unavailable(&error))?.size;
        let since = node.now().before(Span::hours(days.saturating_mul(24)));
        let mut from = size.saturating_sub(LEAVES_MAX);
        let (mut used, mut first, mut older) = (Used::default(), None, false);
        while from < size {
            let page = node.store().leaves(self.tenant, from, PAGE).map_err(|error| unavailable(&error))?;
            let Some(last) = page.last() else { break };
            from = last.leaf + 1;
            older |= page.first().is_some_and(|event| event.event.at < since);
            for stored in page.iter().filter(|stored| stored.event.at >= since) {
                first.get_or_insert(stored.event.at);
                let clear = Json::parse(&stored.event.clear, &Limits::stored());
                let kind = clear.as_ref().ok().and_then(|clear| clear.get("kind")?.as_str().map(str::to_owned));
                let wanted = kind.is_some_and(|kind| READ.contains(&kind.as_str()));
                // What is not what was written counts for nothing.
                if wanted && node.unlike(self.tenant, None, stored)?.is_none() {
                    let (event, _) =
                        Event::read(&stored.event.clear).map_err(|error| Problem::broken(error.to_string()))?;
                    used.take(stored.stream, &event);
                }
            }
        }
        let all = findings(&control.state, &used, (older, node.now()));
        let mut told = BTreeMap::<&str, usize>::new();
        let listed = all.iter().filter(|found| {
            let count = told.entry(found.code).or_default();
            *count += 1;
            *count <= LISTED_MAX
        });
        let listed: Vec<Json> = listed
            .map(|found| {
                let text = |text: &str| Json::from(text);
                Json::object([("code", text(found.code)), ("of", text(&found.of)), ("why", text(&found.why))])
            })
            .collect();
        Ok(Json::object([
            ("count", Json::from(u64::try_from(all.len()).unwrap_or(u64::MAX))),
            ("days", Json::from(days)),
            ("findings", Json::array(listed)),
            ("from", first.map_or(Json::Null, |at: Micros| Json::from(at.0))),
            ("whole", Json::from(older)),
        ]))
    }
}

#[cfg(test)]
mod tests;
