//! Who could ask for what: the agents and tools of a tenant, one of each kind that rules can tell apart.

use crate::schema::Catalogue;
use crate::scope::{Placed, Resource, Seen};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    Agent, AgentId, Autonomy, ControlState, Document, Effect, Egress, Impact, Memory, Reversibility, RunBy, ServerName,
    ToolId, ToolNature, Zone, is_own,
};
use cedar_policy::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// The most agents and tools that one rule is tried with.
pub(crate) const AGENTS_MAX: usize = 16;
pub(crate) const TOOLS_MAX: usize = 48;
/// The most of each once those that may come are tried as well.
const TO_COME_MAX: usize = 64;
/// The most servers that tools that may come are of.
const SUPPOSED_SERVERS_MAX: usize = 8;
/// What agents that may come are called.
pub(crate) const SOME_AGENT: &str = "some-agent";

/// What the bindings of a tool can read of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Shape {
    /// The places of single arguments.
    pub args: BTreeSet<String>,
    /// The places that stand for many arguments each.
    pub many: BTreeSet<String>,
    /// Whether one says where it sends.
    pub destination: bool,
    /// Whether one is its resource.
    pub resource: bool,
    /// The units it measures before it begins.
    pub units: BTreeSet<String>,
    /// Whether an argument names the unit, so that it may be any.
    pub any_unit: bool,
    /// Whether there is a measure that only the result tells: then amounts and sums cannot be read.
    pub told_after: bool,
}

impl Shape {
    /// Whether they read what stands at a place, of one argument or of many.
    pub(crate) fn reads(&self, place: &str) -> bool {
        self.args.contains(place) || self.many.contains(place)
    }
}

/// A tool that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    pub(crate) id: ToolId,
    pub(crate) nature: ToolNature,
    pub(crate) zone: Zone,
    pub(crate) shape: Shape,
    /// Nobody knows it: it stands for any tool of its effect.
    pub(crate) supposed: bool,
}

/// Everything that rules are tried on.
pub(crate) struct World {
    pub(crate) agents: Vec<Agent>,
    pub(crate) tools: Vec<Tried>,
    /// Tools and agents that stand for those that are not known yet.
    supposed: Vec<Tried>,
    others: Vec<Agent>,
}

impl World {
    pub(crate) fn of(control: &ControlState, shapes: &BTreeMap<ToolId, Shape>) -> Self {
        let mut agents: Vec<Agent> = control.agents.values().map(|entry| entry.document.clone()).collect();
        if agents.is_empty() {
            agents.extend(somebody());
        }
        let catalogue = Catalogue::of(control);
        let own = Zone::parse("own").ok();
        let known = catalogue.tools.iter().filter_map(|(id, tool)| {
            let zone = control.server(id.server()).map(|entry| entry.document.zone.clone()).or_else(|| own.clone())?;
            let nature = control.nature(id).unwrap_or_else(|| {
                let said = control.tool_rules.get(id);
                ToolNature {
                    effect: tool.effect,
                    egress: said.map_or(Egress::None, |said| said.egress),
                    reversibility: said.map_or(Reversibility::Irreversible, |said| said.reversibility),
                    impact: tool.impact,
                }
            });
            let shape = shapes.get(id).cloned().unwrap_or_default();
            Some(Tried { id: id.clone(), nature, zone, shape, supposed: false })
        });
        let tools = known.collect();
        let servers: Vec<ServerName> = catalogue.servers.iter().filter(|server| !is_own(server)).cloned().collect();
        let supposed = Effect::ALL.into_iter().flat_map(|effect| suppose(effect, &servers)).collect();
        let others = agents.iter().flat_map(others).collect();
        Self { agents, tools, supposed, others }
    }

    /// Agents and tools, also such as may come, that heads of all these rules can be about: what nobody knows yet, rules may
    /// speak of. Of a rule that names its agents, or its tools, only those.
    pub(crate) fn to_come(&self, rules: &[&Policy]) -> (Vec<&Agent>, Vec<&Tried>) {
        let agents = || self.agents.iter().chain(&self.others);
        let fits = |tool: &&Tried| rules.iter().all(|rule| agents().any(|agent| about(rule, agent, tool)));
        let tools = self.tools.iter().chain(&self.supposed).filter(fits).take(TO_COME_MAX).collect();
        (agents().take(TO_COME_MAX).collect(), tools)
    }

    /// The agents that the heads of these rules can be about, one of each kind.
    pub(crate) fn agents_of(&self, rules: &[&Policy]) -> Vec<&Agent> {
        let named: BTreeSet<String> = rules.iter().flat_map(|rule| literals(rule)).collect();
        let mut kinds = BTreeSet::new();
        let mut chosen: Vec<&Agent> = Vec::new();
        for agent in &self.agents {
            let own = named.contains(agent.name.as_str()).then(|| agent.name.clone());
            let kind = (&agent.role, &agent.zone, &agent.owner, format!("{:?}", agent.autonomy));
            let kind = (kind, format!("{:?}{:?}", agent.memory, agent.run_by), own);
            if kinds.insert(kind) && chosen.len() < AGENTS_MAX {
                chosen.push(agent);
            }
        }
        chosen
    }

    /// The tools that the heads of all these rules can be about, one of each kind but all that a rule names. Where nobody
    /// knows one, tools stand for those that may come.
    pub(crate) fn tools_of(&self, rules: &[&Policy]) -> Vec<&Tried> {
        let named: BTreeSet<String> = rules.iter().flat_map(|rule| literals(rule)).collect();
        let fits = |tool: &&Tried| rules.iter().all(|rule| self.agents.iter().any(|agent| about(rule, agent, tool)));
        let known: Vec<&Tried> = self.tools.iter().filter(fits).collect();
        let all = if known.is_empty() { self.supposed.iter().filter(fits).collect() } else { known };
        let mut kinds = BTreeSet::new();
        let mut chosen = Vec::new();
        for tool in all {
            let ToolNature { effect, egress, reversibility, impact } = tool.nature;
            let own = named.contains(&tool.id.to_string()).then(|| tool.id.clone());
            let kind = (effect, impact, format!("{egress:?}{reversibility:?}"), tool.id.server(), &tool.shape, own);
            if kinds.insert(kind) && chosen.len() < TOOLS_MAX {
                chosen.push(tool);
            }
        }
        chosen
    }
}

/// Whether a head can be about it, whatever the resource.
pub(crate) fn about(rule: &Policy, agent: &Agent, tool: &Tried) -> bool {
    let named = crate::scope::named_resources(std::iter::once(rule));
    let resources = named.into_iter().map(Resource::Named).chain([Resource::Server, Resource::Other]);
    resources.into_iter().any(|resource| Placed::new(&seen(agent, tool, resource)).matches(rule))
}

pub(crate) fn seen(agent: &Agent, tool: &Tried, resource: Resource) -> Seen {
    Seen {
        agent: agent.name.clone(),
        role: agent.role.clone(),
        zone: agent.zone.clone(),
        tool: tool.id.clone(),
        effect: tool.nature.effect,
        impact: tool.nature.impact,
        server_zone: tool.zone.clone(),
        resource,
    }
}

/// What a rule names, in its head, its conditions and its texts.
fn literals(rule: &Policy) -> BTreeSet<String> {
    let ids = rule.entity_literals().into_iter().map(|id| id.id().unescaped().to_owned());
    let texts = crate::atom::atoms(rule).into_iter().filter_map(|atom| match atom {
        crate::atom::Atom::With(_, crate::atom::Constant::Text(text)) => Some(text),
        _ => None,
    });
    ids.chain(texts).collect()
}

/// Tools of an effect that reads all that there is to read.
fn suppose(effect: Effect, servers: &[ServerName]) -> Vec<Tried> {
    let (Ok(own), Ok(some)) = (Zone::parse("own"), ServerName::parse("some")) else { return Vec::new() };
    let all: Vec<&ServerName> = if servers.is_empty() { vec![&some] } else { servers.iter().collect() };
    let undone: &[Reversibility] = match effect {
        Effect::Read => &[Reversibility::ReadOnly],
        _ => &[Reversibility::Reversible, Reversibility::Irreversible, Reversibility::ByOthers],
    };
    let mut out = Vec::new();
    for (egress, reversibility) in
        [Egress::Open, Egress::None].into_iter().flat_map(|egress| undone.iter().map(move |of| (egress, *of)))
    {
        let least = effect.impact(reversibility);
        let impacts = [Impact::Low, Impact::Medium, Impact::High, Impact::Critical];
        for impact in impacts.into_iter().filter(|impact| *impact >= least) {
            for server in all.iter().take(SUPPOSED_SERVERS_MAX) {
                let Ok(id) = ToolId::new((*server).clone(), &format!("any_{effect}")) else { continue };
                let nature = ToolNature { effect, egress, reversibility, impact };
                out.push(Tried { id, nature, zone: own.clone(), shape: Shape::default(), supposed: true });
            }
        }
    }
    out
}

/// Agents as this one, of every kind that is told apart.
fn others(agent: &Agent) -> Vec<Agent> {
    let Ok(name) = AgentId::parse(SOME_AGENT) else { return Vec::new() };
    let mut out = Vec::new();
    for autonomy in [Autonomy::Execute, Autonomy::Assist, Autonomy::Coordinate] {
        for run_by in [RunBy::Vendor, RunBy::Own] {
            for memory in [Memory::Kept, Memory::Fresh] {
                out.push(Agent { name: name.clone(), autonomy, run_by, memory, ..agent.clone() });
            }
        }
    }
    out
}

/// Stands for any agent where none is described.
fn somebody() -> Option<Agent> {
    let text = r#"{"kind":"agent","name":"somebody","owner":"owner","contact":"owner","run_by":"own","zone":"own","autonomy":"execute","role":"somebody","review":"2100-01-01"}"#;
    let json = Json::parse(text.as_bytes(), &Limits::default()).ok()?;
    match Document::read(&json).ok()? {
        Document::Agent(agent) => Some(agent),
        _ => None,
    }
}
