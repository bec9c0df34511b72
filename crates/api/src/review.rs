//! `/v1/review`: authority that nobody uses, that piles up or goes far, and agents that nobody looks after. Read off the record and
//! the tenant's settings; nothing is changed by it. What is found is written down once by whichever node comes to it first.

mod beat;
mod shape;

pub(crate) use beat::SprawlBeat;

use crate::walk::Walked;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{
    AgentEntry, AgentId, ControlState, Data, Effect, Event, GrantId, MandateName, Micros, Sprawl, StreamId,
    TemplateName, ToolId, overdue,
};
use shape::{Shape, of_shape};
use std::collections::{BTreeMap, BTreeSet};

/// The most findings of a kind that are told; all of them are counted.
const LISTED_MAX: usize = 100;
/// How many days are looked at unless somebody says.
const DAYS: u64 = 90;
/// What is read of the log.
const READ: [&str; 10] = [
    "action.begun",
    "action.refused",
    "allocation.made",
    "control.breaker_opened",
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
    shape: Shape,
}

impl Used {
    fn take(&mut self, stream: StreamId, event: &Event) {
        self.shape.take(stream, event);
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
    code: Sprawl,
    of: String,
    why: String,
    /// The agent that it is about.
    agent: Option<AgentId>,
}

fn found(code: Sprawl, of: impl ToString, why: impl Into<String>) -> Found {
    Found { code, of: of.to_string(), why: why.into(), agent: None }
}

impl Found {
    fn about(self, agent: &AgentId) -> Self {
        Self { agent: Some(agent.clone()), ..self }
    }
}

fn of_agents(state: &ControlState, used: &Used, now: Micros, out: &mut Vec<Found>) {
    for (name, AgentEntry { document, active, .. }) in &state.agents {
        if *active && !used.agents.contains(name) {
            out.push(found(Sprawl::AgentUnused, name, "it is active and did nothing").about(name));
        }
        if overdue(&document.review, now) {
            let why = format!("it was to be looked at again by {}", document.review);
            out.push(found(Sprawl::AgentReviewDue, name, why).about(name));
        }
        let known = !state.left.contains_key(&document.owner) || state.persons.contains_key(&document.owner);
        if !known {
            out.push(found(Sprawl::OwnerLeft, name, format!("its owner {} has left", document.owner)).about(name));
        }
    }
}

fn of_roles(state: &ControlState, used: &Used, out: &mut Vec<Found>) {
    for (name, role) in &state.roles {
        let of_role = |entry: &&AgentEntry| entry.document.role == *name;
        let own = || state.agents.values().filter(of_role);
        if own().next().is_none() {
            out.push(found(Sprawl::RoleUnused, name, "no agent is bounded by it"));
            continue;
        }
        let did: BTreeSet<Effect> =
            own().filter_map(|entry| used.effects.get(&entry.document.name)).flatten().copied().collect();
        let allows: BTreeSet<Effect> = role.allow.iter().flat_map(|row| row.effects.iter().copied()).collect();
        let never: Vec<String> = allows.difference(&did).map(ToString::to_string).collect();
        // Of agents that did nothing that is said of them.
        if !did.is_empty() && !never.is_empty() {
            out.push(found(
                Sprawl::RoleWide,
                name,
                format!("its agents never did what it allows: {}", never.join(", ")),
            ));
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
            out.push(found(Sprawl::ToolUnused, tool, format!("the role {role} allows it, and nobody called it")));
        }
    }
    for name in state.templates.keys().filter(|name| !used.templates.contains(*name)) {
        out.push(found(Sprawl::TemplateUnused, name, "no task was started from it"));
    }
    for name in state.mandates.keys().filter(|name| !used.mandates.contains(*name)) {
        out.push(found(Sprawl::MandateUnused, name, "no task drew on it"));
    }
    for ((stream, grant), holder) in &used.idle {
        let task = bailiwick_core::TaskId::new(*stream.bytes());
        let why = format!("{holder} holds it in task {task} and did nothing by it");
        out.push(found(Sprawl::GrantUnused, grant, why).about(holder));
    }
}

/// All that is found, in a fixed order. `whole`: the tenant was there for all of the time that was looked at.
fn findings(state: &ControlState, used: &Used, (whole, now): (bool, Micros)) -> Vec<Found> {
    let mut out = Vec::new();
    of_agents(state, used, now, &mut out);
    of_roles(state, used, &mut out);
    of_rest(state, used, &mut out);
    of_shape(&used.shape, &mut out);
    if whole && !used.keys {
        out.push(found(Sprawl::KeysUnturned, "token", "the key that tokens are signed with was not turned"));
    }
    out.sort();
    out
}

impl Api {
    /// What is found of the last `days`, and how far the record was looked at.
    fn sprawl(&self, days: u64) -> Result<(Vec<Found>, Walked), Problem> {
        let mut used = Used::default();
        let walked = self.walk(days, &READ, |stored, event| used.take(stored.stream, event))?;
        let (control, now) = (self.control()?, self.desk.node().now());
        Ok((findings(&control.state, &used, (walked.older, now)), walked))
    }

    /// What of the tenant's authority was not used in the last `days`, where it piles up, and who is not looked after.
    pub(crate) fn review_sprawl(&self, days: Option<u64>) -> Result<Json, Problem> {
        let days = days.unwrap_or(DAYS);
        let (all, walked) = self.sprawl(days)?;
        let (control, now) = (self.control()?, self.desk.node().now());
        let mut told = BTreeMap::<Sprawl, usize>::new();
        let listed = all.iter().filter(|found| {
            let count = told.entry(found.code).or_default();
            *count += 1;
            *count <= LISTED_MAX
        });
        let listed: Vec<Json> = listed
            .map(|found| {
                let text = |text: &str| Json::from(text);
                let before = control.state.found_before(found.code, &found.of, now);
                let event = before.map_or(Json::Null, |before| Json::from(before.leaf));
                let members = [("code", text(found.code.as_str())), ("event", event), ("of", text(&found.of))];
                Json::object(members.into_iter().chain([("why", text(&found.why))]))
            })
            .collect();
        Ok(Json::object([
            ("count", Json::from(u64::try_from(all.len()).unwrap_or(u64::MAX))),
            ("days", Json::from(days)),
            ("findings", Json::array(listed)),
            ("from", walked.first.map_or(Json::Null, |at| Json::from(at.0))),
            ("whole", Json::from(walked.older)),
        ]))
    }
}

#[cfg(test)]
mod tests;
