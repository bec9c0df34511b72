//! The receipt of what ends work of an agent, or of all: since when nothing begins, until when something may still leave, and how
//! much was under way.

use crate::Api;
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, ControlDecided, Data, FORWARD_WITHIN, Micros};
use bailiwick_node::Tasks;

/// Whose work ended: an agent's, or everybody's.
fn halted(decided: &ControlDecided) -> Option<(Micros, Option<&AgentId>)> {
    decided.events.iter().find_map(|event| match &event.data {
        Data::ControlAgent(change) if !change.active => Some((event.at, Some(&change.agent))),
        Data::ControlTenant(change) if !change.running => Some((event.at, None)),
        _ => None,
    })
}

impl Api {
    /// The members of a receipt; none where no work ended.
    pub(crate) async fn halted(&self, decided: &ControlDecided) -> Vec<(&'static str, Json)> {
        let Some((at, agent)) = halted(decided) else { return Vec::new() };
        // It is over, whether or not what was under way can be counted.
        let open = self.tasks_if_followed(true).await.ok().map(|tasks| open(&tasks, agent));
        vec![
            ("drained_at", Json::from(at.after(FORWARD_WITHIN).0)),
            ("effective_at", Json::from(at.0)),
            ("open", open.map_or(Json::Null, Json::from)),
        ]
    }
}

/// Acts that had begun and whose outcome is not known.
fn open(tasks: &Tasks, agent: Option<&AgentId>) -> u64 {
    let grants = tasks.open.iter().flat_map(|task| &task.grants);
    let of = grants.filter(|grant| agent.is_none_or(|agent| grant.holder == *agent));
    of.fold(0, |sum, grant| sum.saturating_add(u64::try_from(grant.open).unwrap_or(u64::MAX)))
}
