//! What people do: describe, start, consent, look, end. Each act is recorded with who did it and how that was made sure.

use crate::confirmed::confirmed;
use crate::consent::{ConsentBody, SignedBody};
use crate::hold::holds_json;
use crate::not_done::not_started;
use crate::picked::known;
use crate::read::{body, task_id};
use crate::risk::risk_json;
use crate::who::{sees, shown_to};
use crate::{Api, Problem, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{
    ActNamed, AgentId, Amount, By, Code, Command, ControlCommand, Digest, Ender, Facts, GrantId, PASTED, PersonId,
    Reason, Salt, Software, Start, Stated, TaskId, TaskStanding, TaskState, Template, TemplateName, ToolPattern,
    Unheld, Unit, View, chosen, decide, is_hidden, of_nothing,
};
use bailiwick_node::{Failure, GrantSummary, TaskSummary, Tasks};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The most characters of a customer's name.
const SUBJECT_CHARS_MAX: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBody {
    template: TemplateName,
    agent: AgentId,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    subject: Option<Subject>,
    /// Of the template's tools these alone.
    #[serde(default)]
    only: Vec<ToolPattern>,
    /// The digest of the template as it was previewed: of another one nothing is started.
    #[serde(default)]
    digest: Option<Digest>,
    /// The person's signature, over HTTP.
    #[serde(default)]
    consent: Option<ConsentBody>,
}

/// For whom a task is done, as the tenant names them.
#[derive(Debug)]
struct Subject(String);

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let fits = (1..=SUBJECT_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        let told = format!("`subject`: expected one line of 1 to {SUBJECT_CHARS_MAX} characters");
        if fits { Ok(Self(text)) } else { Err(serde::de::Error::custom(told)) }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndBody {
    #[serde(default)]
    grant: Option<GrantId>,
    #[serde(default)]
    completed: bool,
}

impl StartBody {
    fn start(self, by: By) -> (Start, Option<ConsentBody>) {
        let start = Start {
            by,
            subject: self.subject.map(|Subject(name)| name),
            template: self.template,
            parameters: self.parameters,
            agent: self.agent,
            only: self.only,
            seen: self.digest,
        };
        (start, self.consent)
    }
}

/// Nobody is shown what an agent may do that will not be let do it.
fn for_agent(template: &Template, agent: &AgentId) -> Result<(), Problem> {
    let agents = &template.start.agents;
    if agents.contains(agent) {
        return Ok(());
    }
    let names = agents.iter().map(AgentId::as_str).collect::<Vec<_>>().join(", ");
    Err(Problem::bad(format!("`{agent}` may not be given this: the template is for agents: {names}")))
}

/// Nobody is asked to consent to what could never be used.
fn of_something(template: &Template, parameters: &BTreeMap<String, String>) -> Result<(), Problem> {
    of_nothing(template, parameters).map_or(Ok(()), |bad| Err(Problem::bad(bad.to_string())))
}

/// A value of what was pasted, and with which parameter that was.
fn of_paste(stated: &Stated) -> Json {
    let of = stated.part.as_deref().and_then(|part| part.split_once(PASTED)).map_or("", |(of, _)| of);
    Json::object([("of", Json::from(of)), ("value", Json::from(stated.to_string()))])
}

fn told(values: &[Stated]) -> Json {
    Json::array(values.iter().map(|stated| Json::from(stated.to_string())))
}

/// Which part of a task the next instance gets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachBody {
    /// The grant; whichever is next unless given.
    #[serde(default)]
    grant: Option<GrantId>,
}

impl Api {
    /// Starts a task: a person's consent, who are told of mandates what is theirs to know. Answers its id and its root grant.
    pub(crate) async fn start_task(&self, start: Start, who: Option<&Who>) -> Result<(TaskId, GrantId), Problem> {
        let task = self.task_to_begin(None)?;
        self.begin_task(task, Command::Start(Box::new(start)), who).await
    }

    async fn begin_task(
        &self,
        task: TaskId,
        command: Command,
        who: Option<&Who>,
    ) -> Result<(TaskId, GrantId), Problem> {
        let node = self.desk.node();
        let facts = node.facts(2)?;
        let begins = command.begins().map(|start| (start.template.clone(), start.agent.clone()));
        let (template, agent) = begins.ok_or_else(|| Problem::broken("no task begins by this"))?;
        let decision = node.command(self.tenant, task, command, facts).await?;
        if let Some(reason) = decision.decided.reasons.first() {
            let control = self.control()?;
            let draws =
                control.state.templates.get(&template).map(|(template, _)| template.draws.clone()).unwrap_or_default();
            let reason = match who {
                Some(who) => &self.of_mandate(reason, &draws, who)?,
                None => reason,
            };
            return Err(not_started(&control.state, reason, (&agent, &template)));
        }
        let grant = decision.decided.grant.ok_or_else(|| Problem::broken("the task has no grant"))?;
        Ok((task, grant))
    }

    /// Whether it would be started now. Decided as it will be; nothing is appended.
    pub(crate) fn would_start(&self, start: &Start) -> Result<(), Problem> {
        let node = self.desk.node();
        let facts = Facts { ids: vec![Salt::new([0; 16]); 2], ..node.facts(0)? };
        let (control, task) = (self.control()?, TaskState::empty(self.tenant, TaskId::new([0; 16])));
        let view = View::of(&task, &control.state);
        let decided = decide(view, control.policy.as_ref(), &Command::Start(Box::new(start.clone())), &facts);
        let refused =
            decided.reasons.first().map(|reason| not_started(&control.state, reason, (&start.agent, &start.template)));
        refused.map_or(Ok(()), Err)
    }

    /// What is asked for, without the secrets in it.
    fn start_asked(&self, bytes: &[u8]) -> Result<StartBody, Problem> {
        let asked: StartBody = body(bytes)?;
        let parameters = self.without_secrets(&asked.template, asked.parameters)?;
        Ok(StartBody { parameters, ..asked })
    }

    pub(crate) async fn start_body(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked = self.start_asked(bytes)?;
        if let Some((template, _)) = self.control()?.state.templates.get(&asked.template) {
            of_something(template, &asked.parameters)?;
        }
        known(&self.control()?.state, &asked.only)?;
        let (start, consent) = asked.start(self.by_signing(who)?);
        let task = self.task_to_begin(consent.as_ref())?;
        let command = self.under_consent(task, Command::Start(Box::new(start)), consent, who).await?;
        let (task, _) = self.begin_task(task, command, Some(who)).await?;
        self.task(task).await
    }

    /// What a person signs before they start a task.
    pub(crate) async fn start_options(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked = self.start_asked(bytes)?;
        known(&self.control()?.state, &asked.only)?;
        let (start, _) = asked.start(self.by_signing(who)?);
        self.to_sign(self.task_to_begin(None)?, Command::Start(Box::new(start)), who).await
    }

    /// What a template would grant with these parameters, in the words that a person says yes to. Appends nothing.
    pub(crate) fn preview_body(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked = self.start_asked(bytes)?;
        let control = self.control()?;
        let found = control.state.templates.get(&asked.template);
        let found = found.filter(|(template, _)| shown_to(&control.state, who, template));
        let (template, digest) = found.ok_or_else(|| Problem::not_found("template"))?;
        for_agent(template, &asked.agent)?;
        of_something(template, &asked.parameters)?;
        known(&control.state, &asked.only)?;
        let filled = bailiwick_core::fill(template, &asked.parameters, self.desk.node().now())
            .and_then(|filled| chosen(template, filled, &asked.only))
            .map_err(|error| Problem::bad(error.to_string()))?;
        let lines = |privileged| {
            Json::array(filled.envelope.sentences(privileged).iter().map(|line| Json::from(line.as_str())))
        };
        let unheld = template.unheld();
        let value = |name: &str| filled.parameters.get(name).and_then(Json::as_str);
        let unheld = unheld.iter().map(|unheld| match unheld {
            Unheld::Parameter(name) => Json::from(value(name).filter(|text| !is_hidden(text)).unwrap_or(name)),
            Unheld::Words(words) => Json::from(words.as_str()),
        });
        let asked_again = confirmed(&control.state, &filled.envelope.rows);
        let unanswerable = self.unanswerable(template, (&asked.agent, &asked_again), who)?;
        Ok(Json::object([
            ("confirmed", Json::array(asked_again.into_iter().map(|(_, why)| Json::from(why)))),
            ("digest", text(digest)),
            ("intent", Json::from(filled.intent.as_str())),
            ("draws", Json::array(filled.draws(template, &control.state).iter().map(|line| Json::from(line.as_str())))),
            ("not_enforced", Json::array(unheld)),
            ("pasted", Json::array(filled.pasted.iter().map(of_paste))),
            ("pasted_confirmed", told(&filled.confirmed)),
            ("privileged", lines(true)),
            ("rows", lines(false)),
            ("stated", told(&filled.stated)),
            ("unanswerable", unanswerable),
            ("window", Json::from(template.window.as_str())),
        ]))
    }

    /// The second act: consent to privileged tools.
    pub(crate) async fn consent(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: Option<SignedBody> = if bytes.is_empty() { None } else { body(bytes)? };
        let command = self.confirming(task, who).await?;
        let command = self.under_consent(task, command, asked.and_then(|asked| asked.consent), who).await?;
        let node = self.desk.node();
        let decision = node.command(self.tenant, task, command, node.facts(0)?).await?;
        match decision.decided.reasons.first() {
            Some(reason) => Err(self.refused_in(task, reason).await),
            None => self.task(task).await,
        }
    }

    /// What a person signs before they do that.
    pub(crate) async fn consent_options(&self, task: TaskId, who: &Who) -> Result<Json, Problem> {
        self.to_sign(task, self.confirming(task, who).await?, who).await
    }

    async fn confirming(&self, task: TaskId, who: &Who) -> Result<Command, Problem> {
        let by = self.by_signing(who)?;
        let found = self.desk.task(self.tenant, task).await?;
        if found.standing.live() && found.requester.as_ref().is_some_and(|requester| *requester != by.person) {
            let requester = found.requester.as_ref().map_or("", PersonId::as_str);
            let why = format!(
                "only `{requester}`, who started this task, may consent to more in it; you are `{}` here",
                by.person
            );
            return Err(Problem { detail: why, command: None, ..Problem::refused(&Reason::new(Code::NotAvailable)) });
        }
        let root = found.grants.first().map(|grant| grant.grant);
        let grant = root.ok_or_else(|| Problem::not_found("grant"))?;
        Ok(Command::Consent { grant, by })
    }

    /// Says which task the next instance of its agent gets. Of tasks that are consented to already; what comes of it is
    /// recorded when the instance is bound.
    pub(crate) async fn attach(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        self.by(who)?;
        let asked: Option<AttachBody> = if bytes.is_empty() { None } else { body(bytes)? };
        let grant = asked.and_then(|asked| asked.grant);
        let found = self.desk.task(self.tenant, task).await?;
        let live = found.standing == TaskStanding::Live;
        if grant.is_some_and(|grant| !found.grants.iter().any(|of| of.grant == grant)) {
            return Err(Problem::not_found("grant"));
        }
        let Some(instances) = self.instances.get().filter(|_| live) else {
            let (why, command) = match live {
                true => (
                    "this node has no address for agents, so none can connect",
                    "bailiwick serve --listen 127.0.0.1:8484",
                ),
                false => ("the task has ended: no instance gets it any more", "bailiwick task list --live"),
            };
            return Err(Problem { command: Some(command.to_owned()), ..Problem::bad(why) });
        };
        if !instances.attach(task, grant) {
            let command = Some("bailiwick task list --live".to_owned());
            let why = "too many tasks wait for their instances already: end some that nobody takes up";
            return Err(Problem { command, ..Problem::bad(why) });
        }
        self.task(task).await
    }

    /// Ends a task or a grant; answers the receipt once nothing of it can leave any more.
    pub(crate) async fn end(&self, task: TaskId, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: EndBody = body(bytes)?;
        let why = if asked.completed { Code::Completed } else { Code::Revoked };
        let receipt = self.desk.end(self.tenant, task, asked.grant, Ender::Person(self.by(who)?), why).await?;
        let receipt = match receipt {
            Ok(receipt) => receipt,
            Err(reason) => return Err(self.refused_in(task, &reason).await),
        };
        let seqs = |acts: &[u64]| Json::array(acts.iter().map(|act| Json::from(*act)));
        let acts = |seqs: &[u64]| -> Result<Json, Problem> {
            let named = seqs.iter().map(|seq| Ok(act_json(*seq, self.act_named(task, *seq)?.as_ref())));
            Ok(Json::array(named.collect::<Result<Vec<_>, Problem>>()?))
        };
        Ok(Json::object([
            ("drained_at", Json::from(receipt.drained_at.0)),
            ("effective_at", Json::from(receipt.effective_at.0)),
            ("event", receipt.leaf.map_or(Json::Null, Json::from)),
            ("open", seqs(&receipt.open)),
            ("open_acts", acts(&receipt.open)?),
            ("unsettled", seqs(&receipt.unsettled)),
            ("unsettled_acts", acts(&receipt.unsettled)?),
        ]))
    }

    /// Suspends or resumes an agent.
    pub(crate) async fn agent(&self, name: &str, active: bool, who: &Who) -> Result<Json, Problem> {
        let agent = AgentId::parse(name).map_err(|error| Problem::bad(error.to_string()))?;
        self.control_act(ControlCommand::Agent { by: self.by(who)?, agent, active }).await
    }

    /// Stops all work of the tenant, or lets it go on.
    pub(crate) async fn tenant(&self, running: bool, who: &Who) -> Result<Json, Problem> {
        self.control_act(ControlCommand::Tenant { by: self.by(who)?, running }).await
    }

    pub(crate) async fn control_act(&self, command: ControlCommand) -> Result<Json, Problem> {
        self.control_act_with(command, Vec::new()).await
    }

    pub(crate) async fn control_act_with(
        &self,
        command: ControlCommand,
        blobs: Vec<(bailiwick_core::Digest, Vec<u8>)>,
    ) -> Result<Json, Problem> {
        let before = self.before(&command);
        let (decided, leaf) = self.desk.node().control_command(self.tenant, command, blobs).await?;
        match decided.refused {
            Some(reason) => Err(Problem::refused(&reason)),
            None => {
                let waits = self.proposed(&decided);
                let changed = ("changed", Json::from(leaf.is_some() && waits.is_none()));
                let all = [changed, ("event", leaf.map_or(Json::Null, Json::from))];
                let waits = waits.map(|waits| ("proposed", waits));
                Ok(Json::object(all.into_iter().chain(waits).chain(self.halted(&decided, before.as_ref()).await)))
            }
        }
    }

    /// One task.
    pub(crate) async fn task(&self, task: TaskId) -> Result<Json, Problem> {
        Ok(task_json(&self.desk.task(self.tenant, task).await?))
    }

    /// Tasks for a page that tells itself what is wrong with the store: none by a log that cannot be followed.
    pub(crate) async fn tasks_if_followed(&self, live: bool) -> Result<Tasks, Problem> {
        match self.tasks_of(live).await {
            Err(Failure::Behind(_)) => Ok(Tasks::default()),
            tasks => Ok(tasks?),
        }
    }

    async fn tasks_of(&self, live: bool) -> Result<Tasks, Failure> {
        if live { self.desk.live_tasks(self.tenant).await } else { self.desk.tasks(self.tenant).await }
    }

    /// All tasks, or those that live, newest first.
    pub(crate) async fn tasks(&self, query: &str, who: &Who) -> Result<Json, Problem> {
        let live = match query {
            "" => false,
            "live=true" => true,
            _ => return Err(Problem::bad("expected no query, or `live=true`")),
        };
        let mut tasks = self.tasks_of(live).await?;
        if let Some(person) = who.only() {
            let control = self.control()?;
            tasks.open.retain(|task| sees(&control.state, person, task));
            // Of a task that cannot be read it is not known whose it is.
            tasks.closed.clear();
        }
        Ok(Json::object([("closed", closed_json(&tasks)), ("tasks", Json::array(tasks.open.iter().map(task_json)))]))
    }

    pub(crate) async fn task_of(&self, text: &str) -> Result<Json, Problem> {
        self.task(task_id(text)?).await
    }
}

pub(crate) fn text(value: &dyn std::fmt::Display) -> Json {
    Json::from(value.to_string().as_str())
}

fn optional(value: Option<&dyn std::fmt::Display>) -> Json {
    value.map_or(Json::Null, text)
}

pub(crate) fn standing_of(standing: TaskStanding) -> Json {
    match standing {
        TaskStanding::Live => Json::object([("live", Json::from(true))]),
        TaskStanding::Ended { why, at } => {
            Json::object([("at", Json::from(at.0)), ("live", Json::from(false)), ("why", Json::from(why.as_str()))])
        }
    }
}

/// Tasks whose streams are closed on this node.
pub(crate) fn closed_json(tasks: &Tasks) -> Json {
    let closed = tasks.closed.iter();
    Json::array(closed.map(|(task, why)| Json::object([("task", text(task)), ("why", Json::from(why.as_str()))])))
}

/// A task as JSON: what the CLI and scripts read.
pub(crate) fn task_json(task: &TaskSummary) -> Json {
    let allocations = task.allocations.iter().flat_map(|(name, of)| {
        let counts = move |(unit, drawn): (&Unit, &Amount)| {
            Json::object([
                ("counts", optional(of.counts.get(unit).map(|counts| counts as _))),
                ("drawn", text(drawn)),
                ("mandate", text(name)),
                ("settled", Json::from(of.settled)),
                ("unit", text(unit)),
            ])
        };
        of.drawn.iter().map(counts)
    });
    Json::object([
        ("allocations", Json::array(allocations)),
        ("at", Json::from(task.at.0)),
        ("doubtful", Json::array(task.doubtful.iter().map(|(seq, _)| Json::from(*seq)))),
        ("doubtful_acts", Json::array(task.doubtful.iter().map(|(seq, named)| act_json(*seq, Some(named))))),
        ("grants", Json::array(task.grants.iter().map(grant_json))),
        ("holds", holds_json(&task.holds)),
        ("intent", task.intent.as_deref().map_or(Json::Null, Json::from)),
        ("keep_until", task.keep_until.map_or(Json::Null, |until| Json::from(until.0))),
        ("requester", optional(task.requester.as_ref().map(|v| v as _))),
        ("standing", standing_of(task.standing)),
        ("task", text(&task.task)),
        ("template", optional(task.template.as_ref().map(|v| v as _))),
    ])
}

/// An act: its place in the task's own stream, and what it is called everywhere.
fn act_json(seq: u64, named: Option<&ActNamed>) -> Json {
    Json::object([
        ("event", named.map_or(Json::Null, |named| Json::from(named.leaf))),
        ("seq", Json::from(seq)),
        ("tool", optional(named.map(|named| &named.tool as _))),
    ])
}

fn software_json(of: &Software) -> Json {
    Json::object([
        ("config", optional(of.config.as_ref().map(|v| v as _))),
        ("version", optional(of.version.as_ref().map(|v| v as _))),
    ])
}

fn grant_json(grant: &GrantSummary) -> Json {
    let charged = grant.charged.iter().map(|(row, unit, amount, total)| {
        Json::object([
            ("amount", text(amount)),
            ("row", Json::from(*row)),
            ("total", optional(total.as_ref().map(|v| v as _))),
            ("unit", text(unit)),
        ])
    });
    Json::object([
        ("charged", Json::array(charged)),
        ("consented", Json::from(grant.privileged.0)),
        ("expires", grant.expires.map_or(Json::Null, |at| Json::from(at.0))),
        ("grant", text(&grant.grant)),
        ("holder", text(&grant.holder)),
        ("instance", optional(grant.instance.as_ref().map(|v| v as _))),
        ("needs_consent", Json::from(grant.privileged.1)),
        ("open", Json::from(u64::try_from(grant.open).unwrap_or(u64::MAX))),
        ("parent", optional(grant.parent.as_ref().map(|v| v as _))),
        ("refused", Json::from(grant.refused)),
        ("risk", grant.risk.as_ref().map_or(Json::Null, risk_json)),
        ("rows", Json::array(grant.rows.iter().map(|row| Json::from(row.as_str())))),
        ("software", grant.software.as_ref().map_or(Json::Null, software_json)),
        ("standing", standing_of(grant.standing)),
        ("waiting", Json::array(grant.waiting.iter().map(|row| Json::from(row.as_str())))),
    ])
}

#[cfg(test)]
mod tests;
