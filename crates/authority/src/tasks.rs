//! Which open tasks an agent has. A trait, because a list can be had in several ways; one of them stands here.

use bailiwick_core::{AgentId, GrantId, KeyThumbprint, StreamId, TaskId, TemplateName, TenantId};
use bailiwick_node::{Failure, Node};
use bailiwick_store::StreamKind;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// How many open tasks of one agent are looked at.
pub const OPEN_TASKS_MAX: usize = 64;
const HEADS_MAX: usize = 1_000;

/// A task that is open, with the live grant that an agent holds in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTask {
    /// The task.
    pub task: TaskId,
    /// The agent's grant in it.
    pub grant: GrantId,
    /// The key that the grant answers to.
    pub bound: Option<KeyThumbprint>,
    /// The intent in words; `None` once it is erased.
    pub intent: Option<String>,
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

/// Lists by walking all streams of the tenant: right for a person's own node.
#[derive(Debug, Clone)]
pub struct ByHeads(Arc<Node>);

impl ByHeads {
    /// Over a node.
    pub const fn new(node: Arc<Node>) -> Self {
        Self(node)
    }

    async fn walk(&self, tenant: TenantId, agent: &AgentId) -> Result<Vec<OpenTask>, Failure> {
        let mut found = Vec::new();
        let mut after: Option<StreamId> = None;
        loop {
            let store = Arc::clone(self.0.store());
            let read = tokio::task::spawn_blocking(move || store.heads(tenant, after, HEADS_MAX)).await;
            let heads = read.map_err(|_| Failure::Draining)?;
            let heads = heads.map_err(|error| Failure::Unavailable(error.to_string()))?;
            for head in heads.iter().filter(|head| head.kind == StreamKind::TASK) {
                found.extend(self.of(tenant, head.stream, agent.clone()).await?);
                if found.len() >= OPEN_TASKS_MAX {
                    return Ok(found);
                }
            }
            after = heads.last().map(|head| head.stream);
            if heads.len() < HEADS_MAX {
                return Ok(found);
            }
        }
    }

    async fn of(&self, tenant: TenantId, task: TaskId, agent: AgentId) -> Result<Option<OpenTask>, Failure> {
        let now = self.0.now();
        let look = move |task: &bailiwick_core::TaskState, control: &bailiwick_node::LiveControl| {
            let mut grants = task.grants.values().filter(|grant| grant.holder == agent);
            let grant = grants.find(|grant| crate::introspect::lives(task, &control.state, grant.id, now))?;
            Some(OpenTask {
                task: task.id,
                grant: grant.id,
                bound: grant.key.as_ref().map(|bound| bound.key.clone()),
                intent: task.intent.clone(),
                template: task.template.clone(),
            })
        };
        match self.0.look(tenant, task, look).await {
            // A stream that is closed on this node has no grant that could be used here.
            Err(Failure::NoTask | Failure::Closed(_)) => Ok(None),
            found => found,
        }
    }
}

impl Tasks for ByHeads {
    fn open<'a>(&'a self, tenant: TenantId, agent: &'a AgentId) -> Listing<'a> {
        Box::pin(self.walk(tenant, agent))
    }
}
