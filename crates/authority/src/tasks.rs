//! Which open tasks an agent has. A trait, because a list can be had in several ways; one of them stands here.

use bailiwick_core::{
    AgentId, ControlState, GrantId, GrantState, KeyThumbprint, Micros, TaskId, TemplateName, TenantId, ToolId,
};
use bailiwick_node::{Failure, Node};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// How many open tasks of one agent are looked at.
pub const OPEN_TASKS_MAX: usize = 64;
/// How many live tasks are looked at for one question, those first whose windows close first.
const LIVE_TASKS_MAX: usize = 10_000;

/// A task that is open, with the live grant that an agent holds in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTask {
    /// The task.
    pub task: TaskId,
    /// The agent's grant in it.
    pub grant: GrantId,
    /// The key that the grant answers to.
    pub bound: Option<KeyThumbprint>,
    /// The intent in words; `None` once it is erased, and to whom a part was handed on.
    pub intent: Option<String>,
    /// What a part was handed on for, in its delegator's words.
    pub purpose: Option<String>,
    /// Whether it is a part of a task, handed on.
    pub part: bool,
    /// Whether its holder's role allows nothing of it, so that nothing could be done under it.
    pub idle: bool,
    /// The template.
    pub template: Option<TemplateName>,
}

/// A list that is being made.
pub type Listing<'a> = Pin<Box<dyn Future<Output = Result<Vec<OpenTask>, Failure>> + Send + 'a>>;

/// Where the open tasks of an agent are listed.
pub trait Tasks: Send + Sync {
    /// The open tasks in which `agent` holds a live grant, by id, at most [`OPEN_TASKS_MAX`].
    fn open<'a>(&'a self, tenant: TenantId, agent: &'a AgentId) -> Listing<'a>;
}

/// Lists by what falls due: a live grant has a window that will close, so a task that is not among what falls due has
/// none, however many there were.
#[derive(Debug, Clone)]
pub struct ByWake(Arc<Node>);

impl ByWake {
    /// Over a node.
    pub const fn new(node: Arc<Node>) -> Self {
        Self(node)
    }

    async fn walk(&self, tenant: TenantId, agent: &AgentId) -> Result<Vec<OpenTask>, Failure> {
        let store = Arc::clone(self.0.store());
        let read = tokio::task::spawn_blocking(move || store.due(Micros(u64::MAX), LIVE_TASKS_MAX)).await;
        let live = read.map_err(|_| Failure::Draining)?.map_err(|error| Failure::Unavailable(error.to_string()))?;
        let mut live: Vec<TaskId> = live.into_iter().filter(|(of, _)| *of == tenant).map(|(_, task)| task).collect();
        live.sort_unstable();
        let mut found = Vec::new();
        for task in live {
            found.extend(self.of(tenant, task, agent.clone()).await?);
            if found.len() >= OPEN_TASKS_MAX {
                break;
            }
        }
        Ok(found)
    }

    /// Each live grant of the agent in a task, oldest first: of two delegators, or of one that handed on twice, it may have two.
    async fn of(&self, tenant: TenantId, task: TaskId, agent: AgentId) -> Result<Vec<OpenTask>, Failure> {
        let now = self.0.now();
        let look = move |task: &bailiwick_core::TaskState, control: &bailiwick_node::LiveControl| {
            let own = task.grants.values().filter(|grant| grant.holder == agent);
            let live = own.filter(|grant| crate::introspect::lives(task, &control.state, grant.id, now));
            let mut live: Vec<&bailiwick_core::GrantState> = live.map(Box::as_ref).collect();
            live.sort_by_key(|grant| grant.seq);
            let open = live.into_iter().map(|grant| {
                let open = OpenTask {
                    task: task.id,
                    grant: grant.id,
                    bound: grant.key.as_ref().map(|bound| bound.key.clone()),
                    // Who has a part of it is not told what the whole is.
                    intent: task.intent.clone().filter(|_| grant.parent.is_none()),
                    purpose: None,
                    part: grant.parent.is_some(),
                    idle: idle(&control.state, grant),
                    template: task.template.clone(),
                };
                (open, grant.act)
            });
            open.collect::<Vec<_>>()
        };
        let found = match self.0.look(tenant, task, look).await {
            // A stream that is closed on this node has no grant that could be used here.
            Err(Failure::NoTask | Failure::Closed(_)) => return Ok(Vec::new()),
            found => found?,
        };
        let mut out = Vec::with_capacity(found.len());
        for (open, act) in found {
            let purpose = match act {
                Some(act) => self.0.handed_for(tenant, task, act).await?,
                None => None,
            };
            out.push(OpenTask { purpose, ..open });
        }
        Ok(out)
    }
}

/// Whether a role allows its agent nothing of what a grant names, as the tools are reviewed now, nor to hand any of it on.
fn idle(control: &ControlState, grant: &GrantState) -> bool {
    let Some(envelope) = &grant.envelope else { return true };
    let role = control.agents.get(&grant.holder).and_then(|agent| control.roles.get(&agent.document.role));
    let Some(role) = role else { return true };
    let does = |tool: &ToolId| {
        let effect = control.nature(tool).map(|nature| nature.effect);
        effect.is_some_and(|effect| envelope.lists(tool, effect) && role.allows(tool, effect))
    };
    envelope.delegates().is_none() && !control.tools.keys().any(does)
}

impl Tasks for ByWake {
    fn open<'a>(&'a self, tenant: TenantId, agent: &'a AgentId) -> Listing<'a> {
        Box::pin(self.walk(tenant, agent))
    }
}
