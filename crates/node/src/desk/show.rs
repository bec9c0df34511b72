//! What a caller is shown: its tools in the reviewed words, what it may do, and the tasks of a tenant for people.

use super::awaited::Awaited;
use super::doubted::Doubted;
use super::wishes::Wished;
use super::{Bound, Desk};
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_catalogue::{Method, Shown};
use bailiwick_core::json::Json;
use bailiwick_core::{
    ActNamed, ActStanding, AgentId, COMPLETE, ControlState, DELEGATE, DataClass, Envelope, GrantId, GrantState, Hold,
    InstanceId, MandateName, Micros, PersonId, REQUEST, Risk, ServerName, Software, TaskAllocation, TaskId,
    TaskStanding, TaskState, TemplateName, TenantId, ToolId, Unit, standing_risk,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// The most tasks that one list shows.
const TASKS_MAX: usize = 10_000;
/// How many tasks are remembered to have ended: 32 bytes each, and a little more.
const ENDED_MAX: usize = 1_000_000;

/// A tool as it is shown to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTool {
    /// The tool.
    pub tool: ToolId,
    /// Its entry in the reviewed words.
    pub words: Json,
}

/// What a caller may do, for `bailiwick_authority`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// In words.
    pub text: String,
    /// As JSON.
    pub structured: Json,
}

/// The tasks of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tasks {
    /// Those that can be read, newest first.
    pub open: Vec<TaskSummary>,
    /// Those whose streams are closed on this node, and why.
    pub closed: Vec<(TaskId, String)>,
}

/// A grant, as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSummary {
    /// Its id.
    pub grant: GrantId,
    /// The one it comes from.
    pub parent: Option<GrantId>,
    /// The act that handed it on, by the seq of its `action.begun`.
    pub act: Option<u64>,
    /// Who holds it.
    pub holder: AgentId,
    /// How it stands.
    pub standing: TaskStanding,
    /// When its window closes.
    pub expires: Option<Micros>,
    /// Whose instance is bound.
    pub instance: Option<InstanceId>,
    /// What that says that it runs.
    pub software: Option<Software>,
    /// Whether the second act of consent was given, and whether any row needs it.
    pub privileged: (bool, bool),
    /// What it allows as things stand, a sentence a row.
    pub rows: Vec<String>,
    /// What it will allow once a person has consented to it by an act of its own.
    pub waiting: Vec<String>,
    /// What was charged: row, unit, amount, and the limit in total.
    pub charged: Vec<(u64, Unit, bailiwick_core::Amount, Option<bailiwick_core::Amount>)>,
    /// Acts open or in doubt.
    pub open: usize,
    /// Refused calls.
    pub refused: u64,
    /// What speaks against whatever is done under it now; nothing of what has ended.
    pub risk: Option<Risk>,
}

/// A task, as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSummary {
    /// Its id.
    pub task: TaskId,
    /// How it stands.
    pub standing: TaskStanding,
    /// The template.
    pub template: Option<TemplateName>,
    /// The intent; `None` once it is erased.
    pub intent: Option<String>,
    /// As its agent is told it: with what was pasted.
    pub told: Option<String>,
    /// Who consented.
    pub requester: Option<PersonId>,
    /// The customer it is done for, where that is somebody else.
    pub subject: Option<String>,
    /// Who signed for an act of it, and has a word in its ending since.
    pub approvers: BTreeSet<PersonId>,
    /// When anything last happened.
    pub at: Micros,
    /// Its grants, root first.
    pub grants: Vec<GrantSummary>,
    /// How many requests to say yes it ever made.
    pub approvals: usize,
    /// Acts in doubt: their seq, and what they are called.
    pub doubtful: Vec<(u64, ActNamed)>,
    /// What it drew on mandates.
    pub allocations: BTreeMap<MandateName, TaskAllocation>,
    /// Who holds it, so that it is not erased: the oldest hold first.
    pub holds: Vec<Hold>,
    /// From when on a rule keeps it no longer; `None` where it lives, is erased, or none says so.
    pub keep_until: Option<Micros>,
}

impl TaskSummary {
    pub(crate) fn of(task: &TaskState, control: &ControlState, now: Micros) -> Self {
        let mut grants: Vec<&GrantState> = task.grants.values().map(Box::as_ref).collect();
        grants.sort_by_key(|grant| grant.seq);
        let doubtful =
            task.acts.values().filter(|act| matches!(act.standing, ActStanding::Doubtful | ActStanding::Asked));
        let doubtful = doubtful.map(|act| (act.seq, ActNamed { leaf: act.leaf, tool: act.tool.clone() })).collect();
        Self {
            task: task.id,
            standing: task.standing,
            template: task.template.clone(),
            intent: task.intent.clone(),
            told: task.told(),
            requester: task.requester.clone(),
            subject: task.subject.clone(),
            approvers: task
                .approvals
                .values()
                .flat_map(|of| of.given.iter().map(|given| given.person.clone()))
                .collect(),
            at: task.at,
            grants: grants.into_iter().map(|grant| GrantSummary::of(grant, (task, control), now)).collect(),
            approvals: task.approvals.len(),
            doubtful,
            allocations: task.allocations.clone(),
            holds: control.holds_of(task.id).to_vec(),
            keep_until: control.keep_until(task),
        }
    }
}

impl GrantSummary {
    fn of(grant: &GrantState, (task, control): (&TaskState, &ControlState), now: Micros) -> Self {
        let envelope = grant.envelope.as_ref();
        let (rows, waiting) = match grant.privileged {
            true => (envelope.map(Envelope::all_sentences), None),
            false => (envelope.map(|own| own.sentences(false)), envelope.map(Envelope::second_sentences)),
        };
        let live = task.standing.live() && grant.standing.live();
        let mut charged = Vec::new();
        for (index, row) in grant.rows.iter().enumerate() {
            for (unit, meter) in &row.meters {
                let limits = grant.envelope.as_ref().and_then(|envelope| envelope.rows.get(index)?.meters.get(unit));
                let total = limits.and_then(|limit| limit.total);
                charged.push((u64::try_from(index).unwrap_or(u64::MAX), unit.clone(), meter.charged(), total));
            }
        }
        Self {
            grant: grant.id,
            parent: grant.parent,
            act: grant.act,
            holder: grant.holder.clone(),
            standing: grant.standing,
            expires: grant.envelope.as_ref().map(|envelope| envelope.window.expires),
            instance: grant.key.as_ref().map(|bound| bound.instance.clone()),
            software: grant.key.as_ref().and_then(|bound| bound.software.clone()),
            privileged: (grant.privileged, envelope.is_some_and(Envelope::privileged)),
            rows: rows.unwrap_or_default(),
            waiting: waiting.unwrap_or_default(),
            charged,
            open: grant.open,
            refused: grant.refused,
            risk: live.then(|| standing_risk(task, control, grant.id, now)).flatten(),
        }
    }
}

impl Desk {
    /// The tools that a caller's grant names, in the reviewed words. Methods that are no tools stand under their names.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read.
    pub async fn shown(&self, bound: &Bound, server: Option<ServerName>) -> Result<Vec<ShownTool>, Failure> {
        let of = (bound.grant, bound.is_wrapped());
        let look = move |task: &TaskState, control: &LiveControl| shown(task, control, of, server.as_ref());
        self.node.look(bound.tenant, bound.task, look).await
    }

    /// What a caller may do and what it waits for. `page` says where people answer a request.
    ///
    /// # Errors
    /// [`Failure`] when the task cannot be read.
    pub async fn authority(&self, bound: &Bound, page: impl Fn(u64) -> Option<String>) -> Result<Authority, Failure> {
        let (grant, now) = (bound.grant, self.node.now());
        let look = move |task: &TaskState, control: &LiveControl| {
            let waits = (Awaited::of(task, control, grant, now), Doubted::of(task, control, grant, now));
            let closes = task.closing().filter(|closing| now >= closing.told_at && now < closing.expires).is_some();
            (TaskSummary::of(task, &control.state, now), waits, Wished::of(task, grant), closes)
        };
        let (summary, (awaited, doubted), wished, closes) = self.node.look(bound.tenant, bound.task, look).await?;
        let own = summary.grants.iter().find(|other| other.grant == grant);
        let awaited: Vec<_> = awaited.into_iter().map(|each| (page(each.approval()), each)).collect();
        Ok(authority(&summary, own, Open { awaited: &awaited, doubted: &doubted, wished: &wished, closes }, now))
    }

    /// All tasks of a tenant, newest first.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn tasks(&self, tenant: TenantId) -> Result<Tasks, Failure> {
        let streams = self.node.task_streams(tenant).await?;
        self.gathered(tenant, streams.into_iter()).await
    }

    /// Those tasks of a tenant that live, newest first. One that has ended is read once, and never again for this.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn live_tasks(&self, tenant: TenantId) -> Result<Tasks, Failure> {
        let streams = self.node.task_streams(tenant).await?;
        let known: BTreeSet<TaskId> = {
            let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            streams.iter().copied().filter(|task| ended.contains(&(tenant, *task))).collect()
        };
        let mut tasks = self.gathered(tenant, streams.into_iter().filter(|task| !known.contains(task))).await?;
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.open.retain(|task| {
            if !task.standing.live() && ended.len() < ENDED_MAX {
                ended.insert((tenant, task.task));
            }
            task.standing.live()
        });
        Ok(tasks)
    }

    pub(super) async fn gathered(
        &self,
        tenant: TenantId,
        streams: impl Iterator<Item = TaskId>,
    ) -> Result<Tasks, Failure> {
        let mut out = Tasks::default();
        for task in streams.take(TASKS_MAX) {
            match self.task(tenant, task).await {
                Ok(summary) => out.open.push(summary),
                Err(Failure::Closed(why)) => out.closed.push((task, why)),
                Err(failure) => return Err(failure),
            }
        }
        out.open.sort_by_key(|task| std::cmp::Reverse(task.at));
        Ok(out)
    }

    /// One task.
    ///
    /// # Errors
    /// [`Failure`] when it is not there or cannot be read.
    pub async fn task(&self, tenant: TenantId, task: TaskId) -> Result<TaskSummary, Failure> {
        let now = self.node.now();
        let look = move |task: &TaskState, control: &LiveControl| TaskSummary::of(task, &control.state, now);
        self.node.look(tenant, task, look).await
    }
}

/// The reviewed words of a tool. Where fields may be taken out of its results nothing is promised of their form: a client would
/// hold a result to it.
fn entry(control: &LiveControl, lineage: &[&GrantState], shown: &Shown<'_>) -> Json {
    let words = shown.words.entry();
    let (general, fields) = control.catalogue.classes(shown.tool);
    let reads = |class: &DataClass| {
        lineage.iter().all(|grant| {
            let readable = grant.envelope.as_ref().and_then(|envelope| envelope.readable.known());
            readable.is_some_and(|all| all.contains(class))
        })
    };
    match words {
        Json::Object(mut members)
            if control.catalogue.is_sanitizer(shown.tool) || !general.iter().chain(&fields).all(reads) =>
        {
            members.remove("outputSchema");
            Json::Object(members)
        }
        words => words,
    }
}

fn shown(
    task: &TaskState,
    control: &LiveControl,
    (grant, wrapped): (GrantId, bool),
    server: Option<&ServerName>,
) -> Vec<ShownTool> {
    let Some(lineage) = task.lineage(grant) else { return Vec::new() };
    let live = lineage.iter().all(|grant| grant.standing.live());
    let lists = |tool: &ToolId, effect| {
        lineage.iter().all(|grant| {
            let consented = grant.privileged || !effect_needs(effect);
            consented && grant.envelope.as_ref().is_some_and(|envelope| envelope.lists(tool, effect))
        })
    };
    let of_server = |tool: &ToolId| server.is_none_or(|server| tool.server() == server);
    if !live {
        return Vec::new();
    }
    let tools = control.catalogue.tools_for(|tool, nature| of_server(tool) && lists(tool, nature.effect));
    let mut out: Vec<ShownTool> =
        tools.map(|shown| ShownTool { tool: shown.tool.clone(), words: entry(control, &lineage, &shown) }).collect();
    let servers = control.state.servers.keys().filter(|name| server.is_none_or(|server| *name == server));
    for name in servers {
        for method in Method::ALL {
            let Ok(tool) = ToolId::new(name.clone(), method.tool()) else { continue };
            let named = control.state.nature(&tool).is_some_and(|nature| lists(&tool, nature.effect));
            let words = control.catalogue.method(name, method).filter(|_| named && control.state.usable(&tool));
            out.extend(words.map(|words| ShownTool { tool: tool.clone(), words: words.entry() }));
        }
    }
    // Our own, whatever server is asked about.
    let hands_on = |grant: &&GrantState| grant.envelope.as_ref().is_some_and(|envelope| envelope.delegates().is_some());
    if lineage.iter().all(hands_on) && lineage.first().is_some_and(|root| root.privileged) {
        out.extend(own(DELEGATE));
    }
    // Behind a wrapper the line in the client's configuration is the consent: its person widens it there, and its client says
    // that it is complete by going.
    if !wrapped {
        out.extend(own(COMPLETE));
        out.extend(own(REQUEST));
    }
    out
}

/// A tool of our own: its words are the gateway's.
fn own(tool: &str) -> Option<ShownTool> {
    let tool = ToolId::parse(tool).ok()?;
    let words = Json::object([("name", Json::from(tool.tool()))]);
    Some(ShownTool { tool, words })
}

fn effect_needs(effect: bailiwick_core::Effect) -> bool {
    effect.privileged()
}

/// What of a grant is not over: what it waits for and where that is answered, what is in doubt, what it asked its person for.
/// `closes`: the window of its task closes soon.
#[derive(Clone, Copy)]
struct Open<'a> {
    closes: bool,
    awaited: &'a [(Option<String>, Awaited)],
    doubted: &'a [Doubted],
    wished: &'a [Wished],
}

fn authority(
    task: &TaskSummary,
    grant: Option<&GrantSummary>,
    Open { awaited, doubted, wished, closes }: Open<'_>,
    now: Micros,
) -> Authority {
    let standing = |standing: TaskStanding| match standing {
        TaskStanding::Live => "live".to_owned(),
        TaskStanding::Ended { why, .. } => format!("ended: {}", why.sentence()),
    };
    let state = grant.map_or_else(|| standing(task.standing), |grant| standing(grant.standing));
    let left = grant.and_then(|grant| grant.expires).map_or(0, |expires| expires.0.saturating_sub(now.0) / 1_000_000);
    let rows: Vec<String> = grant.map(|grant| grant.rows.clone()).unwrap_or_default();
    // What the person wants of the whole is told to whom they gave it; who has a part of it is told whose part.
    let above = grant.and_then(|grant| grant.parent).and_then(|id| task.grants.iter().find(|other| other.grant == id));
    let intent = task.told.as_deref().filter(|_| above.is_none());
    let what = match above {
        Some(above) => format!("a part of it, handed on by {}", above.holder),
        None => intent.unwrap_or("(erased)").to_owned(),
    };
    let mut text = format!("Task {}: {what}\nThe grant is {state}; {left} s are left.\n", task.task);
    let renew = closes.then(|| format!("bailiwick task renew {}", task.task));
    if let Some(renew) = &renew {
        text.push_str(&format!(
            "The window of the task closes soon, and the task ends with it unless its person renews it: {renew}\n"
        ));
    }
    for row in &rows {
        text.push_str("- ");
        text.push_str(row);
        text.push('\n');
    }
    let waiting: &[String] = grant.map(|grant| grant.waiting.as_slice()).unwrap_or_default();
    for row in waiting {
        text.push_str(&format!(
            "- not yet: {row}; waits for the person's consent: bailiwick task consent {}\n",
            task.task
        ));
    }
    for (row, unit, amount, total) in grant.map(|grant| grant.charged.as_slice()).unwrap_or_default() {
        let of = total.map_or(String::new(), |total| format!(" of {total}"));
        text.push_str(&format!("Charged so far (row {}): {amount}{of} {unit}\n", row.saturating_add(1)));
    }
    awaited.iter().for_each(|(page, each)| text.push_str(&each.line(page.as_deref(), now)));
    doubted.iter().for_each(|each| text.push_str(&each.line(now)));
    wished.iter().for_each(|wished| text.push_str(&wished.line()));
    let requests = awaited.iter().map(|(page, each)| each.json(page.as_deref()));
    let structured = Json::object([
        ("approvals", Json::array(requests)),
        ("doubtful", Json::array(doubted.iter().map(Doubted::json))),
        ("handed_on_by", above.map_or(Json::Null, |above| Json::from(above.holder.as_str()))),
        ("intent", intent.map_or(Json::Null, Json::from)),
        ("renew", renew.as_deref().map_or(Json::Null, Json::from)),
        ("rows", Json::array(rows.iter().map(|row| Json::from(row.as_str())))),
        ("seconds_left", Json::from(left)),
        ("standing", Json::from(state.as_str())),
        ("task", Json::from(task.task.to_string().as_str())),
        ("waiting_rows", Json::array(waiting.iter().map(|row| Json::from(row.as_str())))),
        ("waits_for_consent", Json::from(!waiting.is_empty())),
        ("wishes", Json::array(wished.iter().map(Wished::json))),
    ]);
    Authority { text, structured }
}
