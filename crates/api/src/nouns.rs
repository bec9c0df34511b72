//! What there is, one noun after another: agents, servers, tools, templates, the log. For people to look at.

use crate::people::standing_of;
use crate::read::decoded;
use crate::who::shown_to;
use crate::{Api, Problem, Who};
use bailiwick_catalogue::Method;
use bailiwick_core::json::Json;
use bailiwick_core::{
    AgentEntry, AgentId, Digest, Document, ServerEntry, ServerName, Standing, TemplateName, ToolEntry, ToolId,
    ToolPattern, Transport, Unheld,
};
use bailiwick_node::{Failure, LiveControl, TaskSummary};

fn text(value: impl std::fmt::Display) -> Json {
    Json::from(value.to_string())
}

fn count(number: usize) -> Json {
    Json::from(u64::try_from(number).unwrap_or(u64::MAX))
}

/// A word of ours, as documents write it.
pub(crate) fn word<T: serde::Serialize>(value: &T) -> Json {
    let word = serde_json::to_value(value).ok();
    word.as_ref().and_then(serde_json::Value::as_str).map_or(Json::Null, Json::from)
}

/// What is wrong with tools, of those that the filter names.
pub(crate) fn problems(control: &LiveControl, which: impl Fn(&ToolId) -> bool) -> Json {
    let own = control.catalogue.problems().iter().filter(|problem| which(&problem.tool));
    Json::array(
        own.map(|problem| Json::object([("tool", text(&problem.tool)), ("why", Json::from(problem.why.as_str()))])),
    )
}

/// The most tools that a template is shown with.
const TOOLS_SHOWN_MAX: usize = 1024;

impl Api {
    /// All agents. Says nothing of tasks: whoever suspends an agent does not wait for all of them to be read.
    pub(crate) fn agents(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let agents = control.state.agents.values().map(agent_json);
        Ok(Json::object([("agents", Json::array(agents))]))
    }

    /// One agent: as it is described, what bounds it, what it holds.
    pub(crate) async fn agent_of(&self, name: &str) -> Result<Json, Problem> {
        let control = self.control()?;
        let name = AgentId::parse(name).map_err(|error| Problem::bad(error.to_string()))?;
        let entry = control.state.agents.get(&name).ok_or_else(|| Problem::not_found("agent"))?;
        let tasks = self.desk.tasks(self.tenant).await?.open;
        let role = control.state.roles.get(&entry.document.role);
        let templates = control.state.templates.values().map(|(template, _)| template);
        let startable = templates.filter(|template| template.start.agents.contains(&name));
        let Json::Object(mut members) = agent_json(entry) else { return Ok(Json::Null) };
        members.insert("document", Document::Agent(entry.document.clone()).json());
        members.insert("grants", Json::array(grants(&tasks, &name)));
        members.insert(
            "role_allows",
            Json::array(
                role.map(|role| {
                    role.allow.iter().map(|row| {
                        let tools =
                            Document::Role(bailiwick_core::Role { name: role.name.clone(), allow: vec![row.clone()] })
                                .json();
                        tools
                            .get("allow")
                            .and_then(Json::as_array)
                            .and_then(<[Json]>::first)
                            .cloned()
                            .unwrap_or(Json::Null)
                    })
                })
                .into_iter()
                .flatten(),
            ),
        );
        members.insert("templates", Json::array(startable.map(|template| text(&template.name))));
        Ok(Json::Object(members))
    }

    /// All servers.
    pub(crate) fn servers(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let servers = control.state.servers.iter().map(|(name, entry)| self.server_json(&control, name, entry));
        Ok(Json::object([("servers", Json::array(servers))]))
    }

    fn server_json(&self, control: &LiveControl, name: &ServerName, entry: &ServerEntry) -> Json {
        // answers to what it asks are no tools that it offers
        let tools = control.state.tools.keys().filter(|tool| tool.server() == name && !Method::answers(tool.tool()));
        let (usable, waiting): (Vec<_>, Vec<_>) = tools.partition(|tool| control.state.usable(tool));
        let transport = match entry.document.transport {
            Transport::Stdio { .. } => "stdio",
            Transport::Http { .. } => "http",
            Transport::Wrapped { .. } => "wrapped",
        };
        Json::object([
            ("floating", self.floats(name).map_or(Json::Null, Json::from)),
            ("mode", Json::from(self.mode_of(&entry.document))),
            ("name", text(name)),
            ("same", Json::from(entry.same)),
            ("seen", Json::from(entry.identity.is_some())),
            ("tools", count(usable.len())),
            ("transport", Json::from(transport)),
            ("trouble", Json::from(self.trouble_of(name))),
            ("waiting", count(waiting.len())),
            ("zone", text(&entry.document.zone)),
        ])
    }

    /// All tools, methods that are none among them.
    pub(crate) fn tools(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let tools = control.state.tools.iter().map(|(tool, entry)| tool_json(&control, tool, entry));
        Ok(Json::object([("tools", Json::array(tools))]))
    }

    /// One tool: what it is, in whose words, how it is read.
    pub(crate) fn tool(&self, server: &str, name: &str) -> Result<Json, Problem> {
        let control = self.control()?;
        let name = decoded(name).ok_or_else(|| Problem::not_found("tool"))?;
        let tool = ToolId::parse(&format!("{server}/{name}")).map_err(|error| Problem::bad(error.to_string()))?;
        let entry = control.state.tools.get(&tool).ok_or_else(|| Problem::not_found("tool"))?;
        let rule = control.state.tool_rules.get(&tool);
        let Json::Object(mut members) = tool_json(&control, &tool, entry) else { return Ok(Json::Null) };
        members.insert("bind", rule.map_or(Json::Null, |rule| rule.bind.clone()));
        members.insert("pin", text(entry.pinned.pin));
        members.insert("problems", problems(&control, |other| *other == tool));
        let pinned = &entry.pinned;
        members.insert(
            "proposed",
            Json::object([
                ("effect", text(pinned.effect)),
                ("egress", word(&pinned.egress)),
                ("reversibility", word(&pinned.reversibility)),
            ]),
        );
        members.insert("unbound", Json::array(control.catalogue.unbound(&tool).into_iter().map(Json::from)));
        members.insert("waiting_pin", Json::from(entry.seen.as_ref().map(|seen| seen.pin.to_string())));
        members.insert("words", control.catalogue.tool(&tool).map_or(Json::Null, |shown| shown.words.entry()));
        Ok(Json::Object(members))
    }

    /// All templates that who asks may start a task from.
    pub(crate) fn templates(&self, who: &Who) -> Result<Json, Problem> {
        let control = self.control()?;
        let shown = control.state.templates.values().filter(|(template, _)| shown_to(&control.state, who, template));
        let templates = shown.map(|(template, digest)| template_json(template, digest));
        Ok(Json::object([("templates", Json::array(templates))]))
    }

    /// One template, with the sentences that a person says yes to.
    pub(crate) fn template(&self, name: &str, who: &Who) -> Result<Json, Problem> {
        let control = self.control()?;
        let name = TemplateName::parse(name).map_err(|error| Problem::bad(error.to_string()))?;
        let found = control.state.templates.get(&name);
        let found = found.filter(|(template, _)| shown_to(&control.state, who, template));
        let (template, digest) = found.ok_or_else(|| Problem::not_found("template"))?;
        let Json::Object(mut members) = template_json(template, digest) else { return Ok(Json::Null) };
        let document = Document::Template(template.as_ref().clone()).json();
        let sentences = template.sentences();
        let second = sentences.iter().filter(|(privileged, _)| *privileged).map(|(_, row)| Json::from(row.as_str()));
        let unheld = template.unheld().into_iter().map(|unheld| match unheld {
            Unheld::Parameter(name) => Json::from(format!("{{{name}}}")),
            Unheld::Words(words) => Json::from(words),
        });
        members.insert("document", document);
        members.insert("not_enforced", Json::array(unheld));
        members.insert("privileged", Json::array(second));
        let read = template.reading().map(Json::from);
        let rows = sentences.iter().filter(|(privileged, _)| !privileged).map(|(_, row)| Json::from(row.as_str()));
        members.insert("rows", Json::array(rows.chain(read)));
        // what may be picked of it: the tools that there are, and that a row has the effect of
        let picked = |tool: &ToolId| {
            let nature =
                control.state.nature(tool).filter(|_| Method::ALL.iter().all(|method| method.tool() != tool.tool()));
            template.grant.iter().any(|row| {
                let effects = row.effects.iter().chain(&row.effect);
                let reads = row.effects.is_empty() && row.effect.is_none();
                let effect = nature.as_ref().map(|nature| nature.effect);
                let fits = effect.is_some_and(|own| {
                    effects.clone().any(|effect| *effect == own) || (reads && own == bailiwick_core::Effect::Read)
                });
                let named = |name: &String| ToolPattern::parse(name).is_ok_and(|pattern| pattern.matches(tool));
                fits && row.tools.iter().any(named)
            })
        };
        let tools = control.state.tools.keys().filter(|tool| picked(tool));
        members.insert("tools", Json::array(tools.take(TOOLS_SHOWN_MAX).map(text)));
        Ok(Json::Object(members))
    }

    /// The log: its name, its size, what was signed last.
    pub(crate) fn log(&self) -> Result<Json, Problem> {
        let unavailable = |error: &dyn std::fmt::Display| Problem::from(Failure::Unavailable(error.to_string()));
        let node = self.desk.node();
        let log = node.store().log(self.tenant).map_err(|error| unavailable(&error))?;
        let last = node.store().last_checkpoint(self.tenant, log.epoch).map_err(|error| unavailable(&error))?;
        let key = node.log_key(self.tenant)?;
        let checkpoint = last.map(|(size, note)| {
            Json::object([
                ("note", Json::from(note)),
                ("size", Json::from(size)),
                ("unsigned", Json::from(log.size.saturating_sub(size))),
            ])
        });
        Ok(Json::object([
            ("checkpoint", Json::from(checkpoint)),
            ("epoch", Json::from(u64::from(log.epoch))),
            ("key", text(&key)),
            ("origin", Json::from(key.name())),
            ("size", Json::from(log.size)),
        ]))
    }
}

fn agent_json(entry: &AgentEntry) -> Json {
    let document = &entry.document;
    Json::object([
        ("active", Json::from(entry.active)),
        ("keys", count(document.keys.len())),
        ("name", text(&document.name)),
        ("offboarded", Json::from(entry.offboarded)),
        ("owner", text(&document.owner)),
        ("review", Json::from(document.review.as_str())),
        ("role", text(&document.role)),
        ("zone", text(&document.zone)),
    ])
}

/// The live grants of an agent.
fn grants(tasks: &[TaskSummary], agent: &AgentId) -> Vec<Json> {
    let live = tasks.iter().filter(|task| task.standing.live());
    let all = live.flat_map(|task| task.grants.iter().map(move |grant| (task, grant)));
    let own = all.filter(|(_, grant)| grant.holder == *agent && grant.standing.live());
    own.map(|(task, grant)| {
        Json::object([
            ("expires", grant.expires.map_or(Json::Null, |at| Json::from(at.0))),
            ("grant", text(grant.grant)),
            ("standing", standing_of(grant.standing)),
            ("task", text(task.task)),
        ])
    })
    .collect()
}

/// So many of something, as people say it.
pub(crate) fn counted(count: usize, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

fn tool_json(control: &LiveControl, tool: &ToolId, entry: &ToolEntry) -> Json {
    let Some(nature) = control.state.nature(tool) else { return Json::Null };
    Json::object([
        ("described", Json::from(control.state.tool_rules.contains_key(tool))),
        ("effect", text(nature.effect)),
        ("egress", word(&nature.egress)),
        ("impact", word(&nature.impact)),
        ("reversibility", word(&nature.reversibility)),
        ("standing", Json::from(entry.pinned.standing.as_str())),
        ("tool", text(tool)),
        ("usable", Json::from(control.state.usable(tool))),
        ("waits", Json::from(matches!(entry.pinned.standing, Standing::New | Standing::Changed))),
    ])
}

fn template_json(template: &bailiwick_core::Template, digest: &Digest) -> Json {
    let words = |list: &[String]| Json::array(list.iter().map(|word| Json::from(word.as_str())));
    Json::object([
        ("agents", Json::array(template.start.agents.iter().map(text))),
        ("digest", text(digest)),
        ("intent", Json::from(template.intent.as_str())),
        ("name", text(&template.name)),
        ("parameters", Json::array(template.parameters.keys().map(|name| Json::from(name.as_str())))),
        ("purpose", text(&template.purpose)),
        ("who", words(&template.start.who)),
        ("window", Json::from(template.window.as_str())),
    ])
}
