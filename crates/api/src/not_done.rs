//! A no to a person: the command to run next names what it is about, and an agent only where a person can let it go on.

use crate::{Api, Problem};
use bailiwick_core::{AgentId, Code, ControlState, Reason, TaskId, TemplateName};

/// What is not started: who can be let go on is named, and nobody else.
pub(crate) fn not_started(
    control: &ControlState,
    reason: &Reason,
    (agent, template): (&AgentId, &TemplateName),
) -> Problem {
    let agent = control.to_resume([agent]).map(|agent| ("AGENT", agent.as_str()));
    let names: Vec<_> = agent.into_iter().chain([("TEMPLATE", template.as_str())]).collect();
    Problem::refused_of(reason, &names)
}

impl Api {
    /// A no about a task: what to run next names it, its template, and the agent of it that can be let go on.
    pub(crate) async fn refused_in(&self, task: TaskId, reason: &Reason) -> Problem {
        let found = self.desk.task(self.tenant, task).await.ok();
        let id = task.to_string();
        let mut names = vec![("TASK", id.as_str())];
        let template = found.as_ref().and_then(|found| found.template.as_ref());
        names.extend(template.map(|template| ("TEMPLATE", template.as_str())));
        let asked = reason.asked.as_deref().filter(|_| reason.code == Code::AgentInactive);
        let asked = asked.and_then(|agent| AgentId::parse(agent).ok());
        let holders = found.iter().flat_map(|found| &found.grants).map(|grant| &grant.holder);
        let of: Vec<&AgentId> = asked.as_ref().map_or_else(|| holders.collect(), |agent| vec![agent]);
        let control = self.control().ok();
        let agent = control.as_ref().and_then(|control| control.state.to_resume(of));
        names.extend(agent.map(|agent| ("AGENT", agent.as_str())));
        Problem::refused_of(reason, &names)
    }
}
