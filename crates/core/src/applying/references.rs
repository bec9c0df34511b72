//! What documents name that is not there, or cannot be looked at yet.

use crate::approval::Approver;
use crate::control::ControlState;
use crate::document::{Agent, Document, Mandate, Rule, Template, TemplateAsk, Told};
use crate::json::{Json, Pointer};
use crate::{MandateName, ServerName, ToolId, ToolPattern, Unit};
use std::collections::BTreeSet;

/// Something about a document that is to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which of them.
    pub document: usize,
    /// Where in it.
    pub at: Pointer,
    /// On which line of the text that stands there, from 1; where it is about one.
    pub line: Option<usize>,
    /// What is wrong, or will be looked at later.
    pub why: String,
    /// Whether it cannot be applied so; otherwise it is only said.
    pub refused: bool,
}

/// What these documents name that will not be there once they are applied.
pub fn findings(state: &ControlState, documents: &[Document], removed: &[(String, String)]) -> Vec<Finding> {
    let after = After { state, documents, removed };
    let mut out = Vec::new();
    let mut unseen = BTreeSet::new();
    for (index, document) in documents.iter().enumerate() {
        let mut find = Find { document: index, out: &mut out };
        for fault in document.faults() {
            find.no(fault.at, fault.why);
        }
        match document {
            Document::Agent(agent) => after.agent(agent, &mut find),
            Document::Template(template) => after.template(template, &mut find, &mut unseen),
            Document::Tool(tool) => {
                let server = tool.tool.server();
                let at = Pointer::root().join("tool");
                if !after.there("server", server.as_str()) {
                    find.no(at, format!("there is no server `{server}`"));
                } else if after.seen(server) && !state.tools.contains_key(&tool.tool) {
                    find.says(at, format!("`{server}` does not offer it, as it was seen last"));
                }
            }
            Document::Rule(rule) => after.rule(rule, &mut find),
            Document::Mandate(mandate) => after.mandate(mandate, &mut find),
            Document::Role(_) | Document::Server(_) | Document::Policy(_) | Document::Person(_) => {}
        }
    }
    out
}

/// Collects what is found of one document.
struct Find<'a> {
    document: usize,
    out: &'a mut Vec<Finding>,
}

impl Find<'_> {
    fn no(&mut self, at: Pointer, why: String) {
        self.out.push(Finding { document: self.document, at, line: None, why, refused: true });
    }
    fn says(&mut self, at: Pointer, why: String) {
        self.out.push(Finding { document: self.document, at, line: None, why, refused: false });
    }
}

/// What there will be.
struct After<'a> {
    state: &'a ControlState,
    documents: &'a [Document],
    removed: &'a [(String, String)],
}

impl After<'_> {
    fn there(&self, kind: &str, name: &str) -> bool {
        let given = self.documents.iter().any(|document| document.kind() == kind && document.name() == name);
        let gone = self.removed.iter().any(|(k, n)| k == kind && n == name);
        given || (!gone && super::standing(self.state, kind, name).is_some())
    }

    fn seen(&self, server: &ServerName) -> bool {
        self.state.servers.get(server).is_some_and(|entry| entry.identity.is_some())
    }

    fn has_role(&self, role: &str) -> bool {
        let given = self.documents.iter().filter_map(|document| match document {
            Document::Person(person) => Some(person),
            _ => None,
        });
        let stays = |name: &str| {
            !self.removed.iter().any(|(kind, gone)| kind == "person" && gone == name)
                && !self.documents.iter().any(|document| document.kind() == "person" && document.name() == name)
        };
        let standing = self.state.persons.values().filter(|person| stays(person.name.as_str()));
        given.chain(standing).any(|person| person.roles.iter().any(|own| own.as_str() == role))
    }

    fn agent(&self, agent: &Agent, find: &mut Find<'_>) {
        let at = |name: &str| Pointer::root().join(name);
        if !self.there("role", agent.role.as_str()) {
            find.no(at("role"), format!("there is no role `{}`", agent.role));
        }
        let owner = agent.owner.as_str();
        // an account without a person of its own acts under its number
        if !owner.starts_with("uid:") && !self.there("person", owner) {
            find.says(at("owner"), format!("no person `{owner}` is described"));
        }
    }

    fn template(&self, template: &Template, find: &mut Find<'_>, unseen: &mut BTreeSet<ServerName>) {
        let start = |list: &str, index: usize| Pointer::root().join("start").join(list).index(index);
        for (index, agent) in template.start.agents.iter().enumerate() {
            if !self.there("agent", agent.as_str()) {
                find.no(start("agents", index), format!("there is no agent `{agent}`"));
            }
        }
        for (index, agent) in template.delegate.iter().flat_map(|delegate| &delegate.agents).enumerate() {
            if !self.there("agent", agent.as_str()) {
                let at = Pointer::root().join("delegate").join("agents").index(index);
                find.no(at, format!("there is no agent `{agent}`"));
            }
        }
        for (index, who) in template.start.who.iter().enumerate() {
            match who.strip_prefix("role:") {
                Some(role) if !self.has_role(role) => {
                    find.says(start("who", index), format!("no person has the role `{role}`: nobody may start it so"));
                }
                None if who != "anyone" && !who.starts_with("uid:") && !self.there("person", who) => {
                    find.says(start("who", index), format!("no person `{}` is described", who.escape_debug()));
                }
                _ => {}
            }
        }
        self.draws(template, find);
        for (index, ask) in template.ask.iter().enumerate() {
            self.ask(template, ask, index, find);
        }
        for (row, grant) in template.grant.iter().enumerate() {
            for (index, text) in grant.tools.iter().enumerate() {
                // one that a parameter names is known when a task starts
                let Ok(pattern) = ToolPattern::parse(text) else { continue };
                let at = Pointer::root().join("grant").index(row).join("tools").index(index);
                self.tool(&pattern, at, find, unseen);
            }
        }
    }

    /// Who is asked is there; and what is read so that people see it is not asked about.
    fn ask(&self, template: &Template, ask: &TemplateAsk, index: usize, find: &mut Find<'_>) {
        let at = |name: &str| Pointer::root().join("ask").index(index).join(name);
        let lists = [("who", Some(&ask.who)), ("escalate", ask.escalate.as_ref().map(|to| &to.to))];
        let named = lists
            .into_iter()
            .flat_map(|(place, list)| list.into_iter().flat_map(|list| list.iter()).map(move |who| (place, who)));
        for (place, who) in named.chain(ask.exclude.iter().map(|who| ("exclude", who))) {
            match who {
                Approver::Role(role) if !self.has_role(role.as_str()) => {
                    find.says(at(place), format!("no person has the role `{role}`"));
                }
                Approver::Person(person) if !self.there("person", person.as_str()) => {
                    find.says(at(place), format!("no person `{person}` is described"));
                }
                _ => {}
            }
        }
        if !ask.over.is_empty() || !ask.tools.is_empty() {
            return;
        }
        if let Some(looks) = self.looked_at_with(template) {
            let why = format!(
                "it asks for every act, also for `{looks}`, by which is looked at what people are asked about: that look \
                 would wait for them. Name the `tools` that they are to be asked about"
            );
            find.says(Pointer::root().join("ask").index(index), why);
        }
    }

    /// A tool of a template's rows by which is looked at what another tool of them points to.
    fn looked_at_with(&self, template: &Template) -> Option<ToolId> {
        let given = self.documents.iter().filter_map(|document| match document {
            Document::Tool(tool) => Some(tool),
            _ => None,
        });
        let rows = template.grant.iter().flat_map(|row| &row.tools);
        let patterns: Vec<ToolPattern> = rows.filter_map(|text| ToolPattern::parse(text).ok()).collect();
        let named = |tool: &ToolId| patterns.iter().any(|pattern| pattern.matches(tool));
        let tools = given.chain(self.state.tool_rules.values().map(|rule| &**rule)).filter(|tool| named(&tool.tool));
        let mut looks = tools.flat_map(|tool| {
            let referents = tool.bind.get("referents").and_then(Json::as_array).unwrap_or_default();
            let read = |referent: &Json| Some(referent.get("read")?.get("tool")?.as_str()?.to_owned());
            let names = referents.iter().filter_map(read);
            names.filter_map(|name| ToolId::new(tool.tool.server().clone(), &name).ok()).collect::<Vec<_>>()
        });
        looks.find(named)
    }

    /// What a template draws on is there, gives money of the units that its rows move, and each of those rows says how much.
    fn draws(&self, template: &Template, find: &mut Find<'_>) {
        let mut given: BTreeSet<&str> = BTreeSet::new();
        let mandates: Vec<Mandate> = template.draws.iter().filter_map(|name| self.mandate_of(name)).collect();
        for (index, name) in template.draws.iter().enumerate() {
            if self.mandate_of(name).is_none() {
                return find.no(Pointer::root().join("draws").index(index), format!("there is no mandate `{name}`"));
            }
        }
        let Some(first) = mandates.first() else { return };
        mandates.iter().for_each(|mandate| given.extend(mandate.meters.keys().map(Unit::as_str)));
        let mut drawn = false;
        for (row, grant) in template.grant.iter().enumerate() {
            for (name, limit) in grant.meters.as_object().into_iter().flat_map(crate::json::Object::iter) {
                let at = Pointer::root().join("grant").index(row).join("meters").join(name);
                let money = Unit::parse(name).is_ok_and(|unit| unit.is_currency());
                drawn |= given.contains(name);
                if given.contains(name) && limit.get("total").is_none() {
                    let why = format!("`total` is missing: it is what a task draws on `{}`", first.name);
                    find.no(at, why);
                } else if money && !given.contains(name) {
                    let units: Vec<&str> = given.iter().copied().collect();
                    let why = format!("`{}` gives {}, and no {name}", first.name, units.join(", "));
                    find.no(at, why);
                }
            }
        }
        if !drawn {
            let why = format!("no row has a meter of what `{}` gives", first.name);
            find.no(Pointer::root().join("draws"), why);
        }
    }

    fn mandate_of(&self, name: &MandateName) -> Option<Mandate> {
        let given = self.documents.iter().find_map(|document| match document {
            Document::Mandate(mandate) if mandate.name == *name => Some(mandate.clone()),
            _ => None,
        });
        let there = self.there("mandate", name.as_str());
        given.or_else(|| Some(self.state.mandates.get(name)?.document.clone())).filter(|_| there)
    }

    fn mandate(&self, mandate: &Mandate, find: &mut Find<'_>) {
        let giver = mandate.giver.as_str();
        if !giver.starts_with("uid:") && !self.there("person", giver) {
            find.says(Pointer::root().join("giver"), format!("no person `{giver}` is described"));
        }
        let at = |list: &str, index: usize| Pointer::root().join("for").join(list).index(index);
        for (index, agent) in mandate.given_for.agents.iter().enumerate() {
            if !self.there("agent", agent.as_str()) {
                find.says(at("agents", index), format!("there is no agent `{agent}`"));
            }
        }
        for (index, template) in mandate.given_for.templates.iter().enumerate() {
            if !self.there("template", template.as_str()) {
                find.says(at("templates", index), format!("there is no template `{template}`"));
            }
        }
    }

    /// Another rule that says how long tasks are kept, once these are applied.
    fn retains_too<'b>(&'b self, rule: &Rule) -> Option<&'b crate::RoleName> {
        let other = |of: &&Rule| of.retention.is_some() && of.name != rule.name;
        let given = self.documents.iter().filter_map(|document| match document {
            Document::Rule(rule) => Some(rule),
            _ => None,
        });
        let gone = |of: &&Rule| {
            let removed = self.removed.iter().any(|(kind, name)| kind == "rule" && name == of.name.as_str());
            removed || given.clone().any(|given| given.name == of.name)
        };
        let stays = self.state.rules.values().map(|entry| &entry.document).filter(|of| !gone(of));
        let found = given.clone().chain(stays).find(other).filter(|_| rule.retention.is_some());
        found.map(|of| &of.name)
    }

    fn rule(&self, rule: &Rule, find: &mut Find<'_>) {
        for (index, told) in rule.notify.iter().flat_map(|notify| &notify.who).enumerate() {
            let at = Pointer::root().join("notify").join("who").index(index);
            match told {
                Told::Role(role) if !self.has_role(role.as_str()) => {
                    find.says(at, format!("no person has the role `{role}`: nobody is told so"));
                }
                Told::Person(person) if !self.there("person", person.as_str()) => {
                    find.says(at, format!("no person `{person}` is described: they have no mail address"));
                }
                _ => {}
            }
        }
        if let Some(other) = self.retains_too(rule) {
            let why = format!(
                "rule {other} says how long tasks are kept, and one alone may: change that one, or take it away with it \
                 (`--remove rule/{other}`)"
            );
            find.no(Pointer::root().join("retention"), why);
        }
        for template in rule.retention.iter().flat_map(|retention| retention.templates.keys()) {
            if !self.there("template", template.as_str()) {
                let at = Pointer::root().join("retention").join("templates").join(template.as_str());
                find.says(at, format!("there is no template `{template}`: it speaks of tasks of before, if any"));
            }
        }
    }

    fn tool(&self, pattern: &ToolPattern, at: Pointer, find: &mut Find<'_>, unseen: &mut BTreeSet<ServerName>) {
        let server = pattern.server();
        if !self.there("server", server.as_str()) {
            return find.no(at, format!("there is no server `{server}`"));
        }
        if !self.seen(server) {
            if unseen.insert(server.clone()) {
                find.says(at, format!("`{server}` was never seen yet: what is said of its tools cannot be checked"));
            }
            return;
        }
        let known = || self.state.tools.keys().filter(|tool| tool.server() == server);
        if known().any(|tool| pattern.matches(tool)) {
            return;
        }
        // methods that are no tools are there when a server serves them
        let method = pattern.to_string().contains(':');
        if pattern.exact() && !method {
            let near = near(&pattern.to_string(), known());
            find.no(at, format!("`{server}` has no such tool{near}"));
        } else {
            find.says(at, format!("nothing that `{server}` offers is called so"));
        }
    }
}

/// A hint at what may have been meant.
fn near<'a>(text: &str, known: impl Iterator<Item = &'a ToolId>) -> String {
    let names: Vec<String> = known.map(ToString::to_string).collect();
    crate::names::nearest(text, names.iter().map(String::as_str))
        .map_or_else(String::new, |name| format!("; is `{name}` meant?"))
}
