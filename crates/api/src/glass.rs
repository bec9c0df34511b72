//! `/v1/break-glass`: overrides of policy and approvals over one task, who opened them, and their review.

use crate::approvals::refused;
use crate::changes::glass_persons;
use crate::consent::ConsentBody;
use crate::numbered::Numbered;
use crate::people::text;
use crate::problem::Own;
use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{
    BreakGlass, ControlCommand, ControlState, Data, GLASS_SPAN_MAX, Glass, Micros, Occasion, PersonId, Span, TaskId,
    TaskState, Template, TemplateName, closes_glass, decide_at_once, glass_covers, glass_signers, glass_template,
    glass_tools,
};
use bailiwick_node::LiveControl;
use serde::Deserialize;
use std::sync::Arc;

/// The most tools of one override that are named.
const TOOLS_TOLD_MAX: usize = 64;
/// The most templates that are named.
const TEMPLATES_TOLD_MAX: usize = 8;
/// The role of people who may break the glass.
const BREAKER: &str = "break-glass";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenBody {
    task: TaskId,
    template: TemplateName,
    incident: String,
    reason: String,
    #[serde(default)]
    minutes: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    findings: String,
    /// The person's signature, over HTTP.
    #[serde(default)]
    consent: Option<ConsentBody>,
}

/// How an override stands.
fn standing(glass: &Glass, now: Micros) -> &'static str {
    match glass.closed {
        Some(_) => "closed",
        None if glass.open(now) => "open",
        None if glass.overdue(now) => "overdue",
        None => "to_review",
    }
}

/// How many persons could look at it and close it, as the directory stands.
fn closers(control: &ControlState, by: &PersonId, requester: &PersonId) -> Json {
    let signs = |person: &&PersonId| !control.is_user_verified() || control.passkeys.contains_key(*person);
    let may = control.persons.keys().filter(signs).filter(|person| closes_glass(control, (by, requester), person));
    Json::from(u64::try_from(may.count()).unwrap_or(u64::MAX))
}

/// What a template's rows name, in words.
fn rows(template: &Template) -> Json {
    Json::array(template.sentences().into_iter().map(|(_, row)| Json::from(row)))
}

fn glass_json(control: &ControlState, number: u64, glass: &Glass, now: Micros) -> Json {
    let closed = glass.closed.as_ref();
    Json::object([
        ("by", text(&glass.by.person)),
        ("closed_at", closed.map_or(Json::Null, |(at, _)| Json::from(at.0))),
        ("closed_by", closed.map_or(Json::Null, |(_, by)| text(by))),
        ("expires", Json::from(glass.expires.0)),
        ("id", Json::from(number)),
        ("incident", Json::from(glass.incident.as_str())),
        ("may_close", closers(control, &glass.by.person, &glass.requester)),
        ("opened", Json::from(glass.opened.0)),
        ("reason", Json::from(glass.reason.as_str())),
        ("requester", text(&glass.requester)),
        ("review_by", Json::from(glass.review_by().0)),
        ("rows", rows(&glass.template)),
        ("standing", Json::from(standing(glass, now))),
        ("task", text(&glass.task)),
        ("template", text(&glass.template.name)),
    ])
}

/// An override that lets nothing happen is none: somebody would have to look at it, and one of the few that may be open is gone.
fn covers_nothing(said: &BreakGlass) -> Problem {
    let (template, task) = (&said.template, said.task);
    let detail = format!(
        "`{template}` would override nothing over task {task}, so no glass is broken: of what it names the task's grants and its \
         agents' roles allow nothing. Name another template, or have the task widened first"
    );
    Problem { command: Some(format!("bailiwick task show {task}")), ..refused(Own::OverridesNothing, &detail) }
}

/// Who may not break the glass, with whom to ask.
fn not_breaker(control: &ControlState) -> Problem {
    let nobody = !control.persons.keys().any(|person| may_break(control, person));
    let detail = match nobody {
        false => "only people with the role `break-glass` may ask for this: ask one of them",
        true => {
            "only people with the role `break-glass` may ask for this, and nobody has it: an administrator gives it in the \
             document of a person"
        }
    };
    Problem { command: Some("bailiwick person list".to_owned()), ..refused(Own::NotBreakGlass, detail) }
}

/// Of a template that can be no override, those that can.
fn no_override(control: &ControlState, template: &TemplateName, now: Micros, problem: Problem) -> Problem {
    let may = |name: &TemplateName| control.templates.get(name).is_some_and(|(of, _)| glass_template(of, now));
    if !control.templates.contains_key(template) || may(template) {
        return problem;
    }
    let others: Vec<String> = control
        .templates
        .keys()
        .filter(|name| may(name))
        .take(TEMPLATES_TOLD_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    let others = match others.is_empty() {
        true => "no template here can be one yet: describe one that is not filled in".to_owned(),
        false => format!("templates that can be one: {}", others.join(", ")),
    };
    let detail = format!("{}; an override is broken as it stands: {others}", problem.detail);
    Problem { command: Some("bailiwick template list".to_owned()), detail, ..problem }
}

/// Overrides that nobody closed.
pub(crate) fn open_json(control: &ControlState, now: Micros) -> Json {
    let open = control.glasses.iter().filter(|(_, glass)| glass.closed.is_none());
    Json::array(open.map(|(number, glass)| glass_json(control, *number, glass, now)))
}

/// Whether a person may break the glass.
pub(crate) fn may_break(control: &ControlState, person: &PersonId) -> bool {
    let person = control.persons.get(person);
    person.is_some_and(|person| person.roles.iter().any(|role| role.as_str() == BREAKER))
}

/// Whether a rule tells anybody when the glass is broken.
fn told_of_glass(control: &ControlState) -> bool {
    let rules = control.rules.values().filter_map(|entry| entry.document.notify.as_ref());
    rules.flat_map(|notify| &notify.on).any(|on| *on == Occasion::BreakglassOpened)
}

/// What of overrides is to be looked at, for `doctor`: name, whether it is well, words, and what to do.
pub(crate) fn checked(control: &ControlState, now: Micros) -> Vec<(String, Option<bool>, String, String)> {
    let open = control.glasses.iter().filter(|(_, glass)| glass.closed.is_none()).map(|(number, glass)| {
        let (by, task, rest) = (&glass.by.person, glass.task, standing(glass, now).replace('_', " "));
        let words = format!("{rest}: {by} broke it over task {task}: {} ({})", glass.reason, glass.incident);
        let fix = match control.is_user_verified() {
            true => "somebody else looks at it, and closes it on the page `/break-glass`".to_owned(),
            false => format!("somebody else looks at it: bailiwick break-glass close {number} --findings WORDS"),
        };
        (format!("break-glass {number}"), glass.overdue(now).then_some(false), words, fix)
    });
    let told = told_of_glass(control);
    let somebody = control.persons.keys().find(|person| may_break(control, person)).filter(|_| !told);
    let untold = somebody.map(|person| {
        let words = format!("`{person}` may break the glass, and no rule tells anybody when it happens");
        let fix = "apply a rule that notifies `on: [breakglass.opened]`".to_owned();
        ("break-glass".to_owned(), None, words, fix)
    });
    open.chain(untold).collect()
}

/// Who opens it is told at once where nobody could sign or close it, or hears of it: an emergency is no time to find that out
/// afterwards.
fn around(control: &ControlState, said: &BreakGlass, now: Micros) -> [(&'static str, Json); 3] {
    let (by, requester) = (&said.by.person, &said.requester);
    [
        ("may_close", closers(control, by, requester)),
        ("signers", Json::from(glass_signers(control, (by, requester), now))),
        ("told", Json::from(told_of_glass(control))),
    ]
}

impl Api {
    /// What somebody wants to break the glass for: of those who may, over a task that goes on.
    async fn glass_wanted(&self, bytes: &[u8], who: &Who) -> Result<BreakGlass, Problem> {
        let asked: OpenBody = body(bytes)?;
        let by = self.by(who)?;
        // What a task is, and whose, is not told to those who could do nothing with it.
        if !may_break(&self.control()?.state, &by.person) {
            return Err(not_breaker(&self.control()?.state));
        }
        let task = self.desk.task(self.tenant, asked.task).await?;
        let requester = task.requester.filter(|_| task.standing.live());
        let requester = requester.ok_or_else(|| Problem::bad("the task has ended: there is nothing to override"))?;
        Ok(BreakGlass {
            by,
            incident: asked.incident,
            reason: asked.reason,
            requester,
            span: asked.minutes.map_or(GLASS_SPAN_MAX, Span::minutes),
            task: asked.task,
            template: asked.template,
        })
    }

    /// Breaks the glass over a task; where somebody has to sign it, it waits for that.
    pub(crate) async fn break_glass(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let said = self.glass_wanted(bytes, who).await?;
        let (control, now) = (self.control()?, self.desk.node().now());
        let beside = around(&control.state, &said, now);
        if !self.covers(said.task, &said.template).await? {
            return Err(covers_nothing(&said));
        }
        let template = said.template.clone();
        let done = self.control_act(ControlCommand::BreakGlass(Box::new(said))).await;
        let mut done = done.map_err(|problem| no_override(&control.state, &template, now, problem))?;
        if let Json::Object(members) = &mut done {
            members.insert("covers", Json::from(true));
            beside.into_iter().for_each(|(name, told)| drop(members.insert(name, told)));
        }
        Ok(done)
    }

    /// What breaking the glass would come to, in words, decided as it would be. Appends nothing.
    pub(crate) async fn preview_glass(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let said = self.glass_wanted(bytes, who).await?;
        let (control, node) = (self.control()?, self.desk.node());
        let (state, facts) = (&control.state, node.facts(0)?);
        if !self.covers(said.task, &said.template).await? {
            return Err(covers_nothing(&said));
        }
        let command = ControlCommand::BreakGlass(Box::new(said.clone()));
        let decided = decide_at_once(state, &command, &facts);
        if let Some(reason) = &decided.refused {
            return Err(no_override(state, &said.template, facts.now, Problem::refused(reason)));
        }
        let broken = decided.events.into_iter().find_map(|event| match event.data {
            Data::ControlGlassBroken(broken) => Some(broken),
            _ => None,
        });
        let named = state.templates.get(&said.template);
        let (broken, (template, _)) = broken.zip(named).ok_or_else(|| Problem::broken("nothing was decided"))?;
        let (reached, refused) = self.reached(said.task, template, facts.now).await?;
        let persons = glass_persons(state, (&said.by.person, &said.requester), facts.now);
        let told = [
            ("expires", Json::from(broken.expires.0)),
            ("incident", Json::from(broken.incident.as_str())),
            ("persons", Json::from(if state.is_user_verified() { persons } else { 0 })),
            ("reached", reached),
            ("reason", Json::from(broken.reason.as_str())),
            ("requester", text(&broken.requester)),
            ("rows", rows(template)),
            ("still_refused", refused),
            ("task", text(&broken.task)),
            ("template", text(&broken.template)),
        ];
        Ok(Json::object(told.into_iter().chain(around(state, &said, facts.now))))
    }

    /// Whether there is anything that a template would override. Of one that is none, or is not there, the decision says so.
    async fn covers(&self, task: TaskId, template: &TemplateName) -> Result<bool, Problem> {
        let (template, now) = (template.clone(), self.desk.node().now());
        let look = move |task: &TaskState, control: &LiveControl| {
            let found = control.state.templates.get(&template).filter(|(template, _)| glass_template(template, now));
            found.is_none_or(|(template, _)| glass_covers(&control.state, task, template, now))
        };
        Ok(self.desk.node().look(self.tenant, task, look).await?)
    }

    /// Of the tools that a template names as an override over a task: those that it lets pass without policy and approvals, and
    /// those that stay refused, for the task's grants or its agents' roles do not allow them.
    async fn reached(&self, task: TaskId, template: &Arc<Template>, now: Micros) -> Result<(Json, Json), Problem> {
        let template = Arc::clone(template);
        let look = move |task: &TaskState, control: &LiveControl| glass_tools(&control.state, task, &template, now);
        let tools = self.desk.node().look(self.tenant, task, look).await?;
        let named = |reached: bool| {
            let of = tools.iter().filter(|(_, own)| *own == reached).take(TOOLS_TOLD_MAX);
            Json::array(of.map(|(tool, _)| text(tool)))
        };
        Ok((named(true), named(false)))
    }

    /// Overrides that nobody closed, and those of a day, newest first; to people without a role for them those over their
    /// own tasks. Who may break the glass is told by what.
    pub(crate) async fn glasses(&self, who: &Who) -> Result<Json, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let sees = |glass: &Glass| match who.only() {
            None => true,
            Some(person) => may_break(&control.state, person) || glass.requester == *person,
        };
        let mut all = Vec::new();
        for (number, glass) in control.state.glasses.iter().rev().filter(|(_, glass)| sees(glass)) {
            let Json::Object(mut members) = glass_json(&control.state, *number, glass, now) else { continue };
            if glass.open(now) {
                let (reached, refused) = self.reached(glass.task, &glass.template, now).await?;
                members.insert("reached", reached);
                members.insert("still_refused", refused);
            }
            all.push(Json::Object(members));
        }
        let breaks = may_break(&control.state, &self.by(who)?.person);
        let templates = control.state.templates.values().map(|(template, _)| template);
        let templates = templates.filter(|template| breaks && glass_template(template, now));
        let templates =
            templates.map(|template| Json::object([("name", text(&template.name)), ("rows", rows(template))]));
        Ok(Json::object([("break_glass", Json::array(all)), ("templates", Json::array(templates))]))
    }

    /// The number of an override that there is.
    async fn glass_of(&self, id: &str, who: &Who) -> Result<u64, Problem> {
        let known = |number: &u64| self.control().is_ok_and(|control| control.state.glasses.contains_key(number));
        match id.parse().ok().filter(known) {
            Some(number) => Ok(number),
            None => Err(self.none_of_number(Numbered::Glass, id, who).await),
        }
    }

    /// Somebody else says what they found.
    pub(crate) async fn close_glass(&self, id: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: CloseBody = body(bytes)?;
        let glass = self.glass_of(id, who).await?;
        let close = ControlCommand::CloseGlass { by: self.by_signing(who)?, glass, findings: asked.findings };
        self.control_act(self.control_under(close, asked.consent, who)?).await
    }

    /// What a person signs before they do that.
    pub(crate) async fn close_options(&self, id: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: CloseBody = body(bytes)?;
        let glass = self.glass_of(id, who).await?;
        let close = ControlCommand::CloseGlass { by: self.by_signing(who)?, glass, findings: asked.findings };
        self.control_to_sign(&close, who)
    }
}
