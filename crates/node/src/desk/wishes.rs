//! What agents ask their person for, and what became of it.

use super::{Asked, Attempted, Bound, Desk};
use crate::step::Failure;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    Caller, Code, Command, ControlState, Facts, GrantId, Reason, RefuseWish, ServerName, TaskId, TaskState, Template,
    TemplateName, TenantId, ToolId, Wish, WishStanding, WishState, widens,
};

/// The most wishes that are gathered of all tasks.
const GATHERED_MAX: usize = 256;

/// A wish, and the task that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishOf {
    /// The task.
    pub task: TaskId,
    /// Which agent asked.
    pub holder: Option<bailiwick_core::AgentId>,
    /// What the task is for; `None` once it is erased.
    pub intent: Option<String>,
    /// The templates by which it may be widened for whoever asked: of its purpose, for that agent, and no more of a mandate.
    pub templates: Vec<TemplateName>,
    /// The wish.
    pub wish: WishState,
    /// Whether it waits for an answer: it has none, and what asked for it lives.
    pub waits: bool,
}

impl Desk {
    /// A call of our own tool that asks for more: it gives nothing, so nothing is forwarded.
    pub(super) async fn wish_call(&self, bound: &Bound, asked: Asked) -> Result<Attempted, Failure> {
        let refused = |reason| Ok(Attempted::Refused { reasons: vec![reason], event: None, waits: None });
        let (tools, wanted) = match read(&asked.arguments) {
            Ok(read) => read,
            Err(reason) => return refused(reason),
        };
        let tools: Vec<String> = tools.into_iter().map(as_named).collect();
        let caller = Some(Caller { proof: asked.proof, ..bound.caller.clone() });
        let facts = Facts { caller, mode: bound.mode, ..self.node.facts(0)? };
        let (grant, epoch) = (bound.grant, bound.epoch);
        let wish = Wish { grant, epoch, tools: tools.clone(), wanted: wanted.clone() };
        let command = Command::Wish(Box::new(wish));
        let decision = self.node.command(bound.tenant, bound.task, command, facts).await?;
        if let Some(reason) = decision.decided.reasons.into_iter().next() {
            return refused(reason);
        }
        let look = move |task: &TaskState, _: &crate::LiveControl| {
            let own = task
                .wishes
                .values()
                .rev()
                .find(|wish| wish.grant == grant && wish.wanted == wanted && wish.tools == tools);
            own.map(|wish| wish.seq)
        };
        let found = self.node.look(bound.tenant, bound.task, look).await?;
        let Some(number) = found else { return refused(Reason::new(Code::NotPossible)) };
        let (act, outcome) = (number, "done");
        Ok(Attempted::Again { act, doubtful: None, outcome, result: Some(result(bound.task, number)) })
    }

    /// What agents ask for in these tasks: what waits for an answer, or all that was ever asked.
    ///
    /// # Errors
    /// [`Failure`] when a task cannot be read.
    pub async fn wishes(
        &self,
        tenant: TenantId,
        tasks: impl IntoIterator<Item = TaskId>,
        answered: bool,
    ) -> Result<Vec<WishOf>, Failure> {
        let mut out = Vec::new();
        for task in tasks {
            let look = move |state: &TaskState, control: &crate::LiveControl| {
                let wanted = state.wishes.values().filter(|wish| answered || state.wish_waits(wish));
                let of = |wish: &WishState| WishOf {
                    task,
                    holder: state.grants.get(&wish.grant).map(|grant| grant.holder.clone()),
                    intent: state.intent.clone(),
                    templates: templates_for(state, control, wish),
                    wish: meant(&control.state, wish.clone()),
                    waits: state.wish_waits(wish),
                };
                wanted.map(of).collect::<Vec<_>>()
            };
            out.extend(self.node.look(tenant, task, look).await?);
            if out.len() >= GATHERED_MAX {
                break;
            }
        }
        out.truncate(GATHERED_MAX);
        Ok(out)
    }

    /// A person's no to one of them.
    ///
    /// # Errors
    /// [`Failure`] when it could not be made durable.
    pub async fn refuse_wish(
        &self,
        tenant: TenantId,
        task: TaskId,
        said: RefuseWish,
    ) -> Result<Option<Reason>, Failure> {
        let facts = self.node.facts(0)?;
        let decision = self.node.command(tenant, task, Command::RefuseWish(Box::new(said)), facts).await?;
        Ok(decision.decided.reasons.into_iter().next())
    }
}

/// The templates whose rows may be added to a task for the agent that asked. Only what is open can still be answered.
fn templates_for(task: &TaskState, control: &crate::LiveControl, wish: &WishState) -> Vec<TemplateName> {
    let holder = task.grants.get(&wish.grant).map(|grant| &grant.holder);
    let Some(holder) = holder.filter(|_| task.wish_waits(wish)) else { return Vec::new() };
    let may = |template: &Template| {
        task.purpose.as_ref() == Some(&template.purpose)
            && template.start.agents.contains(holder)
            && widens(task, template)
    };
    let found = control.state.templates.iter().filter(|(_, (template, _))| may(template));
    found.map(|(name, _)| name.clone()).collect()
}

/// A name as `/mcp` shows it, `{server}__{tool}`, in the form that all else has. Nothing is looked up: what an agent is
/// answered must not depend on tools that it was never shown.
fn as_named(said: String) -> String {
    let Some((server, own)) = said.split_once("__").filter(|_| !said.contains('/')) else { return said };
    if ServerName::parse(server).is_ok() { format!("{server}/{own}") } else { said }
}

/// The wish as a person is shown it: `/mcp` shows other characters of a tool's name as `_`, and an agent that speaks MCP knows
/// no other name. What is no such name, or would be of several tools, is as it was said.
fn meant(control: &ControlState, mut wish: WishState) -> WishState {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    for said in &mut wish.tools {
        let Some((server, own)) = said.split_once('/') else { continue };
        let shown = |tool: &&ToolId| tool.server().as_str() == server && tool.tool().chars().map(plain).eq(own.chars());
        let exact = control.tools.keys().any(|tool| tool.to_string() == *said);
        let mut found = control.tools.keys().filter(shown);
        if let (false, Some(tool), None) = (exact, found.next(), found.next()) {
            *said = tool.to_string();
        }
    }
    wish
}

/// A wish, as its agent is told of it.
pub(super) struct Wished(WishState);

impl Wished {
    /// Those of a grant, newest first.
    pub(super) fn of(task: &TaskState, grant: GrantId) -> Vec<Self> {
        task.wishes.values().rev().filter(|wish| wish.grant == grant).cloned().map(Self).collect()
    }

    /// A line for the model.
    pub(super) fn line(&self) -> String {
        let Self(WishState { seq, wanted, standing, .. }) = self;
        match standing {
            WishStanding::Open => format!("- asked for, not answered: request {seq} (`{wanted}`)\n"),
            WishStanding::Granted { .. } => format!("- given: request {seq} (`{wanted}`); see the rows above\n"),
            WishStanding::Refused { reason, .. } if reason.is_empty() => {
                format!("- the person said no: request {seq} (`{wanted}`)\n")
            }
            WishStanding::Refused { reason, .. } => {
                format!("- the person said no: request {seq} (`{wanted}`): `{reason}`\n")
            }
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Json {
        let Self(wish) = self;
        let reason = match &wish.standing {
            WishStanding::Refused { reason, .. } if !reason.is_empty() => Json::from(reason.as_str()),
            _ => Json::Null,
        };
        Json::object([
            ("reason", reason),
            ("request", Json::from(wish.seq)),
            ("standing", Json::from(wish.standing.as_str())),
            ("wanted", Json::from(wish.wanted.as_str())),
        ])
    }
}

/// The call's arguments: what is wanted, and tools by name.
fn read(arguments: &Json) -> Result<(Vec<String>, String), Reason> {
    let malformed = |at: &str, expected: &str| {
        Reason::new(Code::ArgumentMalformed).at(&Pointer::root().join(at)).asked(format_args!("expected {expected}"))
    };
    let members = arguments.as_object().ok_or_else(|| malformed("arguments", "an object"))?;
    if let Some((other, _)) = members.iter().find(|(name, _)| !matches!(*name, "tools" | "wanted")) {
        return Err(malformed(other, "`wanted`, and `tools` where you know them"));
    }
    let wanted = members.get("wanted").and_then(Json::as_str);
    let wanted = wanted.ok_or_else(|| malformed("wanted", "what you need to do and why, in one line"))?;
    let tools = match members.get("tools") {
        None => Some(Vec::new()),
        Some(tools) => tools
            .as_array()
            .and_then(|tools| tools.iter().map(|tool| tool.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()),
    };
    Ok((tools.ok_or_else(|| malformed("tools", "an array of names as `mail/send`"))?, wanted.to_owned()))
}

/// As the result of a tool call (MCP 2025-11-25, `CallToolResult`).
fn result(task: TaskId, number: u64) -> Json {
    let said = format!(
        "Asked: request {number} of task {task}. Nothing more is allowed yet. Go on with what you can do; \
         `bailiwick_authority` says what the person answered."
    );
    let text = Json::object([("text", Json::from(said.as_str())), ("type", Json::from("text"))]);
    let structured = Json::object([
        ("request", Json::from(number)),
        ("standing", Json::from("open")),
        ("task", Json::from(task.to_string())),
    ]);
    Json::object([("content", Json::array([text])), ("isError", Json::from(false)), ("structuredContent", structured)])
}
