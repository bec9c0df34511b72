//! Names that the holder of a grant knows of its own task: for the command that a person is to run.

use crate::Api;
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Code, GrantId, Reason, TaskId, TemplateName, of_stranger};
use bailiwick_node::Bound;

/// What a refused caller may be told by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The agent that a person can let go on: itself, the one it asked about, or the one that handed on to it.
    pub agent: Option<AgentId>,
    /// The task of its grant.
    pub task: Option<TaskId>,
    /// What that was started from, where its own grant is the one that was, and a person can start it again as it was.
    pub template: Option<TemplateName>,
}

impl Known {
    pub(crate) fn json(&self) -> Json {
        let text =
            |value: Option<&dyn std::fmt::Display>| value.map_or(Json::Null, |value| Json::from(value.to_string()));
        Json::object([
            ("agent", text(self.agent.as_ref().map(|name| name as _))),
            ("task", text(self.task.as_ref().map(|id| id as _))),
            ("template", text(self.template.as_ref().map(|name| name as _))),
        ])
    }
}

impl Api {
    /// The names that this caller knows. Of one that the stream does not name as its holder nothing is known, so it is
    /// told none.
    pub async fn known(&self, bound: &Bound, reasons: &[Reason]) -> Known {
        let Some(reason) = reasons.first().filter(|reason| !of_stranger(reason.code)) else { return Known::default() };
        let known = Known { agent: self.to_resume(bound, reason).await, task: Some(bound.task), template: None };
        // A wrapper's task is started by its client: no person starts that template.
        let started = reason.command().is_some_and(|command| command.contains("TEMPLATE"));
        // Whose label it is is known without a name where the first holder asks.
        if !(started || reason.class().is_some()) || bound.is_wrapped() {
            return known;
        }
        // Without the task no template is named, and the refusal is what it was.
        let Ok(task) = self.desk.task(bound.tenant, bound.task).await else { return known };
        let root = task.grants.iter().find(|grant| grant.parent.is_none()).map(|grant| grant.grant);
        Known { template: task.template.filter(|_| root == Some(bound.grant)), ..known }
    }

    /// Who would have to be let go on. Others of its lineage it does not know, and the event tells them to people.
    async fn to_resume(&self, bound: &Bound, reason: &Reason) -> Option<AgentId> {
        if !reason.resumes() {
            return None;
        }
        let control = self.control().ok()?;
        let asked = reason.asked.as_deref().filter(|_| reason.code == Code::AgentInactive);
        if let Some(asked) = asked {
            return AgentId::parse(asked).ok().filter(|agent| control.state.to_resume([agent]).is_some());
        }
        let task = self.desk.task(bound.tenant, bound.task).await.ok();
        let of = |id: GrantId| task.as_ref()?.grants.iter().find(|grant| grant.grant == id);
        let above = of(bound.grant).and_then(|own| of(own.parent?)).map(|above| &above.holder);
        control.state.to_resume([&bound.caller.agent].into_iter().chain(above)).cloned()
    }
}
