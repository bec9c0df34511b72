//! `/v1/enforcement`: for each agent and server, whether the node is the only way; and what is not governed at all.

use crate::observe::{observed_json, observed_until};
use crate::ways::{Place, Way};
use crate::{Api, Problem};
use bailiwick_catalogue::Method;
use bailiwick_core::json::Json;
use bailiwick_core::{AgentEntry, RolePattern, Server, ServerEntry, ServerName, ToolId, ToolPattern};
use bailiwick_node::LiveControl;
use std::collections::BTreeSet;

/// The most pairs of an agent and a server that one answer has.
const PAIRS_MAX: usize = 10_000;
/// What nobody sees from here.
const UNSEEN: &str = "What is here is what this node was told of. It does not see servers that it was never told of, nor \
                      another way to those that it was: what else an agent's account reaches is for that account's own bounds.";

impl Api {
    /// How each agent stands to each server.
    pub(crate) fn enforcement(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let (mut pairs, mut left_off) = (Vec::new(), 0_u64);
        let mut ungoverned = Vec::new();
        for (name, entry) in &control.state.servers {
            let agents: Vec<&AgentEntry> =
                control.state.agents.values().filter(|agent| agent.active && named(&control, agent, name)).collect();
            for agent in &agents {
                if pairs.len() < PAIRS_MAX {
                    pairs.push(self.pair(&control, agent, &entry.document));
                } else {
                    left_off += 1;
                }
            }
            let whys = whys(&control, name, entry, agents.is_empty());
            ungoverned.extend(whys.into_iter().map(|(why, fix)| {
                Json::object([
                    ("fix", Json::from(fix)),
                    ("server", Json::from(name.as_str())),
                    ("why", Json::from(why)),
                ])
            }));
        }
        Ok(Json::object([
            ("left_off", Json::from(left_off)),
            ("node_account", self.own_account().map_or(Json::Null, |uid| Json::from(u64::from(uid)))),
            ("observed", observed_json(&control.state, self.desk.node().now())),
            ("pairs", Json::array(pairs)),
            ("ungoverned", Json::array(ungoverned)),
            ("unseen", Json::from(UNSEEN)),
        ]))
    }

    fn pair(&self, control: &LiveControl, agent: &AgentEntry, server: &Server) -> Json {
        let until = observed_until(&control.state, &agent.document.name, &server.name, self.desk.node().now());
        let places = self.places_of(&agent.document.name);
        let mut ways: BTreeSet<Way> = self.ways(server).into_iter().collect();
        ways.extend(self.ways_from(&places, server));
        // One that did not call yet may call from anywhere: that it is kept to its way is not known.
        // What is only observed is no control, whatever way it comes.
        let state = match (until, ways.is_empty(), places.is_empty()) {
            (Some(_), ..) => "observed",
            (None, false, _) => "cooperative",
            (None, true, true) => "not_seen",
            (None, true, false) => "enforced",
        };
        let from = places.iter().map(|place| match place {
            Place::Unseen => Json::from("this machine"),
            Place::Account(uid) => Json::from(format!("account {uid}")),
            Place::Elsewhere => Json::from("another machine"),
        });
        Json::object([
            ("agent", Json::from(agent.document.name.as_str())),
            ("from", Json::array(from)),
            ("observed_until", until.map_or(Json::Null, |until| Json::from(until.0))),
            ("server", Json::from(server.name.as_str())),
            ("state", Json::from(state)),
            ("ways", Json::array(ways.iter().map(Way::json))),
        ])
    }
}

/// Whether the role of an agent names something of a server.
fn named(control: &LiveControl, agent: &AgentEntry, server: &ServerName) -> bool {
    let role = control.state.roles.get(&agent.document.role);
    let patterns = role.into_iter().flat_map(|role| &role.allow).flat_map(|row| &row.tools);
    patterns.into_iter().any(|pattern| match pattern {
        RolePattern::Every => true,
        RolePattern::Named(pattern) => pattern.server() == server,
    })
}

/// Why nothing, or not all, of a server is governed; and what would change that.
fn whys(control: &LiveControl, name: &ServerName, entry: &ServerEntry, nobody: bool) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let offers = |tool: &&ToolId| tool.server() == name && !Method::answers(tool.tool());
    let tools: Vec<&ToolId> = control.state.tools.keys().filter(offers).collect();
    let usable: Vec<&ToolId> = tools.iter().copied().filter(|tool| control.state.usable(tool)).collect();
    let review = format!("bailiwick server review {name}");
    if entry.identity.is_none() {
        out.push(("it was never seen: nothing of it may be called".to_owned(), "bailiwick doctor".to_owned()));
    } else if !entry.same {
        out.push(("another server answers under its name: nothing of it may be called".to_owned(), review));
    } else if usable.len() < tools.len() {
        let waiting = tools.len().saturating_sub(usable.len());
        out.push((format!("{waiting} of {} tools were not reviewed: they may not be called", tools.len()), review));
    }
    if nobody {
        let fix = "describe a role that names it: bailiwick apply -f FILE";
        out.push(("no role of an active agent names it: nobody may call it".to_owned(), fix.to_owned()));
    }
    let templates = control.state.templates.values();
    let mut rows = templates.flat_map(|(template, _)| &template.grant).flat_map(|row| &row.tools);
    // A server that is a parameter may be any.
    let grants =
        |text: &String| text.starts_with('{') || ToolPattern::parse(text).is_ok_and(|pattern| pattern.server() == name);
    if !rows.any(grants) {
        let fix = "describe a template that names it: bailiwick apply -f FILE";
        out.push(("no template names it: no task can be granted it".to_owned(), fix.to_owned()));
    }
    let unread = |tool: &&&ToolId| {
        let effect = control.state.nature(tool).map(|nature| nature.effect);
        effect != Some(bailiwick_core::Effect::Read) && !control.catalogue.unbound(tool).is_empty()
    };
    let unbound = usable.iter().filter(unread).count();
    if unbound > 0 {
        let why =
            format!("{unbound} tools that change something have arguments that no binding reads: no limit holds those");
        out.push((why, "bailiwick tool show TOOL".to_owned()));
    }
    out
}
