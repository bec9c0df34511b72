//! The Cedar schema of a tenant, made from its catalogue: what policies are validated against when they are applied.

use crate::attribute::{ATTRIBUTES, Kind, Presence};
use crate::names::NAMES;
use crate::words::Words;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    ControlState, DELEGATE, Effect, Impact, OWN_SERVER, Reversibility, ServerName, ToolId, ToolNature, Unit,
};
use cedar_policy::{ActionConstraint, EntityUid, Policy, Schema};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the catalogue knows, as far as policies can name it.
pub(crate) struct Catalogue {
    pub(crate) tools: BTreeMap<ToolId, Tool>,
    pub(crate) servers: BTreeSet<ServerName>,
    /// Servers that were not seen yet.
    unseen: BTreeSet<ServerName>,
    pub(crate) units: BTreeSet<String>,
}

/// One tool.
pub(crate) struct Tool {
    pub(crate) effect: Effect,
    pub(crate) impact: Impact,
    /// The places of arguments that its bindings name.
    pub(crate) args: Places,
}

/// Places of arguments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// Those of one argument each.
    pub(crate) one: BTreeSet<String>,
    /// Those that stand for many, with a `*`.
    pub(crate) many: BTreeSet<String>,
}

impl Places {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &String> {
        self.one.iter().chain(&self.many)
    }

    pub(crate) fn insert(&mut self, place: String) {
        let of = if place.contains('*') { &mut self.many } else { &mut self.one };
        of.insert(place);
    }
}

/// A place that stands for many arguments.
pub(crate) struct Many {
    /// As the binding writes it.
    pub(crate) text: String,
    pointer: Pointer,
}

impl Many {
    /// Whether an argument is one of those.
    pub(crate) fn has(&self, argument: &Pointer) -> bool {
        let (own, tokens) = (self.pointer.tokens(), argument.tokens());
        own.len() == tokens.len() && own.iter().zip(&tokens).all(|(own, token)| *own == "*" || own == token)
    }
}

/// The places that stand for many arguments of a tool, as its bindings were when it is asked about.
pub(crate) fn of_many(control: &ControlState, id: &ToolId) -> Vec<Many> {
    let mut places = Places::default();
    if let Some(rule) = control.tool_rules.get(id) {
        pointers(&rule.bind, &mut places);
    }
    let read = |text: String| Pointer::parse(&text).ok().map(|pointer| Many { text, pointer });
    places.many.into_iter().filter_map(read).collect()
}

/// Stands for tools that nobody knows yet. Rules about effects and servers hold before the first such tool is known, so each
/// group has a member that no tool can be called like: an id without a slash.
pub(crate) struct ToCome {
    pub(crate) id: String,
    pub(crate) effect: Effect,
    pub(crate) impact: Impact,
    /// The servers in whose groups it is.
    pub(crate) servers: Vec<ServerName>,
    pub(crate) args: Places,
}

impl ToCome {
    /// One of each effect and impact, at all of these servers at once: enough for types.
    pub(crate) fn of_all(servers: Vec<ServerName>) -> Vec<Self> {
        let each = kinds().map(|(effect, impact)| Self {
            id: format!("{effect} {impact}"),
            effect,
            impact,
            servers: servers.clone(),
            args: Places::default(),
        });
        each.collect()
    }

    /// One of each effect and impact at each of these servers, and at one that is none of them, which reads these arguments.
    pub(crate) fn of_each(servers: &BTreeSet<ServerName>, args: &Places) -> Vec<Self> {
        let servers = || servers.iter().map(Some).chain([None]);
        let each = kinds().flat_map(|(effect, impact)| servers().map(move |server| (effect, impact, server)));
        let each = each.map(|(effect, impact, server)| Self {
            id: server.map_or_else(|| format!("{effect} {impact}"), |server| format!("{effect} {impact} {server}")),
            effect,
            impact,
            servers: server.into_iter().cloned().collect(),
            args: args.clone(),
        });
        each.collect()
    }
}

/// Every effect with every impact that it can have.
fn kinds() -> impl Iterator<Item = (Effect, Impact)> {
    let all = [Impact::Low, Impact::Medium, Impact::High, Impact::Critical];
    Effect::ALL.into_iter().flat_map(move |effect| {
        let least = effect.impact(Reversibility::Reversible);
        all.into_iter().filter(move |impact| *impact >= least).map(move |impact| (effect, impact))
    })
}

impl Catalogue {
    pub(crate) fn of(control: &ControlState) -> Self {
        let ids: BTreeSet<&ToolId> = control.tools.keys().chain(control.tool_rules.keys()).collect();
        let own = own_tools(control);
        let tools = ids.into_iter().map(|id| (id.clone(), tool(control, id))).chain(own).collect();
        let unseen = control.servers.iter().filter(|(_, entry)| entry.identity.is_none());
        Self {
            tools,
            servers: control.servers.keys().cloned().chain(ServerName::parse(OWN_SERVER)).collect(),
            unseen: unseen.map(|(server, _)| server.clone()).collect(),
            units: units(control),
        }
    }

    /// Whether nobody knows yet which tools a server has: then a policy may name any of them. What people said of some
    /// of them beforehand says nothing of the others.
    pub(crate) fn unseen(&self, server: &ServerName) -> bool {
        self.unseen.contains(server)
    }

    /// Whether there is a server whose tools nobody knows yet.
    pub(crate) fn any_unseen(&self) -> bool {
        !self.unseen.is_empty()
    }

    /// The tools that the head of a rule can be about.
    pub(crate) fn of_head(&self, policy: &Policy) -> impl Iterator<Item = (&ToolId, &Tool)> {
        let wanted = policy.action_constraint();
        self.tools.iter().filter(move |(id, tool)| {
            let is = |wanted: &EntityUid| {
                let name = wanted.id().unescaped();
                match wanted.type_name() {
                    kind if *kind == NAMES.effect_group => name == tool.effect.as_str(),
                    kind if *kind == NAMES.impact_group => name == tool.impact.as_str(),
                    kind if *kind == NAMES.server_group => name == id.server().as_str(),
                    _ => name == id.to_string(),
                }
            };
            match &wanted {
                ActionConstraint::Any => true,
                ActionConstraint::Eq(one) => is(one),
                ActionConstraint::In(list) => list.iter().any(is),
            }
        })
    }

    /// Declares a tool of a server that was not seen yet: unknown is `execute`, and `execute` is high.
    pub(crate) fn suppose(&mut self, tool: ToolId) {
        self.tools.entry(tool).or_insert(Tool {
            effect: Effect::Execute,
            impact: Impact::High,
            args: Places::default(),
        });
    }

    /// Declares a unit that a rule names, if it is a currency: an act may be about any of them.
    pub(crate) fn count(&mut self, unit: &str) {
        if Unit::parse(unit).is_ok() && unit.bytes().all(|b| b.is_ascii_uppercase()) {
            self.units.insert(unit.to_owned());
        }
    }

    /// The schema itself; the error is Cedar's own.
    pub(crate) fn schema(&self) -> Result<Schema, String> {
        self.schema_with(&ToCome::of_all(self.servers.iter().cloned().collect()))
    }

    /// The schema with these in the place of tools that may come.
    pub(crate) fn schema_with(&self, to_come: &[ToCome]) -> Result<Schema, String> {
        Schema::from_json_value(self.json(to_come)).map_err(|error| error.to_string())
    }

    fn json(&self, to_come: &[ToCome]) -> Value {
        let mut actions = Map::new();
        for (id, tool) in &self.tools {
            let groups = groups(tool.effect, tool.impact, [id.server().as_str()]);
            actions.insert(id.to_string(), action(&groups, &tool.args));
        }
        for tool in to_come {
            let groups = groups(tool.effect, tool.impact, tool.servers.iter().map(ServerName::as_str));
            actions.insert(tool.id.clone(), action(&groups, &tool.args));
        }
        let named = |names: &mut dyn Iterator<Item = String>| -> Value {
            let empty: Map<String, Value> = names.map(|name| (name, json!({}))).collect();
            json!({"entityTypes": {}, "actions": empty})
        };
        let of_tools = self.tools.keys().map(|tool| tool.server().to_string());
        let all_servers: BTreeSet<String> = self.servers.iter().map(ToString::to_string).chain(of_tools).collect();
        let impacts = Words::Impact.list().iter().map(|impact| (*impact).to_owned());
        json!({
            "": {"commonTypes": {"Amounts": self.amounts()}, "entityTypes": entity_types(), "actions": actions},
            "Effect": named(&mut Effect::ALL.iter().map(ToString::to_string)),
            "Impact": named(&mut impacts.into_iter()),
            "Server": named(&mut all_servers.into_iter()),
        })
    }

    fn amounts(&self) -> Value {
        let decimal = json!({"type": "Extension", "name": "decimal", "required": false});
        let units: Map<String, Value> = self.units.iter().map(|unit| (unit.clone(), decimal.clone())).collect();
        json!({"type": "Record", "attributes": units})
    }
}

/// What agents ask of Bailiwick itself.
fn own_tools(control: &ControlState) -> Option<(ToolId, Tool)> {
    let id = ToolId::parse(DELEGATE).ok()?;
    let tool = tool(control, &id);
    Some((id, tool))
}

fn tool(control: &ControlState, id: &ToolId) -> Tool {
    let rule = control.tool_rules.get(id);
    let nature = control.nature(id).map(|ToolNature { effect, impact, .. }| (effect, impact));
    let described = rule.map(|rule| {
        let own = rule.effect.impact(rule.reversibility);
        (rule.effect, rule.impact.map_or(own, |raised| raised.max(own)))
    });
    let (effect, impact) = nature.or(described).unwrap_or((Effect::Execute, Impact::High));
    let mut args = Places::default();
    if let Some(rule) = rule {
        pointers(&rule.bind, &mut args);
    }
    Tool { effect, impact, args }
}

/// Every JSON Pointer in a tool's bindings, wherever it stands: this crate knows no form of bindings.
fn pointers(bind: &Json, out: &mut Places) {
    match bind {
        Json::String(text) => place(text, out),
        Json::Array(items) => items.iter().for_each(|item| pointers(item, out)),
        Json::Object(members) => {
            for (name, value) in members.iter() {
                place(name, out);
                pointers(value, out);
            }
        }
        _ => {}
    }
}

fn place(text: &str, out: &mut Places) {
    if text.starts_with('/') && Pointer::parse(text).is_ok() {
        out.insert(text.to_owned());
    }
}

/// What is always counted, and what templates and bindings count.
fn units(control: &ControlState) -> BTreeSet<String> {
    let mut out: BTreeSet<String> =
        [Unit::records(), Unit::bytes(), Unit::calls()].iter().map(ToString::to_string).collect();
    for (template, _) in control.templates.values() {
        let meters = template.grant.iter().filter_map(|row| row.meters.as_object());
        out.extend(meters.flat_map(|meters| meters.iter().map(|(unit, _)| unit.to_string())));
    }
    for rule in control.tool_rules.values() {
        counted(&rule.bind, &mut out);
    }
    out
}

/// Every `unit` that bindings name.
fn counted(bind: &Json, out: &mut BTreeSet<String>) {
    match bind {
        Json::Array(items) => items.iter().for_each(|item| counted(item, out)),
        Json::Object(members) => {
            for (name, value) in members.iter() {
                let unit = value.as_str().filter(|_| matches!(name, "unit" | "currency"));
                out.extend(unit.filter(|unit| Unit::parse(unit).is_ok()).map(str::to_owned));
                counted(value, out);
            }
        }
        _ => {}
    }
}

fn groups<'a>(effect: Effect, impact: Impact, servers: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    let own = [
        json!({"type": "Effect::Action", "id": effect.as_str()}),
        json!({"type": "Impact::Action", "id": impact.as_str()}),
    ];
    let servers = servers.into_iter().map(|server| json!({"type": "Server::Action", "id": server}));
    own.into_iter().chain(servers).collect()
}

fn action(groups: &[Value], args: &Places) -> Value {
    json!({
        "memberOf": groups,
        "appliesTo": {"principalTypes": ["Agent"], "resourceTypes": ["Server", "Resource"], "context": context(args)},
    })
}

fn context(args: &Places) -> Value {
    let attributes: Map<String, Value> = ATTRIBUTES
        .iter()
        .map(|attribute| {
            let mut of = kind(attribute.kind, args);
            if let Some(members) = of.as_object_mut() {
                members.insert("required".to_owned(), Value::Bool(attribute.presence == Presence::Always));
            }
            (attribute.name.to_owned(), of)
        })
        .collect();
    json!({"type": "Record", "attributes": attributes})
}

fn kind(kind: Kind, args: &Places) -> Value {
    let optional = json!({"type": "String", "required": false});
    match kind {
        Kind::Text => json!({"type": "String"}),
        Kind::Long => json!({"type": "Long"}),
        Kind::Bool => json!({"type": "Boolean"}),
        Kind::Texts => json!({"type": "Set", "element": {"type": "String"}}),
        Kind::Word(words) => json!({"type": "Entity", "name": words.type_name()}),
        Kind::Amounts => json!({"type": "EntityOrCommon", "name": "Amounts"}),
        Kind::Args => {
            let attributes: Map<String, Value> = args.one.iter().map(|arg| (arg.clone(), optional.clone())).collect();
            json!({"type": "Record", "attributes": attributes})
        }
        Kind::ArgSources => {
            let words = json!({"type": "Set", "element": {"type": "String"}, "required": false});
            let attributes: Map<String, Value> = args.all().map(|arg| (arg.clone(), words.clone())).collect();
            json!({"type": "Record", "attributes": attributes})
        }
        Kind::Destination => {
            json!({"type": "Record", "attributes": {"kind": optional, "value": optional, "zone": optional}})
        }
    }
}

fn entity_types() -> Value {
    let mut types = Map::new();
    types.insert("Agent".to_owned(), json!({"memberOfTypes": ["Role", "Zone"]}));
    types.insert("Role".to_owned(), json!({}));
    types.insert("Zone".to_owned(), json!({}));
    types.insert("Server".to_owned(), json!({"memberOfTypes": ["Zone"]}));
    types.insert("Resource".to_owned(), json!({}));
    types.extend(Words::ALL.iter().map(|words| (words.type_name().to_owned(), json!({"enum": words.list()}))));
    Value::Object(types)
}
