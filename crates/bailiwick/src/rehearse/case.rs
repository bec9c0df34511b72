//! One template, and how an honest task of it goes: who starts it with what, and which acts it comes to.

use super::act::{Act, Filled};
use super::copied::Copied;
use super::values;
use crate::print::{list, text};
use bailiwick_core::json::Json;
use bailiwick_core::normal::Kind;
use bailiwick_core::{Effect, ToolId, ToolPattern};
use std::collections::{BTreeMap, BTreeSet};

/// The most acts of one template that are tried.
const ACTS_MAX: usize = 24;

/// A template as it is rehearsed.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its document.
    pub(super) template: Json,
    /// Its name.
    pub(super) name: String,
    /// The agent.
    pub(super) agent: String,
    /// Who starts it: a person of the directory, or nobody, who comes by the node's socket.
    pub(super) requester: Option<String>,
    /// What they fill in.
    pub(super) filled: Filled,
    /// What it grants.
    pub(super) acts: Vec<Act>,
    /// The tools that it may be widened to, and that it does not name.
    pub(super) beyond: Vec<Act>,
    /// Tools of it that are picked, where that is asked.
    pub(super) picked: Vec<String>,
    /// What of it cannot be rehearsed, and why.
    pub(super) cannot: Vec<String>,
}

/// What a tool does, as its document says or its words propose.
pub(super) fn effect(copied: &Copied, tool: &ToolId, words: &Json) -> Effect {
    let said = copied.tool(&tool.to_string()).map(|document| text(document, "effect").to_owned());
    let named = |word: &str| Effect::ALL.into_iter().find(|effect| effect.as_str() == word);
    said.and_then(|word| named(&word)).unwrap_or_else(|| {
        let reads =
            words.get("annotations").and_then(|own| own.get("readOnlyHint")).and_then(Json::as_bool) == Some(true);
        if reads { Effect::Read } else { Effect::Write }
    })
}

/// All tools that may be called.
fn tools(copied: &Copied) -> impl Iterator<Item = (ToolId, &Json)> {
    let all = copied.words.iter().flat_map(|(server, tools)| tools.iter().map(move |words| (server, words)));
    all.filter_map(|(server, words)| Some((ToolId::parse(&format!("{server}/{}", text(words, "name"))).ok()?, words)))
}

fn granted(row: &Json) -> Vec<Effect> {
    let words = list(row, "effects").iter().filter_map(Json::as_str).chain(Some(text(row, "effect")));
    let found: Vec<Effect> =
        words.filter_map(|word| Effect::ALL.into_iter().find(|effect| effect.as_str() == word)).collect();
    if found.is_empty() { vec![Effect::Read] } else { found }
}

/// The patterns of a row, the server's name put in.
fn patterns(row: &Json, filled: &Filled) -> Vec<ToolPattern> {
    let put = |text: &str| {
        let server = text.strip_prefix('{').and_then(|rest| rest.split_once("}/"));
        match server.and_then(|(name, rest)| Some((filled.get(name)?, rest))) {
            Some(((_, server), rest)) => format!("{server}/{rest}"),
            None => text.to_owned(),
        }
    };
    list(row, "tools").iter().filter_map(Json::as_str).filter_map(|text| ToolPattern::parse(&put(text)).ok()).collect()
}

impl Case {
    /// Plans how a template is rehearsed.
    ///
    /// # Errors
    /// Why it cannot be, in words.
    pub(super) fn of(copied: &Copied, template: &Json, but: &BTreeSet<String>) -> Result<Self, String> {
        let start = template.get("start").cloned().unwrap_or(Json::Null);
        let agents: Vec<&str> = list(&start, "agents").iter().filter_map(Json::as_str).collect();
        let there = |name: &&&str| copied.of_kind("agent").any(|agent| text(agent, "name") == **name);
        let agent = agents.iter().filter(there).find(|name| !copied.suspended.contains(**name));
        let agent = (*agent.ok_or("its agents are suspended, or are not described")?).to_owned();
        let owner =
            copied.of_kind("agent").find(|own| text(own, "name") == agent).map(|own| text(own, "owner").to_owned());
        let requester = requester(copied, &start, &owner.unwrap_or_default())?;
        let mut case = Self {
            name: text(template, "name").to_owned(),
            template: template.clone(),
            agent,
            requester,
            filled: Filled::new(),
            acts: Vec::new(),
            beyond: Vec::new(),
            picked: Vec::new(),
            cannot: Vec::new(),
        };
        case.fill(copied, but)?;
        case.plan(copied);
        if case.acts.is_empty() && !case.cannot.is_empty() {
            return Err(case.cannot.join("; "));
        }
        if case.acts.is_empty() {
            return Err("none of the tools that it names may be called here".to_owned());
        }
        Ok(case)
    }

    /// Values for the parameters. Free text says a value of each kind that the tools of the template read.
    fn fill(&mut self, copied: &Copied, but: &BTreeSet<String>) -> Result<(), String> {
        let parameters = self.template.get("parameters").and_then(Json::as_object).cloned().unwrap_or_default();
        let mut free = Vec::new();
        for (turn, (name, how)) in (1..).zip(parameters.iter()) {
            if text(how, "kind") == "server" {
                let server = self.server(copied, name, but);
                let server = server.ok_or_else(|| format!("no server fits its parameter `{name}`"))?;
                self.filled.insert(name.to_owned(), (Kind::Name, server));
                continue;
            }
            let kind = Kind::parse(text(how, "kind")).unwrap_or(Kind::Text);
            if matches!(kind, Kind::Text | Kind::Content) {
                free.push(name.to_owned());
                continue;
            }
            let value = if kind == Kind::Amount { most_of(how) } else { values::honest(&kind, turn) };
            self.filled.insert(name.to_owned(), (kind, value));
        }
        for name in free {
            let said = self.said(copied);
            self.filled.insert(name, (Kind::Text, said));
        }
        Ok(())
    }

    /// What a person would write who wants what the template's tools do.
    fn said(&self, copied: &Copied) -> String {
        let mut out = "Rehearse this".to_owned();
        let rows = list(&self.template, "grant");
        let mut kinds: Vec<Kind> = Vec::new();
        for (tool, words) in tools(copied) {
            let named = |row: &Json| patterns(row, &self.filled).iter().any(|pattern| pattern.matches(&tool));
            let Some(row) = rows.iter().find(|row| named(row)) else { continue };
            let act = Act::of(copied, tool.clone(), effect(copied, &tool, words), words, row, &self.filled);
            for bound in act.bound {
                let is_said = self.filled.values().any(|(kind, _)| *kind == bound.kind);
                if !is_said && !kinds.contains(&bound.kind) && !matches!(bound.kind, Kind::Content | Kind::Text) {
                    kinds.push(bound.kind);
                }
            }
        }
        for kind in kinds {
            out.push_str(&format!(" with {}", values::honest(&kind, 1)));
        }
        out
    }

    /// A server of which some row's tools may be called, and that is none of those.
    fn server(&self, copied: &Copied, parameter: &str, but: &BTreeSet<String>) -> Option<String> {
        let rows = list(&self.template, "grant");
        let fits = |server: &&String| {
            let filled = Filled::from([(parameter.to_owned(), (Kind::Name, (*server).clone()))]);
            rows.iter().any(|row| {
                let patterns = patterns(row, &filled);
                tools(copied).any(|(tool, _)| {
                    tool.server().as_str() == server.as_str() && patterns.iter().any(|own| own.matches(&tool))
                })
            })
        };
        copied.words.keys().filter(|server| !but.contains(*server)).find(fits).cloned()
    }

    /// Which acts it comes to: for each tool the first row that grants it.
    fn plan(&mut self, copied: &Copied) {
        let rows = list(&self.template, "grant").to_vec();
        let chooses = self.template.get("choose").and_then(Json::as_bool) == Some(true);
        for (tool, words) in tools(copied) {
            let own = effect(copied, &tool, words);
            let grants = |row: &&Json| {
                granted(row).contains(&own) && patterns(row, &self.filled).iter().any(|pattern| pattern.matches(&tool))
            };
            let act = |row: &Json| Act::of(copied, tool.clone(), own, words, row, &self.filled);
            match rows.iter().find(grants) {
                Some(row) if self.acts.len() < ACTS_MAX => {
                    let act = act(row);
                    if !act.cannot.is_empty() {
                        self.cannot.extend(act.cannot);
                        continue;
                    }
                    if chooses {
                        self.picked.push(tool.to_string());
                    }
                    self.acts.push(act);
                }
                Some(_) => {}
                None => self.beyond.push(act(&Json::Null)),
            }
        }
    }

    /// The server that stands for a parameter of its.
    pub(super) fn server_picked(&self) -> Option<&str> {
        let parameters = self.template.get("parameters").and_then(Json::as_object)?;
        let name = parameters.iter().find(|(_, how)| text(how, "kind") == "server").map(|(name, _)| name)?;
        self.filled.get(name).map(|(_, server)| server.as_str())
    }

    /// What starts a task of it.
    pub(super) fn start(&self) -> Json {
        let parameters = self.filled.iter().map(|(name, (_, value))| (name.as_str(), Json::from(value.as_str())));
        Json::object([
            ("agent", Json::from(self.agent.as_str())),
            ("only", Json::array(self.picked.iter().map(|tool| Json::from(tool.as_str())))),
            ("parameters", Json::object(parameters.collect::<BTreeMap<_, _>>())),
            ("template", Json::from(self.name.as_str())),
        ])
    }
}

/// The amount that a person fills in: a modest one, within what the template takes.
fn most_of(how: &Json) -> String {
    match text(how, "at_most") {
        "" => "100.00".to_owned(),
        most => most.to_owned(),
    }
}

/// Who may start it: somebody else than the agent's owner, where there is somebody.
fn requester(copied: &Copied, start: &Json, owner: &str) -> Result<Option<String>, String> {
    let who: Vec<&str> = list(start, "who").iter().filter_map(Json::as_str).collect();
    let may = |person: &&Json| {
        let roles = list(person, "roles");
        who.iter().any(|who| match who.strip_prefix("role:") {
            Some(role) => roles.iter().any(|own| own.as_str() == Some(role)),
            None => *who == "anyone" || *who == text(person, "name"),
        })
    };
    let others = copied.of_kind("person").filter(may).find(|person| text(person, "name") != owner);
    let found = others.or_else(|| copied.of_kind("person").find(may));
    match found {
        Some(person) => Ok(Some(text(person, "name").to_owned())),
        None if who.contains(&"anyone") => Ok(None),
        None => Err("nobody of the directory may start it".to_owned()),
    }
}
